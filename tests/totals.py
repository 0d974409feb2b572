"""What the checks are worth, counted from their marks, so that no test has to name a sum."""

import importlib
from collections import defaultdict

from grader.core.assignment import FUNCTIONS, TASKS
from grader.core.kit import CHECKS


def points_of_checks():
    """Return the points of each check by its id."""
    found = {}
    for file in sorted(CHECKS.glob("test_*.py")):
        for function in vars(importlib.import_module(f"grader.checks.{file.stem}")).values():
            for mark in getattr(function, "pytestmark", ()):
                if mark.name == "check":
                    found[mark.args[0]] = mark.kwargs["points"]
    return found


def points_of_tasks():
    """Return the points of each task by its name."""
    points = defaultdict(float)
    for check, worth in points_of_checks().items():
        judged = check.partition(".")[0]
        points[FUNCTIONS[judged].task if judged in FUNCTIONS else judged] += worth
    return dict(points)


BY_TASK = points_of_tasks()
BONUS = sum(BY_TASK[task.name] for task in TASKS if task.bonus)
POINTS = sum(BY_TASK.values()) - BONUS
"""without the bonus"""
TRAINING = BY_TASK["mnist"]
"""of these for the training"""
