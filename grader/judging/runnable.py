"""A check with its inputs, to be run on anything that answers calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from grader.core.seed import Seed
from grader.judging.draw import Draw
from grader.judging.judge import Judge, KnownForwards
from grader.worker.caller import Caller


@dataclass(frozen=True)
class RunnableCheck:
    """A check that needs inputs and something to call, and nothing else.

    ``id`` is the check's, ``seed`` that of all inputs, ``body`` the function of pytest that checks.
    """

    id: str
    seed: Seed
    body: Callable[..., None]

    @property
    def function(self) -> str:
        """Name of the function that the check judges."""
        return self.id.partition(".")[0]

    def run(self, caller: Caller, known: KnownForwards | None = None) -> None:
        """Run the check.

        Parameters
        ----------
        caller
            Answers the calls.
        known
            As in :class:`grader.judging.judge.Judge`.

        Raises
        ------
        CheckStoppedError
            If it does not pass.
        """
        with np.errstate(all="ignore"):
            self.body(judge=Judge(caller, known), draw=Draw(self.seed, self.id))
