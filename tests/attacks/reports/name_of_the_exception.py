"""Raises an exception whose name holds escapes and lines."""

# response: D

def relu_forward(x):
    raise type("\x1b[2J\n::error::x\n[red]", (Exception,), {})("x")
