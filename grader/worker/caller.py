"""What a check calls: functions of the assignment, wherever and in whatever version they run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from grader.core.assignment import FUNCTIONS, OPAQUE
from grader.worker.program import Call
from grader.worker.values import WireValue

MOST_REPLY_BYTES = 4 << 20


class Keeper(Protocol):
    """What keeps values for handles."""

    def forget(self, handle: Handle) -> None:
        """Drop a kept value."""


class Handle:
    """A value that stays where the functions run, such as a cache; forgotten there when this object goes."""

    def __init__(self, keeper: Keeper, name: str, life: int) -> None:
        self._keeper = keeper
        self.name = name
        self.life = life

    def __del__(self) -> None:
        self._keeper.forget(self)


@dataclass(frozen=True)
class Answer:
    """What a program left: the values that were asked for, and handles of what was kept."""

    values: dict[str, WireValue]
    handles: dict[str, Handle]


class Caller(ABC):
    """Calls functions of the assignment."""

    @property
    def running(self) -> bool:
        """Whether kept values are still there; a failure may take all of them along."""
        return True

    def prepare(self, functions: Iterable[str]) -> None:
        """Make functions ready to be called; what fails here is told when they are."""
        del functions  # nothing is to be done where they are at hand

    @abstractmethod
    def run(
        self,
        calls: Sequence[Call],
        inputs: Mapping[str, np.ndarray | Handle],
        wanted: Sequence[str],
        *,
        kept: Iterable[str] = (),
        seconds: float | None = None,
        most_bytes: int = MOST_REPLY_BYTES,
    ) -> Answer:
        """Run a program of calls.

        Parameters
        ----------
        calls
            The program.
        inputs
            Arrays to send, and kept values, by the names the program gives them.
        wanted
            Names of the variables to send back.
        kept
            Names of variables to keep where they are.
        seconds
            Time for the whole program; None for the limit of a single call.
        most_bytes
            Largest array to send back; of a larger one only the description comes.

        Returns
        -------
        Answer

        Raises
        ------
        CheckStoppedError
            If a function failed, or nobody answered as they should.
        """

    def call(
        self,
        function: str,
        arguments: Sequence[np.ndarray | Handle | None],
        wanted: Sequence[str] | None = None,
        *,
        kept: Iterable[str] = (),
        **options: Any,
    ) -> Answer:
        """Call one function.

        Parameters
        ----------
        function
            One of ``assignment.FUNCTIONS``.
        arguments
            Positional arguments: arrays, handles of kept values, or None.
        wanted
            Which results to send back, named as in ``FUNCTIONS[function].returns``; all that are not
            opaque if None. ``argument0``, ``argument1`` ... are the arguments as the call leaves them.
        kept
            Names of results to keep where they are.
        **options
            Keyword arguments of the function.

        Returns
        -------
        Answer

        Raises
        ------
        CheckStoppedError
            If the function did not return what it should.
        """
        names: list[str | None] = []
        inputs: dict[str, np.ndarray | Handle] = {}
        for position, argument in enumerate(arguments):
            if argument is None:
                names.append(None)
            else:
                names.append(f"argument{position}")
                inputs[f"argument{position}"] = argument
        returns = FUNCTIONS[function].returns
        if wanted is None:
            wanted = [name for name in returns if name not in OPAQUE]
        call = Call(function, tuple(names), returns, options)
        return self.run([call], inputs, wanted, kept=kept)
