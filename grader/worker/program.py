"""Short programs of calls: what crosses to the worker, and the interpreter that both sides share.

A program is a list of calls whose arguments are names of variables; arrays stay where it runs, and only the
variables that are asked for travel. Standard library and NumPy only: the worker loads this file by its path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


class ReturnedError(Exception):
    """A function returned something other than the number of results it should."""


@dataclass(frozen=True)
class Call:
    """One call: ``results = function(*arguments, **options)``.

    ``arguments`` are names of variables, or None for the value None; ``options`` are plain values
    (numbers, strings, pairs).
    """

    function: str
    arguments: tuple[str | None, ...]
    results: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> list[Any]:
        """Return the call as plain lists and dictionaries."""
        return [self.function, list(self.arguments), list(self.results), dict(self.options)]

    @classmethod
    def from_json(cls, item: Sequence[Any]) -> Call:
        """Rebuild a call; pairs, which JSON has as lists, become tuples again."""
        function, arguments, results, options = item
        plain = {name: tuple(value) if type(value) is list else value for name, value in options.items()}
        return cls(function, tuple(arguments), tuple(results), plain)


def take_images(images: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Pick images by index and scale them.

    Parameters
    ----------
    images
        uint8, (N, 28, 28).
    indices
        integers, (B,).

    Returns
    -------
    ndarray
        float32, (B, 1, 28, 28), between 0 and 1.
    """
    picked: np.ndarray = images[indices][:, None] * np.float32(1 / 255)
    return picked


BUILTINS: dict[str, Callable[..., Any]] = {
    "@take": take_images,
    "@reshape": lambda array, *, shape: array.reshape(shape),
}
"""What a program may call besides the functions of the assignment; the names cannot clash with them."""


def last_uses(calls: Sequence[Call], lasting: Iterable[str]) -> list[tuple[str, ...]]:
    """Return, for each call, the variables that nothing needs afterwards.

    Parameters
    ----------
    calls
        The program.
    lasting
        Variables that must outlive the program.

    Returns
    -------
    list of tuple
        One tuple of names a call; dropping them there keeps memory small and warm.
    """
    seen = set(lasting)
    dropped: list[tuple[str, ...]] = []
    for call in reversed(calls):
        names = [name for name in (*call.arguments, *call.results) if name is not None]
        dropped.append(tuple(dict.fromkeys(name for name in names if name not in seen)))
        seen.update(names)
    return dropped[::-1]


class Failure(Exception):  # noqa: N818 - it carries an error, it is not one
    """A call of a program raised; ``index`` says which, ``error`` what."""

    def __init__(self, index: int, error: BaseException) -> None:
        super().__init__(index, error)
        self.index = index
        self.error = error


def execute(
    calls: Sequence[Call],
    dropped: Sequence[tuple[str, ...]],
    variables: dict[str, Any],
    functions: Callable[[str], Callable[..., Any]],
) -> None:
    """Run a program on ``variables``, which receives the results.

    Parameters
    ----------
    calls
        The program.
    dropped
        What :func:`last_uses` found.
    variables
        Values by name; changed in place.
    functions
        Finds a function by its name.

    Raises
    ------
    Failure
        If a call raised anything, SystemExit and KeyboardInterrupt included.
    """
    for index, call in enumerate(calls):
        try:
            function = BUILTINS.get(call.function) or functions(call.function)
            arguments = [None if name is None else variables[name] for name in call.arguments]
            returned = function(*arguments, **call.options)
            if len(call.results) == 1:
                variables[call.results[0]] = returned
            else:
                _unpack(call, returned, variables)
        except BaseException as error:
            raise Failure(index, error) from error
        for name in dropped[index]:
            variables.pop(name, None)


def _unpack(call: Call, returned: Any, variables: dict[str, Any]) -> None:
    wanted = len(call.results)
    if not isinstance(returned, (tuple, list)):
        raise ReturnedError(f"{wanted} values expected, got one {type(returned).__name__}")
    if len(returned) != wanted:
        raise ReturnedError(f"{wanted} values expected, got {len(returned)}")
    variables.update(zip(call.results, returned, strict=True))
