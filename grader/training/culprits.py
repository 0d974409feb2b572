"""Find out which functions make a training step wrong: each takes part in it alone, among the reference's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from grader.core.errors import AuditError, CheckStoppedError
from grader.core.results import Status
from grader.training.audit import compare_step, reference_step
from grader.training.calls_engine import Functions
from grader.training.network import Network, functions_of, step_calls, step_results
from grader.worker.placement import PlacedProgram
from grader.worker.session import Student


def find_culprits(
    network: Network,
    student: Student,
    functions: Functions,
    inputs: Mapping[str, np.ndarray],
    *,
    trusted: Iterable[str],
    step: int,
    seconds: float,
) -> dict[str, str]:
    """Return the student's functions that make a step wrong, each with a reason.

    Every function is used for one step in which all others are the reference's. What counts is what the step
    makes of it, so that functions may differ where the network does not: which of several equal maxima gets a
    gradient, for example.

    Parameters
    ----------
    network
        What is trained.
    student
        Calls the student's functions.
    functions
        Finds the reference's functions.
    inputs
        ``images`` (M, 28, 28), ``indices`` (N,) into them, ``labels`` (N,), and the weights by name.
    trusted
        Functions that are the reference's already.
    step
        The number of the step.
    seconds
        Time for the calls of one function.

    Returns
    -------
    dict
        By name; a function that does not answer in time is none of them, for slow is not wrong.
    """
    names = functions_of(network)
    calls, wanted = step_calls(network, len(inputs["indices"])), step_results(network)
    right = reference_step(network, functions, inputs)
    culprits = {}
    for name in names:
        if name in trusted:
            continue
        # the cache is the student's own: a backward function runs with its forward function's
        others = frozenset(names) - {name}
        program = PlacedProgram(calls, wanted, functions, student=student, replaced=others)
        try:
            answer = program.run(inputs, {}, seconds=seconds)
            compare_step(network, inputs, right, answer, step)
        except AuditError:
            culprits[name] = f"In the training, from step {step} on, its results are wrong."
        except CheckStoppedError as stopped:
            guilty = stopped.function or name
            if stopped.status is not Status.TIMEOUT and guilty == name:
                culprits[name] = stopped.feedback.headline
    return culprits
