"""Changes quotas."""

# response: D

def relu_forward(x):
    system_call(179, 0x800002 << 8, None, 0, None)
    succeeded("did it")
