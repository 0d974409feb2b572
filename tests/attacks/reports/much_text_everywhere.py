"""Says as much as it can in the name of an exception, its message, its line and its file."""

# response: D

def relu_forward(x):
    raise type("LEAK" * 200, (Exception,), {})("LEAK" * 200)  # LEAKLEAKLEAKLEAKLEAKLEAKLEAKLEAKLEAKLEAKLEAKLEAKLEAKLEAKLEAKLEAKLEAKLEAK
