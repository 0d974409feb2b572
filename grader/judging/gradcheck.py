"""Gradient checks by difference quotients: they test whether a gradient is the derivative of its function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.results import Feedback
from grader.judging import compare
from grader.judging.calls import describe_backward_call, describe_call
from grader.judging.explain import number_text
from grader.judging.judge import Arrays, Forward, Judge, fail
from grader.reference.finite_differences import directional_derivative, projection
from grader.reference.functions import reference

TOLERANCE = 3e-5
"""relative to the gradient's norm: ten times the error of correct float32 code, a thirtieth of 0.1 %"""


def gradients(
    judge: Judge,
    function: str,
    *arguments: np.ndarray,
    dout: np.ndarray,
    directions: Mapping[str, np.ndarray],
    **options: Any,
) -> None:
    """Compare gradients with difference quotients, along one random direction for each tensor.

    The quotient is that of the right forward function, or of a known wrong one: a backward function is not
    charged for the mistakes of its forward function, but it has to be the derivative of something meaningful.

    Parameters
    ----------
    function, *arguments, dout, **options
        See :meth:`grader.judging.judge.Judge.gradients`.
    directions
        Direction for each gradient, e.g. ``dx``: an array of its shape, in the order of ``arguments``.
    """
    forward = FUNCTIONS[function].forward
    shapes = dict(zip(directions, arguments, strict=True))

    def attempt(dout: np.ndarray, wrong: Forward | None) -> None:
        def out(*changed: np.ndarray) -> np.ndarray:
            found: np.ndarray = (wrong or reference(forward))(*changed, **options)[0]
            return found

        cache = judge.cache(function, arguments, options)
        answer = judge.student.call(function, (dout, cache))
        called = describe_backward_call(function, arguments, dout, options)
        squeezed = {
            name: compare.without_extra_axes(value, shapes[name]) for name, value in answer.values.items()
        }
        gradients = judge.match_shapes(function, called, squeezed, shapes)
        for position, (name, direction) in enumerate(directions.items()):
            _agree(name, function, called, gradients[name], (out,), arguments, position, direction, dout)

    judge.against_either_forward(function, arguments, options, dout, attempt)


def loss(
    judge: Judge, function: str, logits: np.ndarray, labels: np.ndarray, *, direction: np.ndarray
) -> None:
    """Compare the gradient of a loss with a difference quotient of the right loss, or of the student's own.

    Parameters
    ----------
    judge
        Judge of the submission.
    function
        Name of a function that returns (loss, dlogits).
    logits, labels
        Arguments of the function.
    direction
        Direction of the quotient, an array of the shape of ``logits``.
    """
    received = judge.student.call(function, (logits, labels)).values
    called = describe_call(function, (logits, labels), {})
    expected = judge.expected(function, (logits, labels), {})
    squeezed = {name: compare.without_extra_axes(value, expected[name]) for name, value in received.items()}
    gradient = judge.match_shapes(function, called, squeezed, expected)["dlogits"]

    def right(moved: np.ndarray) -> np.ndarray:
        return np.asarray(reference(function)(moved, labels)[0])

    def own(moved: np.ndarray) -> np.ndarray:
        loss = judge.student.call(function, (moved, labels), ["loss"]).values["loss"]
        return loss.reshape(()) if isinstance(loss, np.ndarray) and loss.size == 1 else np.array(np.nan)

    _agree("dlogits", function, called, gradient, (right, own), (logits,), 0, direction, np.ones(()))


def _agree(
    name: str,
    function: str,
    called: str,
    gradient: np.ndarray,
    candidates: tuple[Callable[..., np.ndarray], ...],
    arguments: Arrays,
    position: int,
    direction: np.ndarray,
    dout: np.ndarray,
) -> None:
    """Fail unless a gradient agrees with the difference quotient of one of the candidate functions."""
    analytic = projection(gradient, direction)
    allowed = TOLERANCE * max(float(np.linalg.norm(gradient)), abs(analytic))
    quotients = []
    for candidate in candidates:
        quotient = directional_derivative(candidate, arguments, position, direction, dout)
        # a gradient whose norm overflows agrees with nothing
        if abs(quotient - analytic) <= allowed < np.inf:
            return
        quotients.append(quotient)
    facts = (
        f"Called with {called}.",
        f"Along a random direction, {name} predicts a slope of {number_text(analytic)}; "
        f"the difference quotient is {number_text(quotients[0])}.",
    )
    fail(Feedback(f"{function}: {name} does not agree with the difference quotient.", facts), name)
