"""The pytest plugin of the checks: options, fixtures, order, and a result for every check, whatever happens.

``pytest grader/checks --submission PATH`` loads it; :mod:`grader.run.grading` runs it for the commands.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.core.assignment import FUNCTIONS, TASKS
from grader.core.errors import CheckStoppedError, SeedError
from grader.core.kit import kit_module
from grader.core.memory import MOST_BYTES
from grader.core.results import TIERS, Check, CheckResult, DataUsed, Feedback, Kind, Replay, Status, add_up
from grader.core.seed import Seed
from grader.feedback.diagnosis import DIAGNOSABLE, Diagnosis
from grader.feedback.explanation import explained, with_heading
from grader.feedback.model.index import index
from grader.feedback.outcomes import outcomes
from grader.feedback.recognition import Recogniser
from grader.feedback.recording import RecordingCaller, Trace
from grader.judging.draw import Draw
from grader.judging.judge import Judge
from grader.judging.runnable import RunnableCheck
from grader.run.recorder import Recorder
from grader.run.seeds import SOURCES, read_seed
from grader.run.substance import without_substance
from grader.submission.ingest import Submission, ingest
from grader.worker.protocol import Deadline
from grader.worker.sandbox.tiers import choose_isolation
from grader.worker.session import Student

TIME_LIMIT, TIME_LIMIT_WITH_TRAINING = 600.0, 1200.0
"""seconds that a submission may take in all, without and with the training"""

BONUS_TASKS = frozenset(task.name for task in TASKS if task.bonus)

FRESH = frozenset({"conv2d", "maxpool2d", "sgd", "mnist"})
"""tasks that begin with a new worker; a new one for every task would take longer than the checks"""


CHECK = pytest.StashKey[Check]()
EARNED = pytest.StashKey[float]()
RECORDING = pytest.StashKey[RecordingCaller]()
"""for a check: the recorded answers of the submission"""
JUDGE = pytest.StashKey[Judge]()
RECORDER = pytest.StashKey[Recorder]()
SEED = pytest.StashKey[Seed]()
RUNNABLE = pytest.StashKey[tuple[RunnableCheck, ...]]()
"""for a run: all checks that can be run again, in the order in which they are written"""
FAILURES = pytest.StashKey[list[tuple[str, pytest.TestReport, CheckStoppedError]]]()
"""for a run: the checks that did not pass, which are explained when all have run"""
DIAGNOSIS = pytest.StashKey[Diagnosis]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run."""
    group = parser.getgroup("convgrade", "grading a submission")
    group.addoption("--submission", metavar="PATH", help="folder, .py, .zip or .ipynb to check")
    group.addoption("--seed", metavar="SOURCE", default="published", help=f"{SOURCES} (%(default)s)")
    group.addoption(
        "--tasks", default="", help="comma-separated tasks to run; the others are shown as not run"
    )
    group.addoption("--no-mnist", action="store_true", help="leave the training on MNIST out")
    group.addoption("--isolation", choices=TIERS, help="refuse to run below this tier")
    group.addoption(
        "--time-limit",
        type=float,
        metavar="SECONDS",
        help="time for the whole submission (600, with MNIST 1200)",
    )
    group.addoption("--time-box", type=float, default=None, metavar="SECONDS", help="time for the training")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark, and find or create the recorder."""
    config.addinivalue_line("markers", "check(id, points, kind, option): a check, and what it is worth")
    if not config.pluginmanager.has_plugin("terminal"):
        # pytest's own tracebacks are not shown, and take longer to write than the checks to run
        config.option.tbstyle = "native"
    recorders = (plugin for plugin in config.pluginmanager.get_plugins() if isinstance(plugin, Recorder))
    config.stash[RECORDER] = next(recorders, None) or Recorder()
    config.stash[FAILURES] = []
    try:
        config.stash[SEED] = config.stash[RECORDER].seed or read_seed(config.getoption("--seed"))
    except SeedError as error:
        raise pytest.UsageError(str(error)) from None


def _check_of(item: pytest.Item) -> Check:
    mark = item.get_closest_marker("check")
    if mark is None:
        raise pytest.UsageError(f"{item.nodeid} has no check mark, which says what it is worth; add one")
    check_id, points, kind = mark.args[0], mark.kwargs["points"], Kind(mark.kwargs["kind"])
    function = check_id.partition(".")[0]
    task = FUNCTIONS[function].task if function in FUNCTIONS else function
    title = (getattr(item, "obj", None).__doc__ or "").strip().rstrip(".")
    return Check(check_id, task, kind, float(points), title)


def _option_of(item: pytest.Item) -> tuple[str, ...]:
    """Return the ids of the checks of the plain case, if the check of an item is of other options."""
    mark, check = item.get_closest_marker("check"), item.stash[CHECK]
    names = () if mark is None else mark.kwargs.get("option", ())
    return tuple(f"{check.function}.{name}" for name in names)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the checks as the assignment does, register all of them, and deselect those not requested."""
    order = [task.name for task in TASKS]
    for item in items:
        item.stash[CHECK] = _check_of(item)
        # -k takes the ids that a scorecard shows
        item.extra_keyword_matches.add(item.stash[CHECK].id)
    # the training comes last: it uses the functions that the others judge
    items.sort(key=lambda item: (item.stash[CHECK].task == "mnist", order.index(item.stash[CHECK].task)))
    seed = config.stash[SEED]
    config.stash[RUNNABLE] = tuple(
        RunnableCheck(item.stash[CHECK].id, seed, item.obj, _option_of(item))
        for item in items
        if isinstance(item, pytest.Function)
        and set(inspect.signature(item.obj).parameters) == {"judge", "draw"}
    )
    recorder = config.stash[RECORDER]
    recorder.checks = sorted((item.stash[CHECK] for item in items), key=lambda check: order.index(check.task))
    tasks = {name.strip() for name in config.getoption("--tasks").split(",") if name.strip()}
    if unknown := tasks - set(order):
        raise pytest.UsageError(f"unknown task {', '.join(sorted(unknown))}; choose from {', '.join(order)}")
    tasks = tasks or set(order)
    if config.getoption("--no-mnist"):
        tasks.discard("mnist")
    left_out = [item for item in items if item.stash[CHECK].task not in tasks]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item.stash[CHECK].task in tasks]


