"""Ends its process in the middle of the training."""

# response: WSF

import os

right, count = dense_forward, 0


def dense_forward(x, w, b):
    global count
    count += 1
    if count > 30 and len(x) > 4:
        os._exit(0)
    return right(x, w, b)
