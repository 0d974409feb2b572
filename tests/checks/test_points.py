"""What mistakes cost: the same with every seed, once, and not too little."""

import numpy as np
import pytest

from grader.core.assignment import FUNCTIONS
from grader.core.results import Status
from grader.core.seed import PUBLISHED, Seed
from grader.feedback.mistakes.base import mistaken
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.outcomes import functions_with
from grader.reference.functions import solution
from grader.run.collect import runnable_checks
from grader.run.in_process import grade_functions

SEEDS = [Seed(str(seed)) for seed in range(4)]
CONV = ("conv2d_forward", "conv2d_backward")
POOL = ("maxpool2d_forward", "maxpool2d_backward")
BY_NAME = {mistake.name: mistake for mistake in MISTAKES if mistake.function == "conv2d_backward"}


def lost(functions, judged, seed=PUBLISHED):
    """Return the results that earned less than all points, by the check."""
    results = grade_functions(functions, judged, seed)
    return {result.check.id: result for result in results if result.earned < result.check.points}


def backward_with(change):
    """Return the functions of the solution, with the gradients of the convolution changed."""
    wrong = {"conv2d_backward": lambda right, *call: change(*right.conv2d_backward(*call))}
    return mistaken(solution, wrong)


def raising_unless(layer, plain):
    """Return a forward and a backward function that fail for all options but some."""

    def forward(right, *arguments, **options):
        if not plain(options):
            raise ValueError("operands could not be broadcast together")
        return getattr(right, f"{layer}_forward")(*arguments, **options)

    def backward(right, dout, cache):
        if not plain(cache.options):
            raise ValueError("operands could not be broadcast together")
        return getattr(right, f"{layer}_backward")(dout, cache)

    return {f"{layer}_forward": forward, f"{layer}_backward": backward}


def points(results):
    return sum(result.check.points - result.earned for result in results.values())


def assert_independent_of_the_seed(mistake):
    judged = mistake.function, FUNCTIONS[mistake.function].backward
    costs = {tuple(lost(functions_with(mistake), judged, seed)) for seed in SEEDS}
    assert len(costs) == 1
    assert costs != {()}


# benchmarks/points.py takes every one with 50 seeds
OFTEN_LUCK = [mistake for mistake in MISTAKES if mistake.function in {"adam_step", "relu_backward"}]


@pytest.mark.parametrize("mistake", OFTEN_LUCK, ids=lambda mistake: mistake.id)
def test_a_mistake_costs_the_same_with_every_seed(mistake):
    assert_independent_of_the_seed(mistake)


@pytest.mark.slow
@pytest.mark.parametrize(
    "mistake", [each for each in MISTAKES if each not in OFTEN_LUCK], ids=lambda mistake: mistake.id
)
def test_every_mistake_costs_the_same_with_every_seed(mistake):
    assert_independent_of_the_seed(mistake)


class TestChargedOnce:
    """A check leaves the plain case in its own respect only."""

    @pytest.mark.parametrize("way", ["forward", "backward"])
    def test_failing_without_padding_costs_the_check_of_that(self, way):
        name = f"conv2d_{way}"
        wrong = raising_unless("conv2d", lambda options: 0 not in np.ravel(options.get("pad", 0)))
        found = lost(mistaken(solution, {name: wrong[name]}), CONV)
        # where there is no cache, there is nothing to judge
        assert set(found) == {f"conv2d_{each}.no_padding" for each in dict.fromkeys((way, "backward"))}

    @pytest.mark.parametrize("way", ["forward", "backward"])
    def test_failing_where_windows_overlap_costs_the_check_of_that(self, way):
        name = f"maxpool2d_{way}"
        wrong = raising_unless(
            "maxpool2d", lambda options: options.get("stride") in {None, options.get("size")}
        )
        found = lost(mistaken(solution, {name: wrong[name]}), POOL)
        assert set(found) == {f"maxpool2d_{each}.overlap" for each in dict.fromkeys((way, "backward"))}

    def test_epsilon_inside_the_root_costs_its_own_check(self):
        (mistake,) = (each for each in MISTAKES if each.name == "epsilon_inside_the_root")
        assert set(lost(functions_with(mistake), ["adam_step"])) == {"adam_step.tiny_gradients"}

    @pytest.mark.parametrize("name", ["kernel_rotated_in_dx", "dw_rotated", "db_is_a_mean", "half_precision"])
    def test_a_known_mistake_in_the_plain_case_costs_nothing_for_other_options(self, name):
        found = lost(functions_with(BY_NAME[name]), CONV)
        assert {check.partition(".")[2] for check in found} <= {"dx", "dw", "db", "numerical"}


