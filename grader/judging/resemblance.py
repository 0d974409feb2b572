"""State how a wrong array resembles the right one, and where the two differ."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from grader.judging.compare import TOLERANCE

MOST_FACTS = 2
AXES = {2: ("row", "column"), 4: ("image", "channel", "row", "column")}
"""what an index counts along each axis, by the number of axes"""


def resemblances(got: np.ndarray, expected: np.ndarray, wrong: np.ndarray, name: str) -> list[str]:
    """Return facts about an array that has the right shape and wrong values, the most telling first.

    Parameters
    ----------
    got, expected
        Finite floating-point arrays of the same shape.
    wrong
        Boolean array that marks the wrong cells.
    name
        Name of the array.

    Returns
    -------
    list of str
        Two sentences at most.
    """
    if got.size < 2:
        return []
    ours, theirs = expected.astype(np.float64), got.astype(np.float64)
    facts = itertools.chain(
        _constant(ours, theirs, name), _rearranged(ours, theirs, name), _places(theirs, wrong, name)
    )
    return list(itertools.islice(facts, MOST_FACTS))


def _close(first: np.ndarray, second: np.ndarray) -> bool:
    return bool((np.abs(first - second) <= TOLERANCE * max(float(np.abs(second).max()), 1e-12)).all())


def _constant(expected: np.ndarray, got: np.ndarray, name: str) -> Iterator[str]:
    if not got.any():
        yield f"Every value of {name} is 0."
        return
    offset = float(np.mean(got - expected))
    if offset and _close(got - offset, expected):
        yield f"Every value is off by the same amount: {offset:+.6g}."


def _rearranged(expected: np.ndarray, got: np.ndarray, name: str) -> Iterator[str]:
    """Find the flip, the swap of axes or the shift that makes the array right."""
    axes = [axis for axis in range(got.ndim) if got.shape[axis] > 1]
    for count in (1, 2):
        for chosen in itertools.combinations(axes, count):
            if _close(np.flip(got, chosen), expected):
                where = " and ".join(f"axis {axis}" for axis in chosen)
                yield f"{name} would be right if it were flipped along {where}."
                return
    for first, second in itertools.combinations(axes, 2):
        if got.shape[first] == got.shape[second] and _close(np.swapaxes(got, first, second), expected):
            yield f"{name} would be right if axes {first} and {second} were swapped."
            return
    for axis in axes:
        for shift in (1, -1):
            if _close(np.roll(got, shift, axis), expected):
                yield f"{name} would be right if it were shifted by one along axis {axis}."
                return


def _places(got: np.ndarray, wrong: np.ndarray, name: str) -> Iterator[str]:
    """Say where the wrong cells are, unless they are everywhere."""
    if wrong.all():
        return
    if not got[wrong].any():
        yield "All wrong values are 0."
    words = AXES.get(got.ndim, tuple(f"index of axis {axis}" for axis in range(got.ndim)))
    for axis, word in enumerate(words):
        size = got.shape[axis]
        if size < 2:
            continue
        others = tuple(other for other in range(got.ndim) if other != axis)
        touched = np.asarray(wrong.any(axis=others))
        indices = np.flatnonzero(touched)
        if len(indices) == 1:
            yield f"Only {word} {indices[0]} of {name} is wrong."
        elif size > 3 and np.array_equal(indices, np.arange(indices[0], size, 2)) and indices[0] < 2:
            first = "" if indices[0] == 0 else ", from the second on,"
            yield f"Only every second {word}{first} of {name} is wrong."
        elif not touched[0] and len(indices) == size - 1:
            yield f"Only the first {word} of {name} is right."
        elif not touched[-1] and len(indices) == size - 1:
            yield f"Only the last {word} of {name} is right."
    if got.ndim == 4 and min(got.shape[2:]) > 2 and not wrong[:, :, 1:-1, 1:-1].any():
        yield f"Only the border of {name} is wrong."
