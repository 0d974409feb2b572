"""Run a check on trusted functions in this process, and compare their answers with a submission's."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.core.errors import CheckStoppedError
from grader.feedback.exceptions import kind_of
from grader.feedback.recording import RecordedCall
from grader.judging.compare import TOLERANCE
from grader.judging.judge import KnownForwards
from grader.judging.plain_case import PlainCase
from grader.judging.runnable import RunnableCheck
from grader.judging.variables import first_of
from grader.worker import failures
from grader.worker.caller import MOST_REPLY_BYTES, Answer, Caller, Handle
from grader.worker.child import outgoing
from grader.worker.program import Call, Failure, ReturnedError, execute, last_uses
from grader.worker.replies import ReportedError, Where
from grader.worker.values import NonArray, WireValue


class LocalCaller(Caller):
    """Runs trusted functions in this process, as a worker runs those of a submission."""

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
        """Run a program in this process, on copies of its inputs."""
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
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = Where(last[0].filename, last[0].lineno or 0, last[0].line or "") if last else None
    return ReportedError(kind, type(error).__name__, str(error), where, failure.index)


def _received(value: Any, most_bytes: int) -> WireValue:
    """Return a value as it would arrive from a worker, so that later calls cannot change it."""
    described, array = outgoing(value, most_bytes)
    if array is not None:
        return np.array(array)
    shape = described.get("shape")
    return NonArray(described["type"], described.get("dtype"), None if shape is None else tuple(shape))


class _Deviation(Exception):  # noqa: N818 - it ends a check early, and nothing is wrong
    """The functions in this process deviated from what was recorded."""


class ComparingCaller(Caller):
    """Ends a check where trusted functions deviate from a recording.

    Only the values named in ``names`` are compared, or all of them if it is None; errors are always compared.
    """

    def __init__(
        self,
        caller: LocalCaller,
        recorded_calls: Sequence[RecordedCall],
        names: Collection[str] | None = None,
    ) -> None:
        self._caller = caller
        self._left = iter(recorded_calls)
        self._names = names

    @property
    def complete(self) -> bool:
        """Whether every recorded call has been made."""
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
        """Run a program in this process, and compare its answer with the recorded one."""
        entry = next(self._left, None)
        if entry is None or entry.calls != tuple(calls):
            raise _Deviation
        try:
            answer = self._caller.run(
                calls, inputs, wanted, kept=kept, seconds=seconds, most_bytes=most_bytes
            )
        except CheckStoppedError as error:
            if entry.error is None or kind_of(error) != kind_of(entry.error):
                raise _Deviation from None
            raise
        if entry.error is not None or not same_values(answer.values, entry.values, self._names):
            raise _Deviation
        return answer


@dataclass(frozen=True)
class Outcome:
    """How a check ends for a mistake, compared with a submission.

    ``agrees`` says whether the mistake gives what the submission gave; ``stopped`` is the error that ended
    the check, or None if it passed.
    """

    agrees: bool
    stopped: CheckStoppedError | None = None


DEVIATES = Outcome(agrees=False)


def simulate(
    check: RunnableCheck,
    functions: Callable[[str], Callable[..., Any]],
    known: KnownForwards | None,
    recorded_calls: Sequence[RecordedCall],
    names: Collection[str] | None,
    plain: PlainCase | None = None,
) -> Outcome:
    """Return how a check ends with trusted functions instead of a submission's.

    Parameters
    ----------
    check
        Check to run.
    functions
        Function that finds a trusted function by name.
    known
        See :class:`grader.judging.judge.Judge`.
    recorded_calls
        Calls of the check with the submission's answers.
    names
        Names of the values in which the two must agree; None for all.
    plain
        See :class:`grader.judging.judge.Judge`.

    Returns
    -------
    Outcome
        Whether the two agree, and how the check ended.
    """
    comparing = ComparingCaller(LocalCaller(functions), recorded_calls, names)
    stopped = None
    try:
        check.run(comparing, known, plain)
    except _Deviation:
        return DEVIATES
    except CheckStoppedError as error:
        stopped = error
    return Outcome(agrees=True, stopped=stopped) if comparing.complete else DEVIATES


def same_values(
    ours: Mapping[str, WireValue], theirs: Mapping[str, WireValue], names: Collection[str] | None
) -> bool:
    """Whether the values of two programs agree, for the given names or, if None, for all."""
    return all(
        name in theirs and same(value, theirs[name])
        for name, value in ours.items()
        if names is None or first_of(name) in names
    )


def same(first: WireValue, second: WireValue) -> bool:
    """Whether two received values agree within the tolerance, with nan and infinity in the same places."""
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
