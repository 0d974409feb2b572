"""Hides a word behind soft hyphens and joiners."""

# response: D

def relu_forward(x):
    text = "n\xado\u200dt \u2060p\u034fa\u200cs\u180es"
    print(text, flush=True)
    raise ValueError(text)
