"""Fingerprints of what probes gave: a few numbers for each array, by which two functions can be compared.

Each array is projected on two fixed random directions. Two arrays whose projections agree to a part in a
hundred thousand are taken to be equal; nothing can be computed back from a fingerprint.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from grader.feedback.model.probes import Raised, Seen
from grader.worker.values import NonArray, WireValue

TOLERANCE = 1e-5
LARGEST = 3e38
"""what float32 holds: fingerprints are kept in it"""
NUMBERS = 4
"""for an array: two projections, one of what is not finite, and by how much the former may differ"""


@dataclass(frozen=True)
class Fingerprint:
    """Of one value in all probes: what it is, shape (P,), and its numbers, shape (P, NUMBERS).

    Codes are negative where an exception was raised.
    """

    codes: np.ndarray
    numbers: np.ndarray

    def agrees(self, other: Fingerprint) -> np.ndarray:
        """Return for each probe whether two fingerprints agree; broadcasts over leading axes."""
        difference = np.abs(self.numbers[..., :3] - other.numbers[..., :3])
        allowed = np.maximum(self.numbers[..., 3:], other.numbers[..., 3:])
        same: np.ndarray = (self.codes == other.codes) & (difference <= allowed).all(axis=-1)
        return same


def fingerprint(seen: Sequence[Seen | None], name: str) -> Fingerprint:
    """Return the fingerprint of a value.

    Parameters
    ----------
    seen
        What all probes gave.
    name
        Of the value; a probe that raised gave none.

    Returns
    -------
    Fingerprint
    """
    codes, numbers = np.zeros(len(seen), np.int32), np.zeros((len(seen), NUMBERS))
    for number, each in enumerate(seen):
        codes[number], numbers[number] = _of(each, name)
    return Fingerprint(codes, numbers)


def raised(seen: Sequence[Seen | None]) -> np.ndarray:
    """Return which probes raised, shape (P,)."""
    return np.array([isinstance(each, Raised) for each in seen])


def _of(seen: Seen | None, name: str) -> tuple[int, list[float]]:
    if isinstance(seen, Raised):
        return -_code(seen.kind), [0.0] * NUMBERS
    value = None if seen is None else seen.get(name)
    if value is None:
        return _code("nothing"), [0.0] * NUMBERS
    if isinstance(value, NonArray):
        return _code(f"{value.type} {value.dtype} {value.shape}"), [0.0] * NUMBERS
    return _code(f"{value.dtype.kind} {value.shape}"), _numbers(value)


def _numbers(value: WireValue) -> list[float]:
    flat = np.asarray(value, np.float64).ravel()
    finite = np.isfinite(flat)
    first, second = _directions(flat.size)
    numbers = np.where(finite, flat, 0.0)
    # where numbers are not finite, and which of the three kinds they are
    kinds = np.where(np.isnan(flat), 1.0, np.where(flat > 0, 2.0, 3.0)) * ~finite
    largest = float(np.abs(numbers).max(initial=1e-12))
    allowed = TOLERANCE * largest * np.sqrt(flat.size)
    with np.errstate(all="ignore"):
        found = [numbers @ first, numbers @ second, (kinds @ first) * largest, allowed]
    return [float(np.clip(np.nan_to_num(number), -LARGEST, LARGEST)) for number in found]


@cache
def _directions(size: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(size)
    first, second = random.standard_normal((2, size))
    return first, second


def _code(text: str) -> int:
    return zlib.crc32(text.encode()) & 0x7FFFFFFF
