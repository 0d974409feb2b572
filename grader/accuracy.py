"""Turn a training run into points: steps of accuracy, and a share for every function that was used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grader.assignment import FUNCTIONS, TASKS
from grader.audition import audition
from grader.draw import Draw
from grader.network import NETWORK_A, functions_of
from grader.reference import has_solution, reference
from grader.results import CheckStoppedError, Feedback, Status, TrainingResult
from grader.student import Student
from grader.training import Box, Images, Training

STEPS = (0.4, 0.7, 1.0)
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
        The time box; None for the standard one.
    points
        What the check is worth.

    Raises
    ------
    CheckStoppedError
        If not all of the points were earned.
    """
    wanted = functions_of(NETWORK_A)
    tried = audition(NETWORK_A, student, reference, draw)
    replaced = frozenset(tried.refused)
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
    box = replace(Box(), seconds=seconds)
    if has_solution():
        dataset = load_dataset()
        training = Training(
            NETWORK_A,
            Images(dataset.train_images, dataset.train_labels),
            tuple(dataset.thresholds),
            reference,
            seed,
            student=student,
            replaced=replaced,
            box=box,
            on_evaluation=recorder.on_training,
        )
        result = training.run(Images(dataset.test_images, dataset.test_labels))
        problem = training.problem
    else:
        from grader.practice import practise

        if replaced:
            raise _waiting(tried.refused)
        result, problem = practise(
            student, load_dataset(), seed=seed, box=box, on_evaluation=recorder.on_training
        )
    result = replace(result, function_seconds=tried.seconds)
    recorder.training = result
    earned = earned_points(result, points, used=len(wanted) - len(replaced), of=len(wanted))
    award(earned)
    if earned < points:
        status = Status.TIMEOUT if result.stopped == "time" else Status.FAILED
        raise CheckStoppedError(status, _feedback(result, tried.refused, problem, len(wanted)))


def _waiting(refused: Mapping[str, str]) -> CheckStoppedError:
    """Return what ends a training for which nothing can stand in."""
    facts = tuple(f"{name}: {reason}" for name, reason in refused.items())
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
        (share for share, least in zip(STEPS, result.thresholds, strict=True) if accuracy >= least),
        default=0.0,
    )
    return round(points * share * used / of, 2)


def _feedback(
    result: TrainingResult, refused: Mapping[str, str], problem: Exception | None, functions: int
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
        headline = "Time ran out: the network did not answer within the time box."
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
    elif refused and not facts:
        headline = "The network reads the digits, but not all of its functions are yours."
    for name, reason in refused.items():
        facts.append(f"The reference stood in for {name}: {reason}")
    if refused:
        facts.append(f"Each of the {functions} functions that is yours carries a share of the points.")
    return Feedback(headline, tuple(facts))
