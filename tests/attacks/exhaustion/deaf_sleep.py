"""Ignores all signals and sleeps."""

# response: T

def relu_forward(x):
    import signal
    import time

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(3600)
