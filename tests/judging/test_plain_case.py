"""Results that are wrong in the plain case: what checks of other options make of them."""

import numpy as np
import pytest

from grader.core.errors import CheckStoppedError
from grader.core.results import Status
from grader.core.seed import PUBLISHED
from grader.feedback.mistakes.base import mistaken
from grader.feedback.simulation import LocalCaller
from grader.judging import steps
from grader.judging.draw import Draw
from grader.judging.judge import Judge
from grader.judging.plain_case import PlainCase
from grader.reference.functions import reference
from grader.reference.recorded import Answers

OPTIONS = {"stride": 2, "pad": 1}


def doubled(*names):
    """Return a wrong backward function that doubles some gradients."""

    def wrong(right, dout, cache):
        gradients = zip(("dx", "dw", "db"), right.conv2d_backward(dout, cache), strict=True)
        return tuple(2 * value if name in names else value for name, value in gradients)

    return wrong


def gradients_with(wrong):
    """Return the gradients of a wrong backward function, as :class:`PlainCase` holds them."""
    functions = mistaken(reference, {"conv2d_backward": wrong})

    def gradients(*arguments, **options):
        *inputs, dout = arguments
        return functions("conv2d_backward")(dout, functions("conv2d_forward")(*inputs, **options)[1])

    return gradients


def wrong_in(*names):
    """Return which checks found the gradients wrong."""
    return {name: [f"conv2d_backward.{name}"] for name in names}


def fails(*arguments, **options):
    raise ValueError("this mistake fails for these options")


def judged(wrong, plain):
    """Judge a wrong backward function for other options; return the error, or None."""
    functions = mistaken(reference, {"conv2d_backward": wrong})
    judge, draw = Judge(LocalCaller(functions), plain=plain), Draw(PUBLISHED, "some.check")
    arrays = draw.normal(2, 3, 7, 7), draw.normal(4, 3, 3, 3), np.zeros(4)
    try:
        judge.gradients("conv2d_backward", *arrays, dout=draw.normal(2, 4, 4, 4), **OPTIONS)
        judge.finish("conv2d_backward")
    except CheckStoppedError as stopped:
        return stopped
    return None


class TestUnknown:
    PLAIN = PlainCase(wrong_in("dx"))

    def test_a_check_of_other_options_is_blocked_by_the_name_of_the_gradient(self):
        stopped = judged(doubled("dx"), self.PLAIN)
        assert stopped.status is Status.BLOCKED
        headline = "Not earned yet: dx of conv2d_backward is wrong in the plain case."
        assert stopped.feedback.headline == headline
        assert "You can still earn these points." in stopped.feedback.facts

    def test_the_checks_to_wait_for_are_named(self):
        facts = judged(doubled("dx"), self.PLAIN).feedback.facts
        assert "It waits for the check conv2d_backward.dx." in facts

    def test_several_gradients_are_all_named(self):
        stopped = judged(doubled("dx", "dw"), PlainCase(wrong_in("dx", "dw")))
        assert stopped.feedback.headline.startswith("Not earned yet: dx and dw of conv2d_backward are wrong")

    def test_the_other_gradients_are_judged_all_the_same(self):
        stopped = judged(doubled("dx", "dw"), self.PLAIN)
        assert (stopped.status, stopped.value) == (Status.FAILED, "dw")

    @pytest.mark.parametrize("dtype", [bool, np.uint8, np.float16, np.complex128])
    def test_gradients_of_any_type_are_judged(self, dtype):
        def wrong(right, dout, cache):
            return tuple((value > 0).astype(dtype) for value in right.conv2d_backward(dout, cache))

        assert judged(wrong, self.PLAIN).status in (Status.FAILED, Status.BLOCKED)

    def test_a_function_that_raises_for_other_options_has_failed(self):
        def raising(right, dout, cache):
            raise IndexError("too far")

        assert judged(raising, self.PLAIN).status is Status.STUDENT_ERROR


