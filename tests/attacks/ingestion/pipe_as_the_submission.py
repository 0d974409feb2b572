"""Hands in a pipe as its only file."""

# response: R

import os


def build(where):
    os.mkfifo(where / "net.py")
    return where / "net.py"
