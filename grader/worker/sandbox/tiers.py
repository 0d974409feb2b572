"""Which isolation can be had here: found out by starting a worker of each tier."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from grader.core.errors import IsolationError, StartError
from grader.core.results import Isolation
from grader.core.workspace import TemporaryFolder
from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.process import WorkerProcess

TIERS = ("process", "container", "confined", "strict")
"""from weakest to strongest"""
ISOLATED = ("strict", "confined")

CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")


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
    found = "container" if in_container() else "process"
    for tier in ISOLATED:
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
    if found == "process":
        text += (
            "\n'process' does NOT keep a submission from reading the files of this machine. If it is yours, "
            "or nothing is secret, say --isolation process."
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


def in_container() -> bool:
    """Whether this process says that it runs in a container."""
    return "KUBERNETES_SERVICE_HOST" in os.environ or any(Path(mark).exists() for mark in CONTAINER_MARKS)
