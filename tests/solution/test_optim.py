from functools import partial

import numpy as np
import pytest

from solution.optim import adam_step, sgd_momentum_step, sgd_step

DTYPES = [np.float32, np.float64]
STEPS = {
    "sgd": lambda param, grad, state: (sgd_step(param, grad, lr=0.1), state),
    "momentum": partial(sgd_momentum_step, lr=0.1),
    "adam": partial(adam_step, lr=0.1),
}


@pytest.fixture
def rng():
    return np.random.default_rng(231)


def run(step, param, gradients):
    """Return the parameter after each step."""
    state, history = None, []
    for grad in gradients:
        param, state = step(param, grad, state)
        history.append(param)
    return history


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
class TestEveryOptimiser:
    @pytest.mark.parametrize("dtype", DTYPES)
    def test_keeps_dtype_and_shape(self, step, dtype, rng):
        gradients = [rng.standard_normal((2, 3, 4)).astype(dtype) for _ in range(3)]
        for param in run(step, np.ones((2, 3, 4), dtype), gradients):
            assert param.dtype == dtype
            assert param.shape == (2, 3, 4)

    def test_leaves_read_only_arguments_as_they_are(self, step, rng):
        param, state = rng.standard_normal((4, 5)), None
        for _ in range(3):
            grad = rng.standard_normal((4, 5))
            param.flags.writeable = grad.flags.writeable = False
            new, state = step(param, grad, state)
            assert not np.shares_memory(new, param)
            assert not np.shares_memory(new, grad)
            param = new

    def test_takes_arrays_that_are_not_contiguous(self, step, rng):
        param, gradients = rng.standard_normal((6, 4)), [rng.standard_normal((6, 4)) for _ in range(3)]
        expected = run(step, param[::2].copy(), [grad[::2].copy() for grad in gradients])
        for got, wanted in zip(
            run(step, param[::2], [grad[::2] for grad in gradients]), expected, strict=True
        ):
            np.testing.assert_array_equal(got, wanted)

    def test_parameters_can_take_turns(self, step, rng):
        params = [rng.standard_normal((4, 5)), rng.standard_normal(6)]
        gradients = [[rng.standard_normal(param.shape) for _ in range(4)] for param in params]
        alone = [run(step, param, grads)[-1] for param, grads in zip(params, gradients, strict=True)]
        states = [None, None]
        for turn in range(4):
            for index in range(2):
                params[index], states[index] = step(params[index], gradients[index][turn], states[index])
        for got, expected in zip(params, alone, strict=True):
            np.testing.assert_array_equal(got, expected)

    def test_a_state_can_be_used_twice(self, step, rng):
        param, grad = rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
        _, state = step(param, grad, None)
        once, _ = step(param, grad, state)
        again, _ = step(param, grad, state)
        np.testing.assert_array_equal(once, again)

    def test_changing_a_gradient_afterwards_does_not_change_later_steps(self, step, rng):
        param, grad = rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
        expected = run(step, param, [grad.copy(), grad.copy()])[-1]
        buffer = grad.copy()
        param, state = step(param, buffer, None)
        buffer[...] = 1e6
        np.testing.assert_array_equal(step(param, grad, state)[0], expected)

    def test_goes_down_a_bowl(self, step):
        param, state = np.array([3.0, -2.0]), None
        for _ in range(300):
            param, state = step(param, param, state)
        assert np.abs(param).max() < 0.01


class TestSgd:
    def test_subtracts_the_gradient_times_the_learning_rate(self):
        got = sgd_step(np.array([1.0, 2]), np.array([10.0, -20]), lr=0.01)
        np.testing.assert_allclose(got, [0.9, 2.2], rtol=1e-15)


class TestMomentum:
    def test_the_first_step_is_a_step_of_sgd(self, rng):
        param, grad = rng.standard_normal(5), rng.standard_normal(5)
        np.testing.assert_array_equal(
            sgd_momentum_step(param, grad, None, lr=0.3)[0], sgd_step(param, grad, lr=0.3)
        )

    def test_velocity_gathers_gradients(self):
        step = partial(sgd_momentum_step, lr=0.1, momentum=0.5)
        history = run(step, np.array([0.0]), [np.array([1.0]), np.array([1.0]), np.array([-1.0])])
        # velocities 1, 1.5 and -0.25
        np.testing.assert_allclose(np.ravel(history), [-0.1, -0.25, -0.225], rtol=1e-14)

    def test_the_learning_rate_may_change_between_steps(self):
        param, state = sgd_momentum_step(np.array([0.0]), np.array([1.0]), None, lr=1.0, momentum=0.5)
        param, _ = sgd_momentum_step(param, np.array([0.0]), state, lr=0.1, momentum=0.5)
        np.testing.assert_allclose(param, [-1.05], rtol=1e-15)

    def test_without_momentum_it_is_sgd(self, rng):
        param, gradients = rng.standard_normal(5), [rng.standard_normal(5) for _ in range(3)]
        step = partial(sgd_momentum_step, lr=0.1, momentum=0.0)
        for got, expected in zip(
            run(step, param, gradients), run(STEPS["sgd"], param, gradients), strict=True
        ):
            np.testing.assert_array_equal(got, expected)


class TestAdam:
    @pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
    def test_the_first_step_has_the_size_of_the_learning_rate(self, scale):
        param, _ = adam_step(np.zeros(2), np.array([scale, -scale]), None, lr=0.01)
        np.testing.assert_allclose(param, [-0.01, 0.01], rtol=1e-4)

    def test_a_constant_gradient_gives_constant_steps(self):
        history = run(STEPS["adam"], np.array([0.0]), [np.array([2.0])] * 20)
        np.testing.assert_allclose(np.diff(np.ravel(history)), -0.1, rtol=1e-7)

    def test_eps_stands_outside_the_square_root(self):
        param, _ = adam_step(np.zeros(1), np.array([1e-8]), None, lr=1.0, eps=1e-8)
        np.testing.assert_allclose(param, [-0.5], rtol=1e-12)

    def test_follows_the_published_algorithm(self, rng):
        beta1, beta2, lr, eps = 0.8, 0.95, 0.05, 1e-3
        param, state = 0.5, None
        expected, m, v = 0.5, 0.0, 0.0
        for t in range(1, 12):
            grad = float(rng.standard_normal())
            m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad * grad
            expected -= lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + eps)
            param, state = adam_step(
                np.array(param), np.array(grad), state, lr=lr, beta1=beta1, beta2=beta2, eps=eps
            )
            np.testing.assert_allclose(param, expected, rtol=1e-12)

    def test_a_gradient_of_zero_moves_nothing(self):
        param, _ = adam_step(np.array([1.0, 2.0]), np.zeros(2), None)
        np.testing.assert_array_equal(param, [1, 2])
