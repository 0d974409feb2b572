"""What a wrong result equals instead."""

import numpy as np
import pytest

from grader.core.assignment import FUNCTIONS
from grader.feedback.equality import equality
from grader.feedback.mistakes.base import mistaken
from grader.feedback.recording import RecordingCaller
from grader.feedback.simulation import LocalCaller
from grader.reference.functions import reference

RANDOM = np.random.RandomState(5)
CONV = RANDOM.standard_normal((2, 3, 7, 7)), RANDOM.standard_normal((4, 3, 3, 3)), RANDOM.standard_normal(4)


def told(function, wrong, value, arguments, **options):
    """Return the sentence about a value of a function that is replaced by a wrong one."""
    caller = RecordingCaller(LocalCaller(mistaken(reference, {function: wrong})))
    forward = FUNCTIONS[function].forward
    if FUNCTIONS[function].is_backward:
        handle = caller.call(forward, arguments, [], kept=["cache"], **options).handles["cache"]
        out = reference(forward)(*arguments, **options)[0]
        dout = np.random.RandomState(0).standard_normal(out.shape)
        caller.call(function, (dout, handle), list(FUNCTIONS[function].returns))
    else:
        caller.call(function, arguments, [value], **options)
    return equality(caller.recorded_calls, value)


def test_the_right_result_for_another_option_is_named():
    def wrong(right, x, w, b, *, stride=1, pad=0):
        return right.conv2d_forward(x, w, b, stride=stride, pad=1)

    assert told("conv2d_forward", wrong, "out", CONV, stride=2, pad=0) == (
        "out equals the right result for pad=1."
    )


def test_two_options_at_once_are_found():
    def wrong(right, x, w, b, *, stride=1, pad=0):
        return right.conv2d_forward(x, w, b, stride=2, pad=1)

    assert told("conv2d_forward", wrong, "out", CONV, stride=1, pad=2) == (
        "out equals the right result for stride=2 and pad=1."
    )


def test_the_two_numbers_of_a_pair_may_be_exchanged():
    def wrong(right, x, w, b, *, stride=1, pad=0):
        return right.conv2d_forward(x, w, b, stride=stride[::-1], pad=pad)

    sentence = told("conv2d_forward", wrong, "out", CONV, stride=(1, 2), pad=0)
    assert sentence == "out equals the right result for stride=(2, 1)."


@pytest.mark.parametrize(("value", "other"), [("dx", "dw"), ("dw", "dx")])
def test_another_result_of_the_same_call_is_named(value, other):
    square = RANDOM.standard_normal((5, 5)), RANDOM.standard_normal((5, 5)), RANDOM.standard_normal(5)

    def wrong(right, dout, cache):
        dx, dw, db = right.dense_backward(dout, cache)
        return dw, dx, db

    assert told("dense_backward", wrong, value, square) == f"What is returned as {value} is {other}."


def test_an_option_that_is_ignored_is_named_by_its_value():
    param, grad = RANDOM.standard_normal((4, 3)), RANDOM.standard_normal((4, 3))

    def wrong(right, param, grad, *, lr):
        return right.sgd_step(param, grad, lr=1.0)

    assert told("sgd_step", wrong, "param", (param, grad), lr=0.1) == (
        "param equals the right result for lr=1.0."
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda out: out + 1,
        lambda out: 0 * out,
        lambda out: out[:, :, 1:],
        lambda out: None,
        lambda out: out > 0,
        lambda out: out * 1j,
        lambda out: np.where(out > 0, 1.7e308, -1.7e308),
        lambda out: np.where(out > 0, np.nan, np.inf),
        lambda out: out.astype(np.uint8),
        lambda out: out[:0],
    ],
)
def test_what_equals_nothing_is_not_told(change):
    def wrong(right, x, w, b, *, stride=1, pad=0):
        out, cache = right.conv2d_forward(x, w, b, stride=stride, pad=pad)
        return change(out), cache

    assert told("conv2d_forward", wrong, "out", CONV, stride=1, pad=1) is None


def test_what_several_options_would_give_is_not_told():
    # a kernel of one and no padding that matters: stride 2 and 3 give the same single value
    small = RANDOM.standard_normal((1, 2, 2, 2)), RANDOM.standard_normal((2, 2, 1, 1)), np.zeros(2)

    def wrong(right, x, w, b, *, stride=1, pad=0):
        return right.conv2d_forward(x, w, b, stride=2, pad=pad)

    assert told("conv2d_forward", wrong, "out", small, stride=1, pad=0) is None
