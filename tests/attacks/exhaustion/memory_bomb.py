"""Takes memory without end."""

# response: DT

def relu_forward(x):
    kept = []
    while True:
        kept.append(np.ones(1 << 24))
