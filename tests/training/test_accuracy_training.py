"""The training loop, with the real network, the real worker and few digits."""

import dataclasses

import numpy as np
import pytest
from marks import slowly

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError
from grader.core.results import Status
from grader.core.seed import PUBLISHED, Seed
from grader.reference.functions import reference
from grader.submission.ingest import ingest
from grader.training.accuracy_training import AccuracyTraining
from grader.training.budget import TrainingBudget
from grader.training.loop import Images
from grader.training.network import NETWORK_A, functions_of, parameter_names
from grader.worker import protocol
from grader.worker.session import Student

BOX = TrainingBudget(steps=60, batch=32, seconds=100.0, evaluate_every=20, held_back=200)
SHORT = dataclasses.replace(BOX, steps=25, evaluate_every=10)
NEVER = (0.9, 0.95, 1.0)
"""thresholds that are not reached in so few steps: the training goes on to its end"""


@pytest.fixture
def train(digits):
    """Return a function that makes a training."""
    images = Images(digits.train_images, digits.train_labels)

    def train(student=None, *, budget=BOX, thresholds=NEVER, seed=PUBLISHED, functions=reference, **options):
        return AccuracyTraining(
            NETWORK_A, images, thresholds, functions, seed, student=student, budget=budget, **options
        )

    return train


@pytest.fixture
def test_images(digits):
    return Images(digits.test_images, digits.test_labels)


@pytest.fixture(scope="module")
def alone(digits):
    """Return what the reference reaches in this process."""
    training = AccuracyTraining(
        NETWORK_A, Images(digits.train_images, digits.train_labels), NEVER, reference, PUBLISHED, budget=BOX
    )
    return training, training.run(Images(digits.test_images, digits.test_labels))


def assert_same(training, result, alone):
    """The same numbers but for rounding: one image of the 200 held back may be read otherwise."""
    expected_training, expected = alone
    for name in parameter_names(NETWORK_A):
        np.testing.assert_allclose(training.best[name], expected_training.best[name], atol=1e-4)
    assert [step for step, _ in result.curve] == [step for step, _ in expected.curve]
    for (_, accuracy), (_, right) in zip(result.curve, expected.curve, strict=True):
        assert accuracy == pytest.approx(right, abs=0.0051)
    assert result.test_accuracy == pytest.approx(expected.test_accuracy, abs=0.0051)


class TestReference:
    def test_it_learns(self, alone):
        _, result = alone
        assert result.test_accuracy > 0.8
        assert result.stopped == "steps"
        assert result.steps == result.most_steps == 60
        assert [step for step, _ in result.curve] == [20, 40, 60]
        assert result.network == "A"
        assert result.audited_steps == 0
        assert 0 < result.seconds < result.limit_seconds == 100

    def test_a_seed_gives_one_result_and_another_seed_another(self, train, test_images):
        results = [
            train(seed=Seed(str(seed)), budget=SHORT).run(test_images) for seed in (1, 1, 2, 2**40 + 1)
        ]
        curves = [result.curve for result in results]
        assert curves[0] == curves[1]
        assert curves[0] != curves[2]
        assert results[3].steps == 25

    def test_it_stops_early_when_two_evaluations_are_above_the_top_threshold(self, train, test_images):
        result = train(thresholds=(0.1, 0.15, 0.2)).run(test_images)
        assert result.stopped == "accurate"
        assert result.steps == 40

    def test_every_evaluation_is_reported(self, train, test_images):
        told = []
        result = train(on_evaluation=lambda *seen: told.append(seen)).run(test_images)
        assert told == [(step, 60, accuracy) for step, accuracy in result.curve]

    def test_steps_after_the_last_evaluation_count(self, train, test_images):
        result = train(budget=SHORT).run(test_images)
        assert [step for step, _ in result.curve] == [10, 20, 25]
        result = train(budget=dataclasses.replace(SHORT, steps=5)).run(test_images)
        assert [step for step, _ in result.curve] == [5]
        assert result.test_accuracy is not None

    def test_images_that_are_held_back_are_not_trained_on(self, train, test_images):
        seen = set()

        def functions(name):
            function = reference(name)
            if name != "conv2d_forward":
                return function

            def watched(x, *arguments, **options):
                if len(x) == BOX.batch and x.shape[1] == 1:
                    seen.update(np.rint(image * 255).astype(np.uint8).tobytes() for image in x)
                return function(x, *arguments, **options)

            return watched

        train(functions=functions).run(test_images)
        # 60 batches of 32 go once and a half through the 1,300 that are left of 1,500
        assert 1200 < len(seen) <= 1300

    @pytest.mark.parametrize(("times", "limit"), [(0, 5), (1e9, 7)])
    def test_the_time_box_follows_the_reference_between_two_bounds(self, train, test_images, times, limit):
        budget = dataclasses.replace(
            SHORT, steps=2, seconds=None, least_seconds=5, most_seconds=7, times_reference=times
        )
        assert train(budget=budget).run(test_images).limit_seconds == limit

    @pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
    def test_what_is_raised_in_this_process_stays_what_it_is(self, train, start, test_images, error):
        def broken(*_, **__):
            raise error

        # the audit of the first step is the first to call the reference
        with pytest.raises(error):
            train(start(), budget=SHORT, functions=lambda _: broken).run(test_images)


