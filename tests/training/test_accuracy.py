"""Points for the training: by thresholds, by the share of functions used, and explained in words."""

import dataclasses
from functools import partial
from pathlib import Path

import pytest

from grader.core.errors import CheckStoppedError
from grader.core.kit import KIT
from grader.core.results import Status, TrainingResult
from grader.core.seed import PUBLISHED
from grader.judging.draw import Draw
from grader.run.recorder import Recorder
from grader.training import accuracy
from grader.training.accuracy import earned_points, train_and_award

pytestmark = pytest.mark.usefixtures("small_training")

THRESHOLDS = (0.90, 0.95, 0.97)


def result(test_accuracy):
    return TrainingResult(
        network="A",
        steps=10,
        most_steps=10,
        curve=(),
        test_accuracy=test_accuracy,
        thresholds=THRESHOLDS,
        stopped="steps",
    )


class TestEarnedPoints:
    @pytest.mark.parametrize(
        ("test_accuracy", "points"),
        [
            (None, 0),
            (0.0, 0),
            (0.8999, 0),
            (0.90, 4),
            (0.9499, 4),
            (0.95, 7),
            (0.9699, 7),
            (0.97, 10),
            (1.0, 10),
        ],
    )
    def test_each_threshold_is_a_step(self, test_accuracy, points):
        assert earned_points(result(test_accuracy), 10, used=10, of=10) == points

    def test_each_function_that_was_used_carries_its_share(self):
        assert [earned_points(result(1.0), 10, used=used, of=10) for used in (0, 1, 9)] == [0, 1, 9]
        assert earned_points(result(0.95), 10, used=5, of=10) == 3.5

    def test_points_are_rounded_to_hundredths(self):
        assert earned_points(result(0.90), 10, used=1, of=3) == 1.33


@pytest.fixture
def award(digits):
    """Return a function that trains; it gives the points, the recorder, and what stopped the check."""

    def run(student, *, seconds=None, load=None, thresholds=digits.thresholds, recorder=None):
        recorder, awarded = recorder or Recorder(), []
        try:
            train_and_award(
                student,
                Draw(PUBLISHED, "mnist.accuracy"),
                load or (lambda: dataclasses.replace(digits, thresholds=thresholds)),
                recorder,
                awarded.append,
                seed=PUBLISHED,
                seconds=seconds,
            )
        except CheckStoppedError as stopped:
            return awarded, recorder, stopped
        return awarded, recorder, None

    return run


