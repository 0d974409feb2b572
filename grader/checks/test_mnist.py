"""The accuracy check: network A, trained with the student's functions in a time box."""

import pytest

from grader.accuracy import train_and_award


@pytest.mark.check("mnist.accuracy", points=10, kind="accuracy")
def test_accuracy(student, draw, recorder, award, request):
    """A small network learns to read digits in the time box."""
    train_and_award(
        student,
        draw,
        lambda: request.getfixturevalue("dataset"),
        recorder,
        award,
        seed=request.config.getoption("--seed"),
        seconds=request.config.getoption("--time-box"),
    )
