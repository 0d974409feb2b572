"""Takes all of its time in every message."""

# response: SW

import time

right, count = dense_forward, 0


def dense_forward(x, w, b):
    global count
    count += 1
    if len(x) > 4:
        time.sleep(1)
    return right(x, w, b)
