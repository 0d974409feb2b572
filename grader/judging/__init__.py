"""What a check does: draw inputs, call both sides, compare, and state the facts of a mismatch."""
