"""Run one program in two places: the student's functions in the worker, the others in this process.

Arrays cross only where a call needs what the other place has made; a program whose functions are all the
student's is a single message.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError
from grader.core.results import Feedback, Status
from grader.worker.caller import Handle
from grader.worker.program import BUILTINS, Call, Failure, execute, last_uses
from grader.worker.protocol import MOST_BODY_BYTES
from grader.worker.session import Student
from grader.worker.values import NonArray, WireValue


def _cache_here(cache: str) -> str:
    """Return the name of a cache that this process made; the student's cache of the same call differs."""
    return f"{cache} here"


def _unused(name: str) -> str:
    """Return the name of a result that is made only because its call also makes another."""
    return f"unused {name}"


@dataclass(frozen=True)
class _Segment:
    """Calls in a row at one place, and what they need from and leave for others."""

    remote: bool
    calls: tuple[Call, ...]
    needs: tuple[str, ...]
    leaves: tuple[str, ...]
    keeps: tuple[str, ...]


class PlacedProgram:
    """A program whose calls are divided between the worker and this process."""

    def __init__(
        self,
        calls: Sequence[Call],
        wanted: Sequence[str],
        functions: Callable[[str], Callable[..., Any]],
        *,
        student: Student | None,
        replaced: frozenset[str] = frozenset(),
    ) -> None:
        """Divide a program.

        Parameters
        ----------
        calls
            The program; forward and backward functions share caches by name.
        wanted
            Variables to return.
        functions
            Finds the functions of this process.
        student
            Whose functions to use; None for none.
        replaced
            Functions of this process to use in their place.
        """
        self._functions = functions
        self._student = student
        self._wanted = tuple(wanted)
        self._calls = tuple(calls)
        placed = _place(calls, replaced if student is not None else None)
        self._segments = _segments(placed, self._wanted)
        mixed = {segment.remote for segment in self._segments} == {True, False}
        self._shapes: dict[str, tuple[int, ...]] | None = None if mixed else {}

    @property
    def messages(self) -> int:
        """How many messages one run takes."""
        return sum(segment.remote for segment in self._segments)

    def run(
        self,
        arrays: Mapping[str, np.ndarray],
        handles: Mapping[str, Handle],
        *,
        seconds: float | None = None,
    ) -> dict[str, WireValue]:
        """Run the program once.

        Parameters
        ----------
        arrays
            Inputs of this process.
        handles
            Inputs that the worker keeps; one with the same name as an array is the worker's copy of it.
        seconds
            Time for all messages together.

        Returns
        -------
        dict
            The wanted variables.

        Raises
        ------
        CheckStoppedError
            If a function of the student's failed.
        """
        if self._shapes is None:
            self._shapes = self._run_alone(arrays)
        here: dict[str, Any] = dict(arrays)
        there: dict[str, Handle] = dict(handles)
        for segment in self._segments:
            if segment.remote:
                assert self._student is not None
                start = time.monotonic()
                sent = {
                    name: there[name] if name in there else _array(name, here[name]) for name in segment.needs
                }
                answer = self._student.run(
                    segment.calls,
                    sent,
                    segment.leaves,
                    kept=[name for name in segment.keeps if name not in there],
                    seconds=seconds,
                    most_bytes=MOST_BODY_BYTES,
                )
                if seconds is not None:
                    seconds = max(0.0, seconds - (time.monotonic() - start))
                here.update(answer.values)
                there.update(answer.handles)
            else:
                self._run_here(segment, here)
        return {name: here[name] for name in self._wanted}

    def _run_alone(self, arrays: Mapping[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
        """Return the shapes of all arrays of the program, as the functions of this process make them."""
        variables: dict[str, Any] = dict(arrays)
        try:
            with np.errstate(all="ignore"):
                execute(self._calls, [()] * len(self._calls), variables, self._functions)
        except Failure as failure:
            if not isinstance(failure.error, Exception):
                raise failure.error from None
            # what these inputs cannot be used for is found out again, and told, where they are needed
        return {name: value.shape for name, value in variables.items() if isinstance(value, np.ndarray)}

    def _run_here(self, segment: _Segment, here: dict[str, Any]) -> None:
        assert self._shapes is not None
        for name in segment.needs:
            value, shape = here[name], self._shapes.get(name)
            # another shape may broadcast to anything, however small the arrays are
            other = isinstance(value, np.ndarray) and shape is not None and value.shape != shape
            if other or isinstance(value, NonArray):
                raise _unusable(name, value, shape)
        try:
            execute(segment.calls, last_uses(segment.calls, (*here, *segment.leaves)), here, self._functions)
        except Failure as failure:
            if self._student is None or not isinstance(failure.error, Exception):
                raise failure.error from None
            # the functions of this process are right: what they were given is not
            function = segment.calls[failure.index].function
            headline = f"What {function} was given from your functions cannot be used: {failure.error}."
            raise CheckStoppedError(Status.FAILED, Feedback(headline)) from failure


def _array(name: str, value: WireValue) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    raise _unusable(name, value, None)


def _unusable(name: str, value: WireValue, shape: tuple[int, ...] | None) -> CheckStoppedError:
    if isinstance(value, NonArray):
        headline = f"A {value.type} came where an array was expected ({name})."
    else:
        headline = f"{name} came with the shape {value.shape}, and {shape} was expected."
    return CheckStoppedError(Status.FAILED, Feedback(headline))


def _place(calls: Sequence[Call], replaced: frozenset[str] | None) -> list[tuple[bool, Call]]:
    """Return the calls with their place; some forward functions run at both, for caches of both makes."""
    if replaced is None:
        return [(False, call) for call in calls]
    placed: list[tuple[bool, Call]] = []
    for call in calls:
        function = FUNCTIONS.get(call.function)
        remote = call.function in BUILTINS or call.function not in replaced
        if function is not None and function.is_forward:
            out, cache = call.results
            cached_here = function.backward in replaced
            ours = _cache_here(cache) if cached_here or not remote else _unused(cache)
            if remote:
                placed.append((True, call))
                if cached_here:
                    placed.append((False, replace(call, results=(_unused(out), ours))))
            else:
                placed.append((False, replace(call, results=(out, ours))))
                if not cached_here:
                    placed.append((True, replace(call, results=(_unused(out), cache))))
        elif function is not None and function.is_backward and not remote:
            dout, cache_name = call.arguments
            assert cache_name is not None
            placed.append((False, replace(call, arguments=(dout, _cache_here(cache_name)))))
        else:
            placed.append((remote, call))
    return placed


def _segments(placed: Sequence[tuple[bool, Call]], wanted: Sequence[str]) -> list[_Segment]:
    groups: list[tuple[bool, list[Call]]] = []
    for remote, call in placed:
        if not groups or groups[-1][0] != remote:
            groups.append((remote, []))
        groups[-1][1].append(call)
    segments = []
    for index, (remote, calls) in enumerate(groups):
        made = {name for call in calls for name in call.results}
        read = [name for call in calls for name in call.arguments if name is not None]
        needs = tuple(dict.fromkeys(name for name in read if name not in made))
        later = {place: set[str]() for place in (True, False)}
        for place, others in groups[index + 1 :]:
            later[place].update(name for call in others for name in call.arguments if name is not None)
        known = [*needs, *made]
        # what this process made is at hand for both places; what the worker made must be sent for
        elsewhere = later[False] if remote else later[False] | later[True]
        leaves = sorted(made & (elsewhere | set(wanted)))
        keeps = [name for name in dict.fromkeys(known) if name in later[True]]
        segments.append(_Segment(remote, tuple(calls), needs, tuple(leaves), tuple(keeps) if remote else ()))
    return segments
