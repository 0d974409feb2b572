"""How checks end for somebody who makes a known mistake: rehearsed, or read from a record of rehearsals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from grader.core.errors import CheckStoppedError, DeviationError, GraderError
from grader.core.kit import KIT
from grader.core.results import Feedback, Status
from grader.feedback.mistakes.base import Function, Mistake, mistaken
from grader.feedback.simulation import (
    ComparingCaller,
    LocalCaller,
    RecordedCall,
    RecordingCaller,
    same_values,
)
from grader.judging.runnable import KnownForward, RunnableCheck, no_known_forward
from grader.reference.functions import solution
from grader.reference.recorded import Answers, recorded
from grader.worker.caller import Caller
from grader.worker.values import NonArray, WireValue

PLAYS = "plays.json"


@dataclass(frozen=True)
class Trace:
    """What came back during a check, and what ended it."""

    recorded_calls: tuple[RecordedCall, ...]
    stopped: CheckStoppedError | None


def run_and_record(script: RunnableCheck, caller: Caller, accepted: KnownForward) -> Trace:
    """Run a check and write down what comes back.

    Parameters
    ----------
    script
        The check.
    caller
        Who is asked.
    accepted
        As in :class:`grader.judging.judge.Judge`.

    Returns
    -------
    Trace
    """
    recording, stopped = RecordingCaller(caller), None
    try:
        script.run(recording, accepted)
    except CheckStoppedError as error:
        stopped = error
    return Trace(tuple(recording.recorded_calls), stopped)


def simulate(
    script: RunnableCheck,
    mistake: Mistake,
    known: Mistake | None,
    recorded_calls: Sequence[RecordedCall],
    names: Collection[str] | None,
) -> CheckStoppedError | DeviationError | None:
    """Return how a check ends with a mistake in the student's place.

    Parameters
    ----------
    script
        The check.
    mistake
        What is wrong.
    known
        What is wrong with the forward function as well, where the check judges a backward function.
    recorded_calls
        What the student gave.
    names
        Values in which the two must agree; None for all.

    Returns
    -------
    CheckStoppedError, DeviationError or None
        What ended the check; a DeviationError where the student gave something else; None if it passes.
    """
    if not KIT.has_solution:
        play = _recorded_play(play_name(script, mistake, known))
        if play is None or not _agree(recorded_calls, play, names):
            return DeviationError()
        return play.stopped
    comparison = ComparingCaller(LocalCaller(functions_with(mistake, known)), recorded_calls, names)
    try:
        script.run(comparison, accepting(known))
    except DeviationError as deviation:
        return deviation
    except CheckStoppedError as stopped:
        return stopped if comparison.complete else DeviationError()
    return None if comparison.complete else DeviationError()


@cache
def would_fail(script: RunnableCheck, mistake: Mistake) -> bool:
    """Whether a check fails for a submission that makes a mistake, and no other."""
    play: Trace | Play | None
    if not KIT.has_solution:
        play = _recorded_play(play_name(script, mistake))
    else:
        play = run_and_record(script, LocalCaller(functions_with(mistake)), no_known_forward)
    return play is not None and play.stopped is not None and play.stopped.status is not Status.BLOCKED


def functions_with(mistake: Mistake, known: Mistake | None = None) -> Callable[[str], Function]:
    """Return a way to find functions by name: the right ones, but for those of one or two mistakes."""
    wrong = {} if known is None else {known.function: known.wrong}
    return mistaken(solution, {**wrong, mistake.function: mistake.wrong})


def accepting(known: Mistake | None) -> KnownForward:
    """Return what accepts the forward function of a mistake, and no other."""
    if known is None:
        return no_known_forward
    return lambda name: wrong_function(known) if name == known.function else None


def wrong_function(mistake: Mistake) -> Function:
    """Return a mistaken function, to be called in this process."""
    answers = recorded()
    if answers is not None:
        return answers.function(mistake.id)
    return functions_with(mistake)(mistake.function)


@dataclass(frozen=True)
class Play:
    """A trace as it was recorded: for each program what stands for it, its values, and how it failed."""

    recorded_calls: tuple[tuple[str, Mapping[str, WireValue], str | None], ...]
    stopped: CheckStoppedError | None


def play_name(script: RunnableCheck, mistake: Mistake, known: Mistake | None = None) -> str:
    """Return the name of a play in the record."""
    return " ".join([script.id, mistake.id, *([] if known is None else [known.id])])


def plain_play(trace: Trace, answers: Answers) -> dict[str, Any]:
    """Return a trace as JSON can hold it, its arrays kept among the answers."""
    stopped = trace.stopped
    return {
        "recorded_calls": [
            [
                _program(entry),
                {name: _plain_value(value, answers) for name, value in entry.values.items()},
                None if entry.error is None else str(entry.error),
            ]
            for entry in trace.recorded_calls
        ],
        "stopped": None if stopped is None else [stopped.status.value, stopped.value],
    }


@cache
def _plays() -> dict[str, Any]:
    assert KIT.record is not None
    try:
        plays: dict[str, Any] = json.loads((KIT.record / PLAYS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GraderError(f"the record in {KIT.record} cannot be read; install the kit again") from error
    return plays


def _recorded_play(name: str) -> Play | None:
    answers, found = recorded(), _plays().get(name)
    if answers is None or found is None:
        return None
    recorded_calls = tuple(
        (program, {name: _received(value, answers) for name, value in values.items()}, error)
        for program, values, error in found["recorded_calls"]
    )
    stopped = None
    if found["stopped"] is not None:
        status, value = found["stopped"]
        stopped = CheckStoppedError(Status(status), Feedback("Recorded."), value=value)
    return Play(recorded_calls, stopped)


def _agree(recorded_calls: Sequence[RecordedCall], play: Play, names: Collection[str] | None) -> bool:
    """Whether a student gave what was recorded."""
    if len(recorded_calls) != len(play.recorded_calls):
        return False
    for entry, (program, values, error) in zip(recorded_calls, play.recorded_calls, strict=True):
        theirs = None if entry.error is None else str(entry.error)
        if _program(entry) != program or theirs != error or not same_values(values, entry.values, names):
            return False
    return True


def _program(entry: RecordedCall) -> str:
    return hashlib.blake2b(repr(entry.calls).encode(), digest_size=8).hexdigest()


def _plain_value(value: WireValue, answers: Answers) -> Any:
    if isinstance(value, NonArray):
        return {"type": value.type, "dtype": value.dtype, "shape": value.shape}
    short = value
    if value.dtype == np.float64:
        with np.errstate(over="ignore"):
            short = value.astype(np.float32)
        # the largest decides how closely values are compared
        if not np.array_equal(np.isfinite(short), np.isfinite(value)):
            short = value
    return answers.arrays.put(short)


def _received(value: Any, answers: Answers) -> WireValue:
    if isinstance(value, dict):
        shape = value["shape"]
        return NonArray(value["type"], value["dtype"], None if shape is None else tuple(shape))
    return answers.arrays.get(value)
