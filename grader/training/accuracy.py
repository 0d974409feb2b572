"""Turn a training into points: thresholds of accuracy, and a share for each function that was used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grader.core.assignment import FUNCTIONS, TASKS
from grader.core.errors import CheckStoppedError
from grader.core.kit import KIT
from grader.core.results import Feedback, Status, TrainingResult
from grader.core.seed import Seed
from grader.judging.draw import Draw
from grader.reference.functions import reference
from grader.training.accuracy_training import AccuracyTraining
from grader.training.budget import TrainingBudget
from grader.training.loop import Images
from grader.training.network import NETWORK_A, functions_of
from grader.training.trial import run_trial
from grader.worker.session import Student

POINT_SHARES = (0.4, 0.7, 1.0)
"""share of the points at the first, second and third threshold"""


def train_and_award(
    student: Student,
    draw: Draw,
    load_dataset: Callable[[], Any],
    recorder: Any,
    award: Callable[[float], None],
    *,
    seed: Seed,
    seconds: float | None,
    points: float = 10.0,
) -> None:
    """Train network A with the student's functions, and award points for its accuracy.

    Parameters
    ----------
    student, draw
        The submission, and random inputs for the trial of each function.
    load_dataset
        Returns a ``data.Dataset``; called only if there is something to train with.
    recorder
        Receives the training result and its progress.
    award
        Called with the points earned.
    seed
        The seed of the training.
    seconds
        The time budget; None for the standard one.
    points
        The points of the check.

    Raises
    ------
    CheckStoppedError
        If not all of the points were earned.
    """
    wanted = functions_of(NETWORK_A)
    tried = run_trial(NETWORK_A, student, reference, draw)
    if len(tried.rejected) == len(wanted):
        tasks = dict.fromkeys(FUNCTIONS[name].task for name in wanted)
        unfinished = ", ".join(
            f"task {number} ({task.title})"
            for number, task in enumerate(TASKS, start=1)
            if task.name in tasks
        )
        feedback = Feedback(
            "Not run: none of the network's functions works yet.", (f"Finish {unfinished} first.",)
        )
        raise CheckStoppedError(Status.BLOCKED, feedback)
    audited = KIT.has_solution
    if tried.rejected and not audited:
        raise _waiting(tried.rejected)
    dataset = load_dataset()
    training = AccuracyTraining(
        NETWORK_A,
        Images(dataset.train_images, dataset.train_labels),
        tuple(dataset.thresholds),
        reference,
        seed,
        student=student,
        replaced=tried.rejected,
        budget=replace(TrainingBudget(), seconds=seconds),
        audited=audited,
        on_evaluation=recorder.on_training,
    )
    result = training.run(Images(dataset.test_images, dataset.test_labels))
    result = replace(result, function_seconds=tried.seconds)
    recorder.training = result
    earned = earned_points(result, points, used=len(wanted) - len(training.replaced), of=len(wanted))
    award(earned)
    if earned < points:
        status = Status.TIMEOUT if result.stopped == "time" else Status.FAILED
        raise CheckStoppedError(status, _feedback(result, training.replaced, training.problem, len(wanted)))


def _waiting(rejected: Mapping[str, str]) -> CheckStoppedError:
    """Return the error of a training in which wrong functions cannot be replaced."""
    facts = tuple(f"{name}: {reason}" for name, reason in rejected.items())
    headline = "Not run: all functions of the network must be right first."
    return CheckStoppedError(Status.BLOCKED, Feedback(headline, facts))


def earned_points(result: TrainingResult, points: float, *, used: int, of: int) -> float:
    """Return the points of a training: by the threshold reached, times the share of functions used.

    Parameters
    ----------
    result
        The result of the training.
    points
        The points for the top threshold.
    used, of
        How many of the network's functions were the student's, and how many there are.
    """
    accuracy = result.test_accuracy or 0.0
    share = max(
        (share for share, least in zip(POINT_SHARES, result.thresholds, strict=True) if accuracy >= least),
        default=0.0,
    )
    return round(points * share * used / of, 2)


def _feedback(
    result: TrainingResult, rejected: Mapping[str, str], problem: Exception | None, functions: int
) -> Feedback:
    facts = []
    if result.test_accuracy is not None:
        missed = [least for least in result.thresholds if result.test_accuracy < least]
        if missed:
            facts.append(f"{result.test_accuracy:.1%} test accuracy; the next points are at {missed[0]:.0%}.")
    headline = "The network does not reach the top accuracy."
    if result.stopped == "time":
        headline = "Time ran out: the network did not answer within the time budget."
        facts.append(
            f"Most of the time goes to: {result.slowest()}. "
            "Replace loops over samples and pixels there with array operations."
        )
    elif isinstance(problem, CheckStoppedError):
        headline = f"Training failed at step {result.steps + 1}: {problem.feedback.headline}"
        facts += problem.feedback.facts
    elif problem is not None:
        headline = f"Training was stopped: {problem}."
        facts.append("Every step must use the gradient of the loss for the weights and images it was given.")
    elif result.stopped == "diverged":
        headline = f"Training diverged: after step {result.steps} the weights are no longer finite."
    elif rejected and not facts:
        headline = "The network reads the digits, but not all of its functions are yours."
    for name, reason in rejected.items():
        facts.append(f"The reference replaced {name}: {reason}")
    if rejected:
        facts.append(
            f"Each of the {functions} functions that is your own earns the same share of the points."
        )
    return Feedback(headline, tuple(facts))