class TestTrainAndAward:
    def test_the_solution_earns_everything(self, award, start):
        awarded, recorder, stopped = award(start())
        assert awarded == [10]
        assert stopped is None
        assert recorder.training.test_accuracy > 0.7
        assert recorder.training.replaced == ()

    def test_progress_is_reported(self, award, start):
        told = []
        _, recorder, _ = award(start(), recorder=Recorder(on_training=lambda *seen: told.append(seen)))
        assert told == [(step, 60, accuracy) for step, accuracy in recorder.training.curve]

    def test_nothing_is_trained_where_nothing_works(self, award, start):
        def load():
            raise AssertionError("no images are needed")

        # a plain stub would not take the place of the solution's function
        failing = "".join(
            f"def {name}(*_, **__):\n    tried = 1\n    raise NotImplementedError\n"
            for name in accuracy.FUNCTIONS
        )
        awarded, recorder, stopped = award(start(layers=failing, loss=failing, optim=failing), load=load)
        assert awarded == []
        assert recorder.training is None
        assert stopped.status is Status.BLOCKED
        assert "none of the network's functions works yet" in stopped.feedback.headline
        assert stopped.feedback.facts[0].startswith("Finish task 1 (Dense layer), task 2 (ReLU), ")

    def test_a_function_that_is_replaced_costs_its_share_and_is_named(self, award, start):
        wrong = "right = relu_backward\ndef relu_backward(dout, cache):\n    return 2 * right(dout, cache)"
        awarded, recorder, stopped = award(start(layers=wrong))
        assert awarded == [9]
        assert recorder.training.replaced == ("relu_backward",)
        assert stopped.status is Status.FAILED
        assert (
            stopped.feedback.headline
            == "The network reads the digits, but not all of its functions are yours."
        )
        assert stopped.feedback.facts == (
            "The reference replaced relu_backward: Its dx is wrong at the shapes of training.",
            "Each of the 10 functions that is your own earns the same share of the points.",
        )

    def test_too_little_accuracy_earns_its_step_and_names_the_next(self, award, start):
        awarded, recorder, stopped = award(start(), thresholds=(0.3, 0.5, 0.999))
        assert awarded == [7]
        assert stopped.status is Status.FAILED
        assert stopped.feedback.headline == "The network does not reach the top accuracy."
        read = f"{recorder.training.test_accuracy:.1%}"
        assert stopped.feedback.facts == (f"{read} test accuracy; the next points are at 100%.",)

    @pytest.mark.slow
    def test_slow_and_right_earns_everything_and_what_is_slow_is_known(self, award, start, monkeypatch):
        # too slow for a share of a box that a busy machine can keep
        monkeypatch.setattr(accuracy, "TrainingBudget", partial(accuracy.TrainingBudget, too_slow=0.05))
        busy = """
import time
right = maxpool2d_forward
def maxpool2d_forward(x, *, size=2, stride=None):
    end = time.perf_counter() + 0.2
    while time.perf_counter() < end:
        pass
    return right(x, size=size, stride=stride)
"""
        awarded, recorder, stopped = award(start(layers=busy), seconds=60)
        assert recorder.training.slow
        # times are measured: which of several slow functions comes first is up to the machine
        assert "maxpool2d_forward " in recorder.training.slowest()
        assert (awarded, stopped) == ([10], None)

    @pytest.mark.slow
    def test_a_network_that_does_not_answer_earns_nothing_and_its_slowest_functions_are_named(
        self, award, start
    ):
        # right when it is tried, and never heard of again
        source = "count = 0\nright = sgd_step\ndef sgd_step(param, grad, *, lr):\n    global count\n"
        source += "    count += 1\n    while count > 6:\n        pass\n    return right(param, grad, lr=lr)"
        awarded, recorder, stopped = award(start(optim=source), seconds=0.1)
        assert (recorder.training.stopped, recorder.training.steps, awarded) == ("time", 0, [0])
        assert stopped.status is Status.TIMEOUT
        assert stopped.feedback.headline.startswith("Time ran out")
        assert any("Most of the time goes to: " in fact for fact in stopped.feedback.facts)

    def test_divergence_is_named(self, award, start):
        # right when it is tried, wrong when it counts
        source = "count = 0\nright = sgd_step\ndef sgd_step(param, grad, *, lr):\n    global count\n"
        source += "    count += 1\n    return right(param, grad, lr=lr) * (np.nan if count > 60 else 1)"
        awarded, recorder, stopped = award(start(optim=source))
        assert recorder.training.stopped == "diverged"
        assert awarded == [0]
        assert stopped.feedback.headline == (
            f"Training diverged: after step {recorder.training.steps} the weights are no longer finite."
        )

    def test_a_step_that_is_none_earns_nothing_and_says_what_a_step_must_be(self, award, start):
        # wrong once, so that no function is found to be the culprit afterwards
        source = "count = 0\nright = sgd_step\ndef sgd_step(param, grad, *, lr):\n    global count\n"
        source += "    count += 1\n    return right(param, grad, lr=lr) + (count == 200)"
        awarded, recorder, stopped = award(start(optim=source))
        assert recorder.training.stopped == "audit"
        assert awarded == [0]
        assert stopped.status is Status.FAILED
        assert stopped.feedback.headline.startswith("Training was stopped: at step ")
        assert "was not changed by -lr times its gradient" in stopped.feedback.headline
        assert "Every step must use the gradient of the loss" in stopped.feedback.facts[-1]

    def test_a_crash_keeps_what_was_reached_and_says_at_which_step(self, award, start):
        source = (
            "import os\ncount = 0\nright = sgd_step\ndef sgd_step(param, grad, *, lr):\n    global count\n"
        )
        source += "    count += 1\n    return os._exit(3) if count > 6 * 31 else right(param, grad, lr=lr)"
        awarded, recorder, stopped = award(start(optim=source), thresholds=(0.2, 0.99, 1.0))
        assert recorder.training.stopped == "error"
        assert 20 <= recorder.training.steps <= 30
        assert awarded == [4]
        assert stopped.feedback.headline.startswith(
            f"Training failed at step {recorder.training.steps + 1}: The process ended"
        )


class TestWithoutTheSolution:
    """Then the student's functions train and evaluate alone."""

    @pytest.fixture(autouse=True)
    def no_solution(self, monkeypatch):
        monkeypatch.setattr(accuracy, "KIT", dataclasses.replace(KIT, record=Path("answers")))

    def test_right_functions_earn_every_point(self, award, start):
        awarded, recorder, stopped = award(start(), thresholds=(0.1, 0.12, 0.15))
        assert (awarded, stopped) == ([10], None)
        assert recorder.training.stopped in {"accurate", "steps"}
        assert recorder.training.own_steps == recorder.training.steps > 0

    def test_too_little_accuracy_earns_a_share(self, award, start):
        awarded, _, stopped = award(start(), thresholds=(0.1, 0.12, 1.1))
        assert awarded == [7]
        assert stopped.status is Status.FAILED

    def test_a_wrong_function_cannot_be_replaced_and_blocks_the_training(self, award, start):
        wrong = "def relu_forward(x):\n    return -x, x"
        awarded, _, stopped = award(start(layers=wrong))
        assert awarded == []
        assert stopped.status is Status.BLOCKED
        assert "relu_forward: Its out is wrong" in stopped.feedback.facts[0]

    def test_a_function_that_fails_later_on_ends_it(self, award, start):
        failing = """
right = relu_forward
calls = []

def relu_forward(x):
    calls.append(0)
    if len(calls) > 60:
        raise RuntimeError("tired")
    return right(x)
"""
        awarded, recorder, stopped = award(start(layers=failing))
        assert awarded == [0]
        assert recorder.training.stopped == "error"
        assert "tired" in str(stopped.feedback)

    def test_time_that_runs_out_ends_it(self, award, start):
        _, recorder, _ = award(start(), seconds=1e-6, thresholds=(0.2, 0.3, 1.1))
        assert (recorder.training.stopped, recorder.training.steps) == ("time", 1)
