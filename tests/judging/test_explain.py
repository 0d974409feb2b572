"""What a mismatch says in words."""

import numpy as np
import pytest

from grader.judging.compare import compare
from grader.judging.explain import (
    call_text,
    constant_ratio,
    explain,
    number_text,
    picture,
    ratio_text,
    shape_text,
)
from grader.worker.values import NonArray

EXPECTED = np.array([[1.0, -2.0, 4.0], [0.5, 0.0, -8.0]])
CALLED = "x (2,3), stride 1"


def mismatch(received, expected=EXPECTED, name="dx", **options):
    found = compare(name, received, expected, **options)
    assert found is not None
    return found


def explained(received, expected=EXPECTED, name="dx", **options):
    return explain("relu_backward", CALLED, mismatch(received, expected, name, **options))


class TestShapeText:
    @pytest.mark.parametrize(
        ("shape", "text"), [((), "()"), ((3,), "(3,)"), ((2, 3, 5, 4), "(2,3,5,4)"), ((0, 2), "(0,2)")]
    )
    def test_a_shape_reads_as_in_python(self, shape, text):
        assert shape_text(shape) == text


class TestCallText:
    def test_arrays_come_with_their_shapes_and_options_with_their_values(self):
        arrays = {"x": np.ones((2, 3)), "w": np.ones(4), "state": None}
        options = {"stride": (2, 1), "pad": 0}
        assert call_text(arrays, options) == "x (2,3), w (4,), state None, stride (2, 1), pad 0"

    def test_a_call_without_anything_is_empty(self):
        assert call_text({}, {}) == ""


class TestNumberText:
    @pytest.mark.parametrize(
        ("value", "text"), [(0.1234567, "0.123457"), (-3.0, "-3"), (1e-9, "1e-09"), (np.float32(2.5), "2.5")]
    )
    def test_six_significant_digits(self, value, text):
        assert number_text(value) == text


class TestExplain:
    @pytest.mark.parametrize(
        "received",
        [np.ones(3), np.full((2, 3), np.nan), EXPECTED + 1, np.ones((2, 3), int), NonArray("list")],
    )
    def test_it_begins_with_the_function_and_says_how_it_was_called(self, received):
        feedback = explained(received)
        assert feedback.headline.startswith("relu_backward: dx ")
        assert feedback.headline.endswith(".")
        assert feedback.facts[0] == f"Called with {CALLED}."
        assert len(feedback.facts) > 1

    def test_no_cause_is_claimed(self):
        assert explained(EXPECTED + 1).cause is None

    def test_a_wrong_shape_names_both_shapes(self):
        feedback = explained(np.ones(6))
        assert feedback.headline == "relu_backward: dx has the wrong shape."
        assert feedback.facts[1] == "Expected (2,3), got (6,)."

    def test_the_wrong_shape_of_an_array_that_did_not_come_is_named_too(self):
        assert "got (6,)" in explained(NonArray("ndarray", "object", (6,))).facts[1]

    def test_nan_and_inf_are_counted(self):
        received = EXPECTED.copy()
        received[0] = np.inf
        feedback = explained(received)
        assert feedback.headline == "relu_backward: dx holds inf."
        assert feedback.facts[1].startswith("3 of 6 values are not finite")
        received[1, 1] = np.nan
        assert explained(received).headline == "relu_backward: dx holds nan."

    def test_the_worst_value_is_shown_with_its_index(self):
        received = EXPECTED.copy()
        received[1, 0] = 7
        received[0, 1] = 1.5
        facts = explained(received).facts
        assert facts[1:3] == ("dx[1,0]: expected 0.5, got 7.", "2 of 6 values differ.")

    def test_a_wrong_number_is_shown_without_an_index(self):
        feedback = explained(np.array(3.0), np.array(2.5), "loss")
        assert feedback.headline == "relu_backward: loss has wrong values."
        assert feedback.facts[1:] == ("loss: expected 2.5, got 3.",)

    def test_a_constant_ratio_becomes_the_headline(self):
        assert explained(EXPECTED * 6).headline == "relu_backward: dx is exactly 6 times too large."

    def test_for_whole_numbers_floats_are_asked_for(self):
        feedback = explained(EXPECTED.astype(np.int64))
        assert feedback.headline == "relu_backward: dx has the type int64."
        assert "float" in feedback.facts[1]

    def test_an_array_of_a_type_that_cannot_cross_is_named(self):
        feedback = explained(NonArray("ndarray", "complex128", (2, 3)))
        assert feedback.headline == "relu_backward: dx has the type complex128."

    def test_for_a_subclass_the_facts_say_how_to_make_an_array(self):
        feedback = explained(NonArray("MaskedArray", "float64", (2, 3)))
        assert feedback.headline == "relu_backward: dx is a MaskedArray, not an array."
        assert "np.asarray" in feedback.facts[1]

    def test_none_is_explained_by_a_missing_return(self):
        feedback = explained(NonArray("NoneType"))
        assert feedback.headline == "relu_backward: dx is None."
        assert "return" in feedback.facts[1]

    def test_what_should_be_a_number_is_named_as_such(self):
        feedback = explained(NonArray("list"), np.array(1.0), "loss")
        assert feedback.headline == "relu_backward: loss is a list, not a number."


