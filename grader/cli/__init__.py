"""The commands, one module each, and what a terminal shows while they run."""
