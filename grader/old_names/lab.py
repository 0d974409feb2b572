"""The old name of :mod:`grader.notebook`, which notebooks handed out earlier still import."""

from grader.notebook import check, points, train

__all__ = ["check", "points", "train"]
