"""Raises its own limits."""

# response: D
# open at: container

def relu_forward(x):
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
    succeeded("sets limits")
