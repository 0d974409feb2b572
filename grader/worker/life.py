"""One worker's life: the requests that it answers, and the values that it keeps.

What fails on the other side (an exception, silence, a crash, nonsense on the wire) becomes a
:class:`~grader.core.errors.CheckStoppedError` that says what happened.
"""

from __future__ import annotations

import itertools
import secrets
import socket
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np

from grader.submission.ingest import Submission
from grader.worker import failures, protocol
from grader.worker.caller import Answer, Handle
from grader.worker.program import BUILTINS, Call
from grader.worker.replies import Loaded, ReportedError, receive_loaded, receive_reply
from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.process import WorkerProcess

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
                raise failures.lost(functions[-1] if functions else "the network", name)
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


def _rename(call: Call, names: Mapping[str, str]) -> Call:
    return Call(
        call.function,
        tuple(None if name is None else names.get(name, name) for name in call.arguments),
        tuple(names.get(name, name) for name in call.results),
        call.options,
    )
