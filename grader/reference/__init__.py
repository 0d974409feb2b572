"""The right answers: from the solution or from a record of it, and by finite differences."""
