"""Points for form need substance."""

import pytest

from grader.core.results import Cause, Check, CheckResult, Feedback, Kind, Status
from grader.run.substance import without_substance

CAUSE = Cause("dense_forward:x", "It is wrong.", "Mend it.", "dense", "dense-x")


def row(check_id, kind, status, feedback=None):
    check = Check(check_id, "dense", kind, 1.0, "A title")
    return CheckResult(check, status, 1.0 if status is Status.PASSED else 0.0, feedback)


SHAPE = row("dense_forward.shape", Kind.SHAPE, Status.PASSED)
CONTRACT = row("dense_forward.unchanged", Kind.CONTRACT, Status.PASSED)
NUMERICAL = row("dense_forward.numerical", Kind.GRADIENTS, Status.PASSED)
WRONG = row("dense_forward.values", Kind.VALUES, Status.FAILED, Feedback("wrong"))
RIGHT = row("dense_forward.bias", Kind.VALUES, Status.PASSED)
KNOWN = row("dense_forward.bias", Kind.VALUES, Status.FAILED, Feedback("wrong", (), (CAUSE,)))


def test_without_a_right_value_form_earns_nothing():
    replaced = without_substance([SHAPE, CONTRACT, NUMERICAL, WRONG])
    assert [result.check for result in replaced] == [SHAPE.check, CONTRACT.check, NUMERICAL.check]
    assert {(result.status, result.earned) for result in replaced} == {(Status.BLOCKED, 0.0)}
    assert replaced[0].feedback.headline == "Not earned yet: no value of dense_forward is right."


@pytest.mark.parametrize("other", [RIGHT, KNOWN])
def test_one_right_value_or_a_known_mistake_is_enough(other):
    assert without_substance([SHAPE, CONTRACT, NUMERICAL, WRONG, other]) == []


def test_each_function_stands_for_itself():
    other = row("dense_backward.dx", Kind.GRADIENTS, Status.PASSED)
    assert without_substance([SHAPE, WRONG, other])[0].check == SHAPE.check


@pytest.mark.parametrize("status", [Status.NOT_RUN, Status.BLOCKED, Status.GRADER_ERROR])
def test_where_no_value_was_judged_nothing_is_taken_away(status):
    not_judged = row("dense_forward.values", Kind.VALUES, status)
    assert without_substance([SHAPE, not_judged]) == []


def test_what_failed_stays_as_it_failed():
    failed = row("dense_forward.shape", Kind.SHAPE, Status.FAILED, Feedback("wrong shape"))
    assert without_substance([failed, WRONG]) == []
