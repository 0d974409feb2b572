"""How checks end for somebody who makes a known mistake: rehearsed, or read from a record of rehearsals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from grader.answers import RECORD, Answers, recorded
from grader.caller import Caller
from grader.compare import Foreign, Received
from grader.mistakes.base import Function, Mistake, mistaken
from grader.reference import solution
from grader.rehearsal import Comparison, DeviationError, Entry, Recording, Rehearsal, same_values
from grader.results import CheckStoppedError, Feedback, GraderError, Status
from grader.scripts import Script, WrongForward, accept_none

PLAYS = "plays.json"


@dataclass(frozen=True)
class Transcript:
    """What came back during a check, and what ended it."""

    entries: tuple[Entry, ...]
    stopped: CheckStoppedError | None


def transcribe(script: Script, caller: Caller, accepted: WrongForward) -> Transcript:
    """Run a check and write down what comes back.

    Parameters
    ----------
    script
        The check.
    caller
        Who is asked.
    accepted
        As in :class:`grader.judge.Judge`.

    Returns
    -------
    Transcript
    """
    recording, stopped = Recording(caller), None
    try:
        script.run(recording, accepted)
    except CheckStoppedError as error:
        stopped = error
    return Transcript(tuple(recording.entries), stopped)


def rehearse(
    script: Script,
    mistake: Mistake,
    known: Mistake | None,
    entries: Sequence[Entry],
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
    entries
        What the student gave.
    names
        Values in which the two must agree; None for all.

    Returns
    -------
    CheckStoppedError, DeviationError or None
        What ended the check; a DeviationError where the student gave something else; None if it passes.
    """
    if recorded() is not None:
        play = _recorded_play(play_name(script, mistake, known))
        if play is None or not _agree(entries, play, names):
            return DeviationError()
        return play.stopped
    comparison = Comparison(Rehearsal(functions_with(mistake, known)), entries, names)
    try:
        script.run(comparison, accepting(known))
    except DeviationError as deviation:
        return deviation
    except CheckStoppedError as stopped:
        return stopped if comparison.complete else DeviationError()
    return None if comparison.complete else DeviationError()


@cache
def fails(script: Script, mistake: Mistake) -> bool:
    """Whether a check fails for a submission that makes a mistake, and no other."""
    play: Transcript | Play | None
    if recorded() is not None:
        play = _recorded_play(play_name(script, mistake))
    else:
        play = transcribe(script, Rehearsal(functions_with(mistake)), accept_none)
    return play is not None and play.stopped is not None and play.stopped.status is not Status.BLOCKED


def functions_with(mistake: Mistake, known: Mistake | None = None) -> Callable[[str], Function]:
    """Return a way to find functions by name: the right ones, but for those of one or two mistakes."""
    wrong = {} if known is None else {known.function: known.wrong}
    return mistaken(solution, {**wrong, mistake.function: mistake.wrong})


def accepting(known: Mistake | None) -> WrongForward:
    """Return what accepts the forward function of a mistake, and no other."""
    if known is None:
        return accept_none
    return lambda name: wrong_function(known) if name == known.function else None


def wrong_function(mistake: Mistake) -> Function:
    """Return a mistaken function, to be called in this process."""
    answers = recorded()
    if answers is not None:
        return answers.function(mistake.id)
    return functions_with(mistake)(mistake.function)


@dataclass(frozen=True)
class Play:
    """A transcript as it was recorded: for each program what stands for it, its values, and how it failed."""

    entries: tuple[tuple[str, Mapping[str, Received], str | None], ...]
    stopped: CheckStoppedError | None


def play_name(script: Script, mistake: Mistake, known: Mistake | None = None) -> str:
    """Return the name of a play in the record."""
    return " ".join([script.id, mistake.id, *([] if known is None else [known.id])])


def plain_play(transcript: Transcript, answers: Answers) -> dict[str, Any]:
    """Return a transcript as JSON can hold it, its arrays kept among the answers."""
    stopped = transcript.stopped
    return {
        "entries": [
            [
                _program(entry),
                {name: _plain_value(value, answers) for name, value in entry.values.items()},
                None if entry.error is None else str(entry.error),
            ]
            for entry in transcript.entries
        ],
        "stopped": None if stopped is None else [stopped.status.value, stopped.value],
    }


@cache
def _plays() -> dict[str, Any]:
    try:
        plays: dict[str, Any] = json.loads((RECORD / PLAYS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GraderError(f"the record in {RECORD} cannot be read; install the kit again") from error
    return plays


def _recorded_play(name: str) -> Play | None:
    answers, found = recorded(), _plays().get(name)
    if answers is None or found is None:
        return None
    entries = tuple(
        (program, {name: _received(value, answers) for name, value in values.items()}, error)
        for program, values, error in found["entries"]
    )
    stopped = None
    if found["stopped"] is not None:
        status, value = found["stopped"]
        stopped = CheckStoppedError(Status(status), Feedback("Recorded."), value=value)
    return Play(entries, stopped)


def _agree(entries: Sequence[Entry], play: Play, names: Collection[str] | None) -> bool:
    """Whether a student gave what was recorded."""
    if len(entries) != len(play.entries):
        return False
    for entry, (program, values, error) in zip(entries, play.entries, strict=True):
        theirs = None if entry.error is None else str(entry.error)
        if _program(entry) != program or theirs != error or not same_values(values, entry.values, names):
            return False
    return True


def _program(entry: Entry) -> str:
    return hashlib.blake2b(repr(entry.calls).encode(), digest_size=8).hexdigest()


def _plain_value(value: Received, answers: Answers) -> Any:
    if isinstance(value, Foreign):
        return {"type": value.type, "dtype": value.dtype, "shape": value.shape}
    short = value
    if value.dtype == np.float64:
        with np.errstate(over="ignore"):
            short = value.astype(np.float32)
        # the largest decides how closely values are compared
        if not np.array_equal(np.isfinite(short), np.isfinite(value)):
            short = value
    return answers.arrays.put(short)


def _received(value: Any, answers: Answers) -> Received:
    if isinstance(value, dict):
        shape = value["shape"]
        return Foreign(value["type"], value["dtype"], None if shape is None else tuple(shape))
    return answers.arrays.get(value)
