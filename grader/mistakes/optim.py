"""Known mistakes of optim."""
