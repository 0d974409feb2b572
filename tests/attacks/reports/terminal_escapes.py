"""Clears the screen and renames the window with escapes in its messages."""

# response: D

def relu_forward(x):
    print('\x1b[2J\x1b]0;pwned\x07\x1b[31mred \x9b31m', flush=True)
    raise ValueError('\x1b[2J\x1b]0;pwned\x07\x1b[31mred \x9b31m')
