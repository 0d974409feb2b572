"""Known mistakes of sigmoid."""
