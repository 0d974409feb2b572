"""Sleeps for an hour."""

# response: T

def relu_forward(x):
    import time

    time.sleep(3600)
