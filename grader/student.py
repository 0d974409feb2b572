"""The submission as seen from the grader: functions that are called in a worker and answer with arrays.

Whatever goes wrong on the other side (an exception, silence, a crash, nonsense on the wire) becomes a
:class:`~grader.results.CheckStoppedError` that says what happened; the next call finds a fresh worker.
"""

from __future__ import annotations

import itertools
import math
import secrets
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader import protocol
from grader.assignment import FUNCTIONS, OPAQUE, TASKS, task_number
from grader.compare import Foreign, Received
from grader.ingest import Submission
from grader.program import BUILTINS, Call
from grader.results import CheckStoppedError, Feedback, Status
from grader.sandbox import Limits, WorkerProcess

MOST_TEXT = 500
MOST_REPLY_BYTES = 4 << 20


class Handle:
    """A value that stays in the worker, such as a cache; forgotten there when this object goes."""

    def __init__(self, student: Student, name: str, life: int) -> None:
        self._student = student
        self.name = name
        self.life = life

    def __del__(self) -> None:
        self._student.forget(self)


@dataclass(frozen=True)
class Answer:
    """What a program left: the values that were asked for, and handles of what was kept."""

    values: dict[str, Received]
    handles: dict[str, Handle]


class Student:
    """Calls the functions of one submission, in a worker that is started when needed."""

    def __init__(self, submission: Submission, limits: Limits | None = None) -> None:
        self._submission = submission
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

    def forget(self, handle: Handle) -> None:
        """Let the worker drop a kept value with the next call."""
        if handle.life == self._life:
            self._forgotten.append(handle.name)

    def take_output(self) -> str:
        """Return what the submission printed since the last call of this method."""
        return self._worker.output.take() if self._worker is not None else ""

    def call(
        self,
        function: str,
        arguments: Sequence[np.ndarray | Handle | None],
        wanted: Sequence[str] | None = None,
        *,
        kept: Iterable[str] = (),
        **options: Any,
    ) -> Answer:
        """Call one function.

        Parameters
        ----------
        function
            One of ``assignment.FUNCTIONS``.
        arguments
            Positional arguments: arrays, handles of kept values, or None.
        wanted
            Which results to send back, named as in ``FUNCTIONS[function].returns``; all that are not
            opaque if None. ``argument0``, ``argument1`` ... are the arguments as the call leaves them.
        kept
            Names of results to keep in the worker.
        **options
            Keyword arguments of the function.

        Returns
        -------
        Answer

        Raises
        ------
        CheckStoppedError
            If the function did not return what it should.
        """
        names: list[str | None] = []
        inputs: dict[str, np.ndarray | Handle] = {}
        for position, argument in enumerate(arguments):
            if argument is None:
                names.append(None)
            else:
                names.append(f"argument{position}")
                inputs[f"argument{position}"] = argument
        returns = FUNCTIONS[function].returns
        if wanted is None:
            wanted = [name for name in returns if name not in OPAQUE]
        call = Call(function, tuple(names), returns, options)
        return self.run([call], inputs, wanted, kept=kept)

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
        """Run a program of calls in one message.

        Parameters
        ----------
        calls
            The program.
        inputs
            Arrays to send, and kept values, by the names the program gives them.
        wanted
            Names of the variables to send back.
        kept
            Names of variables to keep in the worker.
        seconds
            Time for the whole program; None for the limit of a single call.
        most_bytes
            Largest array to send back; of a larger one only the description comes.

        Returns
        -------
        Answer

        Raises
        ------
        CheckStoppedError
            If a function failed, or the worker did not answer as it should.
        """
        functions = [call.function for call in calls if call.function not in BUILTINS]
        for function in dict.fromkeys(functions):
            self._ensure_loaded(function)
        worker = self._running()
        kept_as = {name: next(self._names) for name in kept}
        renamed = {name: value.name for name, value in inputs.items() if isinstance(value, Handle)}
        for name, handle in inputs.items():
            if isinstance(handle, Handle) and handle.life != self._life:
                raise _lost(functions, name)
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
        reply, values = self._exchange(
            worker, encoded, list(arrays.values()), len(wanted), seconds, functions
        )
        if "error" in reply:
            raise _failed(reply, calls)
        handles = {name: Handle(self, stored, self._life) for name, stored in kept_as.items()}
        return Answer(dict(zip(wanted, values, strict=True)), handles)

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
            raise CheckStoppedError(
                Status.TIMEOUT,
                Feedback(f"{function} was not called again: it ran out of time in {late} earlier checks."),
                function=function,
            )
        return self._limits.repeated_call_seconds if late else self._limits.call_seconds

    def _running(self) -> WorkerProcess:
        if self._worker is None:
            self._worker = WorkerProcess(self._submission.root, self._limits)
            self._life += 1
            self._loaded.clear()
            self._forgotten.clear()
        return self._worker

    def _ensure_loaded(self, function: str) -> None:
        """Import the module of a function, once a worker; what could not be imported is not tried again."""
        module = FUNCTIONS[function].module
        if module in self._unloadable:
            raise self._unloadable[module]
        file = self._submission.modules.get(module)
        if self._submission.problem or file is None:
            raise self._absent(function, module)
        worker = self._running()
        if module in self._loaded:
            return
        header = protocol.encode({"load": [module, file]})
        try:
            reply, _ = self._exchange(worker, header, [], 0, self._limits.import_seconds, [file])
        except CheckStoppedError as stopped:
            headline = stopped.feedback.headline
            if stopped.status is Status.TIMEOUT:
                headline = f"{file} could not be imported in {self._limits.import_seconds:g} seconds."
            failed = CheckStoppedError(stopped.status, Feedback(headline, stopped.feedback.facts))
            self._unloadable[module] = failed
            raise failed from None
        if "error" in reply:
            self._unloadable[module] = _not_imported(reply["error"], file)
            raise self._unloadable[module]
        self._loaded.add(module)

    def _absent(self, function: str, module: str) -> CheckStoppedError:
        if self._submission.problem:
            feedback = Feedback(f"There is nothing to check: {self._submission.problem}")
            return CheckStoppedError(Status.STUDENT_ERROR, feedback, function=function)
        facts = (f"The submission has no {module}.py.", waits_for(function))
        return CheckStoppedError(
            Status.NOT_IMPLEMENTED, Feedback(f"{function} is missing.", facts), function=function
        )

    def _exchange(
        self,
        worker: WorkerProcess,
        header: bytes,
        arrays: list[np.ndarray],
        wanted: int,
        seconds: float,
        running: Sequence[str],
    ) -> tuple[dict[str, Any], list[Received]]:
        """Send one request and receive its answer; whatever fails ends the worker."""
        number = secrets.randbits(64)
        deadline = protocol.Deadline(seconds)
        worker.output.begin()
        what = running[0] if len(set(running)) == 1 else "the network"
        try:
            protocol.send(worker.connection, number, header, arrays, deadline)
            return _receive(worker, number, wanted, deadline)
        except TimeoutError:
            self.close()
            self._late[what] = self._late.get(what, 0) + 1
            headline = f"{what} did not return within {seconds:g} seconds."
            fact = "The inputs are tiny: look for a loop that never ends."
            raise CheckStoppedError(Status.TIMEOUT, Feedback(headline, (fact,)), function=what) from None
        except (protocol.ProtocolError, EOFError, OSError) as error:
            facts: tuple[str, ...] = ()
            flooded = worker.output.flooded
            self._worker = None
            code = worker.end()
            if flooded:
                most = self._limits.most_output_bytes >> 20
                headline = f"{what} printed more than {most} MB, and was stopped."
            elif isinstance(error, protocol.ProtocolError):
                headline = f"The process that ran {what} broke the protocol ({error}), and was stopped."
            else:
                headline = f"The process ended while it ran {what}: {_exit_reason(code)}."
                if code >= 0:
                    facts = ("Calls such as exit() or quit() have no place in a function.",)
            raise CheckStoppedError(Status.STUDENT_ERROR, Feedback(headline, facts), function=what) from None


