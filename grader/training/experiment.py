"""One training from settings to results: finds the layers, trains, evaluates on the test images."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from grader.core.errors import CheckStoppedError, GraderError, TrainingStoppedError
from grader.core.kit import KIT
from grader.reference.functions import reference
from grader.submission.ingest import ingest
from grader.training.calls_engine import CallsEngine
from grader.training.engine import Engine
from grader.training.loop import Point
from grader.training.network import count_parameters
from grader.training.settings import Settings
from grader.training.trainer import Trainer
from grader.worker.sandbox.tiers import choose_isolation
from grader.worker.session import Student

CHECKPOINT = "checkpoint.npz"
RESULT = "result.json"
FAST, SOLUTION = "fast", "solution"
STANDARD_LAYERS = FAST if KIT.has_solution else "student"


@dataclass(frozen=True)
class Trained:
    """The result of a training.

    ``test_accuracy`` and ``test_loss``, the mean cross-entropy, are those of the test images, and ``scores``
    are their scores, float32 (N, 10). ``ended`` says why the training ended.
    """

    settings: Settings
    ended: str
    step: int
    steps_in_epoch: int
    seconds: float
    points: tuple[Point, ...]
    test_accuracy: float
    test_loss: float
    data: str
    weights: dict[str, np.ndarray]
    scores: np.ndarray

    @property
    def parameters(self) -> int:
        """The number of weights and biases."""
        return count_parameters(self.settings.network)

    @property
    def epoch_seconds(self) -> float:
        """The seconds of training for one epoch."""
        return self.seconds / max(self.step, 1) * self.steps_in_epoch

    def seconds_to(self, accuracy: float) -> float | None:
        """Return the seconds of training until an accuracy on held-back images was reached, if it was."""
        return next((point.seconds for point in self.points if point.accuracy >= accuracy), None)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the arrays as plain values."""
        return {
            "settings": self.settings.to_json(),
            "ended": self.ended,
            "step": self.step,
            "steps_in_epoch": self.steps_in_epoch,
            "seconds": round(self.seconds, 3),
            "epoch_seconds": round(self.epoch_seconds, 3),
            "parameters": self.parameters,
            "data": self.data,
            "test_accuracy": self.test_accuracy,
            "test_loss": self.test_loss,
            "seconds_to_97_percent": self.seconds_to(0.97),
            "points": [asdict(point) for point in self.points],
        }


def must_be_there(layers: str) -> None:
    """Refuse layers that do not exist, before data are fetched or a worker is started.

    Raises
    ------
    GraderError
        If there is no such file or folder, or the kit has no layers of its own.
    """
    if layers in (FAST, SOLUTION):
        if not KIT.has_solution:
            raise GraderError(
                f"this kit has no layers of its own: use --layers with the folder of yours, not '{layers}'"
            )
    elif not Path(layers).exists():
        raise GraderError(f"--layers is '{layers}': there is no such file or folder here")


@contextmanager
def engine_for(
    layers: str, settings: Settings, images: np.ndarray, isolation: str | None = None
) -> Iterator[Engine]:
    """Provide the engine that computes the steps.

    Parameters
    ----------
    layers
        ``fast`` for the kit's kernels, ``solution`` for the functions of the reference, else the path of a
        submission, which runs in a worker.
    settings
        The settings of the training.
    images
        All training images, uint8 (M, 28, 28).
    isolation
        The weakest tier to accept for a submission; None for the strongest that works here.

    Raises
    ------
    GraderError
        If there is no such submission, or it cannot be used.
    """
    with ExitStack() as stack:
        engine: Engine
        must_be_there(layers)
        if layers == FAST:
            from grader.training.fast_engine import FastEngine

            engine = FastEngine(settings.network, images, settings.batch, cores=settings.cores)
        elif layers == SOLUTION:
            engine = CallsEngine(settings.network, images, reference)
        else:
            tier = choose_isolation(isolation).tier
            submission = stack.enter_context(ingest(Path(layers)))
            if submission.problem:
                raise GraderError(f"{layers} cannot be used: {submission.problem}")
            student = stack.enter_context(Student(submission, tier=tier))
            engine = CallsEngine(settings.network, images, reference, student)
        stack.callback(engine.close)
        yield engine


def train(
    settings: Settings,
    layers: str,
    dataset: Any,
    *,
    folder: Path | None = None,
    resume: bool = False,
    isolation: str | None = None,
    on_start: Callable[[Trainer], None] | None = None,
    on_step: Callable[[Trainer], None] | None = None,
) -> Trained:
    """Train a network and evaluate it on the test images.

    Parameters
    ----------
    settings
        What to train and how.
    layers, isolation
        The layers to train with; see :func:`engine_for`.
    dataset
        A ``data.Dataset``.
    folder
        The folder for the checkpoint and the result; None to keep nothing.
    resume
        Whether to continue from the checkpoint there.
    on_start, on_step
        Called with the trainer before the first and after every step.

    Returns
    -------
    Trained

    Raises
    ------
    TrainingStoppedError
        If a function of the submission failed; the checkpoint is kept.
    GraderError
        If settings, layers, checkpoint or folder cannot be used.
    """
    path = folder / CHECKPOINT if folder else None
    try:
        # a training that diverges says so itself: NumPy's warnings would only repeat it
        quiet = np.errstate(over="ignore", invalid="ignore")
        with quiet, engine_for(layers, settings, dataset.train_images, isolation) as engine:
            trainer = Trainer(
                settings, engine, dataset.train_images, dataset.train_labels, path=path, on_step=on_step
            )
            if resume:
                trainer.resume()
            if on_start is not None:
                on_start(trainer)
            ended = trainer.run()
            # after a divergence even the last good weights may give scores that are not finite
            scores = np.nan_to_num(engine.logits(trainer.state.weights, dataset.test_images))
    except CheckStoppedError as stopped:
        raise TrainingStoppedError(f"the training stopped:\n  {stopped.feedback.text()}") from stopped
    state = trainer.state
    trained = Trained(
        settings=settings,
        ended=ended,
        step=state.step,
        steps_in_epoch=trainer.steps_in_epoch,
        seconds=state.seconds,
        points=tuple(state.points),
        test_accuracy=round(float((scores.argmax(axis=1) == dataset.test_labels).mean()), 4),
        test_loss=round(_cross_entropy(scores, dataset.test_labels), 4),
        data=dataset.name,
        weights=state.weights,
        scores=scores,
    )
    if folder is not None:
        _write(folder / RESULT, json.dumps(trained.to_json(), indent=2))
    return trained


def _cross_entropy(scores: np.ndarray, labels: np.ndarray) -> float:
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    logs = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
    return float(logs.mean())


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise GraderError(f"the result cannot be written to {path}: {error.strerror}") from error
