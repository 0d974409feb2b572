"""A check run again in a notebook, on the functions that are defined there."""

import types

import numpy as np
import pytest

from grader.core.errors import GraderError, MissingAnswerError
from grader.core.results import Replay
from grader.core.seed import Seed
from grader.reference.functions import reference
from grader.run import replay as module
from grader.run.grading import Options, grade
from grader.run.replay import replay


def leaky_relu(x):
    return np.where(x > 0, x, 0.1 * x), x


class TestReplay:
    def test_it_shows_the_call_that_is_wrong(self):
        case = replay("relu_forward.values", {"relu_forward": leaky_relu})
        assert case.function == "relu_forward"
        assert list(case.inputs) == ["x"]
        np.testing.assert_array_equal(case.got["out"], leaky_relu(case.inputs["x"])[0])
        np.testing.assert_array_equal(case.expected["out"], np.maximum(case.inputs["x"], 0))
        assert repr(case).startswith("relu_forward.values: relu_forward: out has wrong values.")

    def test_it_shows_the_inputs_of_both_calls_of_a_gradient(self):
        def conv2d_backward(dout, cache):
            dx, dw, db = reference("conv2d_backward")(dout, cache)
            return dx, 2 * dw, db

        case = replay("conv2d_backward.dw", {"conv2d_backward": conv2d_backward})
        assert list(case.inputs) == ["x", "w", "b", "dout"]
        assert case.options == {"stride": 1, "pad": 1}
        assert case.inputs["dout"].shape == (2, 5, 7, 7)
        np.testing.assert_allclose(case.got["dw"], 2 * case.expected["dw"])

    def test_of_interleaved_calls_it_shows_the_one_whose_cache_was_used(self):
        def sigmoid_backward(dout, cache):
            if dout.ndim == 4:
                raise RuntimeError("stop at the first cache")
            return reference("sigmoid_backward")(dout, cache)

        case = replay("sigmoid_backward.contract", {"sigmoid_backward": sigmoid_backward})
        assert case.inputs["x"].shape == case.inputs["dout"].shape == (2, 3, 5, 4)
        assert case.expected["dx"].shape == (2, 3, 5, 4)

    def test_modules_are_sources_too_and_what_they_lack_is_right(self):
        module = types.SimpleNamespace(relu_forward=leaky_relu)
        assert replay("relu_forward.values", vars(module)).feedback is not None
        backward = types.SimpleNamespace(relu_backward=reference("relu_backward"))
        assert replay("relu_backward.dx", vars(backward)).feedback is None

    def test_a_right_function_passes(self):
        names = {"adam_step": reference("adam_step")}
        assert repr(replay("adam_step.several_steps", names)) == "adam_step.several_steps passes."

    def test_a_function_that_is_not_there_does_not_pass(self):
        with pytest.raises(GraderError, match="dense_forward is not defined there: run its cell"):
            replay("dense_forward.bias", {"dense_backward": reference("dense_backward")})

    def test_without_a_recorded_answer_there_is_no_expectation(self, monkeypatch):
        def missing(_):
            raise MissingAnswerError

        monkeypatch.setattr(module, "expected_of", missing)
        case = replay("relu_forward.values", {"relu_forward": leaky_relu})
        assert case.feedback is not None
        assert case.expected == {}

    def test_inputs_are_those_of_the_grader(self, submission):
        folder = submission(layers="def relu_forward(x):\n    return np.where(x > 0, x, 0.1 * x), x")
        for seed in (5, 6):
            report = grade(folder, Options(Seed(str(seed)), tasks=("relu",))).report
            row = next(row for row in report.results if row.check.id == "relu_forward.values")
            case = replay("relu_forward.values", {"relu_forward": leaky_relu}, seed=Seed(str(seed)))
            assert case.feedback.headline == row.feedback.headline
            assert row.feedback.facts[: len(case.feedback.facts)] == case.feedback.facts

    def test_the_line_of_a_feedback_runs(self):
        names = {"relu_forward": leaky_relu}
        again = Replay("relu_forward.values")
        exec(again.IMPORT, names)
        assert eval(again.call, names).feedback is not None

    def test_an_unknown_check_is_answered_with_the_known_ones(self):
        with pytest.raises(GraderError, match=r"no check 'relu'.*did you mean relu_forward\."):
            replay("relu")
        with pytest.raises(GraderError, match=r"did you mean relu_forward\.values"):
            replay("relu_forward.value")
        with pytest.raises(GraderError, match="the scorecard lists the checks"):
            replay("lstm")

    def test_a_call_whose_expectation_is_not_known_shows_what_came(self):
        def nothing_moves(param, _, state, **__):
            return param, state

        case = replay("sgd_momentum_step.several_steps", {"sgd_momentum_step": nothing_moves})
        assert case.feedback is not None
        assert "param" in case.got
