"""Checks as things that can be run again, by whoever has something to call."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from grader.judging.draw import Draw
from grader.judging.judge import Forward, Judge
from grader.worker.caller import Caller

KnownForward = Callable[[str], Forward | None]


def no_known_forward(_: str) -> None:
    """Accept no forward function but the right one."""
    return


@dataclass(frozen=True)
class RunnableCheck:
    """A check with its inputs: it needs to be told only what to call."""

    id: str
    seed: int
    body: Callable[..., None]

    @property
    def function(self) -> str:
        """Name of the function that the check judges."""
        return self.id.partition(".")[0]

    def run(self, caller: Caller, wrong_forward: KnownForward = no_known_forward) -> None:
        """Run the check.

        Parameters
        ----------
        caller
            What to call.
        wrong_forward
            As in :class:`grader.judging.judge.Judge`.

        Raises
        ------
        CheckStoppedError
            If it does not pass.
        """
        with np.errstate(all="ignore"):
            self.body(judge=Judge(caller, wrong_forward), draw=Draw(self.seed, self.id))


def runnable_checks(seed: int) -> dict[str, RunnableCheck]:
    """Return the checks that need inputs and functions only, by id, in the order they are written in.

    Parameters
    ----------
    seed
        Of all inputs.
    """
    return {check: RunnableCheck(check, seed, body) for check, body in _bodies().items()}


@cache
def _bodies() -> dict[str, Callable[..., None]]:
    bodies = {}
    package = importlib.import_module("grader.checks")
    for info in pkgutil.iter_modules(package.__path__):
        if not info.name.startswith("test_"):
            continue
        for value in vars(importlib.import_module(f"grader.checks.{info.name}")).values():
            marks = [mark for mark in getattr(value, "pytestmark", ()) if mark.name == "check"]
            if marks and set(inspect.signature(value).parameters) == {"judge", "draw"}:
                bodies[marks[0].args[0]] = value
    return bodies