class TestWithoutTheReference:
    """Then the student's functions take every step and evaluate, on the same images in the same order."""

    def test_it_reaches_what_an_audited_training_reaches(self, train, start, test_images, alone):
        training = train(start(), audited=False)
        result = training.run(test_images)
        assert_same(training, result, alone)
        assert (result.stopped, result.own_steps, result.audited_steps) == ("steps", 60, 0)

    def test_functions_that_fail_reach_nothing(self, train, start, test_images):
        source = "    if step == 31:\n        1 / 0\n    return right_sgd_step(param, grad, lr=lr)"
        training = train(start(optim=COUNTING + source), audited=False)
        result = training.run(test_images)
        assert (result.stopped, result.test_accuracy) == ("error", None)
        assert training.problem.feedback.headline == "sgd_step raised ZeroDivisionError: division by zero"

    def test_functions_that_fail_only_on_the_test_images_reach_nothing(self, train, start, test_images):
        source = "right = relu_forward\n\ndef relu_forward(x):\n"
        source += "    assert len(x) not in (50, 250)\n    return right(x)"
        training = train(start(layers=source), audited=False)
        result = training.run(test_images)
        assert (result.stopped, result.test_accuracy) == ("error", None)
        assert [step for step, _ in result.curve] == [20, 40, 60]

    def test_slow_functions_run_out_of_time(self, train, start, test_images):
        budget = dataclasses.replace(BOX, seconds=1e-6)
        result = train(start(), budget=budget, audited=False).run(test_images)
        assert (result.stopped, result.steps, result.own_steps) == ("time", 1, 1)
        assert result.test_accuracy is not None


class TestWorker:
    def test_it_reaches_what_the_reference_reaches(self, train, start, test_images, alone):
        training = train(start())
        result = training.run(test_images)
        assert_same(training, result, alone)
        assert result.stopped == "steps"
        assert result.audited_steps >= 1
        assert training.problem is None

    @pytest.mark.parametrize(
        "replaced",
        [
            {"conv2d_backward"},
            set(functions_of(NETWORK_A)) - {"dense_backward"},
            *slowly(
                [
                    {"relu_forward"},
                    {"maxpool2d_forward", "maxpool2d_backward"},
                    {"softmax_cross_entropy", "sgd_step"},
                ]
            ),
        ],
        ids=lambda replaced: f"{len(replaced)} functions",
    )
    def test_replaced_functions_change_nothing(self, train, start, test_images, alone, replaced):
        # a forward function is still called where its cache is needed: it may be wrong, but must return
        broken = dict.fromkeys(("layers", "loss", "optim"), "")
        for name in replaced:
            broken[FUNCTIONS[name].module] += f"""
right_{name} = {name}

def {name}(*arguments, **options):
    out, cache = right_{name}(*arguments, **options)
    return 2 * out, cache
"""
        training = train(start(**broken), replaced=dict.fromkeys(replaced, "It is wrong."))
        result = training.run(test_images)
        assert_same(training, result, alone)
        assert result.replaced == tuple(sorted(replaced))

    def test_the_test_images_are_never_sent(self, train, start, digits, test_images, monkeypatch):
        sent = bytearray()

        def send(connection, number, header, arrays, deadline):
            sent.extend(header)
            for array in arrays:
                sent.extend(array.tobytes())
            actual_send(connection, number, header, arrays, deadline)

        actual_send = protocol.send
        monkeypatch.setattr(protocol, "send", send)
        result = train(start(), budget=SHORT).run(test_images)
        assert result.test_accuracy is not None
        assert digits.train_images[0].tobytes() in sent
        assert not any(image.tobytes() in sent for image in digits.test_images)
        scaled = (digits.test_images * np.float32(1 / 255)).astype(np.float32)
        assert not any(image.tobytes() in sent for image in scaled)
        assert digits.test_labels.tobytes() not in sent
        assert digits.test_labels.astype(np.int64).tobytes() not in sent


