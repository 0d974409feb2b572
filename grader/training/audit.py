"""Compute a training step of the student's a second time with the reference, and compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.core.errors import AuditError
from grader.training.network import Network, parameter_names, step_calls
from grader.worker.program import Call, Failure, execute, last_uses
from grader.worker.values import WireValue

TOLERANCE = 0.02
"""of a gradient's norm; float32 code that sums in another order stays below 0.001"""


def run_reference(
    calls: list[Call],
    wanted: list[str],
    variables: dict[str, Any],
    functions: Callable[[str], Callable[..., Any]],
) -> None:
    """Run a program in this process; what is raised there, Ctrl-C above all, is raised here.

    Parameters
    ----------
    calls
        The program.
    wanted
        Variables to leave; the others go at their last use.
    variables
        Inputs, by name; what is wanted is added.
    functions
        Finds the reference's functions.
    """
    try:
        with np.errstate(all="ignore"):
            execute(calls, last_uses(calls, wanted), variables, functions)
    except Failure as failure:
        raise failure.error from None


def audit(
    network: Network,
    functions: Callable[[str], Callable[..., Any]],
    inputs: Mapping[str, np.ndarray],
    answer: Mapping[str, WireValue],
    step: int,
) -> None:
    """Hold a step against the reference's: gradients and updates must agree.

    Parameters
    ----------
    network
        What is trained.
    functions
        Finds the reference's functions.
    inputs
        ``images`` (M, 28, 28), ``indices`` (N,) into them, ``labels`` (N,), and the weights by name.
    answer
        Gradients and new weights by name, as the student's functions made them.
    step
        To be named.

    Raises
    ------
    AuditError
        If they do not agree.
    """
    names = parameter_names(network)
    variables: dict[str, Any] = dict(inputs)
    wanted = [f"{prefix}{name}" for name in names for prefix in ("d", "new ")]
    run_reference(step_calls(network, len(inputs["indices"])), wanted, variables, functions)
    for name in names:
        gradient, right = answer[f"d{name}"], variables[f"d{name}"]
        if not isinstance(gradient, np.ndarray) or gradient.shape != right.shape:
            raise AuditError(f"at step {step} the gradient of {name} has another shape")
        error = float(np.linalg.norm(gradient - right))
        if not error <= TOLERANCE * float(np.linalg.norm(right)) + 1e-6:
            raise AuditError(
                f"at step {step} the gradient of {name} is not that of the loss: it differs by "
                f"{error / max(float(np.linalg.norm(right)), 1e-12):.0%} for the same weights and images"
            )
        new = answer[f"new {name}"]
        if not isinstance(new, np.ndarray) or new.shape != right.shape or new.dtype.kind != "f":
            raise AuditError(f"after step {step} {name} is no longer an array of its shape")
        move = inputs[name] - variables[f"new {name}"]
        error = float(np.linalg.norm(new - variables[f"new {name}"]))
        if not error <= TOLERANCE * float(np.linalg.norm(move)) + 1e-5:
            raise AuditError(f"at step {step} {name} was not changed by -lr times its gradient")
