"""Why a check failed: known mistakes, what each would give, and the smallest case that still fails."""
