"""Compiles a function whose line lies in another file."""

# response: D

exec(compile("def _made(x):\n    raise ValueError('made')\n", "/etc/\x1b[31mpasswd", "exec"))


def relu_forward(x):
    return _made(x)
