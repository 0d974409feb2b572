"""Opens descriptors of every kind until there are none."""

# response: D

def relu_forward(x):
    import os
    import select

    kept = []
    while len(kept) < 5000:
        kept += [select.epoll(), os.eventfd(0), os.dup(0)]
    succeeded("5,000 descriptors")
