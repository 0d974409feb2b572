"""Starts threads with every step."""

# response: SWDK

import threading

right = conv2d_forward
threading.stack_size(1 << 16)


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    for _ in range(3):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    return right(x, w, b, stride=stride, pad=pad)
