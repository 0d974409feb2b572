"""The catalogue of checks: what there is, what it is worth, and what the two known submissions get."""

import re
from collections import Counter

import pytest
import totals
from marks import slowly

from grader.core.assignment import FUNCTIONS, TASKS
from grader.core.kit import HOME, kit_module
from grader.core.results import Kind, Status
from grader.core.seed import PUBLISHED, Seed
from grader.run.collect import runnable_checks
from grader.run.grading import Options, grade

BONUS = {task.name for task in TASKS if task.bonus}

LAYER_KINDS = {
    "forward": {Kind.SHAPE, Kind.VALUES, Kind.CONTRACT},
    "backward": {Kind.SHAPE, Kind.GRADIENTS, Kind.CONTRACT},
}
KINDS = {
    **{
        f"{layer}_{way}": kinds
        for layer in ("dense", "relu", "conv2d", "maxpool2d")
        for way, kinds in LAYER_KINDS.items()
    },
    "softmax_cross_entropy": {Kind.SHAPE, Kind.VALUES, Kind.GRADIENTS, Kind.CONTRACT},
    "sgd_step": {Kind.SHAPE, Kind.VALUES, Kind.ACCURACY},
    "sigmoid_forward": {Kind.SHAPE, Kind.VALUES},
    "sigmoid_backward": {Kind.GRADIENTS, Kind.CONTRACT},
    "sgd_momentum_step": {Kind.VALUES, Kind.CONTRACT},
    "adam_step": {Kind.VALUES, Kind.CONTRACT},
    "dropout_forward": {Kind.VALUES, Kind.CONTRACT},
    "dropout_backward": {Kind.GRADIENTS},
    "l2_penalty": {Kind.VALUES, Kind.GRADIENTS, Kind.CONTRACT},
    "mnist": {Kind.ACCURACY},
}
"""what each function is looked at for, at least"""
LEAST_KINDS = {"forward": {Kind.VALUES}, "backward": {Kind.GRADIENTS}}
"""the same for those that were added"""


@pytest.fixture(scope="module")
def untouched():
    """Return the report of the untouched student package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kit_module("data"), "load", None)  # there is nothing to train: no images are wanted
        outcome = grade(HOME / "student")
    assert outcome.internal_errors == ()
    return outcome.report


@pytest.fixture(scope="module")
def checks(untouched):
    return [result.check for result in untouched.results]


class TestCatalogue:
    def test_there_are_at_least_sixty_checks(self, checks):
        assert len(checks) >= 60

    def test_ids_are_unique(self, checks):
        assert [name for name, count in Counter(check.id for check in checks).items() if count > 1] == []

    def test_an_id_is_the_function_it_judges_and_a_word(self, checks):
        for check in checks:
            assert re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", check.id)
            assert check.function == "mnist" or check.function in FUNCTIONS

    def test_other_options_come_after_the_plain_case_that_they_name(self):
        checks = runnable_checks(PUBLISHED)
        order = list(checks)
        for check in checks.values():
            for plain in check.option_of:
                assert order.index(plain) < order.index(check.id)
                assert set(checks[plain].option_of) < set(check.option_of)

    def test_a_check_belongs_to_the_task_of_its_function(self, checks):
        assert all(
            check.task == FUNCTIONS[check.function].task for check in checks if check.function != "mnist"
        )

    def test_there_are_a_hundred_points_without_the_bonus(self, checks):
        assert sum(check.points for check in checks if check.task not in BONUS) == totals.POINTS == 100
        assert sum(check.points for check in checks if check.task in BONUS) == totals.BONUS

    def test_every_check_is_worth_something_in_quarters_of_a_point(self, checks):
        assert all(check.points > 0 and check.points % 0.25 == 0 for check in checks)

    def test_every_task_has_checks(self, checks):
        assert {check.task for check in checks} == {task.name for task in TASKS}

    def test_no_task_is_worth_less_than_two_points(self, checks):
        worth = Counter()
        for check in checks:
            worth[check.task] += check.points
        assert min(worth.values()) >= 2

    @pytest.mark.parametrize("function", [*FUNCTIONS, "mnist"])
    def test_every_function_is_looked_at_in_all_respects(self, checks, function):
        least = KINDS.get(function) or LEAST_KINDS.get(function.rpartition("_")[2], set())
        assert least <= {check.kind for check in checks if check.function == function}

    def test_every_check_has_a_title_of_one_sentence(self, checks):
        for check in checks:
            assert check.title, check.id
            assert "\n" not in check.title, check.id
            assert not check.title.endswith("."), check.id

    def test_checks_come_in_the_order_of_the_assignment(self, checks):
        order = [task.name for task in TASKS]
        positions = [order.index(check.task) for check in checks]
        assert positions == sorted(positions)


class TestSolution:
    @pytest.mark.parametrize(
        "seed",
        [
            "231",
            "a passphrase of an instructor",
            *slowly(["0", "7", "12345"]),
        ],
    )
    def test_it_earns_every_point_with_any_seed(self, seed):
        outcome = grade(HOME / "solution", Options(Seed(seed), mnist=False))
        assert outcome.internal_errors == ()
        score = outcome.report.score
        assert (score.earned, score.bonus_earned) == (totals.POINTS - totals.TRAINING, totals.BONUS)
        assert (score.points, score.bonus_points) == (totals.POINTS, totals.BONUS)
        assert [row.check.id for row in outcome.report.results if row.status is not Status.PASSED] == [
            "mnist.accuracy"
        ]


class TestUntouchedStudentPackage:
    def test_it_earns_nothing(self, untouched):
        assert untouched.score.total == 0
        assert all(result.earned == 0 for result in untouched.results)

    def test_all_points_are_there_to_earn(self, untouched):
        assert (untouched.score.points, untouched.score.bonus_points) == (totals.POINTS, totals.BONUS)

    def test_nothing_is_called_wrong(self, untouched):
        assert {result.status for result in untouched.results} <= {Status.NOT_IMPLEMENTED, Status.BLOCKED}

    def test_every_row_says_which_task_it_waits_for(self, untouched):
        for result in untouched.results:
            said = " ".join(result.feedback.facts)
            numbers = {int(number) for number in re.findall(r"\btask (\d+)", said)}
            assert numbers, result.check.id
            for number in numbers:
                title = re.escape(TASKS[number - 1].title)
                assert re.search(rf"task {number}(, {title}| \({title}\))", said), result.check.id

    def test_a_row_waits_for_its_own_task_and_the_training_for_six(self, untouched):
        for result in untouched.results:
            said = " ".join(result.feedback.facts)
            names = [TASKS[int(number) - 1].name for number in re.findall(r"\btask (\d+)", said)]
            if result.check.task == "mnist":
                assert sorted(names) == sorted(["dense", "relu", "softmax", "conv2d", "maxpool2d", "sgd"])
            else:
                assert names == [result.check.task]
