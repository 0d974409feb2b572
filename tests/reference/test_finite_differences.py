"""Difference quotients along a direction agree with gradients known from calculus."""

import numpy as np
import pytest

from grader.reference.finite_differences import directional_derivative, projection

RANDOM = np.random.RandomState(5)
X = RANDOM.standard_normal((3, 4))
W = RANDOM.standard_normal((4, 2))
DOUT = RANDOM.standard_normal((3, 2))


def matmul(x, w):
    return x @ w


class TestProjection:
    def test_it_is_the_scalar_product(self):
        assert projection(np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 0], [-1, 2]])) == 6

    def test_float32_gradients_are_summed_in_float64(self):
        gradient = np.array([1e8, 1, -1e8], np.float32)
        assert projection(gradient, np.ones(3)) == 1

    def test_a_number_projects_on_a_number(self):
        assert projection(np.array(3.0), np.array(2.0)) == 6


class TestDirectionalDerivative:
    @pytest.mark.parametrize(
        ("position", "gradient"), [(0, DOUT @ W.T), (1, X.T @ DOUT)], ids=["first", "second"]
    )
    def test_it_is_the_slope_in_the_argument_that_moves(self, position, gradient):
        direction = RANDOM.standard_normal(gradient.shape)
        slope = directional_derivative(matmul, (X, W), position, direction, DOUT)
        assert slope == pytest.approx(projection(gradient, direction), rel=1e-8)

    def test_a_curved_function_is_differentiated_to_eight_digits(self):
        dout, direction = RANDOM.standard_normal(5), RANDOM.standard_normal(5)
        x = RANDOM.standard_normal(5)
        slope = directional_derivative(np.exp, (x,), 0, direction, dout)
        assert slope == pytest.approx(projection(np.exp(x) * dout, direction), rel=1e-8)

    def test_a_function_that_answers_in_float32_is_differentiated_to_three_digits(self):
        def rounded(x, w):
            return (x @ w).astype(np.float32)

        direction = RANDOM.standard_normal(X.shape)
        slope = directional_derivative(rounded, (X, W), 0, direction, DOUT)
        assert slope == pytest.approx(projection(DOUT @ W.T, direction), rel=1e-3)

    def test_a_function_that_returns_a_number_has_a_slope(self):
        def loss(x):
            return np.asarray((x**2).sum())

        direction = RANDOM.standard_normal(X.shape)
        slope = directional_derivative(loss, (X,), 0, direction, np.ones(()))
        assert slope == pytest.approx(projection(2 * X, direction), rel=1e-8)

    def test_arguments_are_neither_changed_nor_handed_over(self):
        before = X.copy(), W.copy()

        def spoils(x, w):
            out = x @ w
            x[:] = 0
            return out

        with np.errstate(all="raise"):
            directional_derivative(spoils, (X, W), 0, np.ones_like(X), DOUT)
        np.testing.assert_array_equal(X, before[0])
        np.testing.assert_array_equal(W, before[1])

    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    def test_it_takes_few_calls(self, dtype):
        calls = []

        def counted(x):
            calls.append(x)
            return x.astype(dtype)

        directional_derivative(counted, (X,), 0, np.ones_like(X), np.ones_like(X))
        assert len(calls) == (2 if dtype is np.float64 else 3)
