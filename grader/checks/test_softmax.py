"""Checks of the softmax cross-entropy loss."""

import numpy as np
import pytest

from grader.judging import contracts, gradcheck
from grader.judging.draw import Draw
from grader.judging.judge import Judge

BATCH, CLASSES = 6, 7


def problem(draw: Draw, batch: int = BATCH, classes: int = CLASSES) -> tuple[np.ndarray, np.ndarray]:
    """Return random logits and labels."""
    return draw.normal(batch, classes), draw.labels(batch, classes)


def extreme(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """Return logits of up to 10,000, rows far apart, and labels that are not the largest of their row.

    The values are multiples of 1/64, which float32 holds exactly even near 10,000: code that computes in
    float32 must not lose points for the rounding of its inputs.
    """
    logits = np.round(draw.normal(4, 5) * 64) / 64
    logits[0] *= 1e4
    logits[1] += 1e4
    logits[2] -= 1e4
    return logits, logits.argmin(axis=1)


@pytest.mark.check("softmax_cross_entropy.shape", points=1, kind="shape")
def test_shape(judge: Judge, draw: Draw) -> None:
    """The loss is one number, and its gradient has the shape of the logits."""
    judge.shapes("softmax_cross_entropy", *problem(draw))


@pytest.mark.check("softmax_cross_entropy.loss", points=2, kind="values")
def test_loss(judge: Judge, draw: Draw) -> None:
    """The loss is the mean over the batch."""
    judge.values("softmax_cross_entropy", *problem(draw), only=["loss"])


@pytest.mark.check("softmax_cross_entropy.dlogits", points=2, kind="gradients")
def test_dlogits(judge: Judge, draw: Draw) -> None:
    """The gradient of the mean loss."""
    judge.values("softmax_cross_entropy", *problem(draw), only=["dlogits"])


@pytest.mark.check("softmax_cross_entropy.initial", points=1, kind="values", option=("loss",))
def test_initial(judge: Judge, draw: Draw) -> None:
    """Equal logits for ten classes give a loss of log 10 = 2.303."""
    judge.values("softmax_cross_entropy", np.zeros((3, 10)), draw.labels(3, 10), only=["loss"])


@pytest.mark.check("softmax_cross_entropy.single", points=1, kind="values", option=("loss", "dlogits"))
def test_single(judge: Judge, draw: Draw) -> None:
    """A batch of one."""
    judge.values("softmax_cross_entropy", *problem(draw, 1, 4))


@pytest.mark.check("softmax_cross_entropy.stable_loss", points=1, kind="values", option=("loss",))
def test_stable_loss(judge: Judge, draw: Draw) -> None:
    """The loss stays finite and right for logits of 10,000."""
    judge.values("softmax_cross_entropy", *extreme(draw), only=["loss"])


@pytest.mark.check("softmax_cross_entropy.stable_gradient", points=1, kind="gradients", option=("dlogits",))
def test_stable_gradient(judge: Judge, draw: Draw) -> None:
    """The gradient stays finite and right for logits of 10,000."""
    judge.values("softmax_cross_entropy", *extreme(draw), only=["dlogits"])


@pytest.mark.check("softmax_cross_entropy.numerical", points=1, kind="gradients")
def test_numerical(judge: Judge, draw: Draw) -> None:
    """The gradient agrees with difference quotients of the loss."""
    gradcheck.loss(judge, "softmax_cross_entropy", *problem(draw), direction=draw.normal(BATCH, CLASSES))


@pytest.mark.check("softmax_cross_entropy.rows", points=1, kind="gradients", option=("dlogits",))
def test_rows(judge: Judge, draw: Draw) -> None:
    """Each row of the gradient depends on its own row alone, and two classes are enough."""
    judge.values("softmax_cross_entropy", *problem(draw, 5, 2), only=["dlogits"])
    judge.values("softmax_cross_entropy", *problem(draw, 3, 12), only=["dlogits"])


@pytest.mark.check("softmax_cross_entropy.contract", points=1, kind="contract")
def test_contract(judge: Judge, draw: Draw) -> None:
    """The arguments are not changed, and the same call gives the same result."""
    contracts.unchanged(judge, "softmax_cross_entropy", *problem(draw))
