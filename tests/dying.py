"""Stand-ins for grading one submission, for processes of a pool: they end their process, or raise."""

import os

from grader.classroom.schedule import Graded


def grade_or_die(files, _):
    """Do what the first file says."""
    what = files[0][1].decode()
    if what == "die":
        os._exit(9)
    if what == "raise":
        raise RuntimeError("a fault of the grader")
    return Graded("graded", "", 1.0, 2.0, 0.0, "{}")
