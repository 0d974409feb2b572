"""Exceptions count by their kind and by the function that raised, never by their text."""

import pytest

from grader.core.errors import CheckStoppedError
from grader.core.results import Feedback, Status
from grader.feedback.exceptions import kind_of
from grader.feedback.mistakes.base import mistaken
from grader.feedback.simulation import LocalCaller
from grader.reference.functions import solution
from grader.worker.failures import failed
from grader.worker.replies import ReportedError, Where


def stopped(raised, text, line, function="relu_forward"):
    return failed(ReportedError("raised", raised, text, Where("layers.py", 3, line), 0), function, ("out",))


def raising(error):
    def wrong(right, x):
        raise error

    with pytest.raises(CheckStoppedError) as caught:
        LocalCaller(mistaken(solution, {"relu_forward": wrong})).call("relu_forward", ())
    return caught.value


class TestKind:
    def test_the_text_does_not_count(self):
        assert kind_of(stopped("ValueError", "one", "a + b")) == kind_of(
            stopped("ValueError", "two", "c + d")
        )

    def test_the_class_counts(self):
        assert kind_of(stopped("ValueError", "", "f()")) != kind_of(stopped("IndexError", "", "f()"))

    def test_the_function_counts(self):
        other = stopped("ValueError", "", "f()", function="relu_backward")
        assert kind_of(stopped("ValueError", "", "f()")) != kind_of(other)

    @pytest.mark.parametrize("line", ["raise ValueError('refused: not even')", "assert H % 2 == 0"])
    def test_what_is_raised_on_purpose_is_a_refusal_whatever_its_class(self, line):
        refused = kind_of(stopped("AssertionError", "", "assert False"))
        assert kind_of(stopped("ValueError", "", line)) == refused

    def test_classes_that_mean_the_same_are_one(self):
        assert kind_of(stopped("UnboundLocalError", "", "f()")) == kind_of(stopped("NameError", "", "f()"))

    def test_a_float_for_an_integer_is_a_kind_of_its_own(self):
        size = stopped("TypeError", "'float' object cannot be interpreted as an integer", "np.zeros(n / 2)")
        index = stopped("IndexError", "arrays used as indices must be of integer (or boolean) type", "x[i]")
        assert kind_of(size) == kind_of(index)
        assert kind_of(size) != kind_of(stopped("TypeError", "unsupported operand", "a + b"))

    def test_what_was_not_raised_counts_by_its_text(self):
        error = CheckStoppedError(Status.FAILED, Feedback("relu_forward does not return 2 values."))
        assert kind_of(error) == "relu_forward does not return 2 values."

    def test_functions_of_this_process_say_where_they_raised(self):
        assert kind_of(raising(ValueError("on purpose"))) == kind_of(raising(AssertionError()))
