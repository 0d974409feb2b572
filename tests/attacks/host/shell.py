"""Starts a shell."""

# response: D

def relu_forward(x):
    import subprocess

    succeeded(subprocess.check_output(["/bin/sh", "-c", "id"]).decode())
