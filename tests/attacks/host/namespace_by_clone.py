"""Makes a child in namespaces of its own by clone."""

# response: D

def relu_forward(x):
    system_call(56, 0x10020011, 0, 0, 0, 0)
    succeeded("did it")
