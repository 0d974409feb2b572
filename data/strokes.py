"""The shapes of the ten digits: several styles of each, as strokes of a pen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NODES = 84
"""Number of points in which every style is sampled, so that digits of all styles can be drawn at once."""

# Of each digit, how common a style is and its control points "x,y" on a grid of 100 by 100, y downwards. The
# pen passes through them in a smooth curve. A point given twice is a corner; a slash lifts the pen.
_STYLES = (
    (  # 0
        (5, "54,3 30,14 17,40 20,72 42,96 66,90 82,62 80,30 56,3"),
        (3, "58,6 34,14 20,42 22,74 42,95 66,88 80,62 80,32 68,10 46,6 36,14"),
        (1, "74,14 50,2 26,14 14,44 20,78 44,97 72,88 88,56 82,24 60,6 44,10 40,22"),
        (1, "40,14 62,6 80,24 84,56 68,88 44,95 22,76 18,44 30,16 52,8"),
        (0.6, "30,10 18,40 24,78 50,96 76,82 84,46 70,12"),
    ),
    (  # 1
        (7, "50,0 50,100"),
        (2, "50,0 47,50 52,100"),
        (0.7, "34,22 44,14 52,3 52,3 51,50 50,98"),
        (0.4, "26,26 42,14 52,3 52,3 52,50 52,95 / 22,96 50,95 80,95"),
        (0.2, "50,2 50,94 / 26,95 74,94"),
    ),
    (  # 2
        (3, "14,26 30,8 58,3 78,18 74,42 50,68 16,95 16,95 50,93 88,94"),
        (3, "16,22 36,5 62,4 78,22 74,50 54,78 28,94 12,84 24,70 48,78 70,90 94,86"),
        (1.5, "14,12 46,8 78,10 78,10 48,50 12,92 12,92 50,92 90,94"),
        (1.5, "20,22 40,5 62,10 64,36 44,66 20,84 10,76 22,68 48,78 98,84"),
        (1.5, "24,40 22,18 46,3 70,16 78,48 64,82 34,97 14,84 26,68 56,78 92,92"),
        (1.5, "26,30 30,8 56,2 76,22 74,56 56,84 30,96 12,84 20,66 44,66 66,82 96,90"),
        (1, "30,20 44,4 62,14 58,44 42,74 26,95 26,95 48,92 72,94"),
        (0.2, "40,4 34,40 14,88 14,88 50,86 92,88"),
        (1, "20,16 50,2 74,20 62,56 20,94 20,94 46,82 92,96"),
        (1, "10,30 26,8 46,4 58,22 46,54 16,94 16,94 50,90 98,84"),
    ),
    (  # 3
        (3, "16,16 40,3 68,12 68,32 40,46 40,46 72,56 80,78 54,97 12,86"),
        (1.5, "14,8 44,6 74,8 74,8 42,42 42,42 74,56 78,80 52,97 12,90"),
        (2, "22,18 44,3 66,14 62,36 40,47 66,54 78,74 60,95 34,97 12,84"),
        (1.5, "24,10 44,3 58,14 52,32 36,40 36,40 70,46 84,68 66,94 10,92"),
        (1, "18,14 44,3 68,14 62,36 42,48 34,44 44,40 68,52 78,76 54,97 14,88"),
        (1, "14,20 40,3 72,14 70,38 44,54 44,54 66,62 70,80 50,96 16,92"),
        (1, "10,20 40,4 70,10 44,40 44,40 76,50 84,74 56,96 22,90 30,78"),
    ),
    (  # 4
        (3, "22,6 18,34 18,56 18,56 50,56 84,50 / 74,2 68,50 62,98"),
        (2, "30,4 22,30 10,58 10,58 50,58 92,54 / 72,10 64,50 56,98"),
        (1.5, "66,3 40,34 10,66 10,66 50,66 92,64 / 66,3 64,50 62,98"),
        (0.8, "22,6 16,36 26,54 54,50 76,34 80,4 80,4 74,50 68,98"),
        (1.5, "22,4 18,30 26,48 50,50 76,36 / 80,2 72,50 64,98"),
        (1, "40,4 28,30 12,58 12,58 44,60 76,56 / 60,34 56,66 50,98"),
    ),
    (  # 5
        (3, "34,8 30,26 26,46 26,46 52,42 74,58 70,84 44,97 14,88 / 34,8 58,8 86,4"),
        (2, "84,8 58,8 36,8 36,8 30,28 26,46 26,46 56,46 72,64 62,88 38,96 12,90"),
        (1.5, "80,6 52,6 34,22 42,42 64,58 68,80 46,96 16,90"),
        (1.5, "30,16 28,46 28,46 56,42 74,62 62,90 10,92 / 30,16 62,12 98,2"),
        (1.5, "32,6 26,40 26,40 58,34 82,58 70,88 40,98 10,86 / 32,6 56,8 78,6"),
        (1, "30,4 28,30 26,58 26,58 52,52 68,70 56,92 14,96 / 30,6 60,8 86,6"),
        (0.5, "36,8 28,42 28,42 58,40 76,62 62,92 34,94 24,78 / 36,8 60,8 84,6"),
        (1, "44,4 28,44 28,44 60,44 70,66 50,88 8,94 / 44,8 92,2"),
    ),
    (  # 6
        (3, "64,3 40,20 22,48 20,76 40,97 68,90 78,70 60,56 38,66 26,84"),
        (1.5, "22,2 18,36 20,70 40,96 68,92 82,70 72,50 52,62 44,88"),
        (2, "62,2 42,28 26,58 28,86 48,97 68,84 66,64 46,60 30,76"),
        (1, "76,10 54,6 32,30 20,60 28,90 56,96 74,78 62,60 40,64 26,80"),
        (1, "70,2 40,24 20,56 22,86 46,98 66,86 60,70 40,72 26,86"),
        (1, "50,2 30,40 22,80 40,97 70,84 74,62 54,52 20,68"),
        (1, "20,10 10,50 26,88 60,90 76,64 54,54 36,84"),
        (1, "30,2 14,50 30,92 70,88 84,62 66,52 46,72"),
    ),
    (  # 7
        (4, "12,14 44,12 80,8 80,8 60,50 42,98"),
        (2, "12,30 18,10 18,10 46,12 78,8 78,8 70,42 60,98"),
        (1.2, "14,12 44,10 82,8 82,8 62,48 46,98 / 30,54 56,52 84,50"),
        (0.8, "14,30 18,12 18,12 46,14 80,10 80,10 66,46 48,98 / 30,52 56,52 86,48"),
        (1, "14,22 34,8 62,6 76,22 66,56 50,98"),
        (1.5, "16,10 48,10 78,8 78,8 76,50 72,98"),
        (1.5, "14,12 48,10 80,6 80,6 54,40 44,70 42,98"),
    ),
    (  # 8
        (3, "74,14 50,3 28,16 34,38 58,56 74,76 54,97 28,90 26,70 48,52 70,34 74,14"),
        (2, "86,6 54,4 30,16 36,38 60,56 70,78 50,97 28,88 34,66 60,40 86,8"),
        (1.5, "50,46 30,32 34,10 54,3 70,16 66,36 50,46 / 50,46 26,62 24,84 46,97 72,88 74,64 52,46"),
        (1.5, "76,22 54,3 24,14 28,40 54,56 66,78 50,97 36,84 46,62 70,42 76,20"),
        (1.5, "64,12 50,3 36,12 40,30 62,46 82,72 60,96 26,92 18,72 38,50 58,30 64,12"),
        (1, "72,24 52,4 28,18 32,42 54,48 70,30 74,18 66,50 60,84 48,97 40,84 48,62 70,36"),
        (1, "88,4 62,30 36,60 26,84 44,97 62,84 58,60 36,36 30,14 50,4 74,12"),
    ),
    (  # 9
        (3, "72,18 50,3 26,18 26,44 48,52 68,36 74,14 74,14 70,56 64,98"),
        (1.5, "70,14 44,6 24,28 32,50 58,46 72,18 72,18 72,48 68,82 46,97 26,90"),
        (1.5, "66,34 46,48 26,38 30,14 54,4 70,16 70,40 58,70 44,98"),
        (1.5, "76,14 44,3 16,24 18,54 46,60 70,38 76,12 76,12 80,54 88,98"),
        (1.5, "64,10 36,6 22,30 36,48 62,36 72,10 72,10 68,50 60,98"),
        (1, "62,14 46,3 32,14 36,34 54,36 64,16 64,16 58,56 46,98"),
        (1, "74,20 56,4 26,12 14,40 36,56 62,40 76,12 76,12 66,60 50,98"),
    ),
)


@dataclass(frozen=True, eq=False)
class Style:
    """A way to write a digit.

    Parameters
    ----------
    share : float
        Fraction of the digit's images that are written in this style.
    control : ndarray of float64, shape (K, 2)
        Control points (x, y) in a square of side 1, y downwards.
    spline : ndarray of float64, shape (NODES, K)
        Matrix that takes control points to the nodes along the pen's path.
    inked : ndarray of bool, shape (NODES - 1,)
        Whether the pen touches the paper between a node and the next.
    """

    share: float
    control: NDArray[np.float64]
    spline: NDArray[np.float64]
    inked: NDArray[np.bool_]


@cache
def styles_of(digit: int) -> tuple[Style, ...]:
    """Return the styles of a digit; their shares add up to 1."""
    total = sum(weight for weight, _ in _STYLES[digit])
    return tuple(_style(weight / total, strokes) for weight, strokes in _STYLES[digit])


def _style(share: float, text: str) -> Style:
    points: list[list[float]] = []
    strokes: list[list[list[int]]] = []  # each stroke is a chain of smooth curves, as indices into points
    for stroke in text.split("/"):
        curves: list[list[int]] = [[]]
        for word in stroke.split():
            point = [float(coordinate) / 100 for coordinate in word.split(",")]
            if curves[-1] and point == points[-1]:
                curves.append(curves[-1][-1:])
            else:
                curves[-1].append(len(points))
                points.append(point)
        strokes.append(curves)

    control = np.array(points)
    lengths = [_length(control[curve]) for curves in strokes for curve in curves]
    unit = sum(lengths) / (NODES - len(strokes))
    segments = [int(length / unit) for length in lengths]
    segments[int(np.argmax(lengths))] += NODES - len(strokes) - sum(segments)

    share_out = iter(segments)
    rows: list[NDArray[np.float64]] = []
    inked: list[bool] = []
    identity = np.eye(len(control))
    for curves in strokes:
        rows.append(identity[curves[0][:1]])
        for curve in curves:
            count = next(share_out)
            rows.append(_catmull_rom(identity[curve], count))
            inked += [True] * count
        inked.append(False)
    return Style(share, control, np.concatenate(rows), np.array(inked[:-1]))


def _length(points: NDArray[np.float64]) -> float:
    return float(np.sqrt((np.diff(points, axis=0) ** 2).sum(axis=1)).sum())


def _catmull_rom(points: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return ``count`` points of the smooth curve through ``points``, without the first one."""
    before = 2 * points[:1] - points[1:2]
    behind = 2 * points[-1:] - points[-2:-1]
    padded = np.concatenate([before, points, behind])
    position = np.arange(1, count + 1) * (len(points) - 1) / count
    start = np.minimum(position.astype(int), len(points) - 2)
    u = (position - start)[:, None]
    a, b, c, d = (padded[start + offset] for offset in range(4))
    square, cubic = 2 * a - 5 * b + 4 * c - d, 3 * (b - c) + d - a
    curve: NDArray[np.float64] = b + 0.5 * u * (c - a + u * (square + u * cubic))
    return curve
