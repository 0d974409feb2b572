"""Imports the solution."""

# response: D

def relu_forward(x):
    from solution import layers
    
    succeeded(layers.__file__)
