"""Run a check again: write down what a caller answers, and play it with trusted functions in this process.

A check that failed is rehearsed with each known mistake in the student's place. Where the rehearsal gives
what the student gave, the cause is found.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.core.errors import CheckStoppedError, DeviationError
from grader.judging.calls import forward_of, parameter_names
from grader.judging.compare import TOLERANCE
from grader.worker import failures
from grader.worker.caller import MOST_REPLY_BYTES, Answer, Caller, Handle
from grader.worker.child import outgoing
from grader.worker.program import Call, Failure, ReturnedError, execute, last_uses
from grader.worker.replies import ReportedError
from grader.worker.values import NonArray, WireValue


@dataclass(frozen=True)
class RecordedCall:
    """A program that was run, with what it was given, and its values or how it ended.

    ``kept`` are names of the handles of what it left where it ran.
    """

    calls: tuple[Call, ...]
    inputs: Mapping[str, np.ndarray | Handle]
    values: Mapping[str, WireValue]
    error: CheckStoppedError | None = None
    kept: frozenset[str] = frozenset()


def forward_entry(recorded_calls: Sequence[RecordedCall]) -> RecordedCall:
    """Return the call that made the cache of the last one, or that one itself."""
    last = recorded_calls[-1]
    forward = forward_of(last.calls[0].function)
    made = [entry for entry in recorded_calls if entry.calls[0].function == forward]
    given = {value.name for value in last.inputs.values() if isinstance(value, Handle)}
    return next((entry for entry in made if entry.kept & given), made[-1] if made else last)


def arrays_of(entry: RecordedCall) -> dict[str, np.ndarray]:
    """Return the arrays that the first call of a program was given, by parameter."""
    call = entry.calls[0]
    names = parameter_names(call.function, call.arguments)
    given = (
        (name, entry.inputs.get(argument or "")) for name, argument in zip(names, call.arguments, strict=True)
    )
    return {name: value for name, value in given if isinstance(value, np.ndarray)}


class RecordingCaller(Caller):
    """Passes everything on to another caller, and writes down what came back."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.recorded_calls: list[RecordedCall] = []

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
        """Run a program there."""
        try:
            answer = self._caller.run(
                calls, inputs, wanted, kept=kept, seconds=seconds, most_bytes=most_bytes
            )
        except CheckStoppedError as error:
            self.recorded_calls.append(RecordedCall(tuple(calls), inputs, {}, error))
            raise
        names = frozenset(handle.name for handle in answer.handles.values())
        self.recorded_calls.append(RecordedCall(tuple(calls), inputs, answer.values, kept=names))
        return answer


class LocalCaller(Caller):
    """Runs trusted functions in this process as a worker would run a submission's."""

    def __init__(self, functions: Callable[[str], Callable[..., Any]]) -> None:
        self._functions = functions
        self._store: dict[str, Any] = {}
        self._names = (f"kept{count}" for count in itertools.count())

    def forget(self, handle: Handle) -> None:
        """Drop a kept value."""
        self._store.pop(handle.name, None)

    def run(
        self,
        calls: Sequence[Call],
        inputs: Mapping[str, np.ndarray | Handle],
        wanted: Sequence[str],
        *,
        kept: Iterable[str] = (),
        seconds: float | None = None,  # noqa: ARG002 - trusted functions end
        most_bytes: int = MOST_REPLY_BYTES,
    ) -> Answer:
        """Run a program here, on copies of what is given."""
        variables = {
            name: self._store[value.name] if isinstance(value, Handle) else value.copy()
            for name, value in inputs.items()
        }
        kept = list(kept)
        try:
            with np.errstate(all="ignore"):
                execute(calls, last_uses(calls, [*kept, *wanted]), variables, self._functions)
        except Failure as failure:
            call = calls[failure.index]
            raise failures.failed(_reported(failure), call.function, call.results) from None
        handles = {}
        for name in kept:
            handles[name] = Handle(self, next(self._names), 0)
            self._store[handles[name].name] = variables[name]
        return Answer({name: _received(variables[name], most_bytes) for name in wanted}, handles)


def _reported(failure: Failure) -> ReportedError:
    error = failure.error
    if not isinstance(error, Exception):
        raise error
    kind = "not_implemented" if isinstance(error, NotImplementedError) else "raised"
    if isinstance(error, ReturnedError):
        kind = "returned"
    return ReportedError(kind, type(error).__name__, str(error), None, failure.index)


def _received(value: Any, most_bytes: int) -> WireValue:
    """Return a value as it would arrive from a worker: nothing that happens later can change it."""
    described, array = outgoing(value, most_bytes)
    if array is not None:
        return np.array(array)
    shape = described.get("shape")
    return NonArray(described["type"], described.get("dtype"), None if shape is None else tuple(shape))


class ComparingCaller(Caller):
    """A rehearsal that ends where it deviates from a recording.

    Only the values named in ``names`` are compared, or all of them if it is None; how calls end is always
    compared.
    """

    def __init__(
        self,
        rehearsal: LocalCaller,
        recorded_calls: Sequence[RecordedCall],
        names: Collection[str] | None = None,
    ) -> None:
        self._rehearsal = rehearsal
        self._left = iter(recorded_calls)
        self._names = names

    @property
    def complete(self) -> bool:
        """Whether all that was written down has been played."""
        return next(self._left, None) is None

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
        """Run a program of the rehearsal, and compare."""
        entry = next(self._left, None)
        if entry is None or entry.calls != tuple(calls):
            raise DeviationError
        try:
            answer = self._rehearsal.run(
                calls, inputs, wanted, kept=kept, seconds=seconds, most_bytes=most_bytes
            )
        except CheckStoppedError as error:
            if entry.error is None or str(error) != str(entry.error):
                raise DeviationError from None
            raise
        if entry.error is not None or not same_values(answer.values, entry.values, self._names):
            raise DeviationError
        return answer


def same_values(
    ours: Mapping[str, WireValue], theirs: Mapping[str, WireValue], names: Collection[str] | None
) -> bool:
    """Whether what one program returned agrees with another's, in the values named, or in all if None."""
    return all(
        name in theirs and same(value, theirs[name])
        for name, value in ours.items()
        if names is None or name.removesuffix(" again") in names
    )


def same(first: WireValue, second: WireValue) -> bool:
    """Whether two received values agree: to a part in 100,000 of the largest, nan and infinity in place."""
    if isinstance(first, NonArray) or isinstance(second, NonArray):
        return isinstance(first, NonArray) and isinstance(second, NonArray) and first == second
    if first.shape != second.shape or first.dtype.kind != second.dtype.kind:
        return False
    ours, theirs = first.astype(np.float64), second.astype(np.float64)
    finite = np.isfinite(ours)
    if not np.array_equal(finite, np.isfinite(theirs)):
        return False
    if not np.array_equal(ours[~finite], theirs[~finite], equal_nan=True):
        return False
    if not finite.any():
        return True
    error = np.abs(ours[finite] - theirs[finite])
    return bool((error <= TOLERANCE * max(np.abs(ours[finite]).max(), 1e-12)).all())