class TestConstantRatio:
    @pytest.mark.parametrize("ratio", [6, 1 / 6, -1, -0.5, 1.001, 1e6])
    def test_it_is_found_in_float64_and_float32(self, ratio):
        assert constant_ratio(mismatch(EXPECTED * ratio)) == pytest.approx(ratio, rel=1e-9)
        rounded = (EXPECTED * ratio).astype(np.float32)
        assert constant_ratio(mismatch(rounded)) == pytest.approx(ratio, rel=1e-6)

    @pytest.mark.parametrize(
        "received",
        [EXPECTED + 1, np.zeros((2, 3)), EXPECTED * [[6], [5]], np.abs(EXPECTED) * 6],
        ids=["offset", "zero", "two ratios", "signs lost"],
    )
    def test_there_is_none_where_values_differ_otherwise(self, received):
        assert constant_ratio(mismatch(received)) is None

    def test_one_is_no_ratio(self):
        received = EXPECTED.copy()
        received[1, 1] = 1e-7
        assert constant_ratio(mismatch(received, scale=1e-3)) is None

    def test_a_single_value_has_no_constant_ratio(self):
        assert constant_ratio(mismatch(np.array([2.0]), np.array([1.0]))) is None

    def test_expected_zeros_have_no_ratio(self):
        assert constant_ratio(mismatch(np.ones(3), np.zeros(3))) is None

    @pytest.mark.parametrize("received", [NonArray("list"), np.ones(6)])
    def test_other_mismatches_have_none(self, received):
        assert constant_ratio(mismatch(received)) is None

    @pytest.mark.parametrize("factor", [1e300, 1e308])
    def test_values_at_the_end_of_the_number_range_are_no_trouble(self, factor):
        with np.errstate(over="ignore"):
            received = np.clip(EXPECTED * factor, -1.7e308, 1.7e308)
        assert explained(received).headline.startswith("relu_backward: dx ")


class TestRatioText:
    @pytest.mark.parametrize(
        ("ratio", "text"),
        [
            (6, "is exactly 6 times too large"),
            (5.9999999, "is exactly 6 times too large"),
            (1 / 6, "is exactly 6 times too small"),
            (2.5, "is exactly 2.5 times too large"),
            (-1, "has the wrong sign"),
            (-2, "is -2 times what it should be"),
        ],
    )
    def test_a_ratio_in_words(self, ratio, text):
        assert ratio_text(ratio) == text


class TestPicture:
    def drawn(self, got, expected):
        return picture(compare("dx", got, expected))

    def test_it_shows_the_channel_with_the_largest_error(self):
        expected = np.ones((2, 2, 3, 4))
        got = expected.copy()
        got[1, 0, 0, :2] = 5.0
        got[0, 0, 2, 2] = 2.0
        assert self.drawn(got, expected) == (
            "Where dx[1,0] is wrong (●) and right (·):",
            "● ● · ·",
            "· · · ·",
            "· · · ·",
        )

    def test_a_matrix_is_shown_whole(self):
        got = np.eye(2)
        assert self.drawn(got, np.ones((2, 2)))[1:] == ("· ●", "● ·")

    @pytest.mark.parametrize("shape", [(5,), (13, 2), (2, 25), (1, 1)])
    def test_what_is_too_large_or_no_picture_is_left_out(self, shape):
        expected = np.ones(shape)
        got = expected.copy()
        got.flat[0] = 3.0
        assert self.drawn(got, expected) == ()

    def test_where_everything_is_wrong_there_is_nothing_to_see(self):
        assert self.drawn(np.zeros((3, 3)), np.ones((3, 3))) == ()
