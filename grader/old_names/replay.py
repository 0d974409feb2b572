"""The old home of :func:`grader.notebook.replay`, from which notebooks handed out earlier still import it."""

from grader.notebook import replay

__all__ = ["replay"]
