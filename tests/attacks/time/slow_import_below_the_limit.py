"""Takes just less time than there is to be imported, in every worker."""

# response: TW

import time

time.sleep(2.7)


def relu_forward(x):
    import os

    os._exit(1)
