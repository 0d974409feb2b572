"""Examine the machine before a student starts: what is there, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import click
import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader import __version__
from grader.cli.common import Exit, traceback_option
from grader.core.assignment import TASKS
from grader.core.errors import GraderError
from grader.core.kit import HOME, KIT, kit_module
from grader.core.results import Isolation, Status
from grader.run.grading import Options, grade
from grader.worker.sandbox.tiers import choose_isolation

OLDEST_PYTHON = (3, 11)
LEAST_GFLOPS = 5.0
"""speed of a matrix product below which NumPy probably has no BLAS"""
LEAST_TASK = "relu"
"""the task that the smoke test checks"""


class State(StrEnum):
    """The meaning of a finding."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """What was found about one thing, and what to do about it."""

    name: str
    state: State
    text: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Examine everything, one thing after another; a failure becomes a finding, too."""
    examinations: list[tuple[str, Callable[[], Finding]]] = [
        ("Python", _python),
        ("Packages", _packages),
        ("NumPy's speed", _speed),
        ("Digits", _digits),
        ("Isolation", _isolation),
        ("A check", _smoke_test),
    ]
    for name, examination in examinations:
        try:
            yield examination()
        except GraderError as error:
            yield Finding(name, State.BAD, str(error).splitlines()[0], "\n".join(str(error).splitlines()[1:]))
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            yield Finding(name, State.BAD, text, "This is a bug in the kit: please report it with this line.")


def _python() -> Finding:
    text = f"{platform.python_version()}, {platform.system()}, convgrade {__version__}"
    if sys.version_info < OLDEST_PYTHON:
        return Finding("Python", State.BAD, text, "Install Python 3.11 or later.")
    return Finding("Python", State.GOOD, text)


def _packages() -> Finding:
    names = ("numpy", "pytest", "nbformat", "rich")
    text = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    missing = [name for name, extra in (("watchfiles", "watch"), ("matplotlib", "plots")) if not _has(name)]
    if missing:
        remedy = "pip install 'convgrade[watch,plots]' for --watch and for pictures of trainings."
        return Finding("Packages", State.NOTE, f"{text}; no {' and no '.join(missing)}", remedy)
    return Finding("Packages", State.GOOD, text)


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
    text = f"{speed:.0f} GFLOP/s in a matrix product, on one core"
    if speed < LEAST_GFLOPS:
        remedy = "This NumPy seems to have no BLAS: install it with pip or conda, not from source."
        return Finding("NumPy's speed", State.NOTE, text, remedy)
    return Finding("NumPy's speed", State.GOOD, text)


def _digits() -> Finding:
    data = kit_module("data")
    try:
        dataset = data.load()
    except data.DataError as error:
        raise GraderError(str(error)) from error
    text = f"{dataset.name}, {len(dataset.train_images):,} training images ({dataset.source})"
    if dataset.name == "MNIST":
        return Finding("Digits", State.GOOD, text)
    remedy = (
        "You can train with these. For MNIST, allow the download or set MNIST_DIR to a folder that holds it."
    )
    return Finding("Digits", State.NOTE, text, remedy)


def _isolation() -> Finding:
    isolation: Isolation = choose_isolation(None)
    if isolation.tier in ("strict", "confined"):
        return Finding("Isolation", State.GOOD, isolation.tier)
    remedy = "Your own code needs none. To grade other people's code:\n" + "\n".join(isolation.missing)
    return Finding("Isolation", State.NOTE, isolation.tier, remedy)


def _smoke_test() -> Finding:
    start = time.perf_counter()
    own = HOME / ("solution" if KIT.has_solution else "student")
    report = grade(own, Options(tasks=(LEAST_TASK,), mnist=False)).report
    seconds = time.perf_counter() - start
    ran = [result for result in report.results if result.check.task == LEAST_TASK]
    # the student's own functions may fail
    bad = set(Status) - {Status.PASSED} if KIT.has_solution else {Status.GRADER_ERROR, Status.NOT_RUN}
    failed = [result for result in ran if result.status in bad]
    title = next(task.title for task in TASKS if task.name == LEAST_TASK)
    ended = "passed" if KIT.has_solution else "could be run"
    text = f"{title}: {len(ran) - len(failed)} of {len(ran)} {ended} in {seconds:.1f} s"
    if failed:
        worst = failed[0]
        why = worst.feedback.headline if worst.feedback else str(worst.status)
        return Finding("A check", State.BAD, text, f"The kit does not work here: {why}")
    return Finding("A check", State.GOOD, text)


SIGNS = {State.GOOD: ("✓", "green"), State.NOTE: ("○", "yellow"), State.BAD: ("✗", "red")}


def table() -> Table:
    """Return an empty table for findings."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(no_wrap=True, style="bold")
    made.add_column(overflow="fold")
    return made


def add(made: Table, finding: Finding) -> None:
    """Add a finding and its remedy to the table."""
    sign, style = SIGNS[finding.state]
    text = Text(finding.text)
    if finding.remedy:
        text.append(f"\n{finding.remedy}", style=style)
    made.add_row(Text(sign, style=style), finding.name, text)


@click.command("doctor")
@traceback_option
def doctor_command() -> int:
    """Examine this machine.

    Shows what is there, what is missing, and what to do about it.
    """
    findings, worst = table(), Exit.GRADED
    for finding in examine():
        add(findings, finding)
        if finding.state is State.BAD:
            worst = Exit.BELOW_PASS_MARK
    Console().print(findings)
    return worst