class TestKnown:
    def plain(self, *known):
        return PlainCase(wrong_in("dx"), {"dx": list(known)})

    def test_what_the_mistake_gives_is_not_charged_again(self):
        assert judged(doubled("dx"), self.plain(gradients_with(doubled("dx")))) is None

    def test_one_of_several_candidates_is_enough(self):
        candidates = gradients_with(doubled("dw")), gradients_with(doubled("dx"))
        assert judged(doubled("dx"), self.plain(*candidates)) is None

    def test_what_is_right_for_these_options_is_right(self):
        assert judged(doubled(), self.plain(gradients_with(doubled("dx")))) is None

    def test_a_second_mistake_is_found_and_held_against_the_right_gradient(self):
        def cropped(right, dout, cache):
            dx, dw, db = right.conv2d_backward(dout, cache)
            return 2 * dx[:, :, 1:], dw, db

        stopped = judged(cropped, self.plain(gradients_with(doubled("dx"))))
        assert (stopped.status, stopped.value) == (Status.FAILED, "dx")

    def test_a_mistake_that_fails_for_these_options_excuses_nothing(self):
        stopped = judged(doubled("dx"), self.plain(fails))
        assert (stopped.status, stopped.value) == (Status.FAILED, "dx")

    def test_zeros_are_still_to_earn_even_where_a_known_mistake_gives_them(self):
        def zeros(right, dout, cache):
            dx, dw, db = right.conv2d_backward(dout, cache)
            return 0 * dx, dw, db

        assert judged(zeros, self.plain(gradients_with(zeros))).status is Status.BLOCKED

    def test_where_it_was_not_recorded_what_the_mistake_gives_the_check_is_blocked(self):
        stopped = judged(doubled("dx"), self.plain(Answers().function("a mistake")))
        assert stopped.status is Status.BLOCKED

    def test_one_candidate_that_gives_the_same_is_enough_where_another_was_not_recorded(self):
        candidates = Answers().function("a mistake"), gradients_with(doubled("dx"))
        assert judged(doubled("dx"), self.plain(*candidates)) is None


class TestSteps:
    """An optimiser that is wrong in its first step."""

    def judged(self, rate, plain):
        def wrong(right, param, grad, state, *, lr=0.01, momentum=0.9):
            return right.sgd_momentum_step(param, grad, state, lr=rate(lr), momentum=momentum)

        judge = Judge(LocalCaller(mistaken(reference, {"sgd_momentum_step": wrong})), plain=plain)
        draw = Draw(PUBLISHED, "some.check")
        try:
            gradients = [(draw.normal(3, 2), draw.normal(4)) for _ in range(3)]
            steps.take(judge, "sgd_momentum_step", (draw.normal(3, 2), draw.normal(4)), gradients, lr=0.1)
            judge.finish("sgd_momentum_step")
        except CheckStoppedError as stopped:
            return stopped
        return None

    def plain(self, *known):
        wrong = {"param": ["sgd_momentum_step.first_step"]}
        return PlainCase(wrong, {"param": list(known)} if known else {})

    @staticmethod
    def known(param, grad, state, **options):
        return reference("sgd_momentum_step")(param, grad, state, **{**options, "lr": 2 * options["lr"]})

    def test_the_steps_of_the_known_mistake_are_not_charged_again(self):
        assert self.judged(lambda lr: 2 * lr, self.plain(self.known)) is None

    def test_other_steps_are(self):
        stopped = self.judged(lambda lr: 3 * lr, self.plain(self.known))
        assert (stopped.status, stopped.value) == (Status.FAILED, "param")

    def test_unknown_ones_are_still_to_earn(self):
        stopped = self.judged(lambda lr: 3 * lr, self.plain())
        assert stopped.status is Status.BLOCKED
        assert "It waits for the check sgd_momentum_step.first_step." in stopped.feedback.facts


@pytest.mark.parametrize("wrong", [doubled("dx"), doubled("db")])
def test_without_a_plain_case_everything_is_judged(wrong):
    assert judged(wrong, None).status is Status.FAILED
