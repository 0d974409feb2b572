"""The commands, with a module for each, and the progress that a terminal shows while they run."""
