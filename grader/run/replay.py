"""Run one check again in a notebook, with the functions that are defined there.

::

    from grader.notebook import replay
    case = replay("conv2d_backward.stride", globals())

Everything happens in the notebook's own process: a debugger works, and nothing is isolated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import ModuleType
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError, GraderError, MissingAnswerError
from grader.core.results import Feedback
from grader.core.seed import PUBLISHED, Seed
from grader.feedback.recording import RecordedCall, RecordingCaller, arrays_of, forward_entry
from grader.feedback.simulation import LocalCaller
from grader.judging.calls import named_results
from grader.reference.functions import reference
from grader.run.collect import runnable_checks
from grader.worker.values import WireValue


@dataclass(frozen=True)
class Case:
    """The call at which a check stopped; if the check passes, its last call.

    ``inputs`` holds the arrays of the call by name, including those of the forward call; ``got`` and
    ``expected`` are results by name. ``feedback`` is None if the check passes.
    """

    check: str
    function: str
    inputs: Mapping[str, np.ndarray]
    options: Mapping[str, Any]
    got: Mapping[str, WireValue]
    expected: Mapping[str, np.ndarray]
    feedback: Feedback | None

    def __repr__(self) -> str:
        if self.feedback is None:
            return f"{self.check} passes."
        return f"{self.check}: {self.feedback.text()}\n  See .inputs, .options, .got and .expected."


def replay(check: str, *sources: Mapping[str, Any] | ModuleType, seed: Seed = PUBLISHED) -> Case:
    """Run a check on functions of this process.

    Parameters
    ----------
    check
        Id of the check, as a scorecard shows it: ``conv2d_backward.stride``.
    *sources
        Where the functions are: ``globals()``, or modules. The reference provides functions that they lack.
    seed
        Seed of the run to repeat.

    Returns
    -------
    Case
        The call at which the check stopped, or its last call.

    Raises
    ------
    GraderError
        If there is no such check, it cannot be run by itself, or its function is not defined.
    """
    known = runnable_checks(seed)
    if check not in known:
        near = get_close_matches(check, known, n=3) or [name for name in known if check in name][:3]
        meant = f"did you mean {' or '.join(near)}?" if near else "the scorecard lists the checks."
        raise GraderError(f"there is no check '{check}' that can be run by itself: {meant}")
    functions: dict[str, Callable[..., Any]] = {}
    for source in sources:
        found = source if isinstance(source, Mapping) else vars(source)
        functions.update((name, found[name]) for name in FUNCTIONS if callable(found.get(name)))
    if known[check].function not in functions:
        raise GraderError(
            f"{known[check].function} is not defined there: run its cell, or import it, before "
            f'replay("{check}", globals())'
        )
    recording = RecordingCaller(LocalCaller(lambda name: functions.get(name) or reference(name)))
    feedback = None
    try:
        known[check].run(recording)
    except CheckStoppedError as stopped:
        feedback = stopped.feedback
    return _case(check, recording.recorded_calls, feedback)


def _case(check: str, recorded_calls: list[RecordedCall], feedback: Feedback | None) -> Case:
    last = recorded_calls[-1]
    made = forward_entry(recorded_calls)
    inputs = {**arrays_of(made), **arrays_of(last)}
    try:
        expected = expected_of(recorded_calls)
    except MissingAnswerError:
        # a kit without the solution has only recorded answers
        expected = {}
    return Case(check, last.calls[0].function, inputs, made.calls[0].options, last.values, expected, feedback)


def expected_of(recorded_calls: Sequence[RecordedCall]) -> dict[str, np.ndarray]:
    """Return the reference's results for the last of some recorded calls; empty if they cannot be computed.

    Raises
    ------
    MissingAnswerError
        If this kit has no solution, and the answer was not recorded.
    """
    last = recorded_calls[-1].calls[0]
    function = last.function
    now = arrays_of(recorded_calls[-1])
    if len(now) == len(last.arguments):
        copies = [array.copy() for array in now.values()]
        return named_results(function, reference(function)(*copies, **last.options))
    if list(now) == ["dout"]:
        made = forward_entry(recorded_calls)
        before = [array.copy() for array in arrays_of(made).values()]
        _, cache = reference(FUNCTIONS[function].forward)(*before, **made.calls[0].options)
        return named_results(function, reference(function)(now["dout"].copy(), cache))
    return {}
