"""Known mistakes of dense."""
