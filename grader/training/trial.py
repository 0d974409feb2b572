"""The trial: each function is called alone, at the shapes and the type of training, before it may train.

A function that is wrong, fails or is missing is replaced by the reference for the training, and costs only
its own share of the points there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS, NUMBERS, OPAQUE
from grader.core.errors import CheckStoppedError
from grader.judging.compare import compare
from grader.judging.draw import Draw
from grader.training import naming
from grader.training.network import Network, functions_of, initial_parameters, step_calls
from grader.worker.caller import Caller, Handle
from grader.worker.program import BUILTINS, Call, execute

BATCH = 4
"""few images, so that slow code answers in time"""
TOLERANCE = 1e-3
"""of the largest value: far above the rounding of float32, far below any real mistake"""


@dataclass
class TrialResult:
    """The result of a trial: why functions are rejected, and the seconds that each function took."""

    rejected: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def run_trial(
    network: Network, student: Caller, functions: Callable[[str], Callable[..., Any]], draw: Draw
) -> TrialResult:
    """Call every function that a training step of a network needs on random inputs of a small batch.

    Parameters
    ----------
    network
        The network to be trained.
    student
        Calls the student's functions.
    functions
        Finds the reference's functions.
    draw
        Draws random inputs.

    Returns
    -------
    TrialResult
        By the names of the functions.
    """
    with suppress(CheckStoppedError):
        # the worker starts here, not within the time of the first function
        student.run([], {}, [])
    inputs = _inputs(network, functions, draw)
    fatal: dict[str, str] = {}
    while True:
        found = TrialResult(dict(fatal), dict.fromkeys(functions_of(network), 0.0))
        ended_by = _round(network, inputs, student, functions, found, frozenset(fatal))
        if ended_by is None:
            return found
        # the caches of all other functions are gone with the process: try again without the one that ended it
        fatal[ended_by] = found.rejected[ended_by]


def _round(
    network: Network,
    inputs: Sequence[Sequence[np.ndarray | None]],
    student: Caller,
    functions: Callable[[str], Callable[..., Any]],
    found: TrialResult,
    fatal: frozenset[str],
) -> str | None:
    """Try all functions but the fatal ones; return the one that ended the process, if one did."""
    caches: dict[str, tuple[Handle | None, Any]] = {}
    for call, given in zip(step_calls(network, BATCH), inputs, strict=True):
        if call.function in BUILTINS:
            continue
        try:
            _try(call, given, caches, student, functions, found, fatal)
        except CheckStoppedError as stopped:
            found.rejected.setdefault(call.function, stopped.feedback.headline)
            if not student.running:
                return call.function
    return None


def _inputs(
    network: Network, functions: Callable[[str], Callable[..., Any]], draw: Draw
) -> list[list[np.ndarray | None]]:
    """Draw the arguments of every call of a training step, None for caches, whichever function fails."""
    shapes = _shapes(network, functions)
    inputs: list[list[np.ndarray | None]] = []
    for call in step_calls(network, BATCH):
        inputs.append([])
        for name in call.arguments:
            assert name is not None
            if call.function in BUILTINS or name not in shapes:
                inputs[-1].append(None)
            elif name == "labels":
                inputs[-1].append(draw.labels(BATCH, 10))
            else:
                inputs[-1].append(draw.normal(*shapes[name]).astype(np.float32))
    return inputs


def _shapes(
    network: Network, functions: Callable[[str], Callable[..., Any]]
) -> Mapping[str, tuple[int, ...]]:
    """Return the shape of every variable of a training step but the caches, by running one."""
    random = np.random.RandomState(0)
    variables: dict[str, Any] = {
        "images": np.zeros((BATCH, 28, 28), np.uint8),
        "indices": np.arange(BATCH),
        "labels": np.zeros(BATCH, np.int64),
        **initial_parameters(network, random),
    }
    calls = step_calls(network, BATCH)
    execute(calls, [()] * len(calls), variables, functions)
    caches = {naming.cache(index) for index in range(len(network.layers))}
    return {name: np.shape(value) for name, value in variables.items() if name not in caches}


def _try(
    call: Call,
    given: Sequence[np.ndarray | None],
    caches: dict[str, tuple[Handle | None, Any]],
    student: Caller,
    functions: Callable[[str], Callable[..., Any]],
    found: TrialResult,
    fatal: frozenset[str],
) -> None:
    """Call a function of the student and of the reference, and compare; a fatal one of the reference only."""
    function = FUNCTIONS[call.function]
    arguments: list[np.ndarray | Handle] = []
    ours: list[Any] = []
    for name, drawn in zip(call.arguments, given, strict=True):
        assert name is not None
        if drawn is None:
            handle, cache = caches[name]
            if handle is None:
                found.rejected.setdefault(call.function, f"It needs the cache of {function.forward}.")
                return
            arguments.append(handle)
            ours.append(cache)
        else:
            arguments.append(drawn)
            ours.append(drawn.copy())
    named = function.named(functions(call.function)(*ours, **call.options))
    variables = dict(zip(function.returns, call.results, strict=True))
    kept = [name for name in function.returns if name in OPAQUE]
    for name in kept:
        caches[variables[name]] = (None, named[name])
    if call.function in fatal:
        return
    start = time.perf_counter()
    answer = student.call(call.function, arguments, kept=kept, **call.options)
    found.seconds[call.function] += time.perf_counter() - start
    for name in kept:
        caches[variables[name]] = (answer.handles[name], named[name])
    for name, received in answer.values.items():
        expected = np.asarray(named[name])
        if compare(name, received, expected, tolerance=TOLERANCE, floating=name not in NUMBERS) is not None:
            found.rejected.setdefault(call.function, f"Its {name} is wrong at the shapes of training.")
