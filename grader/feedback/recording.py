"""Record the calls of a check and their answers, so that they can be examined afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError
from grader.judging.calls import parameter_names
from grader.judging.judge import KnownForwards
from grader.judging.plain_case import PlainCase
from grader.judging.runnable import RunnableCheck
from grader.worker.caller import MOST_REPLY_BYTES, Answer, Caller, Handle
from grader.worker.program import Call
from grader.worker.values import WireValue


@dataclass(frozen=True)
class RecordedCall:
    """A program that was run, with its inputs, and its values or the error that ended it.

    For an input that stays where the functions run, only the name of its handle is recorded, so that the
    value itself can be dropped there. ``kept`` holds the names of the handles that the program returned.
    """

    calls: tuple[Call, ...]
    inputs: Mapping[str, np.ndarray | str]
    values: Mapping[str, WireValue]
    error: CheckStoppedError | None = None
    kept: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Trace:
    """The recorded calls of a check, and the error that ended it, or None."""

    recorded_calls: tuple[RecordedCall, ...]
    stopped: CheckStoppedError | None


class RecordingCaller(Caller):
    """Passes every call on to another caller, and records the answers."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.recorded_calls: list[RecordedCall] = []

    @property
    def running(self) -> bool:
        """Whether kept values are still available."""
        return self._caller.running

    def run(
        self,
        calls: Sequence[Call],
        inputs: Mapping[str, np.ndarray | Handle],
        wanted: Sequence[str],
        *,
        kept: Iterable[str] = (),
        seconds: float | None = None,
        most_bytes: int = MOST_REPLY_BYTES,
    ) -> Answer:
        """Run a program with the other caller."""
        given = {name: value.name if isinstance(value, Handle) else value for name, value in inputs.items()}
        try:
            answer = self._caller.run(
                calls, inputs, wanted, kept=kept, seconds=seconds, most_bytes=most_bytes
            )
        except CheckStoppedError as error:
            self.recorded_calls.append(RecordedCall(tuple(calls), given, {}, error))
            raise
        names = frozenset(handle.name for handle in answer.handles.values())
        self.recorded_calls.append(RecordedCall(tuple(calls), given, answer.values, kept=names))
        return answer


def run_and_record(
    check: RunnableCheck,
    caller: Caller,
    known: KnownForwards | None = None,
    plain: PlainCase | None = None,
) -> Trace:
    """Run a check and record its calls.

    Parameters
    ----------
    check
        Check to run.
    caller
        Caller of the functions to check.
    known, plain
        See :class:`grader.judging.judge.Judge`.

    Returns
    -------
    Trace
        The recorded calls, and the error that ended the check, or None if it passed.
    """
    recording, stopped = RecordingCaller(caller), None
    try:
        check.run(recording, known, plain)
    except CheckStoppedError as error:
        stopped = error
    return Trace(tuple(recording.recorded_calls), stopped)


def forward_entry(recorded_calls: Sequence[RecordedCall]) -> RecordedCall:
    """Return the forward call whose cache the last call used, or the last call itself."""
    last = recorded_calls[-1]
    forward = FUNCTIONS[last.calls[0].function].forward
    made = [entry for entry in recorded_calls if entry.calls[0].function == forward]
    given = {value for value in last.inputs.values() if isinstance(value, str)}
    return next((entry for entry in made if entry.kept & given), made[-1] if made else last)


@dataclass(frozen=True)
class LastCall:
    """A call that can be made again: for a backward function with what its forward function was given."""

    function: str
    arguments: tuple[np.ndarray, ...]
    options: Mapping[str, Any]
    dout: np.ndarray | None


def last_call(recorded_calls: Sequence[RecordedCall]) -> LastCall | None:
    """Return the last of some recorded calls; None if its arguments were not all recorded."""
    last, made = recorded_calls[-1], forward_entry(recorded_calls)
    function, call = last.calls[0].function, made.calls[0]
    arrays = tuple(arrays_of(made).values())
    if (
        len(last.calls) > 1
        or call.function != FUNCTIONS[function].forward
        or len(arrays) < len(call.arguments)
    ):
        return None
    return LastCall(function, arrays, call.options, arrays_of(last).get("dout"))


def arrays_of(entry: RecordedCall) -> dict[str, np.ndarray]:
    """Return the array arguments of the first call of a program, by parameter name."""
    call = entry.calls[0]
    names = parameter_names(call.function, call.arguments)
    given = (
        (name, entry.inputs.get(argument or "")) for name, argument in zip(names, call.arguments, strict=True)
    )
    return {name: value for name, value in given if isinstance(value, np.ndarray)}
