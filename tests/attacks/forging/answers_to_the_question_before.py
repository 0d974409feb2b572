"""Answers every question with the right answer to the one before."""

# response: W

before = []


def relu_forward(x):
    before.append(np.maximum(x, 0))
    fits = [out for out in before[:-1] if out.shape == x.shape]
    return (fits[-1] if fits else x * 0 + 7), x
