"""The submission as seen from the grader: functions that are called in a worker and answer with arrays.

Whatever goes wrong on the other side (an exception, silence, a crash, nonsense on the wire) becomes a
:class:`~grader.core.errors.CheckStoppedError` that says what happened; the next call finds a fresh worker.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError
from grader.core.results import Status
from grader.submission.ingest import Submission
from grader.worker import failures, protocol
from grader.worker.caller import MOST_REPLY_BYTES, Answer, Caller, Handle
from grader.worker.imports import Imports
from grader.worker.life import Session
from grader.worker.program import BUILTINS, Call
from grader.worker.replies import ReportedError
from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.tiers import choose_isolation


class Student(Caller):
    """Calls the functions of one submission: starts workers when needed, and remembers what failed."""

    def __init__(
        self,
        submission: Submission,
        limits: Limits | None = None,
        *,
        tier: str | None = None,
        deadline: protocol.Deadline = protocol.NEVER,
    ) -> None:
        """Prepare to call a submission.

        Parameters
        ----------
        submission
            What was handed in.
        limits
            What its worker may use; the standard if None.
        tier
            Isolation of its worker; the strongest there is if None.
        deadline
            The end of all the time that the submission has, whatever it is used for.
        """
        self._deadline = deadline
        self._submission = submission
        self._tier = tier or choose_isolation(None).tier
        self._limits = limits or Limits()
        self._session: Session | None = None
        self._imports = Imports(submission, self._limits.import_seconds, deadline)
        self._late: dict[str, int] = {}

    def __enter__(self) -> Student:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker, if there is one."""
        if self._session is not None:
            self._session.end()

    @property
    def running(self) -> bool:
        """Whether there is a worker; a failure that ended it took all kept values along."""
        return self._session is not None and not self._session.ended

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the modules that were imported so far, a sentence each."""
        return tuple(self._imports.notes)

    def take_output(self) -> str:
        """Return what the submission printed since the last call of this method."""
        return self._current().take_output() if self.running else ""

    def prepare(self, functions: Iterable[str]) -> None:
        """Start the worker and import the modules of functions; what ends it now takes nothing kept along."""
        for function in functions:
            with contextlib.suppress(CheckStoppedError):
                self._imports.ensure(function, self._current)

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
        """Run a program of calls in one message; see :meth:`grader.worker.caller.Caller.run`."""
        functions = [call.function for call in calls if call.function not in BUILTINS]
        if self._deadline.is_over:
            raise failures.no_time_left(functions[-1] if functions else "the network")
        for function in dict.fromkeys(functions):
            self._imports.ensure(function, self._current)
        session = self._current()
        if seconds is None:
            seconds = self._patience(functions[-1]) if functions else self._limits.call_seconds
        try:
            answer = session.run(calls, inputs, wanted, kept, self._deadline.at_most(seconds), most_bytes)
        except CheckStoppedError as stopped:
            if self._deadline.is_over:
                raise failures.no_time_left(stopped.function or "the network") from None
            if stopped.status is Status.TIMEOUT and stopped.function is not None:
                self._late[stopped.function] = self._late.get(stopped.function, 0) + 1
            raise
        if isinstance(answer, ReportedError):
            index = answer.call if answer.call is not None and 0 <= answer.call < len(calls) else -1
            raise self._failed(answer, calls[index])
        return answer

    def _failed(self, reply: ReportedError, call: Call) -> CheckStoppedError:
        left_out = self._imports.left_out
        if reply.kind == "missing" and call.function in FUNCTIONS:
            lost = next((left for left in left_out if {call.function, "*"} & set(left.names)), None)
            if lost is not None:
                return failures.not_defined(call.function, lost, self._submission)
            module = self._imports.home(call.function)
            if module not in self._submission.modules:
                return failures.module_missing(call.function, module)
        return failures.failed(reply, call.function, call.results, self._submission, left_out)

    def _patience(self, function: str) -> float:
        late = self._late.get(function, 0)
        if late > 1:
            raise failures.given_up(function, late)
        return self._limits.repeated_call_seconds if late else self._limits.call_seconds

    def _current(self) -> Session:
        """Return the session of a worker that lives; start one if there is none."""
        if self._session is None or self._session.ended:
            self._session = Session(self._submission, self._limits, self._tier)
        return self._session
