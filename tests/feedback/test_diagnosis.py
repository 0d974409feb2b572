"""Why a check failed: a cause is named only where a known mistake gives what the student gave."""

import numpy as np
import pytest

from grader.core.errors import CheckStoppedError
from grader.core.results import Feedback, Status
from grader.core.seed import PUBLISHED
from grader.feedback import diagnosis as module
from grader.feedback.diagnosis import Diagnosis
from grader.feedback.mistakes.base import Mistake, mistaken
from grader.feedback.outcomes import outcomes
from grader.feedback.recording import run_and_record
from grader.feedback.simulation import LocalCaller
from grader.reference.functions import reference
from grader.run.collect import runnable_checks
from grader.worker.caller import Caller


def leak(right, x):
    _, cache = right.relu_forward(x)
    return np.where(x > 0, x, 0.1 * x), cache


def same_leak(right, x):
    return leak(right, x)


def leak_in_matrices(right, x):
    return leak(right, x) if x.ndim == 2 else right.relu_forward(x)


def doubled(right, x):
    out, cache = right.relu_forward(x)
    return 2 * out, cache


def conv_doubled(right, x, w, b, **options):
    out, cache = right.conv2d_forward(x, w, b, **options)
    return 2 * out, cache


def dw_halved(right, dout, cache):
    dx, dw, db = right.conv2d_backward(dout, cache)
    return dx, dw / 2, db


def db_forgotten(right, dout, cache):
    dx, dw, db = right.conv2d_backward(dout, cache)
    return dx, dw, np.zeros_like(db)


def known(function, wrong):
    return Mistake(function, wrong.__name__, f"{wrong.__name__}.", "Do not.", "relu", wrong, function)


@pytest.fixture
def catalogue(monkeypatch):
    """Replace the known mistakes."""

    def replace(**wrong):
        mistakes = [known(function, each) for function, all_of in wrong.items() for each in all_of]
        monkeypatch.setattr(
            module, "mistakes_of", lambda *functions: [m for m in mistakes if m.function in functions]
        )

    return replace


def student(**wrong):
    return LocalCaller(mistaken(reference, wrong))


def diagnosis(caller, seed=PUBLISHED):
    return Diagnosis(caller, runnable_checks(seed).values(), outcomes)


def causes(caller, check, seed=PUBLISHED):
    return [mistake.name for mistake in diagnosis(caller, seed).causes(check)]


