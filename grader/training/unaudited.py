"""The accuracy check where there is no solution: the student's functions train and read by themselves.

Nothing is compared while they train, for there is nothing to compare with; each of them was tried alone
before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.core.errors import CheckStoppedError
from grader.core.results import Status, TrainingResult
from grader.reference.functions import reference
from grader.training.calls_engine import CallsEngine
from grader.training.experiment import accuracy, score_test_images
from grader.training.graded import TrainingBudget
from grader.training.loop import Trainer
from grader.training.network import NETWORK_A
from grader.training.settings import Settings
from grader.worker.session import Student

ENDINGS = {"epochs": "steps", "seconds": "time", "stopped": "accurate", "diverged": "diverged"}


def train_unaudited(
    student: Student,
    dataset: Any,
    *,
    seed: int,
    budget: TrainingBudget,
    on_evaluation: Callable[[int, int, float], None] | None,
) -> tuple[TrainingResult, CheckStoppedError | None]:
    """Train network A until it reads well enough, or the time is over.

    Parameters
    ----------
    student
        Whose functions to use.
    dataset
        A ``data.Dataset``.
    seed
        Of weights and order.
    budget
        Steps and seconds.
    on_evaluation
        Called with step, number of steps and accuracy; or None.

    Returns
    -------
    tuple
        The result, and what ended the training if a function failed.
    """
    limit = budget.least_seconds if budget.seconds is None else budget.seconds
    settings = Settings(
        net="A",
        optimiser="sgd",
        lr=NETWORK_A.learning_rate,
        batch=budget.batch,
        epochs=max(1, round(budget.steps * budget.batch / len(dataset.train_images))),
        seconds=limit,
        seed=seed,
    )
    engine = CallsEngine(settings.network, dataset.train_images, reference, student)

    def on_step(trainer: Trainer) -> None:
        points = trainer.state.points
        if points and points[-1].step == trainer.state.step - 1:
            if on_evaluation is not None:
                on_evaluation(trainer.state.step, trainer.steps, points[-1].accuracy)
            if budget.enough([point.accuracy for point in points], dataset.thresholds):
                trainer.stop()

    trainer = Trainer(settings, engine, dataset.train_images, dataset.train_labels, on_step=on_step)
    problem, reached = None, None
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            stopped = ENDINGS[trainer.run()]
            reached = accuracy(score_test_images(engine, trainer, dataset), dataset)
    except CheckStoppedError as error:
        problem, stopped = error, "time" if error.status is Status.TIMEOUT else "error"
    state = trainer.state
    result = TrainingResult(
        settings.network.name,
        state.step,
        trainer.steps,
        tuple((point.step, round(point.accuracy, 4)) for point in state.points),
        reached,
        tuple(dataset.thresholds),
        stopped,
        (),
        state.step,
        0,
        state.seconds,
        limit,
        state.seconds / max(state.step, 1),
    )
    return result, problem
