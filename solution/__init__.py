"""The reference implementation of the assignment; ``student/`` is generated from it."""
