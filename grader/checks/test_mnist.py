"""The accuracy check: network A, trained with the student's functions in a time box."""

from collections.abc import Callable
from typing import Any

import pytest

from grader.core.seed import Seed
from grader.judging.draw import Draw
from grader.training.accuracy import train_and_award
from grader.worker.session import Student


@pytest.mark.check("mnist.accuracy", points=10, kind="accuracy")
def test_accuracy(
    student: Student,
    draw: Draw,
    recorder: Any,
    seed: Seed,
    award: Callable[[float], None],
    request: pytest.FixtureRequest,
) -> None:
    """A small network learns to read digits in the time box."""
    train_and_award(
        student,
        draw,
        lambda: request.getfixturevalue("dataset"),
        recorder,
        award,
        seed=seed,
        seconds=request.config.getoption("--time-box"),
    )
