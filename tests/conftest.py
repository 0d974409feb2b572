"""What several test modules need: submissions made from the solution, little data, and little patience."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from grader.worker.sandbox import THREADS, Limits

# before NumPy is imported: as in the grader and in its workers, so that both round alike
os.environ.update(THREADS)

from grader.core.kit import HOME, kit_module
from grader.submission.ingest import Submission, ingest
from grader.training import accuracy
from grader.training.budget import TrainingBudget
from grader.worker import session as student
from grader.worker.sandbox import tiers
from grader.worker.session import Student

if TYPE_CHECKING:
    from data import Dataset

pytest_plugins = ["skips"]

QUICK = Limits(import_seconds=4.0, call_seconds=1.0, repeated_call_seconds=0.25)
"""for submissions that hang; what is right takes a thousandth of it, and importing it a tenth"""

SMALL_BUDGET = partial(TrainingBudget, steps=60, batch=32, evaluate_every=20, held_back=200)
THRESHOLDS = (0.3, 0.5, 0.7)
"""all of which the solution reaches with few images in a small budget"""


class WriteSubmission(Protocol):
    """Writes a copy of the solution to a place, with more source behind each module."""

    def __call__(self, where: Path, /, **appended: str) -> Path:
        """Return the folder."""


class NamedSubmission(Protocol):
    """Writes a submission of some name for one test."""

    def __call__(self, name: str = "submission", **appended: str) -> Path:
        """Return the folder."""


class Start(Protocol):
    """Writes a submission, and starts it."""

    def __call__(self, limits: Limits | None = None, **appended: str) -> Student:
        """Return its functions."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Use every core for folders of tests; files and what ``-k`` chooses are sooner done in this process."""
    if config.option.keyword or any(".py" in argument for argument in config.args):
        return 0
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@pytest.fixture(scope="session")
def write_submission() -> WriteSubmission:
    """Return a function that writes a copy of the solution with more source behind each module."""

    def write(where: Path, /, **appended: str) -> Path:
        shutil.copytree(HOME / "solution", where, ignore=shutil.ignore_patterns("__pycache__"))
        for module, source in appended.items():
            with (where / f"{module}.py").open("a", encoding="utf-8") as file:
                # what is defined last wins
                file.write(f"\n\n{source}\n")
        return where

    return write


@pytest.fixture
def submission(tmp_path: Path, write_submission: WriteSubmission) -> NamedSubmission:
    """Return a function that writes a submission into a folder of this test."""

    def write(name: str = "submission", **appended: str) -> Path:
        return write_submission(tmp_path / name, **appended)

    return write


@pytest.fixture
def start(submission: NamedSubmission) -> Iterator[Start]:
    """Return a function that writes a submission and gives its functions as they run in a worker."""
    opened: list[Submission | Student] = []

    def write_and_start(limits: Limits | None = None, **appended: str) -> Student:
        taken = ingest(submission(f"submission{len(opened)}", **appended))
        functions = Student(taken, limits)
        opened.extend((taken, functions))
        return functions

    yield write_and_start
    for thing in reversed(opened):
        thing.close()


@pytest.fixture(scope="module")
def impatient() -> Iterator[None]:
    """Let runs of the grader in this process give up soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(student, "Limits", lambda: QUICK)
        yield


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that receives the temporary files of the grader, and of no one else."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """Return a few drawn digits as a data set with modest thresholds."""
    generate_digits: Callable[..., tuple[object, object]] = kit_module("data.digits").generate_digits
    drawn: Dataset = kit_module("data").Dataset(
        "a few digits", *generate_digits(1500, 5), *generate_digits(300, 6), "drawn for tests", THRESHOLDS
    )
    return drawn


@pytest.fixture
def small_training(monkeypatch: pytest.MonkeyPatch, digits: Dataset) -> None:
    """Let the accuracy check take a quarter of a second."""
    monkeypatch.setattr(kit_module("data"), "load", lambda **_: digits)
    monkeypatch.setattr(accuracy, "TrainingBudget", SMALL_BUDGET)


@pytest.fixture
def process_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take all isolation but that by process away from this machine."""
    monkeypatch.setattr(tiers, "problem_of", lambda tier: "left out in this test")
