"""Points for form need substance."""

from collections.abc import Mapping

import numpy as np
import pytest

from grader.core.results import Cause, Check, CheckResult, Feedback, Kind, Status
from grader.feedback.mistakes.base import mistaken
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.model.probes import observe, probes_of
from grader.feedback.simulation import LocalCaller
from grader.reference.functions import reference
from grader.run.substance import GIVES_AN_ARGUMENT, without_substance

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


def test_a_known_mistake_that_returns_an_argument_is_no_substance():
    for name in GIVES_AN_ARGUMENT:
        cause = Cause(name, "It is wrong.", "Mend it.", "dense", "dense-x")
        known = row("dense_forward.bias", Kind.VALUES, Status.FAILED, Feedback("wrong", (), (cause,)))
        assert without_substance([SHAPE, known])[0].check == SHAPE.check


def wrong_results(mistake):
    """Yield what the mistake makes wrong in each probe of its function, with the probe."""
    right = observe(LocalCaller(reference), mistake.function)
    wrong = observe(LocalCaller(mistaken(reference, {mistake.function: mistake.wrong})), mistake.function)
    for probe, expected, got in zip(probes_of(mistake.function), right, wrong, strict=True):
        if isinstance(got, Mapping):
            results = {name: value for name, value in got.items() if not name.startswith("argument")}
            yield (
                probe,
                [
                    value
                    for name, value in results.items()
                    if not isinstance(value, np.ndarray)
                    or value.shape != expected[name].shape
                    or not np.allclose(value, expected[name])
                ],
            )


def is_argument(value, probe):
    given = [each for each in (*probe.arguments, probe.dout) if each is not None]
    return any(np.shape(value) == each.shape and np.allclose(value, each) for each in given)


def test_all_known_mistakes_that_return_an_argument_are_listed():
    found = set()
    for mistake in MISTAKES:
        wrong = [(probe, values) for probe, values in wrong_results(mistake) if values]
        if wrong and all(is_argument(value, probe) for probe, values in wrong for value in values):
            found.add(mistake.id)
    assert found == GIVES_AN_ARGUMENT