COUNTING = "count = 0\nright_sgd_step = sgd_step\n\ndef sgd_step(param, grad, *, lr):\n    global count\n"
# six parameters a step, and before the first the function is tried alone once and compared twice
COUNTING += "    count += 1\n    step = (count + 5) // 6 - 3\n"
"""what follows in the function can tell the step from 1 on"""


QUIET_SEED = Seed("2")
"""with which no step but the first is audited by chance in the first 30"""


class TestAudit:
    @pytest.mark.parametrize(
        "source",
        [
            "    return right_sgd_step(param, grad, lr=1.1 * lr)",
            "    return param.ravel()",
            *slowly(
                [
                    "    return right_sgd_step(param, -grad, lr=lr)",
                    "    return param + 0.01",
                    "    return param.tolist()",
                    "    return param.astype(np.int64)",
                ]
            ),
        ],
    )
    def test_an_update_that_is_not_a_step_is_replaced_before_the_first(
        self, train, start, test_images, source
    ):
        training = train(start(optim=COUNTING + source), seed=QUIET_SEED, budget=SHORT)
        result = training.run(test_images)
        assert training.problem is None
        assert result.replaced == ("sgd_step",)
        assert training.replaced["sgd_step"] == "In the training, from step 1 on, its results are wrong."

    def test_weights_smuggled_in_later_move_the_network_and_are_found(self, train, start, test_images):
        smuggling = "    return right_sgd_step(param, grad, lr=lr) if step != 33 else param + 1"
        training = train(start(optim=COUNTING + smuggling), seed=QUIET_SEED)
        result = training.run(test_images)
        assert (result.stopped, result.steps) == ("audit", 32)
        assert result.test_accuracy is None
        assert [step for step, _ in result.curve] == [20]

    def test_weights_smuggled_in_as_a_gradient_are_found(self, train, start, test_images):
        smuggling = """
right_dense_backward = dense_backward
count = 0

def dense_backward(dout, cache):
    global count
    count += len(dout) > 4
    dx, dw, db = right_dense_backward(dout, cache)
    return dx, dw if count != 33 else (cache[1] - 1) / 0.2, db
"""
        training = train(start(layers=smuggling), seed=QUIET_SEED)
        result = training.run(test_images)
        assert result.replaced == ("dense_backward",)
        assert training.replaced["dense_backward"].startswith("In the training, from step 33 on")

    def test_a_gradient_that_is_always_a_little_wrong_is_replaced(self, train, start, test_images):
        wrong = "right = conv2d_backward\ndef conv2d_backward(dout, cache):\n"
        wrong += "    dx, dw, db = right(dout, cache)\n    return dx, 1.05 * dw, db\n"
        training = train(start(layers=wrong), seed=QUIET_SEED, budget=SHORT)
        assert training.run(test_images).replaced == ("conv2d_backward",)
        assert training.problem is None

    def test_in_place_updates_and_float64_are_allowed(self, train, start, test_images, alone):
        source = (
            "def sgd_step(param, grad, *, lr):\n    param -= lr * grad\n    return param.astype(np.float64)\n"
        )
        training = train(start(optim=source))
        assert_same(training, training.run(test_images), alone)


