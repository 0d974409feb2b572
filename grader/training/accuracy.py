"""Turn a training run into points: steps of accuracy, and a share for every function that was used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grader.core.assignment import FUNCTIONS, TASKS
from grader.core.errors import CheckStoppedError
from grader.core.kit import KIT
from grader.core.results import Feedback, Status, TrainingResult
from grader.judging.draw import Draw
from grader.reference.functions import reference
from grader.training.graded import Images, Training, TrainingBudget
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
    seed: int,
    seconds: float | None,
    points: float = 10.0,
) -> None:
    """Train network A with the student's functions, and award what the accuracy is worth.

    Parameters
    ----------
    student, draw
        The submission, and random inputs for the audition.
    load_dataset
        Returns a ``data.Dataset``; called only if there is something to train.
    recorder
        Receives the training result and its progress.
    award
        Called with the points earned.
    seed
        Of the training.
    seconds
        The time budget; None for the standard one.
    points
        What the check is worth.

    Raises
    ------
    CheckStoppedError
        If not all of the points were earned.
    """
    wanted = functions_of(NETWORK_A)
    tried = run_trial(NETWORK_A, student, reference, draw)
    replaced = frozenset(tried.rejected)
    if len(replaced) == len(wanted):
        tasks = dict.fromkeys(FUNCTIONS[name].task for name in wanted)
        waited_for = "; ".join(
            f"task {number}, {task.title}" for number, task in enumerate(TASKS, start=1) if task.name in tasks
        )
        feedback = Feedback(
            "Not run: none of the network's functions works yet.", (f"It waits for {waited_for}.",)
        )
        raise CheckStoppedError(Status.BLOCKED, feedback)
    problem: Exception | None
    budget = replace(TrainingBudget(), seconds=seconds)
    if KIT.has_solution:
        dataset = load_dataset()
        training = Training(
            NETWORK_A,
            Images(dataset.train_images, dataset.train_labels),
            tuple(dataset.thresholds),
            reference,
            seed,
            student=student,
            replaced=replaced,
            budget=budget,
            on_evaluation=recorder.on_training,
        )
        result = training.run(Images(dataset.test_images, dataset.test_labels))
        problem = training.problem
    else:
        from grader.training.unaudited import train_unaudited

        if replaced:
            raise _waiting(tried.rejected)
        result, problem = train_unaudited(
            student, load_dataset(), seed=seed, budget=budget, on_evaluation=recorder.on_training
        )
    result = replace(result, function_seconds=tried.seconds)
    recorder.training = result
    earned = earned_points(result, points, used=len(wanted) - len(replaced), of=len(wanted))
    award(earned)
    if earned < points:
        status = Status.TIMEOUT if result.stopped == "time" else Status.FAILED
        raise CheckStoppedError(status, _feedback(result, tried.rejected, problem, len(wanted)))


def _waiting(rejected: Mapping[str, str]) -> CheckStoppedError:
    """Return what ends a training for which nothing can stand in."""
    facts = tuple(f"{name}: {reason}" for name, reason in rejected.items())
    headline = "Not run: it waits until all functions of the network are right."
    return CheckStoppedError(Status.BLOCKED, Feedback(headline, facts))


def earned_points(result: TrainingResult, points: float, *, used: int, of: int) -> float:
    """Return the points of a training: by the thresholds reached, times the share of functions used.

    Parameters
    ----------
    result
        The training.
    points
        What it is worth at the top threshold.
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
            facts.append(
                f"{result.test_accuracy:.1%} of the test images were read; "
                f"the next points are at {missed[0]:.0%}."
            )
    headline = "The network does not reach the top accuracy."
    if result.stopped == "time":
        headline = "Time ran out: the network did not answer within the time budget."
        facts.append(
            f"Most of the time goes to: {result.slowest()}. "
            "Replace loops over samples and pixels there by array operations."
        )
    elif isinstance(problem, CheckStoppedError):
        headline = f"Training broke off at step {result.steps + 1}: {problem.feedback.headline}"
        facts += problem.feedback.facts
    elif problem is not None:
        headline = f"Training was stopped: {problem}."
        facts.append("Every step must use the gradient of the loss for the weights and images it was given.")
    elif result.stopped == "diverged":
        headline = f"Training diverged: after step {result.steps} the weights are no longer finite."
    elif rejected and not facts:
        headline = "The network reads the digits, but not all of its functions are yours."
    for name, reason in rejected.items():
        facts.append(f"The reference stood in for {name}: {reason}")
    if rejected:
        facts.append(f"Each of the {functions} functions that is yours carries a share of the points.")
    return Feedback(headline, tuple(facts))
