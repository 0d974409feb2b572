"""The work of a check: draw inputs, call both sides, compare, and state the facts of a mismatch."""
