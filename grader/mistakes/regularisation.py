"""Known mistakes of regularisation."""
