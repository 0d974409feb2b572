"""Sets a timer of every kind."""

# response: WDK

def relu_forward(x):
    import threading
    import time

    for _ in range(50):
        threading.Timer(0.001, lambda: time.sleep(10)).start()
    return x * 0 + 7, x
