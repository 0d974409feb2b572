"""Raises a message that no encoding has."""

# response: D

def relu_forward(x):
    print("\ud800 \udfff".encode("utf-8", "surrogatepass"), flush=True)
    raise ValueError("\ud800 \udfff \x00 \x7f")
