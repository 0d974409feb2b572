"""Check an optimiser step by step."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.results import Feedback
from grader.judging.calls import describe_call
from grader.judging.judge import Arrays, Judge, fail
from grader.judging.plain_case import Known
from grader.reference.functions import reference
from grader.worker.caller import Handle

Step = tuple[np.ndarray, Mapping[str, Any]]
"""a gradient, and the options of the step"""


def take(
    judge: Judge,
    function: str,
    params: Arrays,
    gradients: Iterable[Arrays],
    *,
    rates: Iterable[float] | None = None,
    gradients_kept: bool = False,
    **options: Any,
) -> None:
    """Take several steps, on several parameters in turn, each with its own state, and check all of them.

    Parameters
    ----------
    judge
        Judge of the submission.
    function
        Name of the function: ``sgd_step``, ``sgd_momentum_step`` or ``adam_step``.
    params
        Parameters before the first step.
    gradients
        One gradient for each parameter, for each step.
    rates
        Learning rate of each step; if None, ``lr`` from the options, or the default.
    gradients_kept
        Whether to check as well that the gradients are left unchanged.
    **options
        Keyword arguments of the function.
    """
    has_state = "state" in FUNCTIONS[function].returns
    theirs, ours = list(params), [param.copy() for param in params]
    handles: list[Handle | None] = [None] * len(params)
    states: list[Any] = [None] * len(params)
    taken: list[list[Step]] = [[] for _ in params]
    scheduled = itertools.repeat(options) if rates is None else ({**options, "lr": lr} for lr in rates)
    for step, (drawn, chosen) in enumerate(zip(gradients, scheduled, strict=False), start=1):
        for index, gradient in enumerate(drawn):
            arguments = (theirs[index], gradient, handles[index]) if has_state else (theirs[index], gradient)
            kept = ["state"] if has_state else []
            wanted = ["param", "argument1"] if gradients_kept else ["param"]
            answer = judge.student.call(function, arguments, wanted, kept=kept, **chosen)
            if has_state:
                handles[index] = answer.handles["state"]
            taken[index].append((gradient, chosen))
            ours[index], states[index] = _step(
                function, reference(function), ours[index], states[index], taken[index][-1]
            )
            called = f"{describe_call(function, (params[index], gradient), chosen)}, at step {step}"
            if len(params) > 1:
                called += f", for parameter {index + 1} of {len(params)} in turn"
            got = answer.values["param"]
            after_steps = partial(_after_steps, function, params[index], tuple(taken[index]))
            judged = judge.left_to_judge({"param": got}, after_steps)
            judge.match(function, called, judged, {"param": ours[index]})
            after = answer.values.get("argument1", gradient)
            if not isinstance(after, np.ndarray) or not np.array_equal(after, gradient):
                facts = (f"Called with {called}.", "An in-place operation changed the caller's array.")
                fail(Feedback(f"{function} changes its argument grad.", facts), "argument1")
            if not isinstance(got, np.ndarray) or got.size != ours[index].size:
                # wrong in the plain case already, and nothing to go on from
                return
            # axes of size 1 too many would make a later step broadcast
            theirs[index] = got.reshape(ours[index].shape)


def _step(function: str, step: Known, param: np.ndarray, state: Any, taken: Step) -> tuple[np.ndarray, Any]:
    """Take a step with a function of this process; return the parameter and the state, or None."""
    gradient, options = taken
    if "state" not in FUNCTIONS[function].returns:
        return step(param, gradient.copy(), **options), None
    param, state = step(param, gradient.copy(), state, **options)
    return param, state


def _after_steps(
    function: str, param: np.ndarray, taken: Sequence[Step], known: Known
) -> dict[str, np.ndarray]:
    """Return what a known mistake makes of a parameter in all steps so far."""
    param, state = param.copy(), None
    for each in taken:
        param, state = _step(function, known, param, state, each)
    return {"param": param}
