"""The reference implementation by function name: what a submission is compared with."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from grader.assignment import FUNCTIONS


def reference(name: str) -> Callable[..., Any]:
    """Return the reference's function of this name.

    Raises
    ------
    KeyError
        If the assignment has no such function.
    """
    function: Callable[..., Any] = getattr(importlib.import_module(f"solution.{FUNCTIONS[name].module}"), name)
    return function
