"""What several test modules need: submissions made from the solution, little data, and little patience."""

import os
import shutil
import tempfile
from functools import partial

import pytest

from grader.worker.sandbox import THREADS, Limits

# before NumPy is imported: as in the grader and in its workers, so that both round alike
os.environ.update(THREADS)

from grader.core.kit import HOME, kit_module
from grader.submission.ingest import ingest
from grader.training import accuracy
from grader.training.graded import TrainingBudget
from grader.worker import session as student
from grader.worker.sandbox import tiers
from grader.worker.session import Student

QUICK = Limits(import_seconds=4.0, call_seconds=1.0, repeated_call_seconds=0.25)
"""for submissions that hang; what is right takes a thousandth of it, and importing it a tenth"""

SMALL_BUDGET = partial(TrainingBudget, steps=60, batch=32, evaluate_every=20, held_back=200)
THRESHOLDS = (0.3, 0.5, 0.7)
"""all of which the solution reaches with few images in a small budget"""


class Skips:
    """Lets a run fail in which a test was skipped: where everything is installed, none has a reason to be.

    Except for want of the real images: nobody is obliged to have them.
    """

    def __init__(self):
        self.names = []

    def pytest_runtest_logreport(self, report):
        if report.skipped and not hasattr(report, "wasxfail"):
            no_images = "MNIST_DIR is not set" in str(report.longrepr) and "MNIST_DIR" not in os.environ
            if not no_images:
                self.names.append(report.nodeid)

    pytest_collectreport = pytest_runtest_logreport

    def pytest_sessionfinish(self, session):
        if self.names:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        for name in self.names:
            terminalreporter.write_line(f"skipped, which CONVGRADE_FORBID_SKIPS forbids: {name}", red=True)


def pytest_configure(config):
    if os.environ.get("CONVGRADE_FORBID_SKIPS"):
        config.pluginmanager.register(Skips())


@pytest.fixture(scope="session")
def write_submission():
    """Return a function that writes a copy of the solution with more source behind each module."""

    def write(folder, **appended):
        shutil.copytree(HOME / "solution", folder, ignore=shutil.ignore_patterns("__pycache__"))
        for module, source in appended.items():
            with (folder / f"{module}.py").open("a", encoding="utf-8") as file:
                # what is defined last wins
                file.write(f"\n\n{source}\n")
        return folder

    return write


@pytest.fixture
def submission(tmp_path, write_submission):
    """Return a function that writes a submission into a folder of this test."""
    return lambda name="submission", **appended: write_submission(tmp_path / name, **appended)


@pytest.fixture
def start(submission):
    """Return a function that writes a submission and gives its functions as they run in a worker."""
    opened = []

    def write_and_start(limits=None, **appended):
        taken = ingest(submission(f"submission{len(opened)}", **appended))
        opened.append(taken)
        opened.append(Student(taken, limits))
        return opened[-1]

    yield write_and_start
    for thing in reversed(opened):
        thing.close()


@pytest.fixture(scope="module")
def impatient():
    """Let runs of the grader in this process give up soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(student, "Limits", lambda: QUICK)
        yield


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Return the folder that receives the temporary files of the grader, and of no one else."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="session")
def digits():
    """Return a few drawn digits as a data set with modest thresholds."""
    generate_digits = kit_module("data.digits").generate_digits
    return kit_module("data").Dataset(
        "a few digits", *generate_digits(1500, 5), *generate_digits(300, 6), "drawn for tests", THRESHOLDS
    )


@pytest.fixture
def small_training(monkeypatch, digits):
    """Let the accuracy check take a quarter of a second."""
    monkeypatch.setattr(kit_module("data"), "load", lambda **_: digits)
    monkeypatch.setattr(accuracy, "TrainingBudget", SMALL_BUDGET)


@pytest.fixture
def process_only(monkeypatch):
    """Take all isolation but that by process away from this machine."""
    monkeypatch.setattr(tiers, "problem_of", lambda tier: "left out in this test")
