"""Compare a received value with the expected one: type and shape, whether it is finite, and its values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from grader.worker.values import NonArray, WireValue

TOLERANCE = 1e-5
"""relative to the largest expected value; correct code in float32 passes, and an error of 0.1 % does not"""


class MismatchKind(StrEnum):
    """The respect in which a value is wrong."""

    TYPE = "type"
    SHAPE = "shape"
    FINITE = "finite"
    VALUES = "values"


@dataclass(frozen=True)
class Mismatch:
    """How a received array differs from the expected one.

    ``wrong`` marks the wrong cells, and ``worst`` is the index of the largest error; both are None unless the
    values are wrong. ``got`` is None where no array was received.
    """

    name: str
    kind: MismatchKind
    expected: np.ndarray
    received: WireValue
    wrong: np.ndarray | None = None
    worst: tuple[int, ...] | None = None

    @property
    def got(self) -> np.ndarray | None:
        """The received array, or None if no array was received."""
        return self.received if isinstance(self.received, np.ndarray) else None


def without_extra_axes(received: WireValue, expected: np.ndarray) -> WireValue:
    """Return an array in the expected shape if the two differ only in axes of size 1, else unchanged."""
    if isinstance(received, np.ndarray) and received.shape != expected.shape:
        sizes = [[size for size in shape if size != 1] for shape in (received.shape, expected.shape)]
        if sizes[0] == sizes[1]:
            return received.reshape(expected.shape)
    return received


def compare(
    name: str,
    received: WireValue,
    expected: np.ndarray,
    *,
    tolerance: float = TOLERANCE,
    scale: float | None = None,
    floating: bool = True,
) -> Mismatch | None:
    """Compare a received value with the expected array.

    Parameters
    ----------
    name
        Name of the value, e.g. ``dx``.
    received
        Value from the worker: an array, or the description of something else.
    expected
        Expected float64 or float32 array; a number is an array of shape ().
    tolerance
        Largest error allowed, relative to ``scale``.
    scale
        Magnitude that errors are relative to; if None the largest expected one, or 1 where all is zero.
    floating
        Whether the values must have a floating-point type.

    Returns
    -------
    Mismatch or None
        How they differ, or None if they agree.
    """
    if isinstance(received, NonArray):
        is_array = received.type == "ndarray" and received.shape is not None
        kind = MismatchKind.SHAPE if is_array and received.shape != expected.shape else MismatchKind.TYPE
        return Mismatch(name, kind, expected, received)
    if received.shape != expected.shape:
        return Mismatch(name, MismatchKind.SHAPE, expected, received)
    if floating and received.dtype.kind != "f":
        return Mismatch(name, MismatchKind.TYPE, expected, received)
    got, want = received.astype(np.float64), expected.astype(np.float64)
    if not np.isfinite(got).all():
        return Mismatch(name, MismatchKind.FINITE, expected, received, ~np.isfinite(got))
    if want.size == 0:
        return None
    if scale is None:
        scale = float(np.abs(want).max()) or 1.0
    with np.errstate(over="ignore"):
        error = np.abs(got - want)
    # written in this direction so that a NaN can never pass
    right = error <= tolerance * scale
    if right.all():
        return None
    worst = np.unravel_index(int(error.argmax()), error.shape)
    return Mismatch(
        name, MismatchKind.VALUES, expected, received, ~right, tuple(int(index) for index in worst)
    )
