"""Grade trusted functions in this process, without workers, sentences and the training."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from grader.core.errors import CheckStoppedError
from grader.core.results import CheckResult, Feedback, Status
from grader.core.seed import Seed
from grader.feedback.diagnosis import Diagnosis
from grader.feedback.mistakes.catalogue import as_cause
from grader.feedback.model.index import index
from grader.feedback.outcomes import outcomes
from grader.feedback.recognition import Recogniser
from grader.feedback.recording import run_and_record
from grader.feedback.simulation import LocalCaller
from grader.run.collect import described_checks, runnable_checks
from grader.run.substance import without_substance


def grade_functions(
    functions: Callable[[str], Callable[..., Any]], judged: Iterable[str], seed: Seed
) -> list[CheckResult]:
    """Run checks on trusted functions, as a grading runs them on a submission.

    Parameters
    ----------
    functions
        Function that finds a trusted function by name.
    judged
        Names of the functions whose checks are run.
    seed
        Seed of all inputs.

    Returns
    -------
    list of CheckResult
        Results in the order in which the checks are written; the causes of a failure are found only where
        points depend on them.
    """
    judged, caller = frozenset(judged), LocalCaller(functions)
    checks = [check for check in runnable_checks(seed).values() if check.function in judged]
    diagnosis = Diagnosis(caller, checks, outcomes, Recogniser(caller, index))
    stops: dict[str, CheckStoppedError | None] = {}
    for check in checks:
        known, plain = diagnosis.known_forwards(check.function), diagnosis.plain_case(check.id)
        trace = run_and_record(check, caller, known, plain)
        diagnosis.observe(check.id, trace)
        stops[check.id] = trace.stopped
    results = {name: _result(name, stopped, None) for name, stopped in stops.items()}
    # a known mistake keeps the points for form that an unknown one loses
    for function in {taken.check.function for taken in without_substance(results.values())}:
        for name, stopped in stops.items():
            if stopped is not None and name.startswith(f"{function}."):
                results[name] = _result(name, stopped, diagnosis)
    results |= {taken.check.id: taken for taken in without_substance(results.values())}
    return list(results.values())


def _result(name: str, stopped: CheckStoppedError | None, diagnosis: Diagnosis | None) -> CheckResult:
    check = described_checks()[name]
    if stopped is None:
        return CheckResult(check, Status.PASSED, check.points)
    causes = () if diagnosis is None else tuple(as_cause(mistake) for mistake in diagnosis.causes(name))
    return CheckResult(check, stopped.status, 0.0, Feedback(stopped.feedback.headline, causes=causes))
