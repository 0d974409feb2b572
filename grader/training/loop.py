"""The training loop: batches, steps, evaluations, until a training ends.

`grader train` and the accuracy check share it. How a step is computed, and whether it is audited, is up
to the :class:`Stepper`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Images:
    """Images, uint8 (N, 28, 28), and labels (N,)."""

    images: np.ndarray
    labels: np.ndarray

    def pick(self, indices: np.ndarray) -> Images:
        """Return the images and labels at indices."""
        return Images(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Point:
    """The result of one evaluation."""

    step: int
    seconds: float
    """of training so far, without evaluations"""
    loss: float
    """mean over the steps since the last point; not a number if the stepper reports no losses"""
    accuracy: float
    """share of held-back images that are classified correctly"""
    norms: dict[str, float]
    """of the gradients at this step or shortly before, by weight"""


@dataclass
class State:
    """All that changes while a network trains."""

    weights: dict[str, np.ndarray]
    step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    """of the steps since the last point"""
    norms: dict[str, float] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)


class Batches:
    """The images of every step, in an order that is drawn anew for each epoch.

    Parameters
    ----------
    pool
        Indices of the images to train on, integers (M,).
    size
        Images in a batch; those that are left over at the end of an epoch are not used in it.
    shuffle
        Returns the order of an epoch, counted from 0, given the pool.
    """

    def __init__(self, pool: np.ndarray, size: int, shuffle: Callable[[int, np.ndarray], np.ndarray]) -> None:
        self.pool, self.size = pool, size
        self.in_epoch = len(pool) // size
        self._shuffle = shuffle
        self._order = np.empty(0, np.int64)

    def at(self, step: int) -> np.ndarray:
        """Return the images of a step, counted from 0, as indices, int64 (size,)."""
        epoch, place = divmod(step, self.in_epoch)
        if place == 0 or not len(self._order):
            self._order = self._shuffle(epoch, self.pool).astype(np.int64)
        return self._order[place * self.size :][: self.size]


class Stepper(ABC):
    """Takes training steps."""

    @abstractmethod
    def take(self, state: State, indices: np.ndarray) -> str:
        """Take a step, or return why the training ends.

        Parameters
        ----------
        state
            The state of the training: a step changes the weights, and adds itself and its seconds.
        indices
            The images of the step, int64 (N,).

        Returns
        -------
        str
            Why the training ends, such as ``diverged``; empty if it goes on.
        """


class TrainingLoop:
    """One training, from a state to the end.

    Parameters
    ----------
    state
        The state to start from.
    batches
        The images of each step.
    stepper
        Takes the steps.
    evaluate
        Returns the accuracy that weights reach on held-back images.
    steps
        The number of steps at which the training ends.
    evaluate_every
        Steps between two evaluations.
    evaluate_rest
        Steps after the last evaluation that are worth another one at the end.
    seconds
        The time of training after which it ends; None for no limit.
    is_enough
        Tells from the points so far whether the training may end.
    on_step
        Called after every step; what it raises ends the training.
    on_evaluation
        Called after every evaluation with its point.
    save
        Called at the end of every epoch and, however the training ends, at its end.
    """

    def __init__(
        self,
        state: State,
        batches: Batches,
        stepper: Stepper,
        evaluate: Callable[[dict[str, np.ndarray]], float],
        *,
        steps: int,
        evaluate_every: int,
        evaluate_rest: int = 1,
        seconds: float | None = None,
        is_enough: Callable[[Sequence[Point]], bool] = lambda _: False,
        on_step: Callable[[], None] = lambda: None,
        on_evaluation: Callable[[Point], None] = lambda _: None,
        save: Callable[[], None] = lambda: None,
    ) -> None:
        self.state, self.steps = state, steps
        self._batches, self._stepper, self._evaluate = batches, stepper, evaluate
        self._evaluate_every, self._evaluate_rest, self._seconds = evaluate_every, evaluate_rest, seconds
        self._is_enough, self._on_step, self._on_evaluation = is_enough, on_step, on_evaluation
        self._save = save
        self._stop = False

    def stop(self) -> None:
        """End after the current step."""
        self._stop = True

    def run(self) -> str:
        """Train.

        Returns
        -------
        str
            Why the training ended: ``steps`` (all were taken), ``seconds``, ``stopped``, ``accurate``, or
            what the stepper said.
        """
        try:
            return self._run()
        finally:
            # however it ends, nothing is lost
            self._save()

    def _run(self) -> str:
        state = self.state
        while state.step < self.steps:
            ended = self._stepper.take(state, self._batches.at(state.step))
            if ended:
                return ended
            self._on_step()
            ended = self._ended()
            if state.step % self._evaluate_every == 0:
                self._evaluate_now()
                if self._is_enough(state.points):
                    return "accurate"
            elif ended:
                self.evaluate_rest()
            if state.step % self._batches.in_epoch == 0:
                self._save()
            if ended:
                return ended
        return "steps"

    def _ended(self) -> str:
        if self._stop:
            return "stopped"
        if self._seconds is not None and self.state.seconds >= self._seconds:
            return "seconds"
        return "steps" if self.state.step == self.steps else ""

    def evaluate_rest(self) -> None:
        """Evaluate once more if there were enough steps since the last evaluation."""
        points = self.state.points
        unseen = self.state.step - (points[-1].step if points else 0)
        if unseen >= (self._evaluate_rest if points else 1):
            self._evaluate_now()

    def _evaluate_now(self) -> None:
        state = self.state
        accuracy = self._evaluate(state.weights)
        loss = float(np.mean(state.losses)) if state.losses else math.nan
        point = Point(state.step, state.seconds, loss, accuracy, state.norms)
        state.points.append(point)
        state.losses = []
        self._on_evaluation(point)
