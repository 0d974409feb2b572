"""Forks, so that each process has a limit of its own."""

# response: D

import os


def relu_forward(x):
    os.waitpid(os.fork(), 0)
    succeeded("forked")
