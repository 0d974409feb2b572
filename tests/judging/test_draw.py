"""Random inputs: the same for the same seed and check, everywhere and for ever."""

import numpy as np
import pytest

from grader.core.seed import Seed
from grader.judging.draw import Draw


def draw(seed=231, check_id="relu_forward.values"):
    return Draw(Seed(str(seed)), check_id)


class TestStreams:
    def test_the_same_seed_and_check_give_the_same_values(self):
        assert (draw().normal(5, 3) == draw().normal(5, 3)).all()

    @pytest.mark.parametrize("other", [draw(seed=232), draw(check_id="relu_forward.shape")])
    def test_another_seed_or_check_gives_other_values(self, other):
        assert not np.isin(draw().normal(50), other.normal(50)).any()

    def test_successive_draws_differ(self):
        same = draw()
        assert not np.isin(same.normal(50), same.normal(50)).any()

    def test_the_values_of_the_published_seed_never_change(self):
        drawn = draw()
        np.testing.assert_allclose(
            drawn.normal(3), [-2.082116946162209, 0.21126784675000734, -1.0464186965540954]
        )
        assert drawn.labels(8, 10).tolist() == [4, 0, 2, 3, 7, 5, 2, 0]
        assert drawn.integers(-5, 6, 8).tolist() == [3, 0, 3, 4, 3, 4, 1, 1]
        np.testing.assert_allclose(drawn.spaced(5), [0.125, -0.175, 0.225, -0.075, 0.025], rtol=0, atol=1e-15)

    def test_the_generator_of_the_process_is_left_alone(self):
        np.random.seed(1)
        untouched = np.random.random_sample()
        np.random.seed(1)
        draw().normal(10)
        assert np.random.random_sample() == untouched


class TestNormal:
    def test_shape_and_type(self):
        values = draw().normal(2, 3, 5)
        assert values.shape == (2, 3, 5)
        assert values.dtype == np.float64

    def test_mean_and_deviation_are_those_of_a_standard_normal(self):
        values = draw().normal(10_000)
        assert abs(values.mean()) < 0.05
        assert abs(values.std() - 1) < 0.05


class TestSpaced:
    @pytest.mark.parametrize("shape", [(1,), (2,), (7,), (3, 4, 5), (2, 1, 3)])
    def test_values_are_a_tenth_apart_and_away_from_zero(self, shape):
        values = draw().spaced(*shape)
        assert values.shape == shape
        assert values.dtype == np.float64
        assert np.abs(values).min() > 0.0249
        np.testing.assert_allclose(np.diff(np.sort(values, axis=None)), 0.1, rtol=1e-12)

    def test_values_lie_on_both_sides_of_zero_in_random_order(self):
        values = draw().spaced(40)
        assert 15 <= (values > 0).sum() <= 25
        assert (np.diff(values) > 0).any()
        assert (np.diff(values) < 0).any()


class TestLabels:
    def test_they_are_class_indices(self):
        labels = draw().labels(200, 7)
        assert labels.dtype == np.int64
        assert set(labels.tolist()) == set(range(7))

    def test_they_are_never_all_alike(self):
        assert all(len(set(Draw(Seed(str(seed)), "x").labels(2, 2).tolist())) == 2 for seed in range(50))

    @pytest.mark.parametrize(("count", "classes"), [(0, 3), (1, 3), (3, 1)])
    def test_few_labels_or_a_single_class_are_no_trouble(self, count, classes):
        labels = draw().labels(count, classes)
        assert labels.shape == (count,)
        assert (labels < classes).all()


class TestIntegers:
    def test_the_upper_end_is_excluded(self):
        drawn = draw().integers(-2, 3, 40, 10)
        assert drawn.shape == (40, 10)
        assert drawn.dtype == np.int64
        assert set(drawn.ravel().tolist()) == {-2, -1, 0, 1, 2}
