"""The right answers: the solution, what was recorded of it, and difference quotients."""
