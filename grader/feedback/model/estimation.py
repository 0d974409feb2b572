"""Constants that are estimated: a version of the model with the number that a submission has in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from grader.feedback.mistakes.base import mistaken
from grader.feedback.model.fingerprints import Fingerprint, fingerprint
from grader.feedback.model.functions import wrong_function
from grader.feedback.model.index import FunctionIndex, Version
from grader.feedback.model.probes import Probe, Seen, observe, probes_of
from grader.feedback.simulation import LocalCaller
from grader.reference.functions import solution

KINDS = frozenset({"small_number_added", "small_number_least", "clipped", "leaky", "fixed"})
"""kinds of edits that put a number into the source"""

NUMBER = re.compile(r"(?<![\w.])(\d+e-\d+|0\.\d+)(?![\w.])")
GRID = np.logspace(-30, 1, 63)
"""where the constant is looked for at first"""
HALVINGS = 40
MOST_TEMPLATES = 12


def estimated(function: str, index: FunctionIndex, seen: Sequence[Seen | None]) -> Version | None:
    """Return a version with a constant of its own that gives in every probe what a submission gave.

    Parameters
    ----------
    function
        Name of the function.
    index
        Its wrong versions, with their sources.
    seen
        What the submission gave in the probes.

    Returns
    -------
    Version or None
        None if there is no such constant.
    """
    found = [fingerprint(seen, name) for name in index.names]
    for column, name in enumerate(index.names):
        rows = index.rows[name]
        alike = found[column].codes == rows.codes[0]
        wrong = np.flatnonzero(alike & ~rows.agrees(found[column])[0])
        if not len(wrong):
            continue
        probe = probes_of(function)[wrong[0]]
        target = found[column].numbers[wrong[0], 0]
        return next(
            (
                made
                for version, literal in _templates(index)
                for constant in _solutions(partial(_excess, function, version, literal, probe, name, target))
                if _gives(function, index, made := _version(version, literal, constant), found)
            ),
            None,
        )
    return None


def _excess(
    function: str, version: Version, literal: str, probe: Probe, name: str, target: float, constant: float
) -> float:
    """Return by how much a version with a constant exceeds what was seen, in one number of one probe."""
    caller = _caller(_version(version, literal, constant))
    numbers = fingerprint(observe(caller, function, [probe]) or (None,), name).numbers
    return float(numbers[0, 0]) - target


def _gives(function: str, index: FunctionIndex, version: Version, found: Sequence[Fingerprint]) -> bool:
    theirs = observe(_caller(version), function)
    return theirs is not None and all(
        fingerprint(theirs, name).agrees(seen).all() for name, seen in zip(index.names, found, strict=True)
    )


def _templates(index: FunctionIndex) -> Iterator[tuple[Version, str]]:
    """Yield versions that differ in more than their constant, and the constant of each."""
    known: set[str] = set()
    for version in index.versions:
        match = NUMBER.search(version.source) if version.kind in KINDS else None
        if match is None or len(known) == MOST_TEMPLATES:
            continue
        template = version.source.replace(match[0], "?")
        if template not in known:
            known.add(template)
            yield version, match[0]


def _solutions(at: Callable[[float], float]) -> Iterator[float]:
    """Yield where a function of the constant changes its sign: to three digits, and as it is."""
    values = np.array([at(float(constant)) for constant in GRID])
    for number in np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0):
        low, high = float(GRID[number]), float(GRID[number + 1])
        for _ in range(HALVINGS):
            middle = float(np.sqrt(low * high))
            if np.sign(at(middle)) == np.sign(values[number]):
                low = middle
            else:
                high = middle
        yield float(f"{high:.2e}")
        yield high
    for number in np.flatnonzero(values == 0):
        yield float(GRID[number])


def _version(version: Version, literal: str, constant: float) -> Version:
    source = version.source.replace(literal, repr(constant))
    said = version.cause.replace(literal, f"{constant:.3g}")
    if said == version.cause:
        said = f"{version.cause.removesuffix('.')} (about {constant:.3g})."
    return replace(version, id=f"{version.id}-{constant:.3g}", cause=said, source=source)


def _caller(version: Version) -> LocalCaller:
    wrong = wrong_function(version.function, version.source)
    return LocalCaller(mistaken(solution, {version.function: wrong}))