def waits_for(function: str) -> str:
    """Return the sentence that says which task a function belongs to."""
    task = next(task for task in TASKS if task.name == FUNCTIONS[function].task)
    return f"It waits for task {task_number(task.name)}, {task.title}."


def _rename(call: Call, names: Mapping[str, str]) -> Call:
    return Call(
        call.function,
        tuple(None if name is None else names.get(name, name) for name in call.arguments),
        tuple(names.get(name, name) for name in call.results),
        call.options,
    )


def _lost(functions: Sequence[str], name: str) -> CheckStoppedError:
    return CheckStoppedError(
        Status.STUDENT_ERROR,
        Feedback(f"The {name} of an earlier call was lost when its process ended."),
        function=functions[-1],
    )


def _receive(
    worker: WorkerProcess, number: int, wanted: int, deadline: protocol.Deadline
) -> tuple[dict[str, Any], list[Received]]:
    echoed, encoded = protocol.receive_header(worker.connection, deadline)
    if echoed != number:
        raise protocol.ProtocolError("answer to another request")
    reply = protocol.decode(encoded)
    if "error" in reply:
        if type(reply["error"]) is not dict:
            raise protocol.ProtocolError("not an error")
        return reply, []
    if "loaded" in reply and wanted == 0:
        return reply, []
    items = reply.get("values")
    if type(items) is not list or len(items) != wanted:
        raise protocol.ProtocolError("not the values that were asked for")
    values: list[Received] = []
    room = protocol.MOST_BODY_BYTES
    for item in items:
        if type(item) is dict:
            values.append(_foreign(item))
            continue
        dtype, shape = protocol.described(item)
        room -= math.prod(shape) * dtype.itemsize
        if room < 0:
            raise protocol.ProtocolError("answer too large")
        values.append(protocol.receive_array(worker.connection, dtype, shape, deadline))
    return reply, values


