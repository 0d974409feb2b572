"""State the facts of a mismatch in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grader.core.results import Feedback
from grader.judging.compare import Mismatch, MismatchKind
from grader.judging.resemblance import resemblances
from grader.worker.values import NonArray

RIGHT, WRONG = "·", "●"
MOST_ROWS, MOST_COLUMNS = 12, 24
"""of a picture of wrong cells: more would not fit beside the rest"""


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape as text, e.g. ``(2,3,5,4)``."""
    return f"({','.join(str(size) for size in shape)}{',' if len(shape) == 1 else ''})"


def call_text(arrays: Mapping[str, np.ndarray | None], options: Mapping[str, Any]) -> str:
    """Return the arguments of a call as text, e.g. ``x (2,3,5,4), w (4,3,3,2), stride 1, pad 0``."""
    parts = [
        f"{name} None" if array is None else f"{name} {shape_text(array.shape)}"
        for name, array in arrays.items()
    ]
    parts += [f"{name} {value}" for name, value in options.items()]
    return ", ".join(parts)


def number_text(value: float) -> str:
    """Return a number as text, with six significant digits."""
    return f"{value:.6g}"


def explain(function: str, called: str, mismatch: Mismatch, right: Sequence[str] = ()) -> Feedback:
    """Describe a mismatch.

    Parameters
    ----------
    function
        Name of the function that was judged.
    called
        Arguments of the call, from :func:`call_text`.
    mismatch
        Mismatch that :func:`grader.judging.compare.compare` found.
    right
        Names of other results of the same call that are right.

    Returns
    -------
    Feedback
        Feedback with facts, but without causes.
    """
    facts = [f"Called with {called}."]
    name = mismatch.name
    if mismatch.kind is MismatchKind.TYPE:
        headline, more = _type_facts(function, mismatch)
    elif mismatch.kind is MismatchKind.SHAPE:
        headline = f"{function}: {name} has the wrong shape."
        more = [f"Expected {shape_text(mismatch.expected.shape)}, got {shape_text(_shape(mismatch))}."]
    elif mismatch.kind is MismatchKind.FINITE:
        assert mismatch.got is not None
        bad = mismatch.got[mismatch.wrong]
        headline = f"{function}: {name} holds {'nan' if np.isnan(bad).any() else 'inf'}."
        more = [f"{bad.size} of {mismatch.got.size} values are not finite; all expected values are."]
        if mismatch.got.size == 1:
            more = [f"Expected {number_text(float(mismatch.expected.flat[0]))}."]
    else:
        headline = f"{function}: {name} has wrong values."
        more = _value_facts(mismatch)
        if (ratio := constant_ratio(mismatch)) is not None:
            headline = f"{function}: {name} {ratio_text(ratio)}."
    if right:
        more.append(f"{' and '.join(right)} {'is' if len(right) == 1 else 'are'} right.")
    return Feedback(headline, (*facts, *more), picture=picture(mismatch))


def picture(mismatch: Mismatch) -> tuple[str, ...]:
    """Return a picture of the wrong cells of an array, if only some are wrong and it is small enough.

    Parameters
    ----------
    mismatch
        Mismatch with the wrong cells.

    Returns
    -------
    tuple of str
        A title, and a row of signs for each row of the array; of images the channel with the largest error.
    """
    wrong, worst = mismatch.wrong, mismatch.worst
    if wrong is None or worst is None or wrong.ndim not in (2, 4):
        return ()
    shown = wrong[worst[:-2]]
    if shown.all() or max(shown.shape) < 2 or shown.shape[0] > MOST_ROWS or shown.shape[1] > MOST_COLUMNS:
        return ()
    where = f"[{','.join(map(str, worst[:-2]))}]" if wrong.ndim > 2 else ""
    title = f"Where {mismatch.name}{where} is wrong ({WRONG}) and right ({RIGHT}):"
    return title, *(" ".join(WRONG if cell else RIGHT for cell in row) for row in shown)


def _shape(mismatch: Mismatch) -> tuple[int, ...]:
    received = mismatch.received
    return received.shape or ()


def _type_facts(function: str, mismatch: Mismatch) -> tuple[str, list[str]]:
    received, name = mismatch.received, mismatch.name
    if not isinstance(received, NonArray):
        headline = f"{function}: {name} has the type {received.dtype}."
        return headline, ["Expected floating-point values: float64 in, float64 out."]
    if received.type == "ndarray":
        headline = f"{function}: {name} has the type {received.dtype}."
        return headline, ["Expected float32 or float64 values, of the type of the input."]
    headline = f"{function}: {name} is a {received.type}, not an array."
    if mismatch.expected.shape == ():
        return f"{function}: {name} is a {received.type}, not a number.", ["Expected one number."]
    if received.type == "NoneType":
        return f"{function}: {name} is None.", ["A function without a return statement returns None."]
    return headline, ["Expected exactly a numpy.ndarray: np.asarray(...) makes one of a list or a subclass."]


def _value_facts(mismatch: Mismatch) -> list[str]:
    got, wrong, worst = mismatch.got, mismatch.wrong, mismatch.worst
    assert got is not None
    assert wrong is not None
    assert worst is not None
    where = f"{mismatch.name}[{','.join(str(index) for index in worst)}]" if worst else mismatch.name
    expected = number_text(float(mismatch.expected[worst]))
    facts = [f"{where}: expected {expected}, got {number_text(float(got[worst]))}."]
    if got.size > 1:
        facts.append(f"{int(wrong.sum())} of {got.size} values differ.")
    return facts + resemblances(got, mismatch.expected, wrong, mismatch.name)


def constant_ratio(mismatch: Mismatch) -> float | None:
    """Return got / expected if it is the same number for all values and is not 1, else None."""
    got, expected = mismatch.got, mismatch.expected
    if got is None or got.size < 2 or got.shape != expected.shape:
        return None
    want, have = expected.astype(np.float64).ravel(), got.astype(np.float64).ravel()
    # huge values may overflow here; they have no useful ratio, and need no warning
    with np.errstate(over="ignore", invalid="ignore"):
        norm = float(want @ want)
        ratio = float(have @ want) / norm if norm > 0 else 0.0
        if not np.isfinite(ratio) or abs(ratio) < 1e-9 or abs(ratio - 1) < 1e-6:
            return None
        close = np.abs(have - ratio * want) <= 1e-6 * np.abs(ratio) * np.abs(want).max()
    return ratio if close.all() else None


def ratio_text(ratio: float) -> str:
    """Return a constant ratio in words."""
    if abs(ratio + 1) < 1e-6:
        return "has the wrong sign"
    if ratio < 0:
        return f"is {number_text(ratio)} times what it should be"
    if ratio > 1:
        return f"is exactly {number_text(ratio)} times too large"
    return f"is exactly {number_text(1 / ratio)} times too small"
