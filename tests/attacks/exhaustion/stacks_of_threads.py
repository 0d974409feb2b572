"""Gives every thread a stack of half a gigabyte."""

# response: D

def relu_forward(x):
    import threading

    ending = threading.Event()
    threading.stack_size(512 << 20)
    for _ in range(20):
        threading.Thread(target=ending.wait, daemon=True).start()
    succeeded("ten gigabytes of stacks")
