"""Look at the machine before the student starts: what is there, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from rich.table import Table
from rich.text import Text

from grader import __version__
from grader.core.assignment import TASKS
from grader.core.errors import GraderError
from grader.core.kit import HOME, KIT, kit_module
from grader.core.results import Isolation, Status
from grader.run.grading import Options, grade
from grader.worker.sandbox.tiers import choose_isolation

OLDEST_PYTHON = (3, 11)
LEAST_GFLOPS = 5.0
"""of a product of matrices; a NumPy without BLAS reaches less"""
LEAST_TASK = "relu"
"""checked for a smoke test"""


class State(StrEnum):
    """What a finding means."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    told: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything, one thing after another; whatever fails becomes a finding."""
    looks: list[tuple[str, Callable[[], Finding]]] = [
        ("Python", _python),
        ("Packages", _packages),
        ("NumPy's speed", _speed),
        ("Digits", _digits),
        ("Isolation", _isolation),
        ("A check", _smoke_test),
    ]
    for name, look in looks:
        try:
            yield look()
        except GraderError as error:
            yield Finding(name, State.BAD, str(error).splitlines()[0], "\n".join(str(error).splitlines()[1:]))
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            yield Finding(
                name, State.BAD, told, "This is a fault of the kit: please report it with this line."
            )


def _python() -> Finding:
    told = f"{platform.python_version()}, {platform.system()}, convgrade {__version__}"
    if sys.version_info < OLDEST_PYTHON:
        return Finding("Python", State.BAD, told, "Install Python 3.11 or later.")
    return Finding("Python", State.GOOD, told)


def _packages() -> Finding:
    names = ("numpy", "pytest", "nbformat", "rich")
    told = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    missing = [name for name, extra in (("watchfiles", "watch"), ("matplotlib", "plots")) if not _has(name)]
    if missing:
        remedy = "pip install 'convgrade[watch,plots]' for --watch and for pictures of trainings."
        return Finding("Packages", State.NOTE, f"{told}; no {' and no '.join(missing)}", remedy)
    return Finding("Packages", State.GOOD, told)


def _has(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _speed() -> Finding:
    size = 512
    one = np.random.default_rng(0).random((size, size), np.float32)
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        _ = one @ one
        taken.append(time.perf_counter() - start)
    speed = 2 * size**3 / min(taken) / 1e9
    told = f"{speed:.0f} GFLOP/s in a product of matrices, on one core"
    if speed < LEAST_GFLOPS:
        remedy = "This NumPy seems to have no BLAS: install it with pip or conda, not from source."
        return Finding("NumPy's speed", State.NOTE, told, remedy)
    return Finding("NumPy's speed", State.GOOD, told)


def _digits() -> Finding:
    data = kit_module("data")
    try:
        dataset = data.load()
    except data.DataError as error:
        raise GraderError(str(error)) from error
    told = f"{dataset.name}, {len(dataset.train_images):,} training images ({dataset.source})"
    if dataset.name == "MNIST":
        return Finding("Digits", State.GOOD, told)
    remedy = (
        "Training works with these. For MNIST, allow the download or set MNIST_DIR to a folder that holds it."
    )
    return Finding("Digits", State.NOTE, told, remedy)


def _isolation() -> Finding:
    isolation: Isolation = choose_isolation(None)
    if isolation.tier in ("strict", "confined"):
        return Finding("Isolation", State.GOOD, isolation.tier)
    remedy = "Your own code needs none. To grade that of others:\n" + "\n".join(isolation.missing)
    return Finding("Isolation", State.NOTE, isolation.tier, remedy)


def _smoke_test() -> Finding:
    start = time.perf_counter()
    own = HOME / ("solution" if KIT.has_solution else "student")
    report = grade(own, Options(tasks=(LEAST_TASK,), mnist=False)).report
    seconds = time.perf_counter() - start
    ran = [result for result in report.results if result.check.task == LEAST_TASK]
    # what is the student's may fail
    bad = set(Status) - {Status.PASSED} if KIT.has_solution else {Status.GRADER_ERROR, Status.NOT_RUN}
    failed = [result for result in ran if result.status in bad]
    title = next(task.title for task in TASKS if task.name == LEAST_TASK)
    ended = "passed" if KIT.has_solution else "could be run"
    told = f"{title}: {len(ran) - len(failed)} of {len(ran)} {ended} in {seconds:.1f} s"
    if failed:
        worst = failed[0]
        why = worst.feedback.headline if worst.feedback else str(worst.status)
        return Finding("A check", State.BAD, told, f"The kit does not work here: {why}")
    return Finding("A check", State.GOOD, told)


SIGNS = {State.GOOD: ("✓", "green"), State.NOTE: ("○", "yellow"), State.BAD: ("✗", "red")}


def table() -> Table:
    """Return an empty table for findings."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(no_wrap=True, style="bold")
    made.add_column(overflow="fold")
    return made


def add(made: Table, finding: Finding) -> None:
    """Add a finding and its remedy."""
    sign, style = SIGNS[finding.state]
    told = Text(finding.told)
    if finding.remedy:
        told.append(f"\n{finding.remedy}", style=style)
    made.add_row(Text(sign, style=style), finding.name, told)
