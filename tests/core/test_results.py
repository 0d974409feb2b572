"""The plain values of a report, and the one place where points are added up."""

import dataclasses
import random

import pytest

from grader.core.errors import CheckStoppedError, GraderError
from grader.core.results import (
    Check,
    CheckResult,
    Feedback,
    Isolation,
    Kind,
    Report,
    Score,
    Status,
    SubmissionInfo,
    TrainingResult,
    add_up,
)


def result(points, earned=0.0, *, task="dense", status=Status.PASSED):
    return CheckResult(Check(f"{task}_forward.values", task, Kind.VALUES, points, "A check"), status, earned)


class TestAddUp:
    def test_nothing_adds_up_to_nothing(self):
        assert add_up([], frozenset()) == Score(0, 0, 0, 0)

    def test_bonus_tasks_are_counted_apart(self):
        results = [result(3, 3), result(2, 0.5), result(4, 1.5, task="adam")]
        assert add_up(results, frozenset({"adam"})) == Score(3.5, 5, 1.5, 4)

    @pytest.mark.parametrize("status", [status for status in Status if status is not Status.PASSED])
    def test_what_did_not_pass_still_counts_in_the_points_there_are(self, status):
        assert add_up([result(3, 3), result(2, status=status)], frozenset()).points == 5

    def test_partial_points_of_a_failed_check_count(self):
        assert add_up([result(10, 6.5, status=Status.FAILED)], frozenset()).earned == 6.5

    def test_the_order_of_results_does_not_show(self):
        results = [result(0.1, 0.1) for _ in range(10)] + [result(0.7, 0.7), result(1e3, 1e3)]
        shuffled = results.copy()
        random.Random(3).shuffle(shuffled)
        assert add_up(results, frozenset()) == add_up(shuffled, frozenset()) == Score(1001.7, 1001.7, 0, 0)

    def test_results_may_come_from_a_generator(self):
        assert add_up((result(1, 1) for _ in range(3)), frozenset()).earned == 3


class TestScore:
    def test_the_total_includes_the_bonus(self):
        assert Score(80, 100, 5.5, 15).total == 85.5


class TestReport:
    def test_its_score_counts_its_own_bonus_tasks_apart(self):
        report = Report(
            SubmissionInfo("ada", "", ()),
            (result(3, 3), result(2, 2, task="l2")),
            practice=True,
            isolation=Isolation("process"),
            bonus_tasks=frozenset({"l2"}),
        )
        assert report.score == Score(3, 3, 2, 2)


class TestCheck:
    @pytest.mark.parametrize(
        ("check_id", "function"),
        [("conv2d_backward.stride", "conv2d_backward"), ("mnist.accuracy", "mnist"), ("mnist", "mnist")],
    )
    def test_the_function_is_what_comes_before_the_point(self, check_id, function):
        assert Check(check_id, "conv2d", Kind.VALUES, 1, "").function == function


class TestCheckStoppedError:
    def test_it_carries_status_feedback_and_function_and_says_the_headline(self):
        feedback = Feedback("dx has the wrong shape.", ("Expected (2,3).",))
        error = CheckStoppedError(Status.FAILED, feedback, function="relu_backward")
        assert isinstance(error, GraderError)
        assert str(error) == "dx has the wrong shape."
        assert (error.status, error.feedback, error.function) == (Status.FAILED, feedback, "relu_backward")


class TestValues:
    def test_statuses_and_kinds_are_written_in_reports_as_plain_words(self):
        assert f"{Status.NOT_IMPLEMENTED}" == "not_implemented"
        assert f"{Kind.GRADIENTS}" == "gradients"

    @pytest.mark.parametrize(
        "value",
        [Feedback("a"), result(1), Score(0, 0, 0, 0), Isolation("process"), SubmissionInfo("a", "", ())],
    )
    def test_results_cannot_be_changed_afterwards(self, value):
        name = dataclasses.fields(value)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, None)


class TestTrainingResult:
    def of(self, **fields):
        return TrainingResult("A", 10, 10, (), 1.0, (), "steps", **fields)

    def test_it_is_slow_where_the_reference_took_steps(self):
        assert not self.of(own_steps=10).slow
        assert self.of(own_steps=9).slow

    def test_the_slowest_come_first_and_small_shares_are_left_out(self):
        seconds = {"a": 0.5, "b": 6.0, "c": 3.0, "d": 0.5}
        assert self.of(function_seconds=seconds).slowest() == "b 60%, c 30%"

    def test_three_at_most_are_named(self):
        assert self.of(function_seconds=dict.fromkeys("abcd", 1.0)).slowest() == "a 25%, b 25%, c 25%"

    def test_nothing_is_named_where_nothing_ran(self):
        assert self.of(function_seconds={"a": 0.0}).slowest() == ""