class TestNotTooCheap:
    OPTIONS = ("no_padding", "wide_padding", "stride", "uneven", "rectangular")

    @pytest.mark.parametrize(
        ("change", "wrong"),
        [
            (lambda dx, dw, db: (0 * dx, 0 * dw, db), "dx and dw"),
            (lambda dx, dw, db: (None, dw, db), "dx"),
            (lambda dx, dw, db: (np.sin(dx), dw, db), "dx"),
        ],
        ids=["zeros", "nothing", "wrong everywhere"],
    )
    def test_options_of_a_wrong_gradient_are_still_to_earn(self, change, wrong):
        found = lost(backward_with(change), CONV)
        for option in self.OPTIONS:
            result = found[f"conv2d_backward.{option}"]
            assert result.status is Status.BLOCKED
            assert f"Not earned yet: {wrong} of conv2d_backward" in result.feedback.headline

    def test_zeros_for_both_large_gradients_earn_three_of_22(self):
        assert points(lost(backward_with(lambda dx, dw, db: (0 * dx, 0 * dw, db)), CONV)) == 19

    def test_a_second_mistake_is_found_in_the_same_run(self):
        first, second = BY_NAME["kernel_rotated_in_dx"], BY_NAME["cropped_with_minus_pad"]
        both = mistaken(functions_with(first), {"conv2d_backward": second.wrong})
        found = lost(both, CONV)
        alone = lost(functions_with(first), CONV), lost(functions_with(second), CONV)
        assert set(found) == set(alone[0]) | set(alone[1])
        assert found["conv2d_backward.no_padding"].status is Status.FAILED

    def test_handing_on_the_upstream_gradient_is_no_gradient_of_a_relu_that_hands_on_its_input(self):
        wrong = {
            "relu_forward": lambda right, x: (x.copy(), right.relu_forward(x)[1]),
            "relu_backward": lambda right, dout, cache: dout.copy(),
        }
        costs = lost(mistaken(solution, wrong), ("relu_forward", "relu_backward"))
        assert {"relu_forward.values", "relu_backward.dx", "relu_backward.numerical"} <= set(costs)


def wrong_everywhere(function):
    """Return a function whose results are wrong in a way that no known mistake explains."""

    def wrong(right, *arguments, **options):
        returned = getattr(right, function)(*arguments, **options)
        if len(FUNCTIONS[function].returns) == 1:
            return np.sin(returned)
        return tuple(
            value if name in {"cache", "state"} else np.sin(value)
            for name, value in zip(FUNCTIONS[function].returns, returned, strict=True)
        )

    return wrong


OPTIONS = {check.id: check.option_of for check in runnable_checks(PUBLISHED).values() if check.option_of}
WITH_OPTIONS = sorted({name.partition(".")[0] for name in OPTIONS})
BY_ID = {mistake.id: mistake for mistake in MISTAKES}
IN_THE_PLAIN_CASE = (
    "dense_forward:mean_over_inputs",
    "softmax_cross_entropy:gradient_not_divided",
    "conv2d_forward:kernel_rotated",
    "maxpool2d_forward:mean_instead_of_maximum",
    "maxpool2d_backward:gradient_spread_evenly",
    "sgd_step:uphill",
    "sgd_momentum_step:gradient_weighted",
    "adam_step:no_bias_correction",
)
SECOND = (
    ("conv2d_forward:kernel_rotated", lambda options: options.get("stride") == (1, 2), "pairs"),
    ("maxpool2d_forward:mean_instead_of_maximum", lambda options: options.get("stride") == 1, "overlap"),
    ("adam_step:no_bias_correction", lambda options: options.get("eps") == 1e-7, "tiny_gradients"),
)


class TestEveryFunctionWithOptions:
    """One rule holds for all of them."""

    def test_every_one_is_tried(self):
        tried = {mistake.partition(":")[0] for mistake in IN_THE_PLAIN_CASE}
        assert {*tried, "conv2d_backward"} == set(WITH_OPTIONS)

    @pytest.mark.parametrize("function", WITH_OPTIONS)
    def test_options_of_what_is_wrong_for_an_unknown_reason_are_still_to_earn(self, function):
        found = lost(mistaken(solution, {function: wrong_everywhere(function)}), [function])
        options = [name for name in OPTIONS if name.startswith(f"{function}.")]
        for name in options:
            assert found[name].status is Status.BLOCKED, name
            assert found[name].feedback.headline.startswith("Not earned yet: ")

    @pytest.mark.parametrize("mistake", IN_THE_PLAIN_CASE)
    def test_options_of_what_a_known_mistake_explains_cost_nothing(self, mistake):
        function = BY_ID[mistake].function
        found = lost(functions_with(BY_ID[mistake]), [function])
        assert found
        assert not found.keys() & OPTIONS.keys()

    @pytest.mark.parametrize(("mistake", "when", "check"), SECOND)
    def test_a_second_mistake_is_found_in_the_same_run(self, mistake, when, check):
        first, function = functions_with(BY_ID[mistake]), BY_ID[mistake].function

        def second(right, *arguments, **options):
            out, kept = getattr(right, function)(*arguments, **options)
            return (out + np.arange(out.size).reshape(out.shape) if when(options) else out), kept

        found = lost(mistaken(first, {function: second}), [function])
        assert found.keys() - lost(first, [function]).keys() == {f"{function}.{check}"}
        assert found[f"{function}.{check}"].status is Status.FAILED


def test_a_loss_of_zero_earns_no_options():
    wrong = {"softmax_cross_entropy": lambda right, logits, labels: (0.0, 0 * logits)}
    found = lost(mistaken(solution, wrong), ["softmax_cross_entropy"])
    assert set(found) == {name for name in runnable_checks(PUBLISHED) if name.startswith("softmax_")}
