"""Hands in a pipe at which a reader waits for ever."""

# response: R

import os


def build(where):
    os.mkfifo(where / "layers.py")
    return where
