"""Known mistakes of relu."""