def pytest_runtestloop(session: pytest.Session) -> None:
    """Stop before the first check if there is nothing to check."""
    if session.config.getoption("--submission") is None and not session.config.option.collectonly:
        raise pytest.UsageError("no submission was given: add --submission PATH")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Announce a check before it runs."""
    recorder = item.config.stash[RECORDER]
    if recorder.on_start is not None:
        recorder.on_start(item.stash[CHECK])
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Silence warnings of arithmetic with a submission's numbers: the comparison says what is wrong."""
    with np.errstate(all="ignore"):
        try:
            returned = yield
            if (judge := item.stash.get(JUDGE, None)) is not None:
                judge.finish(item.stash[CHECK].function)
            return returned
        except CheckStoppedError as stopped:
            # where in the grader a check ended is not shown, and takes longer to write down than to run
            raise stopped.with_traceback(None) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the outcome into a result, and show the feedback instead of a traceback of the grader."""
    report = yield
    if call.when != "call" and call.excinfo is None:
        return report
    recorder, check = item.config.stash[RECORDER], item.stash[CHECK]
    result = _result(item, check, call)
    recorder.record(result)
    stopped = call.excinfo.value if call.excinfo is not None else None
    if isinstance(stopped, CheckStoppedError):
        report.longrepr = stopped.feedback.text()
        item.config.stash[FAILURES].append((check.id, report, stopped))
    if call.when == "call" and (recording := item.stash.get(RECORDING, None)) is not None:
        trace = Trace(
            tuple(recording.recorded_calls), stopped if isinstance(stopped, CheckStoppedError) else None
        )
        item.config.stash[DIAGNOSIS].observe(check.id, trace)
    if result.status is Status.GRADER_ERROR:
        recorder.internal_errors.append(f"{check.id}\n{report.longreprtext}")
    item.user_properties[:] = [
        ("check", check.id),
        ("points", check.points),
        ("earned", result.earned),
        ("status", str(result.status)),
    ]
    report.user_properties = list(item.user_properties)
    return report


def _result(item: pytest.Item, check: Check, call: pytest.CallInfo[None]) -> CheckResult:
    seconds = call.duration
    if call.excinfo is None:
        return CheckResult(check, Status.PASSED, item.stash.get(EARNED, check.points), None, seconds)
    error = call.excinfo.value
    if isinstance(error, CheckStoppedError):
        return CheckResult(check, error.status, item.stash.get(EARNED, 0.0), error.feedback, seconds)
    feedback = Feedback(
        f"The grader failed in this check ({type(error).__name__}): a bug in the grader, not in your code.",
        ("Run with --traceback and report what it prints.",),
    )
    if isinstance(error, MemoryError):
        fact = f"It may take {MOST_BYTES >> 20} MB. What the other checks found stands."
        feedback = Feedback("The grader reached the bound of its memory in this check.", (fact,))
    return CheckResult(check, Status.GRADER_ERROR, 0.0, feedback, seconds)


def _explain(config: pytest.Config) -> None:
    """Explain why checks failed, as far as possible; the verdicts do not change."""
    recorder = config.stash[RECORDER]
    for check_id, report, stopped in config.stash[FAILURES]:
        if stopped.status not in DIAGNOSABLE or check_id not in config.stash[DIAGNOSIS]:
            continue
        if stopped.status is Status.STUDENT_ERROR and stopped.function is None:
            # nothing was called: there is nothing more to find out
            continue
        replay = Replay(check_id)
        try:
            feedback = replace(explained(config.stash[DIAGNOSIS], check_id, stopped), replay=replay)
        except Exception:
            # the verdict stays, without a cause
            recorder.internal_errors.append(f"{check_id}\n{traceback.format_exc()}")
            continue
        recorder.replace(replace(recorder.results[check_id], feedback=feedback))
        report.longrepr = f"{feedback.text()}\n  Replay: {replay.code}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the points that the checks earned."""
    recorder = config.stash[RECORDER]
    if recorder.results:
        score = add_up(recorder.complete(), BONUS_TASKS)
        practice = ", practice" if config.stash[SEED].published else ""
        text = f"convgrade{practice}: {score.earned:g} of {score.points:g} points"
        if score.bonus_points:
            text += f", {score.bonus_earned:g} of {score.bonus_points:g} bonus points"
        terminalreporter.write_line(text)


