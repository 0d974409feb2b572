import math

import numpy as np
import pytest

from solution.loss import l2_penalty, softmax_cross_entropy

DTYPES = [np.float32, np.float64]


@pytest.fixture
def rng():
    return np.random.default_rng(231)


def numerical_gradient(function, array, h=1e-5):
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + h
        above = function()
        array[index] = kept - h
        below = function()
        array[index] = kept
        gradient[index] = (above - below) / (2 * h)
    return gradient


class TestSoftmaxCrossEntropy:
    def test_equal_scores_give_the_logarithm_of_the_number_of_classes(self):
        loss, dlogits = softmax_cross_entropy(np.zeros((4, 10)), np.array([0, 3, 9, 3]))
        assert loss == pytest.approx(2.302585092994046, rel=1e-15)
        np.testing.assert_allclose(dlogits[0], [-0.225] + [0.025] * 9, rtol=1e-15)

    def test_is_the_mean_over_the_batch(self, rng):
        logits, labels = rng.standard_normal((6, 4)), np.array([0, 1, 2, 3, 1, 1])
        loss, dlogits = softmax_cross_entropy(logits, labels)
        rows = [softmax_cross_entropy(logits[n : n + 1], labels[n : n + 1]) for n in range(6)]
        assert loss == pytest.approx(np.mean([row for row, _ in rows]), rel=1e-14)
        np.testing.assert_allclose(dlogits, np.concatenate([drow for _, drow in rows]) / 6, rtol=1e-13)

    def test_gradient_equals_difference_quotients(self, rng):
        logits, labels = rng.standard_normal((5, 7)), rng.integers(0, 7, 5)
        _, dlogits = softmax_cross_entropy(logits, labels)
        expected = numerical_gradient(lambda: softmax_cross_entropy(logits, labels)[0], logits)
        np.testing.assert_allclose(dlogits, expected, rtol=0, atol=1e-9)

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_gradients_of_a_row_sum_to_zero(self, dtype, rng):
        logits = rng.standard_normal((5, 7)).astype(dtype) * 20
        _, dlogits = softmax_cross_entropy(logits, rng.integers(0, 7, 5))
        np.testing.assert_allclose(dlogits.sum(axis=1), 0, atol=10 * np.finfo(dtype).eps)

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_extremes_are_finite_and_exact(self, dtype):
        logits = np.array([[1e4, 0, -1e4], [1e4, 1e4, -1e4], [-1e4, -1e4, -1e4], [0, 1e4, 0]], dtype)
        loss, dlogits = softmax_cross_entropy(logits, np.array([2, 0, 1, 1]))
        assert loss == pytest.approx((2e4 + math.log(2) + math.log(3) + 0) / 4, rel=1e-6)
        expected = [[1, 0, -1], [-1 / 2, 1 / 2, 0], [1 / 3, -2 / 3, 1 / 3], [0, 0, 0]]
        np.testing.assert_allclose(dlogits, np.array(expected) / 4, rtol=1e-6, atol=1e-7)

    def test_a_constant_added_to_a_row_changes_nothing(self, rng):
        logits, labels = rng.standard_normal((3, 5)), np.array([4, 0, 2])
        loss, dlogits = softmax_cross_entropy(logits, labels)
        shifted_loss, shifted = softmax_cross_entropy(logits + np.array([[1e3], [-1e3], [0.0]]), labels)
        assert shifted_loss == pytest.approx(loss, rel=1e-12)
        np.testing.assert_allclose(shifted, dlogits, rtol=0, atol=1e-12)

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_returns_a_python_float_and_a_gradient_of_the_same_dtype(self, dtype, rng):
        loss, dlogits = softmax_cross_entropy(rng.standard_normal((3, 4)).astype(dtype), np.array([1, 2, 0]))
        assert type(loss) is float
        assert dlogits.dtype == dtype
        assert dlogits.shape == (3, 4)

    @pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
    def test_takes_labels_of_any_integer_dtype(self, dtype, rng):
        logits = rng.standard_normal((3, 4))
        loss, _ = softmax_cross_entropy(logits, np.array([1, 2, 0], dtype))
        assert loss == softmax_cross_entropy(logits, np.array([1, 2, 0]))[0]

    def test_leaves_read_only_arguments_as_they_are(self, rng):
        logits, labels = rng.standard_normal((3, 4)), np.array([1, 2, 0])
        logits.flags.writeable = labels.flags.writeable = False
        _, dlogits = softmax_cross_entropy(logits, labels)
        assert not np.shares_memory(dlogits, logits)

    def test_takes_arrays_that_are_not_contiguous(self, rng):
        logits, labels = rng.standard_normal((8, 3)).T, np.arange(6)[::2]
        loss, dlogits = softmax_cross_entropy(logits, labels)
        same_loss, same = softmax_cross_entropy(np.ascontiguousarray(logits), np.array([0, 2, 4]))
        assert loss == pytest.approx(same_loss, rel=1e-15)
        np.testing.assert_allclose(dlogits, same, rtol=1e-14)


class TestL2Penalty:
    def test_is_half_of_reg_times_the_sum_of_squares(self):
        penalty, dw = l2_penalty(np.array([[1.0, -2], [3, 0]]), reg=0.1)
        assert penalty == pytest.approx(0.7, rel=1e-15)
        np.testing.assert_allclose(dw, [[0.1, -0.2], [0.3, 0]], rtol=1e-15)

    def test_gradient_equals_difference_quotients(self, rng):
        w = rng.standard_normal((2, 3, 2, 2))
        expected = numerical_gradient(lambda: l2_penalty(w, reg=0.7)[0], w)
        np.testing.assert_allclose(l2_penalty(w, reg=0.7)[1], expected, rtol=0, atol=1e-9)

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_returns_a_python_float_and_a_gradient_of_the_same_dtype(self, dtype):
        penalty, dw = l2_penalty(np.ones((2, 3), dtype), reg=0.5)
        assert type(penalty) is float
        assert dw.dtype == dtype

    @pytest.mark.parametrize("reg", [0.0, 1.0])
    def test_leaves_a_read_only_argument_as_it_is(self, reg):
        w = np.ones((2, 3))
        w.flags.writeable = False
        assert not np.shares_memory(l2_penalty(w, reg=reg)[1], w)
