"""What is wrong in the plain case, so that checks of other options do not charge for it again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.judging.calls import named_results
from grader.judging.compare import compare
from grader.worker.values import WireValue

Gradients = Callable[..., Any]
"""takes the arguments of a forward function and then ``dout``, and its options; returns the gradients"""


@dataclass(frozen=True)
class PlainCase:
    """What is wrong with the gradients of a backward function in the plain case, which has its own checks.

    ``wrong`` names the wrong gradients. ``known`` holds, for those that known mistakes explain, functions of
    this process that compute the gradients with such a mistake.
    """

    wrong: tuple[str, ...] = ()
    known: Mapping[str, Sequence[Gradients]] = field(default_factory=dict)

    @property
    def unknown(self) -> list[str]:
        """The wrong gradients that no known mistake explains."""
        return [name for name in self.wrong if name not in self.known]

    def to_judge(
        self,
        function: str,
        received: Mapping[str, WireValue],
        arguments: Sequence[np.ndarray],
        options: Mapping[str, Any],
    ) -> dict[str, WireValue]:
        """Return the gradients that a check of other options judges.

        Parameters
        ----------
        function
            Name of the backward function.
        received
            Its gradients by name.
        arguments
            Arguments of the forward function, and ``dout``.
        options
            Options of the forward function.

        Returns
        -------
        dict
            All gradients but those that are unknown, or that a known mistake gives for these options, too.
        """
        nothing = all(_is_constant(value) for value in received.values())

        def is_charged(name: str, value: WireValue) -> bool:
            if name not in self.wrong or nothing:
                return False
            return name not in self.known or any(
                _gives(gradients, function, arguments, options, name, value) for gradients in self.known[name]
            )

        return {name: value for name, value in received.items() if not is_charged(name, value)}


def _is_constant(value: WireValue) -> bool:
    """Whether a value is one number everywhere: where all gradients are, there is no gradient yet."""
    return isinstance(value, np.ndarray) and value.size > 0 and bool((value == value.flat[0]).all())


def _gives(
    gradients: Gradients,
    function: str,
    arguments: Sequence[np.ndarray],
    options: Mapping[str, Any],
    name: str,
    received: WireValue,
) -> bool:
    """Whether a wrong backward function gives a received gradient, too."""
    # a wrong function may raise anything
    with contextlib.suppress(Exception):
        found = named_results(function, gradients(*(array.copy() for array in arguments), **options))[name]
        return compare(name, received, found, floating=found.dtype.kind == "f") is None
    return False
