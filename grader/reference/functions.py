"""The functions that a submission is compared with, by name.

They are the solution's, or, in a kit without it, functions that give the solution's recorded answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from grader.core.assignment import FUNCTIONS
from grader.core.kit import kit_module
from grader.reference.recorded import Answers, recorded

_recorders: list[Answers] = []


def reference(name: str) -> Callable[..., Any]:
    """Return the reference's function of this name.

    Raises
    ------
    KeyError
        If the assignment has no such function.
    """
    if _recorders:
        return _recording_function(name)
    answers = recorded()
    if answers is None:
        return solution(name)
    return answers.function(FUNCTIONS[name].name)


@cache
def solution(name: str) -> Callable[..., Any]:
    """Return the solution's function of this name.

    Raises
    ------
    KeyError
        If the assignment has no such function.
    ModuleNotFoundError
        If this kit has no solution.
    """
    function: Callable[..., Any] = getattr(kit_module(f"solution.{FUNCTIONS[name].module}"), name)
    return function


@contextmanager
def recording(answers: Answers) -> Iterator[None]:
    """Record every answer of the reference until the context ends."""
    _recorders.append(answers)
    try:
        yield
    finally:
        _recorders.pop()


def _recording_function(name: str) -> Callable[..., Any]:
    return _recorders[-1].recording(name, solution(name))
