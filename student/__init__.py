"""Your code: every function here that raises NotImplementedError is yours to write."""
