"""The engine of a student's functions: the same numbers in a worker, and errors that say what is missing."""

import numpy as np
import pytest

from grader.core.errors import CheckStoppedError
from grader.reference.functions import reference
from grader.training.calls_engine import CallsEngine
from grader.training.network import initial_parameters
from grader.training.network_text import NETWORKS, parse_network

IMAGES = np.random.RandomState(3).randint(0, 256, (20, 28, 28)).astype(np.uint8)
LABELS = np.arange(20) % 10
INDICES = np.array([3, 1, 4])


def both(name, start, text=None, **appended):
    """Return weights, and engines of the reference in this process and of a submission in a worker."""
    network = parse_network(name, text or NETWORKS[name])
    weights = initial_parameters(network, np.random.RandomState(1))
    student = start(**appended)
    return weights, CallsEngine(network, IMAGES, reference), CallsEngine(network, IMAGES, reference, student)


@pytest.mark.parametrize("name", ["A", "sigmoid-head"])
def test_a_worker_computes_what_this_process_computes(start, name):
    weights, here, there = both(name, start)
    for seed in (1, 2):
        loss, gradients = there.gradients(weights, INDICES, LABELS[INDICES], seed)
        expected_loss, expected = here.gradients(weights, INDICES, LABELS[INDICES], seed)
        assert loss == expected_loss
        for gradient_name, gradient in expected.items():
            np.testing.assert_array_equal(gradients[gradient_name], gradient)
    np.testing.assert_array_equal(there.logits(weights, IMAGES), here.logits(weights, IMAGES))


def test_dropout_has_another_mask_in_every_step_and_none_when_scores_are_read(start):
    weights, _, there = both("x", start, "flatten, dropout 0.5, dense 10")
    losses = [there.gradients(weights, INDICES, LABELS[INDICES], seed)[0] for seed in (1, 2, 1)]
    assert losses[0] == losses[2] != losses[1]
    plain = CallsEngine(parse_network("x", "flatten, dense 10"), IMAGES, reference)
    same = {"w1": weights["w2"], "b1": weights["b2"]}
    np.testing.assert_array_equal(there.logits(weights, IMAGES), plain.logits(same, IMAGES))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "right = dense_backward\ndef dense_backward(dout, cache):\n    dx, dw, db = right(dout, cache)\n"
            "    return dx, dw.T, db",
            "the gradient of w1 as an array (784, 10) of floats, but got an array (10, 784)",
        ),
        (
            "right = dense_backward\ndef dense_backward(dout, cache):\n    dx, dw, db = right(dout, cache)\n"
            "    return dx, dw, None",
            "the gradient of b1 as an array (10,) of floats, but got a NoneType",
        ),
        (
            "def dense_backward(dout, cache):\n    dx = dout\n    raise NotImplementedError",
            "dense_backward is not written",
        ),
    ],
)
def test_what_cannot_be_trained_with_is_an_error_that_says_so(start, source, told):
    weights, _, there = both("x", start, "flatten, dense 10", layers=source)
    with pytest.raises(CheckStoppedError) as stopped:
        there.gradients(weights, INDICES, LABELS[INDICES], 1)
    assert told in stopped.value.feedback.headline


def test_scores_of_another_shape_are_an_error(start):
    source = "def dense_forward(x, w, b):\n    return x[:1] @ w + b, (x, w)"
    weights, _, there = both("x", start, "flatten, dense 10", layers=source)
    with pytest.raises(CheckStoppedError, match="the scores as an array"):
        there.logits(weights, IMAGES)
