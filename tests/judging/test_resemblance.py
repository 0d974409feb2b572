"""What is said of a wrong array that has the right shape."""

import numpy as np
import pytest

from grader.judging.resemblance import resemblances

EXPECTED = np.random.RandomState(0).standard_normal((2, 3, 4, 4))


def said_of(got, expected=EXPECTED):
    return resemblances(got, expected, np.abs(got - expected) > 1e-9, "dx")


class TestResemblances:
    def test_zeros_are_called_zeros(self):
        assert said_of(np.zeros_like(EXPECTED))[0] == "Every value of dx is 0."

    @pytest.mark.parametrize(("offset", "text"), [(0.5, "+0.5"), (-2.25, "-2.25")])
    def test_a_constant_offset_is_given_with_its_sign(self, offset, text):
        assert said_of(EXPECTED + offset)[0] == f"Every value is off by the same amount: {text}."

    @pytest.mark.parametrize(
        ("axes", "text"), [((2,), "axis 2"), ((2, 3), "axis 2 and axis 3"), ((1,), "axis 1")]
    )
    def test_a_flip_is_found_with_its_axes(self, axes, text):
        assert said_of(np.flip(EXPECTED, axes))[0] == f"dx would be right if it were flipped along {text}."

    def test_exchanged_axes_are_found(self):
        got = EXPECTED.swapaxes(2, 3)
        assert said_of(got)[0] == "dx would be right if axes 2 and 3 were swapped."

    def test_a_shift_is_found(self):
        got = np.roll(EXPECTED, 1, axis=3)
        assert said_of(got)[0] == "dx would be right if it were shifted by one along axis 3."

    @pytest.mark.parametrize(
        ("start", "sentence"),
        [
            (0, "Only every second row of dx is wrong."),
            (1, "Only every second row, from the second on, of dx is wrong."),
        ],
    )
    def test_every_second_row_is_seen(self, start, sentence):
        got = EXPECTED.copy()
        got[:, :, start::2] *= 1.7
        assert sentence in said_of(got)

    def test_axes_of_one_are_not_flipped(self):
        expected = EXPECTED[:1, :1]
        assert said_of(np.flip(expected, 2), expected) == [
            "dx would be right if it were flipped along axis 2."
        ]

    @pytest.mark.parametrize(
        ("index", "text"),
        [
            (np.s_[1:], "Only the first image of dx is right."),
            (np.s_[:, 2], "Only channel 2 of dx is wrong."),
            (np.s_[:, :, :-1], "Only the last row of dx is right."),
            (np.s_[:, :, :, 0], "Only column 0 of dx is wrong."),
        ],
    )
    def test_wrong_cells_in_one_place_are_located(self, index, text):
        got = EXPECTED.copy()
        got[index] += np.random.RandomState(1).standard_normal(got[index].shape)
        assert text in said_of(got) or (
            text.startswith("Only the first") and "Only image 1" in said_of(got)[0]
        )

    def test_a_wrong_border_is_called_so(self):
        got = EXPECTED.copy()
        got[:, :, [0, -1]] *= 2
        got[:, :, :, [0, -1]] *= 3
        assert said_of(got) == ["Only the border of dx is wrong."]

    def test_missing_values_are_called_zero(self):
        got = np.where(EXPECTED > 1, 0, EXPECTED)
        assert said_of(got)[0] == "All wrong values are 0."

    def test_values_that_are_wrong_everywhere_and_like_nothing_are_not_described(self):
        assert said_of(np.random.RandomState(2).standard_normal(EXPECTED.shape)) == []

    def test_two_facts_are_enough(self):
        got = EXPECTED.copy()
        got[1, 2, 3, :] = 0
        assert len(said_of(got)) == 2

    def test_a_number_resembles_nothing(self):
        assert said_of(np.array(3.0), np.array(2.0)) == []