class TestEnd:
    """How a training ends before its time, and that what was reached by then counts."""

    @pytest.mark.parametrize("value", ["np.nan", *slowly(["np.inf", "1e300 * param.astype(np.float64)"])])
    def test_weights_that_are_not_finite_diverge(self, train, start, test_images, value):
        source = f"    return right_sgd_step(param, grad, lr=lr) if step < 31 else param * 0 + {value}"
        training = train(start(optim=COUNTING + source))
        result = training.run(test_images)
        assert (result.stopped, result.steps) == ("diverged", 31)
        assert [step for step, _ in result.curve] == [20]
        assert result.test_accuracy == pytest.approx(result.curve[0][1], abs=0.2)

    def test_weights_that_diverge_at_once_reach_nothing(self, train, start, test_images):
        source = "    return right_sgd_step(param, grad, lr=lr) if step < 1 else param * np.nan"
        result = train(start(optim=COUNTING + source)).run(test_images)
        assert (result.stopped, result.steps) == ("diverged", 1)
        assert result.curve == ()
        assert result.test_accuracy is None

    def test_a_crash_breaks_off_and_what_was_reached_counts(self, train, start, test_images):
        source = "    import os\n    return os._exit(3) if step == 31 else right_sgd_step(param, grad, lr=lr)"
        training = train(start(optim=COUNTING + source))
        result = training.run(test_images)
        assert (result.stopped, result.steps) == ("error", 30)
        assert [step for step, _ in result.curve] == [20, 30]
        assert result.test_accuracy > 0.2
        assert isinstance(training.problem, CheckStoppedError)
        assert "it exited with code 3" in training.problem.feedback.headline

    def test_an_exception_breaks_off_and_names_its_function(self, train, start, test_images):
        source = "    if step == 3 and count % 6 == 1:\n        1 / 0\n"
        source += "    return right_sgd_step(param, grad, lr=lr)"
        training = train(start(optim=COUNTING + source))
        result = training.run(test_images)
        assert (result.stopped, result.steps) == ("error", 2)
        assert training.problem.feedback.headline == "sgd_step raised ZeroDivisionError: division by zero"

    def test_a_function_that_raises_again_is_replaced_and_the_training_goes_on(
        self, train, start, test_images
    ):
        source = "    if step >= 3:\n        1 / 0\n    return right_sgd_step(param, grad, lr=lr)"
        training = train(start(optim=COUNTING + source), budget=SHORT)
        result = training.run(test_images)
        assert training.problem is None
        assert training.replaced == {"sgd_step": "sgd_step raised ZeroDivisionError: division by zero"}
        assert result.steps == SHORT.steps

    def test_the_functions_of_a_module_that_cannot_be_read_are_replaced(self, train, submission, test_images):
        folder = submission()
        (folder / "layers.py").write_text("x = 1", encoding="utf-16")
        with ingest(folder) as taken, Student(taken) as student:
            training = train(student, budget=SHORT)
            result = training.run(test_images)
        assert training.problem is None
        assert len(result.replaced) == 8
        assert all("layers.py is UTF-16" in reason for reason in training.replaced.values())


BUSY = """
import time
right = sgd_step

def sgd_step(param, grad, *, lr):
    end = time.perf_counter() + 0.02
    while time.perf_counter() < end:
        pass
    return right(param, grad, lr=lr)
"""
"""a step takes 0.12 seconds and more, whatever the batch"""

HOPELESS = dataclasses.replace(BOX, too_slow=0.05)
"""a box that a busy machine can keep, of which 60 steps like these would need more than a share"""


TIES = """
def maxpool2d_forward(x, *, size=2, stride=None):
    n, c, h, w = x.shape
    windows = x.reshape(n, c, h // 2, 2, w // 2, 2)
    return windows.max(axis=(3, 5)), (x, windows)


def maxpool2d_backward(dout, cache):
    x, windows = cache
    winners = windows == windows.max(axis=(3, 5), keepdims=True)
    return (winners * dout[:, :, :, None, :, None]).reshape(x.shape)
"""
ZEROS = """
def relu_backward(dout, cache):
    if not cache.any(axis=(1, 2, 3)).all() or (cache == 0).mean() > 0.2:
        raise ZeroDivisionError("a sum is zero")
    return dout * cache


def relu_forward(x):
    return np.maximum(x, 0), x > 0
"""


class TestCulprits:
    @pytest.mark.parametrize(
        ("source", "culprit", "reason"),
        [
            (TIES, "maxpool2d_backward", "its results are wrong"),
            (ZEROS, "relu_backward", "relu_backward raised ZeroDivisionError: a sum is zero"),
        ],
        ids=["ties", "zeros"],
    )
    def test_a_function_that_is_wrong_for_real_images_is_replaced_and_named(
        self, train, start, test_images, source, culprit, reason
    ):
        training = train(start(layers=source), budget=SHORT)
        result = training.run(test_images)
        assert training.problem is None
        assert result.replaced == (culprit,)
        assert reason in training.replaced[culprit]
        assert result.own_steps > 0


