"""State what a wrong result equals: another result of the call, or the right one for other options."""

from __future__ import annotations

import contextlib
import inspect
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.feedback.recording import LastCall, RecordedCall, last_call
from grader.judging.calls import named_results
from grader.judging.compare import compare
from grader.judging.judge import copies
from grader.reference.functions import reference

SMALL = (0, 1, 2, 3)
"""whole numbers that are tried for an option that is one"""


def equality(recorded_calls: Sequence[RecordedCall], value: str) -> str | None:
    """Return a sentence about what a wrong result of the last call equals.

    Parameters
    ----------
    recorded_calls
        Calls of a check, of which the last one was found wrong.
    value
        Name of the wrong result.

    Returns
    -------
    str or None
        The sentence; None if the result equals nothing that was tried, or too many things to tell.
    """
    call, received = last_call(recorded_calls), recorded_calls[-1].values.get(value)
    if call is None or not isinstance(received, np.ndarray) or received.size < 2:
        return None
    if (received == received.flat[0]).all():
        return None

    def right(options: Mapping[str, Any]) -> dict[str, np.ndarray]:
        # what the reference rejects is not what was computed
        with contextlib.suppress(Exception):
            return _right(call, options)
        return {}

    for other, expected in right(call.options).items():
        if other != value and compare(value, received, expected) is None:
            return f"What is returned as {value} is {other}."
    same = [
        described
        for described, tried in _other_options(FUNCTIONS[call.function].forward, call.options)
        if value in (found := right(tried)) and compare(value, received, found[value]) is None
    ]
    return f"{value} equals the right result for {same[0]}." if len(same) == 1 else None


def _right(call: LastCall, options: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the results of the reference for a call with other options."""
    returned = reference(FUNCTIONS[call.function].forward)(*copies(call.arguments), **options)
    if call.dout is not None:
        returned = reference(call.function)(call.dout.copy(), returned[-1])
    return named_results(call.function, returned)


def _other_options(function: str, options: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield options that differ in one value, or else in two, with what differs in words."""
    parameters = inspect.signature(reference(function)).parameters
    standard = {
        name: parameter.default
        for name, parameter in parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    given = {**{n: d for n, d in standard.items() if d is not inspect.Parameter.empty}, **options}
    others = {name: list(_others(value, standard.get(name))) for name, value in given.items()}
    for name, values in others.items():
        for other in values:
            yield f"{name}={other}", {**given, name: other}
    for first, second in itertools.combinations(others, 2):
        for one, two in itertools.product(others[first], others[second]):
            yield f"{first}={one} and {second}={two}", {**given, first: one, second: two}


def _others(value: Any, standard: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (number for number in SMALL if number != value)
    elif isinstance(value, tuple):
        yield from (number for number in dict.fromkeys((value[::-1], *value, *SMALL)) if number != value)
    elif isinstance(value, float):
        candidates = dict.fromkeys((standard, 0.0, 1.0, 1.0 - value))
        yield from (number for number in candidates if isinstance(number, float) and number != value)