@pytest.fixture(scope="session")
def submission(pytestconfig: pytest.Config) -> Iterator[Submission]:
    """Return the submission under test."""
    path = pytestconfig.getoption("--submission")
    with ingest(Path(path)) as submission:
        pytestconfig.stash[RECORDER].submission = submission.info
        yield submission


@pytest.fixture(scope="session")
def _student(submission: Submission, pytestconfig: pytest.Config) -> Iterator[Student]:
    tier = choose_isolation(pytestconfig.getoption("--isolation")).tier
    limit = pytestconfig.getoption("--time-limit")
    if limit is None:
        limit = TIME_LIMIT if pytestconfig.getoption("--no-mnist") else TIME_LIMIT_WITH_TRAINING
    with Student(submission, tier=tier, deadline=Deadline(limit)) as student:
        yield student
        info = submission.info
        pytestconfig.stash[RECORDER].submission = replace(info, notes=(*info.notes, *student.notes))


@pytest.fixture
def student(_student: Student, request: pytest.FixtureRequest) -> Iterator[Student]:
    """Return the student's functions; what they print during a check is shown as pytest shows output."""
    task, recorder = request.node.stash[CHECK].task, request.config.stash[RECORDER]
    if task in FRESH and task != recorder.last_task:
        # what the submission remembers or has left running ends here
        _student.close()
    recorder.last_task = task
    yield _student
    if output := _student.take_output():
        print(output, end="")


@pytest.fixture(scope="session")
def _diagnosis(_student: Student, pytestconfig: pytest.Config) -> Iterator[Diagnosis]:
    checks = pytestconfig.stash[RUNNABLE]
    diagnosis = Diagnosis(_student, checks, outcomes, Recogniser(_student, index))
    pytestconfig.stash[DIAGNOSIS] = diagnosis
    yield diagnosis
    # by now all checks have run, and the submission still answers
    if not pytestconfig.stash[RECORDER].interrupted:
        _explain(pytestconfig)
        recorder = pytestconfig.stash[RECORDER]
        for result in without_substance(recorder.complete()):
            recorder.replace(result)
        for result in recorder.complete():
            if result.feedback is not None and result.status is not Status.NOT_RUN:
                feedback = with_heading(result.feedback, result.check.function)
                recorder.replace(replace(result, feedback=feedback))


@pytest.fixture
def judge(student: Student, _diagnosis: Diagnosis, request: pytest.FixtureRequest) -> Judge:
    """Return the judge that compares the student's functions with the reference."""
    recording = RecordingCaller(student)
    request.node.stash[RECORDING] = recording
    check = request.node.stash[CHECK]
    # recognised first, so that judging does not depend on how that is done
    known = _diagnosis.known_forwards(check.function)
    made = request.node.stash[JUDGE] = Judge(recording, known, _diagnosis.plain_case(check.id))
    return made


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """Return the random inputs of this check."""
    return Draw(request.config.stash[SEED], request.node.stash[CHECK].id)


@pytest.fixture(scope="session")
def dataset(pytestconfig: pytest.Config) -> Any:
    """Return the images to train on: MNIST, or generated digits where it is not available."""
    recorder = pytestconfig.stash[RECORDER]
    data = kit_module("data")
    try:
        found = data.load(progress=recorder.download)
    except data.DataError as error:
        raise CheckStoppedError(
            Status.GRADER_ERROR, Feedback(f"Could not load the training images: {error}")
        ) from None
    recorder.data = DataUsed(found.name, len(found.train_images), found.source)
    return found


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> Seed:
    """Return the seed of this run."""
    return pytestconfig.stash[SEED]


@pytest.fixture
def recorder(pytestconfig: pytest.Config) -> Recorder:
    """Return the recorder of this run."""
    return pytestconfig.stash[RECORDER]


@pytest.fixture
def award(request: pytest.FixtureRequest) -> Callable[[float], None]:
    """Return a function that sets the points of a check that can be passed in part."""

    def award(points: float) -> None:
        request.node.stash[EARNED] = points

    return award
