"""All known mistakes."""

from __future__ import annotations

from types import ModuleType

from grader.mistakes import conv2d, dense, maxpool2d, optim, regularisation, relu, sigmoid, softmax
from grader.mistakes.base import Mistake


def _in(module: ModuleType) -> list[Mistake]:
    return [value for value in vars(module).values() if isinstance(value, Mistake)]


MISTAKES = tuple(
    mistake
    for module in (dense, relu, softmax, conv2d, maxpool2d, optim, sigmoid, regularisation)
    for mistake in _in(module)
)


def mistakes_of(*functions: str) -> list[Mistake]:
    """Return the known mistakes of some functions, in the order of the catalogue."""
    return [mistake for mistake in MISTAKES if mistake.function in functions]
