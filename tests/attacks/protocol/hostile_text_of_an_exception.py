"""Raises an exception whose text ends the process."""

# response: DK

import os


class Hostile(Exception):
    def __str__(self):
        os._exit(0)

    __repr__ = __str__


def relu_forward(x):
    raise Hostile
