"""The names of a function's parameters and results, and calls in words."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS, OPAQUE
from grader.judging.explain import call_text
from grader.reference.functions import reference


def results_of(function: str, only: Iterable[str] | None) -> list[str]:
    """Return the names of a function's results that can be compared, or those among them in ``only``."""
    returns = [name for name in FUNCTIONS[function].returns if name not in OPAQUE]
    return returns if only is None else [name for name in returns if name in set(only)]


def parameter_names(function: str, arguments: Sequence[object]) -> tuple[str, ...]:
    """Return the names of a function's positional arguments."""
    parameters = inspect.signature(reference(function)).parameters
    return tuple(parameters)[: len(arguments)]


def describe_call(function: str, arguments: tuple[np.ndarray | None, ...], options: Mapping[str, Any]) -> str:
    """Return in words how a function was called."""
    names = parameter_names(function, arguments)
    return call_text(dict(zip(names, arguments, strict=True)), options)


def describe_backward_call(
    function: str, arguments: tuple[np.ndarray, ...], dout: np.ndarray, options: Mapping[str, Any]
) -> str:
    """Return in words how a backward function was called."""
    forward = FUNCTIONS[function].forward
    before = describe_call(forward, arguments, options)
    return f"{call_text({'dout': dout}, {})} and the cache of {forward} for {before}"


def named_results(function: str, returned: Any) -> dict[str, np.ndarray]:
    """Return the results of a trusted function by name, without opaque values."""
    named = FUNCTIONS[function].named(returned)
    return {name: np.asarray(value) for name, value in named.items() if name not in OPAQUE}