class TestCauses:
    def test_the_mistake_that_gives_the_same_is_named(self, catalogue):
        catalogue(relu_forward=[doubled, leak])
        assert causes(student(relu_forward=leak), "relu_forward.values") == ["leak"]

    def test_nothing_is_named_for_what_is_not_known(self, catalogue):
        catalogue(relu_forward=[doubled])
        assert causes(student(relu_forward=leak), "relu_forward.values") == []

    def test_nothing_is_named_where_nothing_is_wrong(self, catalogue):
        catalogue(relu_forward=[doubled])
        assert causes(student(), "relu_forward.values") == []

    def test_two_that_explain_equally_well_are_both_named(self, catalogue):
        catalogue(relu_forward=[leak, same_leak])
        assert causes(student(relu_forward=leak), "relu_forward.values") == ["leak", "same_leak"]

    def test_one_that_explains_more_is_preferred(self, catalogue):
        catalogue(relu_forward=[leak_in_matrices, leak])
        assert causes(student(relu_forward=leak_in_matrices), "relu_forward.values") == ["leak_in_matrices"]

    def test_one_that_would_fail_what_the_student_passes_is_not_named(self, catalogue):
        def doubled_without_padding(right, x, w, b, *, stride=1, pad=0):
            out, cache = right.conv2d_forward(x, w, b, stride=stride, pad=pad)
            return out if pad else 2 * out, cache

        catalogue(conv2d_forward=[conv_doubled])
        caller = student(conv2d_forward=doubled_without_padding)
        assert causes(caller, "conv2d_forward.no_padding") == []

    def test_a_value_that_the_check_did_not_fail_may_differ_otherwise(self, catalogue):
        def both(right, dout, cache):
            dx, dw, db = right.conv2d_backward(dout, cache)
            return dx, dw / 2, np.sin(db)

        catalogue(conv2d_backward=[dw_halved])
        assert causes(student(conv2d_backward=both), "conv2d_backward.dw") == ["dw_halved"]
        assert causes(student(conv2d_backward=both), "conv2d_backward.db") == []

    def test_two_mistakes_of_one_function_are_told_apart(self, catalogue):
        def both(right, dout, cache):
            dx, dw, db = right.conv2d_backward(dout, cache)
            return dx, dw / 2, np.zeros_like(db)

        catalogue(conv2d_backward=[dw_halved, db_forgotten])
        found = diagnosis(student(conv2d_backward=both))
        assert [m.name for m in found.causes("conv2d_backward.dw")] == ["dw_halved"]
        assert [m.name for m in found.causes("conv2d_backward.db")] == ["db_forgotten"]

    def test_the_same_error_is_a_cause(self, catalogue):
        def raising(right, x):
            raise IndexError("arrays used as indices must be of integer (or boolean) type")

        catalogue(relu_forward=[leak, raising])
        assert causes(student(relu_forward=raising), "relu_forward.values") == ["raising"]

    def test_what_a_forward_function_caches_is_a_cause_of_wrong_gradients(self, catalogue):
        def positive_cached(right, x):
            out, cache = right.relu_forward(x)
            cache.remember(np.abs(x))
            return out, cache

        catalogue(relu_forward=[positive_cached])
        caller = student(relu_forward=positive_cached)
        assert causes(caller, "relu_backward.dx") == ["positive_cached"]

    def test_what_was_observed_is_not_asked_for_again(self, catalogue):
        catalogue(relu_forward=[leak])
        checks = runnable_checks(PUBLISHED)
        found = diagnosis(student())
        for check in checks.values():
            found.observe(check.id, run_and_record(check, student(relu_forward=leak)))
        assert [mistake.name for mistake in found.causes("relu_forward.values")] == ["leak"]

    def test_a_check_that_cannot_be_run_again_has_no_cause(self):
        assert causes(student(), "mnist.accuracy") == []


class TestPatience:
    def test_a_function_that_ran_out_of_time_is_not_called_again(self):
        class Slow(Caller):
            asked = 0

            def run(self, *_, **__):
                self.asked += 1
                raise CheckStoppedError(Status.TIMEOUT, Feedback("late"), function="conv2d_forward")

        slow = Slow()
        found = diagnosis(slow)
        for check in ("conv2d_forward.values", "conv2d_forward.bias", "conv2d_forward.stride"):
            assert found.causes(check) == ()
        assert slow.asked == 1


class TestKnownForwards:
    def test_a_recognised_one_can_be_run_here(self, catalogue):
        catalogue(relu_forward=[leak])
        wrong = diagnosis(student(relu_forward=leak)).known_forwards("relu_backward")["relu_forward"]
        np.testing.assert_allclose(wrong(np.array([-1.0, 2.0]))[0], [-0.1, 2])

    @pytest.mark.parametrize("wrong", [{}, {"relu_forward": doubled}])
    def test_right_and_unknown_ones_are_none(self, catalogue, wrong):
        catalogue(relu_forward=[leak])
        assert diagnosis(student(**wrong)).known_forwards("relu_backward") == {}

    def test_a_forward_function_has_none(self, catalogue):
        catalogue(relu_forward=[leak])
        assert diagnosis(student(relu_forward=leak)).known_forwards("relu_forward") == {}


