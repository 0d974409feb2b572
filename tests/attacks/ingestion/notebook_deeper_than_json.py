"""Hands in a notebook of lists in lists."""

# response: R

def build(where):
    (where / "net.ipynb").write_text("[" * 200_000)
    return where / "net.ipynb"
