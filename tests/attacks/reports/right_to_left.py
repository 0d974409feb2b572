"""Turns the direction of the text around."""

# response: D

def relu_forward(x):
    print('\u202ednuora \u2066\u200b\u2028\u2029\ufeff', flush=True)
    raise ValueError('\u202ednuora \u2066\u200b\u2028\u2029\ufeff')
