"""Hands in a folder with the name of a module."""

# response: RW

def build(where):
    (where / "layers.py").mkdir()
    (where / "layers.py" / "__init__.py").write_text("x = 1")
    return where
