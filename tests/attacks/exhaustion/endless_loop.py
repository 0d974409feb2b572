"""Never returns."""

# response: T

def relu_forward(x):
    while True:
        pass
