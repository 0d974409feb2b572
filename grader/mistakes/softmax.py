"""Known mistakes of softmax."""