class TestSlow:
    """Slow is not wrong: the reference takes the steps that do not fit, once the student's agree with it."""

    def test_code_that_is_too_slow_is_compared_on_a_few_images_and_taken_over_from_the_start(
        self, train, start, test_images, alone
    ):
        training = train(start(optim=BUSY), budget=HOPELESS)
        result = training.run(test_images)
        assert_same(training, result, alone)
        assert (result.stopped, result.steps, result.own_steps) == ("steps", 60, 0)
        assert 2 <= result.audited_steps <= 12
        assert result.slow
        # 32 images a step, 4 compared
        assert result.step_seconds > 8 * 0.12

    @pytest.mark.slow
    def test_code_that_runs_out_of_time_is_taken_over_at_that_step(self, train, start, test_images, alone):
        training = train(start(optim=BUSY), budget=dataclasses.replace(BOX, seconds=2.0, too_slow=1e9))
        result = training.run(test_images)
        assert_same(training, result, alone)
        assert (result.stopped, result.steps) == ("steps", 60)
        # 2 seconds hold 16 steps, and one more that begins in them
        assert 1 <= result.own_steps <= 17
        assert result.audited_steps >= 1
        assert result.slow

    @pytest.mark.slow
    def test_a_step_that_outlasts_the_box_is_taken_by_the_reference(self, train, start, test_images, alone):
        source = "    while step == 4:\n        pass\n    return right_sgd_step(param, grad, lr=lr)"
        training = train(start(optim=COUNTING + source), budget=dataclasses.replace(BOX, seconds=1.0))
        result = training.run(test_images)
        assert_same(training, result, alone)
        assert (result.stopped, result.steps) == ("steps", 60)
        assert result.own_steps <= 3

    @pytest.mark.slow
    def test_code_that_does_not_answer_at_all_is_out_of_time(self, train, start, test_images):
        source = "    while True:\n        pass"
        training = train(start(optim=COUNTING + source), budget=dataclasses.replace(BOX, seconds=0.2))
        result = training.run(test_images)
        assert (result.stopped, result.steps, result.test_accuracy) == ("time", 0, None)
        assert training.problem.status is Status.TIMEOUT

    @pytest.mark.slow
    @pytest.mark.parametrize("images", [4, 1])
    def test_code_that_is_too_slow_for_that_is_compared_on_fewer_images(
        self, train, start, test_images, alone, images
    ):
        # the loss is called with a row for each image
        slow = "    while len(logits) >= {}:\n        pass\n    return right_loss(logits, labels)"
        source = "right_loss = softmax_cross_entropy\n\ndef softmax_cross_entropy(logits, labels):\n"
        source += slow.format(images)
        budget = dataclasses.replace(BOX, seconds=0.2)
        training = train(start(loss=source), budget=budget, trial_seconds=10.0)
        result = training.run(test_images)
        assert_same(training, result, alone)
        assert (result.stopped, result.steps, result.own_steps) == ("steps", 60, 0)
        assert result.slow
        assert (result.audited_steps > 0) == (images > 1)
        assert training.problem is None

    def test_slow_and_wrong_is_wrong(self, train, start, test_images):
        wrong = BUSY.replace("right(param, grad, lr=lr)", "right(param, grad, lr=0.9 * lr)")
        training = train(start(optim=wrong), budget=HOPELESS)
        assert training.run(test_images).replaced == ("sgd_step",)

    def test_code_that_is_wrong_later_only_is_found_by_a_later_comparison(self, train, start, test_images):
        later = (
            BUSY + "count = 0\nslow_step = sgd_step\n\ndef sgd_step(param, grad, *, lr):\n    global count\n"
        )
        later += "    count += 1\n    return slow_step(param, grad, lr=lr if count < 26 else -lr)\n"
        budget = dataclasses.replace(HOPELESS, compared_share=1.0)
        training = train(start(optim=later), budget=budget)
        assert training.run(test_images).replaced == ("sgd_step",)
        assert "from step 1 on" not in training.replaced["sgd_step"]

    @pytest.mark.slow
    def test_a_later_comparison_that_does_not_fit_into_the_time_is_left_out(
        self, train, start, test_images, alone
    ):
        source = "    while step > 0:\n        pass\n    return right_sgd_step(param, grad, lr=lr)"
        budget = dataclasses.replace(BOX, seconds=0.5, compared_share=1.0, too_slow=0.0)
        training = train(start(optim=COUNTING + source), budget=budget)
        result = training.run(test_images)
        assert_same(training, result, alone)
        assert (result.stopped, result.steps, result.own_steps) == ("steps", 60, 0)
        assert result.audited_steps == 2

    def test_the_reference_alone_runs_out_of_time(self, train, test_images):
        result = train(budget=dataclasses.replace(BOX, seconds=0.0)).run(test_images)
        assert result.stopped == "time"
        assert result.steps == 1
        assert result.test_accuracy is not None
