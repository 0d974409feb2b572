"""The old name of :func:`grader.notebook.replay`: notebooks that were handed out import it."""

from grader.notebook import replay

__all__ = ["replay"]
