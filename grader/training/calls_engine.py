"""The engine that calls functions of the assignment: a student's in a worker, or the reference's here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.core.errors import CheckStoppedError
from grader.core.results import Feedback, Status
from grader.training import naming
from grader.training.engine import Engine, Weights
from grader.training.layers import type_of
from grader.training.network import Network, forward_calls, gradient_calls, parameter_names, shapes
from grader.worker.placement import PlacedProgram
from grader.worker.program import Call
from grader.worker.session import Student
from grader.worker.values import NonArray, WireValue

EVALUATED_AT_ONCE = 250
"""images"""
MESSAGE_SECONDS = 60.0
"""for a step or an evaluation: naive loops need several"""

Functions = Callable[[str], Callable[..., Any]]
"""finds a function by its name"""


class CallsEngine(Engine):
    """Computes with functions of the assignment.

    Parameters
    ----------
    network
        The network to train.
    images
        All training images, uint8 (M, 28, 28).
    functions
        Finds a function of the reference by name.
    student
        The student whose functions to use, in their worker; None for the reference's, in this process.
    """

    def __init__(
        self, network: Network, images: np.ndarray, functions: Functions, student: Student | None = None
    ) -> None:
        self._network, self._functions, self._student = network, functions, student
        self._images = images
        self._wanted = ["loss", *(naming.gradient(name) for name in parameter_names(network))]
        self._programs: dict[int, PlacedProgram] = {}
        self._is_random = any(type_of(layer).is_random for layer in network.layers)
        # sent once: afterwards a step sends only their indices
        self._sent = student.run([], {"images": images}, [], kept=["images"]).handles if student else {}

    def gradients(
        self, weights: Weights, indices: np.ndarray, labels: np.ndarray, seed: int
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Compute a training step; see :meth:`Engine.gradients`."""
        batch = len(labels)
        program = self._programs.get(batch)
        if program is None or self._is_random:
            program = self._programs[batch] = self._program(gradient_calls(self._network, batch, seed=seed))
        inputs = {"images": self._images, "indices": indices, "labels": labels, **weights}
        answer = program.run(inputs, self._sent, seconds=MESSAGE_SECONDS)
        gradients = {
            name: _array(f"the gradient of {name}", answer[naming.gradient(name)], weights[name].shape)
            for name in weights
        }
        return float(_array("the loss", answer["loss"], ())), gradients

    def _program(self, calls: list[Call]) -> PlacedProgram:
        return PlacedProgram(calls, self._wanted, self._functions, student=self._student)

    def logits(self, weights: Weights, images: np.ndarray) -> np.ndarray:
        """Return scores; see :meth:`Engine.logits`."""
        return compute_logits(self._network, weights, images, self._functions, self._student)


def compute_logits(
    network: Network, weights: Weights, images: np.ndarray, functions: Functions, student: Student | None
) -> np.ndarray:
    """Compute scores with a student's functions, or with the reference's.

    Parameters
    ----------
    network, functions, student
        As for :class:`CallsEngine`.
    weights
        float32, by name.
    images
        uint8 (N, 28, 28).

    Returns
    -------
    ndarray
        Floats (N, K); nothing is dropped.

    Raises
    ------
    CheckStoppedError
        If a function of the student's fails, or returns scores of another shape or type.
    """
    scores = []
    last = naming.activation(len(network.layers))
    for start in range(0, len(images), EVALUATED_AT_ONCE):
        part = images[start : start + EVALUATED_AT_ONCE]
        take = Call("@take", ("images", "indices"), (naming.activation(0),))
        calls = [take, *forward_calls(network, len(part))]
        program = PlacedProgram(calls, [last], functions, student=student)
        inputs = {"images": part, "indices": np.arange(len(part)), **weights}
        answer = program.run(inputs, {}, seconds=MESSAGE_SECONDS)[last]
        scores.append(_array("the scores", answer, (len(part), *shapes(network)[-1])))
    return np.concatenate(scores)


def _array(what: str, value: WireValue, shape: tuple[int, ...]) -> np.ndarray:
    """Return an answer, which may be a plain number, as an array; refuse anything else."""
    if isinstance(value, NonArray):
        got = f"a {value.type}"
    else:
        array = np.asarray(value)
        if array.shape == shape and array.dtype.kind == "f":
            return array
        got = f"an array {array.shape} of {array.dtype}"
    raise CheckStoppedError(
        Status.FAILED, Feedback(f"Training needs {what} as an array {shape} of floats, but got {got}.")
    )
