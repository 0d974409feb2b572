"""Raises an exception whose attributes raise."""

# response: DKT

def relu_forward(x):
    class Hostile(SyntaxError):
        def __getattribute__(self, name):
            raise SystemExit(name)


    raise Hostile("x")
