"""The audit: the reference computes a training step of the student's a second time, and both are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import numpy as np

from grader.core.errors import AuditError
from grader.training import naming
from grader.training.network import Network, parameter_names, step_calls, step_results
from grader.worker.program import Call, Failure, execute, last_uses
from grader.worker.values import WireValue

TOLERANCE = 0.02
"""of a gradient's norm; float32 code that sums in another order stays below 0.001"""
AUDITED_SHARE = 1 / 32
UNUSUAL_MOVE = 4.0
"""times the median move of the weights so far: such a step is always audited"""


class AuditSchedule:
    """Chooses the steps to audit: the first, some at random, and those that move the weights unusually far.

    Parameters
    ----------
    random
        Drawn from once for every step that is not chosen for another reason.
    """

    def __init__(self, random: np.random.RandomState) -> None:
        self._random = random
        self._moves: list[float] = []

    def chooses(self, step: int, moved: float) -> bool:
        """Return whether to audit a step, counted from 1, that moved the weights by a squared distance."""
        unusual = len(self._moves) >= 20 and moved > UNUSUAL_MOVE**2 * median(self._moves[-100:])
        self._moves.append(moved)
        return bool(step == 1 or unusual or self._random.random_sample() < AUDITED_SHARE)


def run_reference(
    calls: list[Call],
    wanted: list[str],
    variables: dict[str, Any],
    functions: Callable[[str], Callable[..., Any]],
) -> None:
    """Run a program in this process; whatever it raises, Ctrl-C above all, is raised here.

    Parameters
    ----------
    calls
        The program.
    wanted
        Variables to keep; the others are deleted after their last use.
    variables
        Inputs, by name; the wanted variables are added.
    functions
        Finds the reference's functions.
    """
    try:
        with np.errstate(all="ignore"):
            execute(calls, last_uses(calls, wanted), variables, functions)
    except Failure as failure:
        raise failure.error from None


def reference_step(
    network: Network, functions: Callable[[str], Callable[..., Any]], inputs: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """Return what a step of the reference gives: gradients and updated weights, by name.

    Parameters
    ----------
    network
        The network that is trained.
    functions
        Finds the reference's functions.
    inputs
        ``images`` (M, 28, 28), ``indices`` (N,) into them, ``labels`` (N,), and the weights by name.
    """
    variables: dict[str, Any] = dict(inputs)
    calls = step_calls(network, len(inputs["indices"]))
    run_reference(calls, step_results(network), variables, functions)
    return variables


def compare_step(
    network: Network,
    inputs: Mapping[str, np.ndarray],
    right: Mapping[str, Any],
    answer: Mapping[str, WireValue],
    step: int,
) -> None:
    """Compare a step with the reference's: gradients and updates must agree.

    Parameters
    ----------
    network
        The network that is trained.
    inputs
        Of the step, as in :func:`reference_step`.
    right
        What that function returned.
    answer
        Gradients and new weights by name, as the student's functions computed them.
    step
        The number of the step, for the error.

    Raises
    ------
    AuditError
        If a gradient or an update differs from the reference's.
    """
    for name in parameter_names(network):
        gradient, expected = answer[naming.gradient(name)], right[naming.gradient(name)]
        if not isinstance(gradient, np.ndarray) or gradient.shape != expected.shape:
            raise AuditError(f"at step {step} the gradient of {name} has another shape")
        error = float(np.linalg.norm(gradient - expected))
        if not error <= TOLERANCE * float(np.linalg.norm(expected)) + 1e-6:
            raise AuditError(
                f"at step {step} the gradient of {name} is not that of the loss: it differs by "
                f"{error / max(float(np.linalg.norm(expected)), 1e-12):.0%} for the same weights and images"
            )
        new, updated = answer[naming.updated(name)], right[naming.updated(name)]
        if not isinstance(new, np.ndarray) or new.shape != expected.shape or new.dtype.kind != "f":
            raise AuditError(f"after step {step} {name} is no longer an array of its shape")
        move = inputs[name] - updated
        error = float(np.linalg.norm(new - updated))
        if not error <= TOLERANCE * float(np.linalg.norm(move)) + 1e-5:
            raise AuditError(f"at step {step} {name} was not changed by -lr times its gradient")