class TestPlainCase:
    """What is wrong there is found out before other options are judged."""

    OPTION = "conv2d_backward.stride"

    def test_a_wrong_gradient_comes_with_the_known_mistake(self, catalogue):
        catalogue(conv2d_backward=[db_forgotten, dw_halved])
        plain = diagnosis(student(conv2d_backward=dw_halved)).plain_case(self.OPTION)
        assert plain.wrong == {"dw": ["conv2d_backward.dw"]}
        assert [len(found) for found in plain.known.values()] == [1]

    def test_one_that_nothing_explains_comes_alone(self, catalogue):
        catalogue(conv2d_backward=[db_forgotten])
        plain = diagnosis(student(conv2d_backward=dw_halved)).plain_case(self.OPTION)
        assert (list(plain.wrong), plain.known) == (["dw"], {})

    def test_right_gradients_and_checks_of_the_plain_case_itself_have_none(self, catalogue):
        catalogue(conv2d_backward=[dw_halved])
        assert diagnosis(student()).plain_case(self.OPTION) is None
        assert diagnosis(student(conv2d_backward=dw_halved)).plain_case("conv2d_backward.numerical") is None

    def test_a_second_mistake_is_named(self, catalogue):
        def cropped(right, dout, cache):
            dx, dw, db = right.conv2d_backward(dout, cache)
            return dx[:, :, 1:] if cache.options["stride"] == 2 else dx, dw, db

        def both(right, dout, cache):
            _, dw, _ = dw_halved(right, dout, cache)
            dx, _, db = cropped(right, dout, cache)
            return dx, dw, db

        catalogue(conv2d_backward=[dw_halved, cropped])
        assert causes(student(conv2d_backward=both), "conv2d_backward.dw") == ["dw_halved"]
        assert causes(student(conv2d_backward=both), self.OPTION) == ["cropped"]


class TestChargedOnce:
    """A backward function that is the derivative of a recognised wrong forward function is right."""

    def failed(self, **wrong):
        caller = student(**wrong)
        found = diagnosis(caller)
        failed = []
        for check in runnable_checks(PUBLISHED).values():
            if check.function in {name.replace("forward", "backward") for name in wrong}:
                try:
                    check.run(caller, found.known_forwards(check.function), found.plain_case(check.id))
                except CheckStoppedError:
                    failed.append(check.id)
        return failed

    def test_it_earns_everything(self, catalogue):
        def rotated(right, x, w, b, **options):
            return right.conv2d_forward(x, w[:, :, ::-1, ::-1].copy(), b, **options)

        def derivative_of_rotated(right, dout, cache):
            dx, dw, db = right.conv2d_backward(dout, cache)
            return dx, dw[:, :, ::-1, ::-1].copy(), db

        catalogue(conv2d_forward=[rotated])
        assert self.failed(conv2d_forward=rotated, conv2d_backward=derivative_of_rotated) == []

    def test_so_it_does_where_the_output_has_another_shape(self, catalogue):
        def padding_ignored(right, x, w, b, *, stride=1, pad=0):
            return right.conv2d_forward(x, w, b, stride=stride, pad=0)

        def right_backward(right, dout, cache):
            return right.conv2d_backward(dout, cache)

        catalogue(conv2d_forward=[padding_ignored])
        assert self.failed(conv2d_forward=padding_ignored, conv2d_backward=right_backward) == []

    def test_the_derivative_of_an_unknown_function_earns_nothing(self, catalogue):
        def derivative_of_leak(right, dout, cache):
            (x,) = cache.arguments
            return np.where(x > 0, dout, 0.1 * dout)

        catalogue(relu_forward=[doubled])
        failed = self.failed(relu_forward=leak, relu_backward=derivative_of_leak)
        assert "relu_backward.dx" in failed

    def test_nothing_is_not_the_derivative_of_nothing(self, catalogue):
        def zero(right, x):
            out, cache = right.relu_forward(x)
            return 0 * out, cache

        def zero_gradient(right, dout, cache):
            return 0 * dout

        catalogue(relu_forward=[zero])
        failed = self.failed(relu_forward=zero, relu_backward=zero_gradient)
        assert {"relu_backward.shape", "relu_backward.dx", "relu_backward.numerical"} <= set(failed)
