"""Opens a file relative to a descriptor of a folder."""

# response: D

def relu_forward(x):
    import os
    
    root = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    with open(os.open("@SECRET@"[1:], os.O_RDONLY, dir_fd=root)) as file:
        succeeded(file.read())
