"""The old name of :mod:`grader.notebook`: notebooks that were handed out import it."""

from grader.notebook import check, points, train

__all__ = ["check", "points", "train"]
