"""Which isolation can be had here: found out by starting a worker of each tier."""

from __future__ import annotations

import functools

from grader.core.errors import IsolationError, StartError
from grader.core.results import TIERS, Isolation
from grader.core.workspace import TemporaryFolder
from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.process import WorkerProcess

TRIED = ("strict", "confined", "container")
"""in this order; ``process`` is what is left"""
ISOLATED = ("strict", "confined")


def choose_isolation(floor: str | None) -> Isolation:
    """Return the strongest isolation that this machine has.

    Parameters
    ----------
    floor
        The weakest tier that will do, one of ``TIERS``; None for any.

    Raises
    ------
    IsolationError
        If nothing as strong can be had.
    """
    missing = []
    found = "process"
    for tier in TRIED:
        problem = problem_of(tier)
        if problem is None:
            found = tier
            break
        missing.append(f"{tier}: {problem}")
    if floor is not None and TIERS.index(found) < TIERS.index(floor):
        raise IsolationError(_refusal(floor, found, missing))
    return Isolation(found, tuple(missing))


def _refusal(floor: str, found: str, missing: list[str]) -> str:
    reasons = "\n".join(f"  {reason}" for reason in missing)
    text = f"isolation '{floor}' was asked for, and the best to be had here is '{found}':\n{reasons}"
    if TIERS.index(found) < TIERS.index("confined"):
        promises = "\n".join(f"  {sentence}" for sentence in Isolation(found).not_promised)
        text += (
            "\nTo get it, install what is missing, or run the grader where the kernel allows it. To accept "
            f"less, say --isolation {found}: if the submission is yours, or nothing there is secret. "
            f"At '{found}'\n{promises}"
        )
    return text


@functools.cache
def problem_of(tier: str) -> str | None:
    """Return why a tier cannot be had here, in words; None if it can.

    A worker is started, and tries what the tier forbids.
    """
    try:
        with TemporaryFolder("trial") as folder:
            WorkerProcess(folder, Limits(), tier).end()
    except StartError as error:
        return str(error)
    return None
