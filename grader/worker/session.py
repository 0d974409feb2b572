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


class Student(Caller):
    """Calls the functions of one submission, in a worker that is started when needed."""

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
        self._worker: WorkerProcess | None = None
        self._life = 0
        self._loaded: set[str] = set()
        self._unloadable: dict[str, CheckStoppedError] = {}
        self._late: dict[str, int] = {}
        self._forgotten: list[str] = []
        self._names = (f"kept{count}" for count in itertools.count())
        self._last_program: tuple[Sequence[Call], dict[str, str], list[Any]] = ((), {}, [])

    def __enter__(self) -> Student:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker, if there is one."""
        if self._worker is not None:
            worker, self._worker = self._worker, None
            worker.end()

    @property
    def running(self) -> bool:
        """Whether there is a worker; a failure that ended it took all kept values along."""
        return self._worker is not None

    def forget(self, handle: Handle) -> None:
        """Let the worker drop a kept value with the next call."""
        if handle.life == self._life:
            self._forgotten.append(handle.name)

    def take_output(self) -> str:
        """Return what the submission printed since the last call of this method."""
        return self._worker.output.take() if self._worker is not None else ""

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
        worker = self._running()
        kept_as = {name: next(self._names) for name in kept}
        renamed = {name: value.name for name, value in inputs.items() if isinstance(value, Handle)}
        for name, handle in inputs.items():
            if isinstance(handle, Handle) and handle.life != self._life:
                raise failures.lost(functions[-1], name)
        names = {**renamed, **kept_as}
        arrays = {
            name: value if value.flags.c_contiguous else value.copy()
            for name, value in inputs.items()
            if isinstance(value, np.ndarray)
        }
        if seconds is None:
            seconds = self._patience(functions[-1]) if functions else self._limits.call_seconds
        header = {
            "calls": self._as_json(calls, names),
            "inputs": [[names.get(name, name), protocol.describe(array)] for name, array in arrays.items()],
            "wanted": [names.get(name, name) for name in wanted],
            "most_bytes": most_bytes,
            "kept": list(kept_as.values()),
            "forgotten": self._forgotten,
        }
        self._forgotten = []
        encoded = protocol.encode(header)
        reply = self._exchange(worker, encoded, list(arrays.values()), len(wanted), seconds, functions)
        if isinstance(reply, ReportedError):
            index = reply.call if reply.call is not None and 0 <= reply.call < len(calls) else -1
            raise self._failed(reply, calls[index])
        handles = {name: Handle(self, stored, self._life) for name, stored in kept_as.items()}
        return Answer(dict(zip(wanted, reply, strict=True)), handles)

    def _failed(self, reply: ReportedError, call: Call) -> CheckStoppedError:
        if reply.kind == "missing" and call.function in FUNCTIONS:
            module = FUNCTIONS[call.function].module
            if module not in self._submission.modules:
                return failures.module_missing(call.function, module)
        return failures.failed(reply, call.function, call.results)

    def _as_json(self, calls: Sequence[Call], names: Mapping[str, str]) -> list[Any]:
        """Return the calls as plain lists; those of a training step are the same thousands of times."""
        last_calls, last_names, last = self._last_program
        if last_calls is not calls or last_names != names:
            last = [_rename(call, names).to_json() for call in calls]
            self._last_program = (calls, dict(names), last)
        return last

    def _patience(self, function: str) -> float:
        late = self._late.get(function, 0)
        if late > 1:
            raise failures.given_up(function, late)
        return self._limits.repeated_call_seconds if late else self._limits.call_seconds

    def _running(self) -> WorkerProcess:
        if self._worker is None:
            self._worker = WorkerProcess(self._submission.root, self._limits, self._tier)
            self._life += 1
            self._loaded.clear()
            self._forgotten.clear()
        return self._worker

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
        worker = self._running()
        if module in self._loaded:
            return
        file = self._submission.modules[module]
        functions = [function.name for function in FUNCTIONS.values() if function.module == module]
        header = protocol.encode({"load": [module, file, functions]})
        seconds = self._limits.import_seconds
        try:
            reply = self._exchange(worker, header, [], 0, seconds, [file])
        except CheckStoppedError as stopped:
            late = stopped.status is Status.TIMEOUT
            # no function of the file can be reached, so none is named
            reason = failures.import_timed_out(file, seconds) if late else stopped
            self._unloadable[module] = CheckStoppedError(reason.status, reason.feedback)
            raise self._unloadable[module] from None
        if isinstance(reply, ReportedError):
            self._unloadable[module] = failures.not_imported(reply, file)
            raise self._unloadable[module]
        self._loaded.add(module)

    def _exchange(
        self,
        worker: WorkerProcess,
        header: bytes,
        arrays: list[np.ndarray],
        wanted: int,
        seconds: float,
        running: Sequence[str],
    ) -> list[WireValue] | ReportedError:
        """Send one request and receive its answer; whatever fails ends the worker."""
        number = secrets.randbits(64)
        deadline = protocol.Deadline(seconds)
        worker.output.begin()
        worker.resume()
        what = running[0] if len(set(running)) == 1 else "the network"
        try:
            protocol.send(worker.connection, number, header, arrays, deadline)
            reply = receive_reply(worker.connection, number, wanted, deadline)
            # its threads, if it left any, must not go on in secret
            worker.pause()
            return reply
        except TimeoutError:
            self.close()
            self._late[what] = self._late.get(what, 0) + 1
            raise failures.timed_out(what, seconds) from None
        except (protocol.ProtocolError, EOFError, OSError) as error:
            self._worker = None
            code = worker.end()
            if worker.output.exceeded is not None:
                raise failures.exceeded(what, worker.output.exceeded) from None
            if isinstance(error, protocol.ProtocolError):
                raise failures.broke_protocol(what, str(error)) from None
            raise failures.died(what, code) from None


def _rename(call: Call, names: Mapping[str, str]) -> Call:
    return Call(
        call.function,
        tuple(None if name is None else names.get(name, name) for name in call.arguments),
        tuple(names.get(name, name) for name in call.results),
        call.options,
    )
