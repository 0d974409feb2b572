"""The submission as seen from the grader: functions that are called in a worker and answer with arrays.

Whatever goes wrong on the other side (an exception, silence, a crash, nonsense on the wire) becomes a
:class:`~grader.core.errors.CheckStoppedError` that says what happened; the next call finds a fresh worker.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError
from grader.core.results import Status
from grader.submission.ingest import Submission
from grader.worker import failures, protocol
from grader.worker.caller import MOST_REPLY_BYTES, Answer, Caller, Handle
from grader.worker.program import BUILTINS, Call
from grader.worker.replies import LeftOut, Loaded, ReportedError, receive_loaded, receive_reply
from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.process import WorkerProcess
from grader.worker.sandbox.tiers import choose_isolation

MOST_RANGES = 1000
"""of lines that functions need; more do not fit a header, and are no homework"""

Reply = TypeVar("Reply", covariant=True)


class Receive(Protocol[Reply]):
    """Receives the answer to a request of some kind."""

    def __call__(self, connection: socket.socket, number: int, *, deadline: protocol.Deadline) -> Reply:
        """Receive the answer with a number."""


_lives = itertools.count(1)
"""every worker of this process has a number of its own: a handle must not be used in another one"""


class Session:
    """The life of one worker, from its start to its end: requests, answers, and the values that it keeps."""

    def __init__(self, submission: Submission, limits: Limits, tier: str) -> None:
        """Start a worker.

        Parameters
        ----------
        submission
            What was handed in.
        limits
            What the worker may use.
        tier
            Its isolation.
        """
        self._submission = submission
        self._process = WorkerProcess(submission.root, limits, tier)
        self._names = (f"kept{count}" for count in itertools.count())
        self._forgotten: list[str] = []
        self._last_program: tuple[Sequence[Call], dict[str, str], list[Any]] = ((), {}, [])
        self.life = next(_lives)
        self.loaded: set[str] = set()
        """the modules that were imported"""
        self.ended = False

    def end(self) -> int:
        """End the worker, if it still lives, and return its exit code (negative: the number of a signal)."""
        if self.ended:
            return 0
        self.ended = True
        return self._process.end()

    def forget(self, handle: Handle) -> None:
        """Let the worker drop a kept value with the next call."""
        self._forgotten.append(handle.name)

    def take_output(self) -> str:
        """Return what the submission printed since the last call of this method."""
        return self._process.output.take()

    def load(
        self, module: str, functions: Sequence[str], seconds: float, *, only_needed: bool = False
    ) -> Loaded | ReportedError:
        """Import a module of the submission.

        Parameters
        ----------
        module
            Its name.
        functions
            The functions of the assignment whose home it is.
        seconds
            Time for it.
        only_needed
            Leave out from the beginning what no function needs.

        Returns
        -------
        Loaded or ReportedError
            What was left out of it, or why it cannot be imported at all.

        Raises
        ------
        CheckStoppedError
            If the worker gave no proper answer; it has ended then.
        """
        file = self._submission.modules[module]
        ranges = self._submission.ranges.get(file)
        if ranges is not None and len(ranges) > MOST_RANGES:
            ranges = None
        header = protocol.encode({"load": [module, file, functions, ranges, only_needed, seconds]})
        reply = self._exchange(header, [], receive_loaded, seconds, file)
        if not isinstance(reply, ReportedError):
            self.loaded.add(module)
        return reply

    def run(
        self,
        calls: Sequence[Call],
        inputs: Mapping[str, np.ndarray | Handle],
        wanted: Sequence[str],
        kept: Iterable[str],
        seconds: float,
        most_bytes: int,
    ) -> Answer | ReportedError:
        """Run a program whose functions are loaded; see :meth:`grader.worker.caller.Caller.run`.

        Returns
        -------
        Answer or ReportedError
            An error if a function raised one.

        Raises
        ------
        CheckStoppedError
            If the worker gave no proper answer; it has ended then. Also if an input was kept by an earlier
            worker.
        """
        functions = [call.function for call in calls if call.function not in BUILTINS]
        kept_as = {name: next(self._names) for name in kept}
        renamed = {name: value.name for name, value in inputs.items() if isinstance(value, Handle)}
        for name, handle in inputs.items():
            if isinstance(handle, Handle) and handle.life != self.life:
                raise failures.lost(functions[-1], name)
        names = {**renamed, **kept_as}
        arrays = {
            name: value if value.flags.c_contiguous else value.copy()
            for name, value in inputs.items()
            if isinstance(value, np.ndarray)
        }
        header = {
            "calls": self._as_json(calls, names),
            "inputs": [[names.get(name, name), protocol.describe(array)] for name, array in arrays.items()],
            "wanted": [names.get(name, name) for name in wanted],
            "most_bytes": most_bytes,
            "kept": list(kept_as.values()),
            "forgotten": self._forgotten,
        }
        self._forgotten = []
        what = functions[0] if len(set(functions)) == 1 else "the network"
        receive = partial(receive_reply, wanted=len(wanted))
        reply = self._exchange(protocol.encode(header), list(arrays.values()), receive, seconds, what)
        if isinstance(reply, ReportedError):
            return reply
        handles = {name: Handle(self, stored, self.life) for name, stored in kept_as.items()}
        return Answer(dict(zip(wanted, reply, strict=True)), handles)

    def _as_json(self, calls: Sequence[Call], names: Mapping[str, str]) -> list[Any]:
        """Return the calls as plain lists; those of a training step are the same thousands of times."""
        last_calls, last_names, last = self._last_program
        if last_calls is not calls or last_names != names:
            last = [_rename(call, names).to_json() for call in calls]
            self._last_program = (calls, dict(names), last)
        return last

    def _exchange(
        self, header: bytes, arrays: list[np.ndarray], receive: Receive[Reply], seconds: float, what: str
    ) -> Reply:
        """Send one request and receive its answer; whatever fails ends the worker."""
        process, number, deadline = self._process, secrets.randbits(64), protocol.Deadline(seconds)
        process.output.begin()
        process.resume()
        try:
            protocol.send(process.connection, number, header, arrays, deadline)
            reply = receive(process.connection, number, deadline=deadline)
            # its threads, if it left any, must not go on in secret
            process.pause()
            return reply
        except TimeoutError:
            self.end()
            raise failures.timed_out(what, seconds) from None
        except (protocol.ProtocolError, EOFError, OSError) as error:
            code = self.end()
            if process.output.exceeded is not None:
                raise failures.exceeded(what, process.output.exceeded) from None
            if isinstance(error, protocol.ProtocolError):
                raise failures.broke_protocol(what, str(error)) from None
            raise failures.died(what, code) from None


class Student(Caller):
    """Calls the functions of one submission: starts workers when needed, and remembers what failed."""

    def __init__(
        self, submission: Submission, limits: Limits | None = None, *, tier: str | None = None
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
        """
        self._submission = submission
        self._tier = tier or choose_isolation(None).tier
        self._limits = limits or Limits()
        self._session: Session | None = None
        self._unloadable: dict[str, CheckStoppedError] = {}
        self._only_needed: set[str] = set()
        """modules whose import as a whole ended a worker"""
        self._left_out: dict[str, tuple[LeftOut, ...]] = {}
        self._notes: dict[str, None] = {}
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
        return tuple(self._notes)

    def take_output(self) -> str:
        """Return what the submission printed since the last call of this method."""
        return self._current().take_output() if self.running else ""

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
        for function in dict.fromkeys(functions):
            self._ensure_loaded(function)
        session = self._current()
        if seconds is None:
            seconds = self._patience(functions[-1]) if functions else self._limits.call_seconds
        try:
            answer = session.run(calls, inputs, wanted, kept, seconds, most_bytes)
        except CheckStoppedError as stopped:
            if stopped.status is Status.TIMEOUT and stopped.function is not None:
                self._late[stopped.function] = self._late.get(stopped.function, 0) + 1
            raise
        if isinstance(answer, ReportedError):
            index = answer.call if answer.call is not None and 0 <= answer.call < len(calls) else -1
            raise self._failed(answer, calls[index])
        return answer

    def _failed(self, reply: ReportedError, call: Call) -> CheckStoppedError:
        left_out = [left for part in self._left_out.values() for left in part]
        if reply.kind == "missing" and call.function in FUNCTIONS:
            lost = next((left for left in left_out if {call.function, "*"} & set(left.names)), None)
            if lost is not None:
                return failures.not_defined(call.function, lost, self._submission)
            module = self._home(call.function)
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

    def _ensure_loaded(self, function: str) -> None:
        """Import the module of a function, or all there are if that one was not handed in."""
        if self._submission.problem:
            raise failures.unusable(function, self._submission.problem)
        if function in self._submission.lost:
            raise failures.unreadable(self._submission.lost[function])
        module = self._home(function)
        if module in self._submission.modules:
            self._ensure_imported(module)
            return
        # all in one file is a matter of style; one that cannot be imported has checks of its own
        for other in self._submission.modules:
            with contextlib.suppress(CheckStoppedError):
                self._ensure_imported(other)

    def _home(self, function: str) -> str:
        return self._submission.homes.get(function, FUNCTIONS[function].module)

    def _ensure_imported(self, module: str) -> None:
        """Import a module, once a worker; what could not be imported is not tried again."""
        if module in self._unloadable:
            raise self._unloadable[module]
        if module in self._current().loaded:
            return
        try:
            reply = self._import(module)
        except CheckStoppedError as stopped:
            self._unloadable[module] = stopped
            raise
        if isinstance(reply, ReportedError):
            file = self._submission.modules[module]
            self._unloadable[module] = failures.not_imported(reply, file, self._submission)
            raise self._unloadable[module]
        self._left_out.setdefault(module, reply.left_out)
        for note in failures.left_out_notes(reply, self._submission):
            self._notes.setdefault(note)

    def _import(self, module: str) -> Loaded | ReportedError:
        """Import a module as a whole; if that ends the worker, only what its functions need."""
        file = self._submission.modules[module]
        functions = [function for function in FUNCTIONS if self._home(function) == module]
        seconds = self._limits.import_seconds
        if module not in self._only_needed:
            try:
                return self._current().load(module, functions, seconds)
            except CheckStoppedError as stopped:
                self._only_needed.add(module)
                # the same file under another name must not end another worker
                self._only_needed.update(m for m, f in self._submission.modules.items() if f == file)
                self._notes.setdefault(failures.import_ended(file, stopped, seconds))
        try:
            return self._current().load(module, functions, seconds, only_needed=True)
        except CheckStoppedError as stopped:
            late = stopped.status is Status.TIMEOUT
            # no function of the file can be reached, so none is named
            reason = failures.import_timed_out(file, seconds) if late else stopped
            raise CheckStoppedError(reason.status, replace(reason.feedback, file=file)) from None


def _rename(call: Call, names: Mapping[str, str]) -> Call:
    return Call(
        call.function,
        tuple(None if name is None else names.get(name, name) for name in call.arguments),
        tuple(names.get(name, name) for name in call.results),
        call.options,
    )
