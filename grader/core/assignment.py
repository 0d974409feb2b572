"""What the student has to write: modules, functions, tasks and what each function returns.

Every other module asks here; nothing in this module depends on the rest of the grader.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


@dataclass(frozen=True)
class Task:
    """A part of the assignment."""

    name: str
    title: str
    bonus: bool = False


@dataclass(frozen=True)
class Function:
    """A function of the student API.

    ``returns`` names what comes back: ``cache`` and ``state`` are opaque (whatever the student likes),
    ``loss`` and ``penalty`` are numbers, everything else is an array.
    """

    name: str
    module: str
    task: str
    returns: tuple[str, ...]

    @property
    def is_forward(self) -> bool:
        """Whether this is the forward function of a layer."""
        return self.name.endswith("_forward")

    @property
    def is_backward(self) -> bool:
        """Whether this is the backward function of a layer."""
        return self.name.endswith("_backward")

    @property
    def forward(self) -> str:
        """The name of the layer's forward function; for a function without one, its own name."""
        return f"{self.name.removesuffix('_backward')}_forward" if self.is_backward else self.name

    @property
    def backward(self) -> str:
        """The name of the layer's backward function; for a function without one, its own name."""
        return f"{self.name.removesuffix('_forward')}_backward" if self.is_forward else self.name

    def named(self, returned: Any) -> dict[str, Any]:
        """Return the values that a call returned, by the names in ``returns``.

        Parameters
        ----------
        returned
            A tuple or list with a value for each name in ``returns``; for a single name the value itself.

        Raises
        ------
        ValueError
            If there are more or fewer values than names.
        """
        values = returned if len(self.returns) > 1 else (returned,)
        return dict(zip(self.returns, values, strict=True))


OPAQUE = frozenset({"cache", "state"})
NUMBERS = frozenset({"loss", "penalty"})

TASKS = (
    Task("dense", "Dense layer"),
    Task("relu", "ReLU"),
    Task("softmax", "Softmax cross-entropy"),
    Task("conv2d", "Convolution"),
    Task("maxpool2d", "Max-pooling"),
    Task("sgd", "SGD"),
    Task("mnist", "MNIST"),
    Task("sigmoid", "Sigmoid", bonus=True),
    Task("momentum", "SGD with momentum", bonus=True),
    Task("adam", "Adam", bonus=True),
    Task("dropout", "Dropout", bonus=True),
    Task("l2", "L2 penalty", bonus=True),
)

FUNCTIONS = {
    function.name: function
    for function in (
        Function("dense_forward", "layers", "dense", ("out", "cache")),
        Function("dense_backward", "layers", "dense", ("dx", "dw", "db")),
        Function("relu_forward", "layers", "relu", ("out", "cache")),
        Function("relu_backward", "layers", "relu", ("dx",)),
        Function("softmax_cross_entropy", "loss", "softmax", ("loss", "dlogits")),
        Function("conv2d_forward", "layers", "conv2d", ("out", "cache")),
        Function("conv2d_backward", "layers", "conv2d", ("dx", "dw", "db")),
        Function("maxpool2d_forward", "layers", "maxpool2d", ("out", "cache")),
        Function("maxpool2d_backward", "layers", "maxpool2d", ("dx",)),
        Function("sgd_step", "optim", "sgd", ("param",)),
        Function("sigmoid_forward", "layers", "sigmoid", ("out", "cache")),
        Function("sigmoid_backward", "layers", "sigmoid", ("dx",)),
        Function("sgd_momentum_step", "optim", "momentum", ("param", "state")),
        Function("adam_step", "optim", "adam", ("param", "state")),
        Function("dropout_forward", "layers", "dropout", ("out", "cache")),
        Function("dropout_backward", "layers", "dropout", ("dx",)),
        Function("l2_penalty", "loss", "l2", ("penalty", "dw")),
    )
}

MODULES = ("layers", "loss", "optim")


def task_named(text: str) -> str:
    """Return the task that a text names: by its own name, or by that of one of its functions.

    Raises
    ------
    ValueError
        If it is neither; the error suggests what may be meant.
    """
    names = [task.name for task in TASKS]
    if text in names:
        return text
    if text in FUNCTIONS:
        return FUNCTIONS[text].task
    near = get_close_matches(text, names, n=1)
    meant = f"did you mean '{near[0]}'?" if near else f"choose from {', '.join(names)}"
    raise ValueError(f"'{text}' is not a task; {meant}")


def task_number(name: str) -> int:
    """Return the number of a task, counted from 1 in the order of the assignment.

    Raises
    ------
    KeyError
        If no task has this name.
    """
    for number, task in enumerate(TASKS, start=1):
        if task.name == name:
            return number
    raise KeyError(name)
