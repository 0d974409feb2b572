"""The smallest case on which a function is still wrong."""

import numpy as np
import pytest

from grader.feedback.minimal_case import minimal_case_sentence, smallest
from grader.feedback.mistakes.base import mistaken
from grader.feedback.recording import RecordingCaller
from grader.feedback.simulation import LocalCaller
from grader.reference.functions import reference

RANDOM = np.random.RandomState(0)
LAYER = RANDOM.standard_normal((2, 3, 6, 5)), RANDOM.standard_normal((4, 3, 3, 2)), np.zeros(4)


def shapes(arguments):
    return [argument.shape for argument in arguments]


def recorded(function, arguments, wrong, dout=None, **options):
    """Return a caller with one wrong function, and the recording of a call of it."""
    trusted = LocalCaller(mistaken(reference, {function: wrong}))
    recording = RecordingCaller(trusted)
    if dout is None:
        recording.call(function, arguments, **options)
    else:
        forward = function.replace("_backward", "_forward")
        cache = recording.call(forward, arguments, [], kept=["cache"], **options).handles["cache"]
        recording.call(function, (dout, cache))
    return trusted, recording.recorded_calls


class TestSmallest:
    def test_axes_of_one_letter_are_cropped_together(self):
        found = smallest("conv2d_forward", LAYER, lambda _: True)
        assert shapes(found) == [(1, 1, 1, 1), (1, 1, 1, 1), (1,)]

    def test_what_must_stay_stays(self):
        found = smallest("conv2d_forward", LAYER, lambda arguments: arguments[0].shape[1] >= 2)
        assert shapes(found) == [(1, 2, 1, 1), (1, 2, 1, 1), (1,)]

    def test_nothing_smaller_is_none(self):
        assert smallest("conv2d_forward", LAYER, lambda _: False) is None

    def test_other_functions_crop_every_axis_by_itself(self):
        found = smallest("relu_forward", LAYER[:1], lambda arguments: arguments[0].shape[3] > 1)
        assert shapes(found) == [(1, 1, 1, 2)]

    def test_it_asks_no_more_often_than_allowed(self):
        asked = []
        smallest("conv2d_forward", LAYER, asked.append, most_trials=5)
        assert len(asked) == 5


class TestSmallestCase:
    def test_a_wrong_forward_function(self):
        def last_channel_forgotten(right, x, w, b, **options):
            out, cache = right.conv2d_forward(x[:, :-1], w[:, :-1], b, **options)
            return out, cache

        student, recorded_calls = recorded("conv2d_forward", LAYER, last_channel_forgotten, stride=1, pad=1)
        sentence = minimal_case_sentence(student, recorded_calls, "out")
        assert sentence == "It still fails with x (1,2,1,1), w (1,2,1,1), b (1,), stride 1, pad 1."

    def test_a_wrong_gradient(self):
        def dw_of_the_first_image(right, dout, cache):
            dx, dw, db = right.conv2d_backward(dout, cache)
            return dx, dw if len(dout) == 1 else 2 * dw, db

        dout = RANDOM.standard_normal((2, 4, 4, 4))
        student, recorded_calls = recorded("conv2d_backward", LAYER, dw_of_the_first_image, dout)
        sentence = minimal_case_sentence(student, recorded_calls, "dw")
        assert sentence == "It still fails with x (2,1,1,1), w (1,1,1,1), b (1,)."
        assert minimal_case_sentence(student, recorded_calls, "dx") is None

    @pytest.mark.parametrize("value", ["argument0", "cache"])
    def test_only_results_are_looked_for(self, value):
        student, recorded_calls = recorded("relu_forward", LAYER[:1], lambda _, x: (x + 1, None))
        assert minimal_case_sentence(student, recorded_calls, value) is None