def _text(value: Any) -> str:
    return value[:MOST_TEXT] if type(value) is str else ""


def _foreign(item: dict[str, Any]) -> Foreign:
    shape = item.get("shape")
    if type(shape) is not list or len(shape) > 32 or any(type(size) is not int for size in shape):
        return Foreign(_text(item.get("type")) or "something")
    return Foreign(_text(item.get("type")) or "something", _text(item.get("dtype")), tuple(shape))


def _where(error: dict[str, Any]) -> tuple[str, ...]:
    where = error.get("where")
    if type(where) is not list or len(where) != 4 or type(where[1]) is not int:
        return ()
    file, line, _, source = (_text(part) if index != 1 else part for index, part in enumerate(where))
    return (f"{file}, line {line}: {source.strip()}",)


def _failed(reply: dict[str, Any], calls: Sequence[Call]) -> CheckStoppedError:
    """Return what to raise for a call that failed in the worker."""
    error, index = reply["error"], reply.get("call")
    if type(index) is not int or not 0 <= index < len(calls):
        index = len(calls) - 1
    function, results = calls[index].function, calls[index].results
    kind, text = _text(error.get("kind")), _text(error.get("text"))
    if kind in {"missing", "not_implemented"} and function in FUNCTIONS:
        said = "is not written yet" if kind == "not_implemented" else "is missing"
        feedback = Feedback(f"{function} {said}.", (waits_for(function),))
        return CheckStoppedError(Status.NOT_IMPLEMENTED, feedback, function=function)
    if kind == "returned":
        facts: tuple[str, ...] = (f"It must return {', '.join(results)}: {text}.",)
        if "NoneType" in text:
            facts += ("A function without a return statement returns None.",)
        feedback = Feedback(f"{function} does not return {len(results)} values.", facts)
        return CheckStoppedError(Status.FAILED, feedback, function=function)
    feedback = Feedback(f"{function} raised {_text(error.get('type'))}: {text}".rstrip(": "), _where(error))
    return CheckStoppedError(Status.STUDENT_ERROR, feedback, function=function)


def _not_imported(error: dict[str, Any], file: str) -> CheckStoppedError:
    name, text = _text(error.get("type")), _text(error.get("text"))
    feedback = Feedback(f"{file} cannot be imported: {name}: {text}".rstrip(": "), _where(error))
    return CheckStoppedError(Status.STUDENT_ERROR, feedback)


def _exit_reason(code: int) -> str:
    if code >= 0:
        return f"it exited with code {code}"
    try:
        return f"it was stopped by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was stopped by signal {-code}"
