"""Grade many submissions at once: warm processes that grade one after another, and lose none.

A process imports pytest, NumPy and rich once. If one dies, the submissions that were being graded are tried
once more, each alone; one that takes its process down again gets a result that says so, and harms no other.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.classroom.rows import FAILED, GRADED, UNUSABLE
from grader.core.seed import Seed
from grader.core.workspace import TemporaryFolder
from grader.report.json import render
from grader.run.grading import Options, grade

MOST_PER_PROCESS = 50
"""submissions that a process grades before a new one takes its place, so that memory stays bounded"""


@dataclass(frozen=True)
class Job:
    """What is to be graded: the student's key, and the files by their names."""

    student: str
    files: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Settings:
    """How every submission of the class is graded; see :class:`grader.run.grading.Options`."""

    seed: str
    tasks: tuple[str, ...] = ()
    mnist: bool = True
    time_limit: float | None = None
    isolation: str | None = "confined"

    def options(self) -> Options:
        """Return the options of one grading."""
        return Options(
            Seed(self.seed),
            self.tasks,
            self.mnist,
            isolation=self.isolation,
            time_limit=self.time_limit,
        )


@dataclass(frozen=True)
class Graded:
    """How a job ended: an outcome of :mod:`grader.classroom.rows`, and the report or the reason."""

    outcome: str
    reason: str = ""
    earned: float | None = None
    points: float | None = None
    bonus: float | None = None
    report: str | None = None
    seconds: float = 0.0


GradeOne = Callable[[tuple[tuple[str, bytes], ...], Settings], Graded]


def grade_files(files: tuple[tuple[str, bytes], ...], settings: Settings) -> Graded:
    """Grade the files of one submission in this process.

    Parameters
    ----------
    files
        Content by name; a single file or archive is graded as such.
    settings
        How to grade.

    Returns
    -------
    Graded
        The instructor's report as JSON, unless the grader could not finish.
    """
    start = time.perf_counter()
    with TemporaryFolder("class") as folder:
        root = folder / "submission"
        root.mkdir()
        for name, content in files:
            path = root.joinpath(*(part for part in PurePosixPath(name).parts if part not in ("/", "..")))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        only = root.joinpath(files[0][0]) if len(files) == 1 else root
        outcome = grade(only if only.is_file() else root, settings.options())
    seconds = time.perf_counter() - start
    if outcome.internal_errors:
        first = outcome.internal_errors[0].partition("\n")[0]
        return Graded(FAILED, f"The grader itself failed ({first}).", seconds=seconds)
    report = outcome.report
    if report.submission.problem:
        return Graded(
            UNUSABLE, report.submission.problem, 0.0, report.score.points, 0.0, render(report), seconds
        )
    score = report.score
    return Graded(GRADED, "", score.earned, score.points, score.bonus_earned, render(report), seconds)


def grade_all(
    jobs: Iterable[Job], settings: Settings, processes: int, grade_one: GradeOne = grade_files
) -> Iterator[tuple[Job, Graded]]:
    """Grade jobs side by side, and yield each with its result as soon as it is there.

    Parameters
    ----------
    jobs
        What to grade.
    settings
        How to grade.
    processes
        Number of submissions that are graded at once.
    grade_one
        Function that grades one, in a process of the pool.

    Yields
    ------
    tuple of Job and Graded
        Every job exactly once, in the order in which they end.
    """
    waiting = list(jobs)[::-1]
    while waiting:
        running: dict[Future[Graded], Job] = {}
        # a new pool every so often; max_tasks_per_child would do it, too, but can hang: python/cpython#115634
        left, broken = processes * MOST_PER_PROCESS, False
        pool = _pool(min(processes, len(waiting)))
        try:
            while True:
                while waiting and not broken and left and len(running) < processes:
                    try:
                        future = pool.submit(grade_one, waiting[-1].files, settings)
                    except BrokenProcessPool:
                        broken = True
                        break
                    running[future] = waiting.pop()
                    left -= 1
                if not running:
                    break
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    job = running.pop(future)
                    error = future.exception()
                    if isinstance(error, BrokenProcessPool):
                        # nobody knows which of them it was
                        broken = True
                        yield job, _alone(job, settings, grade_one)
                    else:
                        yield job, future.result() if error is None else _failed(error)
        finally:
            if running:
                # somebody stops the whole: what is being graded now is graded again next time
                for process in multiprocessing.active_children():
                    process.terminate()
            pool.shutdown(wait=not running, cancel_futures=True)


def _alone(job: Job, settings: Settings, grade_one: GradeOne) -> Graded:
    """Grade a job in a process of its own, after it or another has ended one."""
    with _pool(1) as pool:
        try:
            return pool.submit(grade_one, job.files, settings).result()
        except BrokenProcessPool:
            return Graded(FAILED, "The process that graded it ended twice; grade it by itself to see why.")
        except Exception as error:
            return _failed(error)


def _failed(error: BaseException) -> Graded:
    return Graded(FAILED, f"The grader itself failed ({type(error).__name__}: {error}).")


def _pool(processes: int) -> ProcessPoolExecutor:
    # not forked: a process that grades must not share locks and handles with this one
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, initializer=_leave_interrupts)


def _leave_interrupts() -> None:
    """Leave Ctrl-C to the process that holds the book: a grading cut short would look like a result."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
