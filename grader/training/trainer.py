"""One training of `grader train`: settings, an engine and a checkpoint, in the training loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from grader.core.errors import GraderError, OtherTrainingError
from grader.training import checkpoint
from grader.training.engine import Engine
from grader.training.loop import Batches, Point, State, Stepper, TrainingLoop
from grader.training.network import initial_parameters
from grader.training.optimiser import Optimiser
from grader.training.settings import Settings

HELD_BACK = 5000
"""training images that show how well it goes; never trained on"""
EVALUATED_WHILE_TRAINING = 2000
EVALUATIONS_IN_EPOCH = 8


class EngineStepper(Stepper):
    """Takes steps with the gradients of an engine and an optimiser of the kit.

    Parameters
    ----------
    settings
        What to train and how.
    engine
        Computes loss and gradients.
    labels
        The labels of all training images, int64 (M,).
    steps_in_epoch
        The number of steps in an epoch, on which learning rates depend.
    norms_every
        Steps between two looks at the norms of the gradients.
    """

    def __init__(
        self, settings: Settings, engine: Engine, labels: np.ndarray, steps_in_epoch: int, norms_every: int
    ) -> None:
        self._settings, self._engine, self._labels = settings, engine, labels
        self._steps_in_epoch, self._norms_every = steps_in_epoch, norms_every
        self.optimiser = Optimiser(settings.optimiser, settings.l2)

    def take(self, state: State, indices: np.ndarray) -> str:
        """Take a step; it changes nothing if the loss is no longer finite. See :meth:`Stepper.take`."""
        start = time.perf_counter()
        seed = (self._settings.seed + 1) * 1_000_003 + state.step
        loss, gradients = self._engine.gradients(state.weights, indices, self._labels[indices], seed)
        if np.isfinite(loss):
            if (state.step + 1) % self._norms_every == 0 or not state.norms:
                state.norms = {
                    name: float(np.nan_to_num(np.linalg.norm(array))) for name, array in gradients.items()
                }
            rate = self._settings.learning_rate(state.step, self._steps_in_epoch)
            self.optimiser.step(state.weights, gradients, rate)
            state.step += 1
            state.losses.append(loss)
        state.seconds += time.perf_counter() - start
        return "" if np.isfinite(loss) else "diverged"


class Trainer:
    """One training, from the first step or from a checkpoint to the end.

    Parameters
    ----------
    settings
        What to train and how.
    engine
        Computes loss and gradients.
    images
        All training images, uint8 (M, 28, 28).
    labels
        Their labels, integers (M,).
    path
        The file of the checkpoint; None to keep none.
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
        self._engine, self._images, self._labels = engine, images, labels.astype(np.int64)
        self._path = path
        order = np.random.RandomState([settings.seed % 2**32, 0]).permutation(len(images))
        held_back = min(HELD_BACK, len(images) // 6)
        self._held_back = order[:held_back]
        batches = Batches(order[held_back:], settings.batch, self._shuffle)
        self.steps_in_epoch = batches.in_epoch
        if not self.steps_in_epoch:
            raise GraderError(
                f"batch is {settings.batch}, but there are only {len(batches.pool)} images to train on: "
                "make it smaller"
            )
        every = max(1, self.steps_in_epoch // EVALUATIONS_IN_EPOCH)
        weights = initial_parameters(settings.network, np.random.RandomState(settings.seed % 2**32))
        self.state = State(engine.adopt(weights))
        self._stepper = EngineStepper(settings, engine, self._labels, self.steps_in_epoch, every)
        self._loop = TrainingLoop(
            self.state,
            batches,
            self._stepper,
            self._evaluate,
            steps=settings.epochs * self.steps_in_epoch,
            evaluate_every=every,
            # fewer steps are too few for a mean
            evaluate_rest=every // 2 + 1,
            seconds=settings.seconds,
            on_step=(lambda: None) if on_step is None else (lambda: on_step(self)),
            save=self.save,
        )

    @property
    def steps(self) -> int:
        """The number of steps of the whole training."""
        return self._loop.steps

    def stop(self) -> None:
        """End after the current step."""
        self._loop.stop()

    def _shuffle(self, epoch: int, pool: np.ndarray) -> np.ndarray:
        # a seed for each epoch: a resumed training continues in the middle of the same order
        return np.random.RandomState([self.settings.seed % 2**32, 1 + epoch]).permutation(pool)

    def resume(self) -> None:
        """Continue from the checkpoint.

        Raises
        ------
        GraderError
            If there is no checkpoint, or it belongs to another training.
        """
        assert self._path is not None
        arrays, values = checkpoint.load(self._path)
        try:
            self._must_be_ours(values["settings"], values["images"])
            state = self.state
            weights = {name: arrays[checkpoint.weight(name)] for name in state.weights}
            state.weights = self._engine.adopt(weights)
            state.step, state.seconds = int(values["step"]), float(values["seconds"])
            state.losses = [float(loss) for loss in values["losses"]]
            state.points = [Point(**point) for point in values["points"]]
            self._stepper.optimiser.steps = state.step
            self._stepper.optimiser.state = checkpoint.optimiser_state(arrays)
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
        """Write the checkpoint."""
        if self._path is None:
            return
        state = self.state
        values = {
            "settings": self.settings.to_json(),
            "images": len(self._images),
            "step": state.step,
            "seconds": state.seconds,
            "losses": state.losses,
            "points": [asdict(point) for point in state.points],
        }
        arrays = {checkpoint.weight(name): array for name, array in state.weights.items()}
        arrays |= checkpoint.optimiser_arrays(self._stepper.optimiser.state)
        checkpoint.save(self._path, arrays, values)

    def run(self) -> str:
        """Train.

        Returns
        -------
        str
            Why the training ended: ``epochs`` (all were done), ``seconds``, ``stopped`` or ``diverged``.
        """
        ended = self._loop.run()
        return "epochs" if ended == "steps" else ended

    def _evaluate(self, weights: dict[str, np.ndarray]) -> float:
        seen = self._held_back[:EVALUATED_WHILE_TRAINING]
        scores = self._engine.logits(weights, self._images[seen])
        return float((scores.argmax(axis=1) == self._labels[seen]).mean())
