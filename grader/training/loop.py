"""The training loop: batches, steps, evaluations, checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from grader.core.errors import GraderError, OtherTrainingError
from grader.training import checkpoint
from grader.training.engine import Engine
from grader.training.network import initial_parameters
from grader.training.optimiser import Optimiser
from grader.training.settings import Settings

HELD_BACK = 5000
"""training images that show how it goes; never trained on"""
EVALUATED_WHILE_TRAINING = 2000
EVALUATIONS_IN_EPOCH = 8


@dataclass(frozen=True)
class Point:
    """What was seen after some steps."""

    step: int
    seconds: float
    """of training, evaluations left out"""
    loss: float
    """mean over the steps since the last point"""
    accuracy: float
    """share of held-back images that are read right"""
    norms: dict[str, float]
    """of the gradients of this step or one shortly before, by weight"""


@dataclass
class State:
    """All that changes while a network trains."""

    weights: dict[str, np.ndarray]
    optimiser: Optimiser
    step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    """of the steps since the last point"""
    points: list[Point] = field(default_factory=list)


class Trainer:
    """One training, from the first step or from a checkpoint to the end.

    Parameters
    ----------
    settings
        What to train and how.
    engine
        Whoever computes steps.
    images
        All training images, uint8 (M, 28, 28).
    labels
        Of these, integers (M,).
    path
        The checkpoint to keep; None for none.
    on_step
        Called after every step with this trainer; what it raises ends the training.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        images: np.ndarray,
        labels: np.ndarray,
        *,
        path: Path | None = None,
        on_step: Callable[[Trainer], None] | None = None,
    ) -> None:
        self.settings = settings
        self.state = State(
            engine.adopt(initial_parameters(settings.network, np.random.RandomState(settings.seed % 2**32))),
            Optimiser(settings.optimiser, settings.l2),
        )
        self._engine, self._images, self._labels = engine, images, labels.astype(np.int64)
        self._path, self._on_step = path, on_step
        order = np.random.RandomState([settings.seed % 2**32, 0]).permutation(len(images))
        held_back = min(HELD_BACK, len(images) // 6)
        self._held_back, self._pool = order[:held_back], order[held_back:]
        self.steps_in_epoch = len(self._pool) // settings.batch
        if not self.steps_in_epoch:
            raise GraderError(
                f"batch is {settings.batch}, but there are only {len(self._pool)} images to train on: "
                "make it smaller"
            )
        self.steps = settings.epochs * self.steps_in_epoch
        self._evaluated_every = max(1, self.steps_in_epoch // EVALUATIONS_IN_EPOCH)
        self._norms: dict[str, float] = {}
        self._stop = False

    def stop(self) -> None:
        """End after the step that is under way."""
        self._stop = True

    def resume(self) -> None:
        """Go on from the checkpoint.

        Raises
        ------
        GraderError
            If there is none, or it belongs to another training.
        """
        assert self._path is not None
        arrays, values = checkpoint.load(self._path)
        try:
            self._must_be_ours(values["settings"], values["images"])
            state = self.state
            state.weights = self._engine.adopt({name: arrays[f"weight {name}"] for name in state.weights})
            state.step, state.seconds = int(values["step"]), float(values["seconds"])
            state.losses = [float(loss) for loss in values["losses"]]
            state.points = [Point(**point) for point in values["points"]]
            state.optimiser.steps = state.step
            prefix = "optimiser "
            state.optimiser.state = {
                name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)
            }
        except (KeyError, TypeError, ValueError) as error:
            raise GraderError(f"{self._path} is a damaged checkpoint; delete it") from error

    def _must_be_ours(self, theirs: dict[str, Any], images: int) -> None:
        ours = self.settings.to_json()
        # longer trainings may follow shorter ones, unless the length decides on the learning rate
        free = {"seconds"} | (set() if self.settings.schedule == "cosine" else {"epochs"})
        for name, value in ours.items():
            if name not in free and theirs.get(name) != value:
                raise OtherTrainingError(
                    f"{self._path} was trained with {name} {theirs.get(name)!r}, not {value!r}; "
                    "use the same settings, or another folder with --out"
                )
        if images != len(self._images):
            raise OtherTrainingError(
                f"{self._path} was trained with {images} images, not {len(self._images)}"
            )

    def save(self) -> None:
        """Keep the checkpoint."""
        if self._path is None:
            return
        state = self.state
        arrays = {f"weight {name}": array for name, array in state.weights.items()}
        arrays |= {f"optimiser {name}": array for name, array in state.optimiser.state.items()}
        values = {
            "settings": self.settings.to_json(),
            "images": len(self._images),
            "step": state.step,
            "seconds": state.seconds,
            "losses": state.losses,
            "points": [asdict(point) for point in state.points],
        }
        checkpoint.save(self._path, arrays, values)

    def run(self) -> str:
        """Train.

        Returns
        -------
        str
            Why it ended: ``epochs``, ``seconds``, ``stopped`` or ``diverged``.
        """
        try:
            return self._run()
        finally:
            # whatever happened, nothing is lost
            self.save()

    def _run(self) -> str:
        state = self.state
        order = np.empty(0, np.int64)
        while state.step < self.steps:
            epoch, place = divmod(state.step, self.steps_in_epoch)
            if place == 0 or not len(order):
                random = np.random.RandomState([self.settings.seed % 2**32, 1 + epoch])
                order = random.permutation(self._pool)
            if not self._step(order[place * self.settings.batch :][: self.settings.batch]):
                return "diverged"
            if self._on_step is not None:
                self._on_step(self)
            ended = self._ended()
            if state.step % self._evaluated_every == 0 or (ended and self._much_unseen()):
                self._note()
            if state.step % self.steps_in_epoch == 0:
                self.save()
            if ended:
                return ended
        return "epochs"

    def _ended(self) -> str:
        if self._stop:
            return "stopped"
        if self.settings.seconds is not None and self.state.seconds >= self.settings.seconds:
            return "seconds"
        return "epochs" if self.state.step == self.steps else ""

    def _step(self, indices: np.ndarray) -> bool:
        """Take a step; False, with nothing changed, if the loss is no longer finite."""
        state = self.state
        start = time.perf_counter()
        loss, gradients = self._engine.gradients(
            state.weights, indices, self._labels[indices], (self.settings.seed + 1) * 1_000_003 + state.step
        )
        if np.isfinite(loss):
            if (state.step + 1) % self._evaluated_every == 0 or not self._norms:
                self._norms = {
                    name: float(np.nan_to_num(np.linalg.norm(array))) for name, array in gradients.items()
                }
            rate = self.settings.learning_rate(state.step, self.steps_in_epoch)
            state.optimiser.step(state.weights, gradients, rate)
            state.step += 1
            state.losses.append(loss)
        state.seconds += time.perf_counter() - start
        return bool(np.isfinite(loss))

    def _much_unseen(self) -> bool:
        """Whether the steps since the last point are enough for a mean."""
        return not self.state.points or len(self.state.losses) > self._evaluated_every // 2

    def _note(self) -> None:
        """Read held-back images and keep what was seen."""
        state = self.state
        seen = self._held_back[:EVALUATED_WHILE_TRAINING]
        accuracy = self.accuracy(self._images[seen], self._labels[seen])
        state.points.append(
            Point(state.step, state.seconds, float(np.mean(state.losses)), accuracy, self._norms)
        )
        state.losses = []

    def accuracy(self, images: np.ndarray, labels: np.ndarray) -> float:
        """Return the share of images, uint8 (N, 28, 28), that are read as their labels (N,) say."""
        scores = self._engine.logits(self.state.weights, images)
        return float((scores.argmax(axis=1) == labels).mean())
