"""What a known mistake is, and the right functions that its wrong one builds upon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

Function = Callable[..., Any]


@dataclass(frozen=True)
class Mistake:
    """A wrong version of one function of the assignment.

    ``wrong`` takes a :class:`Right` before the function's own parameters. ``cause`` and ``remedy`` are one
    sentence each; ``read`` is a heading of ``docs/handout.md`` as a link names it. ``shown_in`` is the
    function whose checks fail: the backward function if only the cache of a forward function is wrong.
    """

    function: str
    name: str
    cause: str
    remedy: str
    read: str
    wrong: Function
    shown_in: str

    @property
    def id(self) -> str:
        """The names of the function and the mistake, such as ``conv2d_forward:bias_forgotten``."""
        return f"{self.function}:{self.name}"

    @property
    def anchor(self) -> str:
        """The anchor of the mistake in the error guide."""
        return f"{self.function}-{self.name}"


def mistake(
    function: str, *, cause: str, remedy: str, read: str, shown_in: str | None = None
) -> Callable[[Function], Mistake]:
    """Return a decorator that turns a wrong function into a mistake named after it."""
    return lambda wrong: Mistake(function, wrong.__name__, cause, remedy, read, wrong, shown_in or function)


class Cache:
    """The cache of a right forward function, with its contents accessible.

    ``arguments`` and ``options`` are those of the call; ``options`` has no entry for one that was left out.
    """

    def __init__(self, forward: Function, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        self._forward = forward
        self.remember(*arguments, **options)

    def remember(self, *arguments: Any, **options: Any) -> None:
        """Replace the contents by those of a call with these arguments, for the backward function to use."""
        self.arguments, self.options = arguments, options
        self.out, self.inner = self._forward(*arguments, **options)

    def pair(self, option: str, default: Any = None) -> tuple[int, int]:
        """Return an option, which is a number or a pair, as a pair."""
        return pair(self.options.get(option, default))


class Right:
    """The right functions by name, for a mistake to build upon.

    Forward functions return a :class:`Cache`, and backward functions take one. ``memory``, empty at first, is
    for mistakes that keep something between calls.
    """

    def __init__(self, function: Callable[[str], Function]) -> None:
        self._function = function
        self.memory: dict[Any, Any] = {}

    def __getattr__(self, name: str) -> Function:
        if name.endswith("_forward"):
            return partial(self._run_forward, name)
        if name.endswith("_backward"):
            return partial(self._run_backward, name)
        return self._function(name)

    def _run_forward(self, name: str, *arguments: Any, **options: Any) -> tuple[np.ndarray, Cache]:
        cache = Cache(self._function(name), arguments, options)
        return cache.out, cache

    def _run_backward(self, name: str, dout: np.ndarray, cache: Cache) -> Any:
        return self._function(name)(dout, cache.inner)


def pair(value: Any) -> tuple[int, int]:
    """Return a pair: ``value`` itself if it is one, else the number twice."""
    first, second = np.broadcast_to(value, 2)
    return int(first), int(second)


def mistaken(right: Callable[[str], Function], wrong: Mapping[str, Function]) -> Callable[[str], Function]:
    """Return a function that finds functions by name, some of them wrong and the others right.

    Parameters
    ----------
    right
        Function that returns the reference's function of a name.
    wrong
        Wrong functions, as in :attr:`Mistake.wrong`, by the names of the functions that they replace.
    """
    base = Right(right)
    replaced = {name: partial(function, base) for name, function in wrong.items()}
    return lambda name: replaced.get(name) or getattr(base, name)
