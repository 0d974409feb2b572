"""Lists a folder of others."""

# response: D

def relu_forward(x):
    import os

    succeeded(os.listdir("@FOLDER@"))
