"""Known mistakes of maxpool2d."""
