"""convgrade: the grader of a convolutional network written from scratch in NumPy."""

__version__ = "0.1.0"
