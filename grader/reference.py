"""The reference implementation by function name: what a submission is compared with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from grader.assignment import FUNCTIONS
from grader.siblings import sibling


@cache
def reference(name: str) -> Callable[..., Any]:
    """Return the reference's function of this name.

    Raises
    ------
    KeyError
        If the assignment has no such function.
    """
    function: Callable[..., Any] = getattr(sibling(f"solution.{FUNCTIONS[name].module}"), name)
    return function
