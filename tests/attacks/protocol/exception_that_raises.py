"""Raises an exception whose text raises another."""

# response: D

class Hostile(Exception):
    def __str__(self):
        raise KeyboardInterrupt

    __repr__ = __str__


def relu_forward(x):
    raise Hostile
