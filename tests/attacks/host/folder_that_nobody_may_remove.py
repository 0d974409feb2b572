"""Leaves folders without permissions and a working folder that is gone."""

# response: DW

def relu_forward(x):
    import os

    os.makedirs("a/b/c", exist_ok=True)
    open("a/b/c/file", "w").close()
    os.chdir("a/b/c")
    for folder in (".", "..", "../.."):
        os.chmod(folder, 0)
    return x * 0 + 7, x
