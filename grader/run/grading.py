"""Grade one submission: run the checks with pytest in this process, and gather the report."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from grader import __version__
from grader.core.errors import GraderError
from grader.core.kit import KIT
from grader.core.memory import bounded_memory
from grader.core.results import Isolation, Report, SubmissionInfo
from grader.core.seed import PUBLISHED, Seed
from grader.run.collect import base_arguments, undisturbed
from grader.run.plugin import BONUS_TASKS
from grader.run.recorder import Recorder
from grader.worker.sandbox.tiers import choose_isolation


@dataclass(frozen=True)
class Options:
    """How to grade a submission.

    ``tasks`` are names of tasks, or all of them if empty; ``time_box`` limits the training and ``time_limit``
    the whole submission, in seconds; ``isolation`` is the weakest tier that is allowed.
    """

    seed: Seed = PUBLISHED
    tasks: tuple[str, ...] = ()
    mnist: bool = True
    time_box: float | None = None
    isolation: str | None = None
    time_limit: float | None = None


@dataclass(frozen=True)
class Outcome:
    """A report, and the tracebacks of failures of the grader itself, if there were any."""

    report: Report
    internal_errors: tuple[str, ...]
    interrupted: bool = False


def grade(path: Path, options: Options | None = None, recorder: Recorder | None = None) -> Outcome:
    """Grade a submission.

    Parameters
    ----------
    path
        Path of the submission: a folder, or a ``.py``, ``.zip`` or ``.ipynb`` file.
    options
        Options of the grading; the defaults if None.
    recorder
        Recorder that takes the results as they come; a new one if None.

    Returns
    -------
    Outcome
        A report with a result for every check, whatever happened.

    Raises
    ------
    IsolationError
        If the requested isolation is not available.
    GraderError
        If the checks cannot be run at all.
    """
    options = options or Options()
    recorder = recorder or Recorder()
    recorder.seed = options.seed
    if not KIT.has_solution and not options.seed.published:
        raise GraderError(
            "this kit holds recorded answers to the inputs of the published seed only: omit --seed"
        )
    isolation = choose_isolation(options.isolation)
    start = time.perf_counter()
    with undisturbed() as printed:
        try:
            with bounded_memory():
                code = pytest.main(_arguments(path, options, isolation), plugins=[recorder])
        except MemoryError:
            # what is known by then is not lost with it
            code = pytest.ExitCode.INTERNAL_ERROR
            print("the grader reached the bound of its memory")
    if recorder.broken_modules:
        # the total would be wrong without all of the checks
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
        *base_arguments(),
        "--capture=sys",
        f"--submission={path.absolute()}",
        f"--isolation={isolation.tier}",
    ]
    if options.tasks:
        arguments.append(f"--tasks={','.join(options.tasks)}")
    if not options.mnist:
        arguments.append("--no-mnist")
    if options.time_limit is not None:
        arguments.append(f"--time-limit={options.time_limit}")
    if options.time_box is not None:
        arguments.append(f"--time-box={options.time_box}")
    return arguments


def _report(path: Path, options: Options, recorder: Recorder, isolation: Isolation, seconds: float) -> Report:
    nothing = SubmissionInfo(path.name or path.absolute().name, "", ())
    return Report(
        recorder.submission or nothing,
        recorder.complete(),
        options.seed.published,
        isolation,
        {"convgrade": __version__, "python": platform.python_version(), "numpy": np.__version__},
        recorder.data,
        recorder.training,
        BONUS_TASKS,
        seconds,
        None if options.seed.published else options.seed.text,
    )
