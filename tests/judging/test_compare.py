"""Comparing what came with what was expected: type, then shape, then finite, then values."""

import numpy as np
import pytest

from grader.judging.compare import TOLERANCE, Mismatch, MismatchKind, compare
from grader.worker.values import NonArray

EXPECTED = np.array([[1.0, -2.0, 4.0], [0.5, 0.0, -8.0]])


def mismatch(received, expected=EXPECTED, **options) -> Mismatch:
    found = compare("dx", received, expected, **options)
    assert found is not None
    return found


class TestAgreement:
    def test_the_same_values_agree(self):
        assert compare("dx", EXPECTED.copy(), EXPECTED) is None

    def test_rounding_to_float32_is_no_mistake(self):
        values = np.random.RandomState(0).standard_normal((4, 5)) * 100
        assert compare("dx", values.astype(np.float32), values) is None

    def test_numbers_are_compared_as_arrays_without_axes(self):
        assert compare("loss", np.array(2.5), np.array(2.5)) is None

    def test_empty_arrays_of_the_same_shape_agree(self):
        assert compare("dx", np.empty((0, 3)), np.empty((0, 3))) is None

    def test_whole_numbers_agree_where_the_type_does_not_matter(self):
        assert compare("labels", np.array([1, 2]), np.array([1.0, 2.0]), floating=False) is None

    def test_neither_side_is_changed(self):
        received, expected = EXPECTED.astype(np.float32) + 1, EXPECTED.copy()
        before = received.copy()
        compare("dx", received, expected)
        np.testing.assert_array_equal(received, before)
        np.testing.assert_array_equal(expected, EXPECTED)


class TestTypes:
    @pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint8, np.bool_])
    def test_values_that_are_not_floating_are_a_wrong_type(self, dtype):
        assert mismatch(np.ones(3, dtype), np.ones(3)).kind is MismatchKind.TYPE

    @pytest.mark.parametrize(
        "foreign",
        [
            NonArray("NoneType"),
            NonArray("list"),
            NonArray("MaskedArray", "float64", (2, 3)),
            NonArray("MaskedArray", "float64", (9, 9)),
            NonArray("ndarray", "float16", (2, 3)),
            NonArray("ndarray", "object"),
        ],
    )
    def test_what_is_no_exact_array_is_a_wrong_type(self, foreign):
        found = mismatch(foreign)
        assert found.kind is MismatchKind.TYPE
        assert found.received is foreign
        assert found.got is None

    def test_the_shape_of_an_array_that_could_not_cross_is_compared_first(self):
        assert mismatch(NonArray("ndarray", "complex128", (3, 2))).kind is MismatchKind.SHAPE


class TestShapes:
    @pytest.mark.parametrize(
        ("received", "expected"),
        [
            ((3, 1), (3,)),
            ((3,), (3, 1)),
            ((1, 3), (3,)),
            ((1,), ()),
            ((), (1,)),
            ((2, 3), (3, 2)),
            ((0,), (3,)),
        ],
    )
    def test_shapes_that_would_broadcast_or_hold_as_many_values_still_differ(self, received, expected):
        found = mismatch(np.ones(received), np.ones(expected))
        assert found.kind is MismatchKind.SHAPE
        assert found.got.shape == received
        assert found.wrong is None
        assert found.worst is None

    def test_a_wrong_shape_is_reported_before_a_wrong_type(self):
        assert mismatch(np.ones(3, np.int64), np.ones((3, 1))).kind is MismatchKind.SHAPE


class TestFinite:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("tolerance", [TOLERANCE, np.inf])
    def test_what_is_not_finite_never_passes(self, value, tolerance):
        received = EXPECTED.copy()
        received[1, 2] = value
        found = mismatch(received, tolerance=tolerance)
        assert found.kind is MismatchKind.FINITE
        assert np.argwhere(found.wrong).tolist() == [[1, 2]]

    def test_not_even_where_it_is_expected(self):
        expected = np.array([1.0, np.nan])
        assert mismatch(expected.copy(), expected).kind is MismatchKind.FINITE

    def test_nothing_agrees_with_an_expected_nan(self):
        assert mismatch(np.ones(2), np.array([1.0, np.nan])).kind is MismatchKind.VALUES


class TestValues:
    def test_wrong_cells_are_marked_and_the_worst_is_found(self):
        received = EXPECTED.copy()
        received[0, 1] += 0.1
        received[1, 0] -= 0.3
        found = mismatch(received)
        assert found.kind is MismatchKind.VALUES
        assert found.wrong.tolist() == [[False, True, False], [True, False, False]]
        assert found.worst == (1, 0)
        assert found.name == "dx"

    def test_errors_count_relative_to_the_largest_expected_value(self):
        received = EXPECTED.copy()
        received[1, 1] = 0.9 * 8 * TOLERANCE
        assert compare("dx", received, EXPECTED) is None
        received[1, 1] = 1.1 * 8 * TOLERANCE
        assert mismatch(received).wrong.sum() == 1

    def test_a_tolerance_of_ones_own_replaces_the_standard_one(self):
        assert compare("dx", EXPECTED + 0.07, EXPECTED, tolerance=0.01) is None
        assert mismatch(EXPECTED + 0.09, tolerance=0.01).kind is MismatchKind.VALUES

    def test_a_scale_of_ones_own_replaces_the_largest_value(self):
        error = 2e-3
        assert compare("dx", EXPECTED + error, EXPECTED, scale=1000) is None
        assert mismatch(EXPECTED + error, scale=1).kind is MismatchKind.VALUES

    def test_where_all_is_zero_errors_count_as_they_are(self):
        assert compare("dx", np.zeros(3), np.zeros(3)) is None
        # what float32 leaves of a sum whose terms cancel
        assert compare("dx", np.full(3, 1e-7), np.zeros(3)) is None
        assert mismatch(np.full(3, 1e-4), np.zeros(3)).kind is MismatchKind.VALUES

    def test_a_wrong_number_has_an_empty_index(self):
        assert mismatch(np.array(2.0), np.array(1.0)).worst == ()

    def test_an_error_beyond_the_largest_float_is_wrong_and_no_warning(self):
        assert mismatch(np.array([1.7e308, 0]), np.array([-1.7e308, 0])).worst == (0,)

    def test_a_scale_error_of_a_thousandth_is_found_in_float32(self):
        values = np.random.RandomState(0).standard_normal(50)
        assert mismatch((values * 1.001).astype(np.float32), values).kind is MismatchKind.VALUES
