"""A check with its inputs, which can be run on anything that answers calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from grader.core.seed import Seed
from grader.judging.draw import Draw
from grader.judging.judge import Judge, KnownForwards
from grader.judging.plain_case import PlainCase
from grader.worker.caller import Caller


@dataclass(frozen=True)
class RunnableCheck:
    """A check that needs nothing but inputs and something to call.

    ``id`` is the id of the check, ``seed`` the seed of all inputs, and ``body`` the test function.
    ``option_of`` has the ids of the checks of the plain case, if this one judges the same results for other
    options; otherwise it is empty.
    """

    id: str
    seed: Seed
    body: Callable[..., None]
    option_of: tuple[str, ...] = ()

    @property
    def function(self) -> str:
        """The name of the function that the check judges."""
        return self.id.partition(".")[0]

    def run(self, caller: Caller, known: KnownForwards | None = None, plain: PlainCase | None = None) -> None:
        """Run the check.

        Parameters
        ----------
        caller
            Caller of the functions to check.
        known, plain
            See :class:`grader.judging.judge.Judge`.

        Raises
        ------
        CheckStoppedError
            If the check does not pass.
        """
        with np.errstate(all="ignore"):
            judge = Judge(caller, known, plain)
            self.body(judge=judge, draw=Draw(self.seed, self.id))
            judge.finish(self.function)
