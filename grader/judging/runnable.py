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
    ``is_option`` says whether it judges gradients for other options than those of the plain case, which has
    checks of its own.
    """

    id: str
    seed: Seed
    body: Callable[..., None]
    is_option: bool = False

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
            self.body(judge=Judge(caller, known, plain), draw=Draw(self.seed, self.id))
