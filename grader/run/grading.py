"""Grade one submission: run the checks with pytest in this process, and gather the report."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from grader import __version__
from grader.core.assignment import PUBLISHED_SEED
from grader.core.errors import GraderError
from grader.core.kit import CHECKS
from grader.core.memory import bounded_memory
from grader.core.results import Isolation, Report, SubmissionInfo
from grader.reference.recorded import recorded
from grader.run.plugin import BONUS_TASKS, Recorder
from grader.worker.sandbox.tiers import choose_isolation

UNWANTED_VARIABLES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


@dataclass(frozen=True)
class Options:
    """How to grade.

    ``tasks`` are names of tasks, all if empty; ``time_box`` is in seconds; ``isolation`` is the weakest tier
    that will do.
    """

    seed: int = PUBLISHED_SEED
    tasks: tuple[str, ...] = ()
    mnist: bool = True
    time_box: float | None = None
    isolation: str | None = None
    junit: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """A report, and what went wrong inside the grader itself (tracebacks; empty if all is well)."""

    report: Report
    internal_errors: tuple[str, ...]
    interrupted: bool = False


def grade(path: Path, options: Options | None = None, recorder: Recorder | None = None) -> Outcome:
    """Grade a submission.

    Parameters
    ----------
    path
        A folder, ``.py``, ``.zip`` or ``.ipynb``.
    options
        How to grade; the standard if None.
    recorder
        Hears of results as they come.

    Returns
    -------
    Outcome
        With a row for every check, whatever happened.

    Raises
    ------
    IsolationError
        If the isolation that was asked for cannot be had.
    GraderError
        If the checks cannot be run at all.
    """
    options = options or Options()
    recorder = recorder or Recorder()
    answers = recorded()
    if answers is not None and options.seed != answers.seed:
        raise GraderError(
            f"the seed is {options.seed}, but this kit holds recorded answers for seed {answers.seed} only: "
            "leave --seed out"
        )
    isolation = choose_isolation(options.isolation)
    start = time.perf_counter()
    printed = io.StringIO()
    code: int = pytest.ExitCode.OK
    try:
        with (
            bounded_memory(),
            _undisturbed(),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            code = pytest.main(_arguments(path, options, isolation), plugins=[recorder])
    except OSError as error:
        # the JUnit report comes last: what is known by then is not lost with it
        reason = error.strerror or error
        recorder.internal_errors.append(f"the JUnit report cannot be written to {options.junit}: {reason}")
    if recorder.broken_modules:
        # without all of its checks a total would be wrong
        raise GraderError("the checks cannot be loaded:\n" + "\n".join(recorder.broken_modules))
    no_checks = not recorder.checks and not recorder.interrupted
    if no_checks or code == pytest.ExitCode.USAGE_ERROR:
        raise GraderError(
            f"the checks could not be run (pytest ended with {code}):\n{printed.getvalue().strip()}"
        )
    if code == pytest.ExitCode.INTERNAL_ERROR:
        recorder.internal_errors.append(printed.getvalue().strip())
    return Outcome(
        _report(path, options, recorder, isolation, time.perf_counter() - start),
        tuple(recorder.internal_errors),
        interrupted=recorder.interrupted,
    )


def _arguments(path: Path, options: Options, isolation: Isolation) -> list[str]:
    arguments = [
        str(CHECKS),
        f"--rootdir={CHECKS}",
        # settings of the folder that the user happens to be in must not matter
        f"--config-file={CHECKS / 'pytest.ini'}",
        "--import-mode=importlib",
        "-pno:cacheprovider",
        "-pno:terminal",
        "--assert=plain",
        "--capture=sys",
        f"--submission={path.absolute()}",
        f"--seed={options.seed}",
        f"--isolation={isolation.tier}",
    ]
    if options.tasks:
        arguments.append(f"--tasks={','.join(options.tasks)}")
    if not options.mnist:
        arguments.append("--no-mnist")
    if options.time_box is not None:
        arguments.append(f"--time-box={options.time_box}")
    if options.junit is not None:
        arguments.append(f"--junitxml={options.junit.absolute()}")
    return arguments


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep pytest to itself: no plugins or options of the surroundings."""
    kept = {name: os.environ.pop(name) for name in UNWANTED_VARIABLES if name in os.environ}
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.update(kept)
        if before is None:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        else:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = before


def _report(path: Path, options: Options, recorder: Recorder, isolation: Isolation, seconds: float) -> Report:
    nothing = SubmissionInfo(path.name or path.absolute().name, "", ())
    return Report(
        recorder.submission or nothing,
        recorder.complete(),
        options.seed,
        isolation,
        {"convgrade": __version__, "python": platform.python_version(), "numpy": np.__version__},
        recorder.data,
        recorder.training,
        BONUS_TASKS,
        seconds,
    )
