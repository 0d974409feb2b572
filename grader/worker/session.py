"""The submission as seen from the grader: functions that are called in a worker and answer with arrays.

Whatever goes wrong on the other side (an exception, silence, a crash, nonsense on the wire) becomes a
:class:`~grader.core.errors.CheckStoppedError` that says what happened; the next call finds a fresh worker.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError
from grader.core.results import Status
from grader.submission.ingest import Submission
from grader.worker import failures, protocol
from grader.worker.caller import MOST_REPLY_BYTES, Answer, Caller, Handle
from grader.worker.program import BUILTINS, Call
from grader.worker.replies import ReportedError, receive_reply
from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.process import WorkerProcess
from grader.worker.sandbox.tiers import choose_isolation
from grader.worker.values import WireValue

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
        self, module: str, file: str, functions: Sequence[str], seconds: float
    ) -> list[WireValue] | ReportedError:
        """Import a module of the submission.

        Parameters
        ----------
        module
            Its name.
        file
            Its file, relative to the submission.
        functions
            The functions of the assignment whose home it is.
        seconds
            Time for it.

        Returns
        -------
        list or ReportedError
            An error if the import raised one.

        Raises
        ------
        CheckStoppedError
            If the worker gave no proper answer; it has ended then.
        """
        header = protocol.encode({"load": [module, file, functions]})
        reply = self._exchange(header, [], 0, seconds, file)
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
        reply = self._exchange(protocol.encode(header), list(arrays.values()), len(wanted), seconds, what)
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
        self, header: bytes, arrays: list[np.ndarray], wanted: int, seconds: float, what: str
    ) -> list[WireValue] | ReportedError:
        """Send one request and receive its answer; whatever fails ends the worker."""
        process, number, deadline = self._process, secrets.randbits(64), protocol.Deadline(seconds)
        process.output.begin()
        process.resume()
        try:
            protocol.send(process.connection, number, header, arrays, deadline)
            reply = receive_reply(process.connection, number, wanted, deadline)
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
        self._unloadable: dict[str, CheckStoppedError] = {}
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
        if self._deadline.is_over:
            raise failures.no_time_left(functions[-1] if functions else "the network")
        for function in dict.fromkeys(functions):
            self._ensure_loaded(function)
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
        if reply.kind == "missing" and call.function in FUNCTIONS:
            module = FUNCTIONS[call.function].module
            if module not in self._submission.modules:
                return failures.module_missing(call.function, module)
        return failures.failed(reply, call.function, call.results)

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
        module = FUNCTIONS[function].module
        if module in self._submission.modules:
            self._ensure_imported(module)
            return
        # all in one file is a matter of style; one that cannot be imported has checks of its own
        for other in self._submission.modules:
            with contextlib.suppress(CheckStoppedError):
                self._ensure_imported(other)

    def _ensure_imported(self, module: str) -> None:
        """Import a module, once a worker; what could not be imported is not tried again."""
        if module in self._unloadable:
            raise self._unloadable[module]
        session = self._current()
        if module in session.loaded:
            return
        file = self._submission.modules[module]
        functions = [function.name for function in FUNCTIONS.values() if function.module == module]
        seconds = self._limits.import_seconds
        try:
            reply = session.load(module, file, functions, self._deadline.at_most(seconds))
        except CheckStoppedError as stopped:
            if self._deadline.is_over:
                raise failures.no_time_left(functions[0]) from None
            late = stopped.status is Status.TIMEOUT
            # no function of the file can be reached, so none is named
            reason = failures.import_timed_out(file, seconds) if late else stopped
            self._unloadable[module] = CheckStoppedError(reason.status, reason.feedback)
            raise self._unloadable[module] from None
        if isinstance(reply, ReportedError):
            self._unloadable[module] = failures.not_imported(reply, file)
            raise self._unloadable[module]


def _rename(call: Call, names: Mapping[str, str]) -> Call:
    return Call(
        call.function,
        tuple(None if name is None else names.get(name, name) for name in call.arguments),
        tuple(names.get(name, name) for name in call.results),
        call.options,
    )
