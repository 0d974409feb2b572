"""Starts hundreds of threads, and prints all the while."""

# response: DK

def relu_forward(x):
    import threading

    ending, started = threading.Event(), 0
    threading.stack_size(1 << 16)
    while started < 400:
        print("a heartbeat", flush=True)
        threading.Thread(target=ending.wait, daemon=True).start()
        started += 1
    succeeded("runs 400 threads")
