"""The interface of this package: a data set, its error, and the protocol for its progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class DataError(Exception):
    """Data is missing, damaged or not what it should be; the message says which, and what to do."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Handwritten digits for training and testing, as unsigned bytes.

    Parameters
    ----------
    name : str
        ``"MNIST"`` or ``"generated digits"``.
    train_images, test_images : ndarray of uint8, shape (N, 28, 28)
        Pixels, 0 is background and 255 is ink. The arrays of a loaded data set are read-only.
    train_labels, test_labels : ndarray of uint8, shape (N,)
        Digits from 0 to 9.
    source : str
        Origin of the data, as a phrase for a report, without paths of the user's.
    thresholds : tuple of float
        Test accuracies, as fractions in increasing order, at which training earns points.
    """

    name: str
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]
    source: str
    thresholds: tuple[float, ...] = (0.90, 0.95, 0.97)


class Progress(Protocol):
    """Shows the user the progress of a download."""

    def start(self, name: str, total_bytes: int | None) -> None:
        """Begin a file of this many bytes (None: unknown), or begin it again after a failure."""

    def advance(self, received_bytes: int) -> None:
        """Count bytes of the current file."""

    def message(self, text: str) -> None:
        """Show a message of one or more lines."""


class Silence:
    """A `Progress` that shows nothing."""

    def start(self, name: str, total_bytes: int | None) -> None:
        """Do nothing."""

    def advance(self, received_bytes: int) -> None:
        """Do nothing."""

    def message(self, text: str) -> None:
        """Do nothing."""
