"""The handwritten digits that networks are trained on: MNIST, or digits drawn by the kit."""

from .dataset import DataError, Dataset, Progress
from .mnist import load

__all__ = ["DataError", "Dataset", "Progress", "load"]
