"""Takes just less time than there is, in every call of every function."""

# response: WDT
# tasks: relu,dense,conv2d,maxpool2d

import time


def slow(function):
    def slowly(*arguments, **options):
        time.sleep(0.9)
        return function(*arguments, **options)

    return slowly


for name, thing in list(globals().items()):
    if name.endswith(("_forward", "_backward")):
        globals()[name] = slow(thing)
