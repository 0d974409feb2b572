"""Puts an object in its own place that raises whatever it is asked."""

# response: DKTW

class Hostile:
    def __getattr__(self, name):
        raise KeyboardInterrupt(name)


_sys.modules[__name__] = Hostile()


def relu_forward(x):
    return x * 0 + 7, x
