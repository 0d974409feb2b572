"""Record everything with which the checks of one seed compare, for a kit without the solution.

The checks are run on the solution and on every known mistake, in this process, and all answers of the
reference are recorded on the way. So are the outcomes of the mistakes: a kit with this record names the same
causes as the complete one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS, OPAQUE
from grader.core.seed import PUBLISHED
from grader.feedback.diagnosis import Diagnosis
from grader.feedback.mistakes.base import Mistake
from grader.feedback.mistakes.catalogue import LIST, MISTAKES, plain_list
from grader.feedback.model.index import index, save
from grader.feedback.outcomes import (
    OUTCOMES,
    functions_with,
    option_name,
    outcome_name,
    outcomes,
    plain_outcome,
    results_name,
)
from grader.feedback.recording import RecordingCaller, Trace, run_and_record
from grader.feedback.simulation import LocalCaller
from grader.judging.draw import Draw
from grader.judging.plain_case import PlainCase
from grader.judging.runnable import RunnableCheck
from grader.reference.finite_differences import HasDerivatives
from grader.reference.functions import recording, reference, solution
from grader.reference.recorded import Answers
from grader.run.collect import runnable_checks
from grader.run.replay import expected_of
from grader.training.network import NETWORK_A
from grader.training.trial import SIZES, run_trial
from grader.worker.caller import Caller

Function = Callable[..., Any]


def record(folder: Path, mistakes: Sequence[Mistake] = MISTAKES) -> None:
    """Write a record, which takes about a minute for all mistakes.

    Parameters
    ----------
    folder
        Folder to write into, which must exist.
    mistakes
        Mistakes that can be named as causes.
    """
    answers, found = Answers(), dict[str, Any]()
    checks = list(runnable_checks(PUBLISHED).values())
    with recording(answers), np.errstate(all="ignore"):
        for check in checks:
            recorder = RecordingCaller(LocalCaller(solution))
            check.run(recorder)
            for count in range(1, len(recorder.recorded_calls) + 1):
                # replay() shows what was expected wherever a check stops
                expected_of(recorder.recorded_calls[:count])
        for size in SIZES:
            # slow functions are tried at the smaller ones
            draw = Draw(PUBLISHED, "mnist.accuracy")
            run_trial(NETWORK_A, LocalCaller(solution), reference, draw, sizes=[size])
        for caller in (LocalCaller(_blank), LocalCaller(_shifted)):
            _explain(caller, checks, checks)
        for mistake in mistakes:
            for name, trace in _outcomes(mistake, checks, answers):
                found[name] = plain_outcome(trace, answers)
            _explain(LocalCaller(functions_with(mistake)), checks, _concerned(mistake, checks))
    answers.save(folder)
    (folder / LIST).write_text(plain_list(mistakes), encoding="utf-8")
    save(folder, index(), with_sources=False)
    (folder / OUTCOMES).write_text(json.dumps(found, separators=(",", ":")), encoding="utf-8")


def _concerned(mistake: Mistake, checks: list[RunnableCheck]) -> list[RunnableCheck]:
    """Return the checks in which a mistake can show, including those that use the cache of its function."""
    functions = {mistake.function, FUNCTIONS[mistake.function].backward}
    return [check for check in checks if check.function in functions]


def _outcomes(mistake: Mistake, checks: list[RunnableCheck], answers: Answers) -> Iterator[tuple[str, Trace]]:
    functions, traces = functions_with(mistake), dict[str, Trace]()
    for check in _concerned(mistake, checks):
        traces[check.id] = run_and_record(check, LocalCaller(functions))
        yield outcome_name(check, mistake), traces[check.id]
        plain = _wrong_in_plain_case(check, mistake, traces, answers)
        if plain is not None:
            yield option_name(check, mistake), run_and_record(check, LocalCaller(functions), None, plain)
        if check.function == mistake.function or mistake.shown_in != mistake.function:
            # only a forward function that returns something wrong is recognised before its backward function
            continue
        # once more, as for a student whose mistake in the forward function was recognised
        known = {mistake.function: answers.recording(mistake.id, outcomes().function(mistake))}
        yield outcome_name(check, mistake, mistake), run_and_record(check, LocalCaller(functions), known)
        _follow(check, mistake, known[mistake.function])


def _wrong_in_plain_case(
    check: RunnableCheck, mistake: Mistake, traces: Mapping[str, Trace], answers: Answers
) -> PlainCase | None:
    """Return what a mistake makes wrong in the plain case; what it gives for other options is recorded."""
    wrong = dict[str, list[str]]()
    for plain in check.option_of:
        stopped = traces[plain].stopped
        if stopped is not None and stopped.value in FUNCTIONS[check.function].returns:
            wrong.setdefault(stopped.value, []).append(plain)
    if not wrong:
        return None
    results = outcomes().results(mistake, check.function)
    recorded = answers.recording(results_name(check.function, mistake), results)
    return PlainCase(wrong, {name: [recorded] for name in wrong})


def _follow(check: RunnableCheck, mistake: Mistake, recorded: HasDerivatives) -> None:
    """Record everything that a check can ask of a mistaken forward function.

    A check asks everything only of a backward function that is the right derivative of the mistaken one.
    """
    wrong = outcomes().function(mistake)

    def forward(*arguments: Any, **options: Any) -> Any:
        return wrong(*arguments, **options)[0], (arguments, options)

    def backward(dout: np.ndarray, cache: Any) -> Any:
        arguments, options = cache
        found = recorded.derivatives(arguments, dout, options)
        return found if len(found) > 1 else found[0]

    mine = {mistake.function: forward, check.function: backward}
    caller = LocalCaller(lambda name: mine.get(name) or solution(name))
    run_and_record(check, caller, {mistake.function: recorded})


def _blank(name: str) -> Function:
    """Return a function whose results have the right shapes and are all zero."""
    return _changed(name, lambda values: np.zeros_like(values))


def _shifted(name: str) -> Function:
    """Return a function that is wrong for all inputs."""
    return _changed(name, lambda values: values + np.arange(values.size).reshape(values.shape) + 1.0)


def _changed(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Function:
    right, returns = solution(name), FUNCTIONS[name].returns

    def changed(*arguments: Any, **options: Any) -> Any:
        returned = right(*arguments, **options)
        values = returned if len(returns) > 1 else (returned,)
        made = [
            value if part in OPAQUE else change(np.asarray(value))
            for part, value in zip(returns, values, strict=True)
        ]
        return tuple(made) if len(made) > 1 else made[0]

    return changed


def _explain(caller: Caller, checks: list[RunnableCheck], concerned: list[RunnableCheck]) -> None:
    """Look for the smallest case in which each concerned check fails."""
    diagnosis = Diagnosis(caller, checks, outcomes)
    for check in concerned:
        diagnosis.minimal_case_sentence(check.id)
