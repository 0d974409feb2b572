"""The optimisers of the trainer take the steps of the reference's."""

import numpy as np
import pytest

from grader.training.optimiser import Optimiser
from solution import loss, optim

STEPS = {
    "sgd": lambda p, g, state: (optim.sgd_step(p, g, lr=0.1), state),
    "momentum": lambda p, g, state: optim.sgd_momentum_step(p, g, state, lr=0.1, momentum=0.9),
    "adam": lambda p, g, state: optim.adam_step(p, g, state, lr=0.1),
}


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("kind", STEPS)
def test_many_steps_agree_with_the_reference(kind, l2):
    rng = np.random.default_rng(1)
    weights = {name: rng.standard_normal(shape, np.float32) for name, shape in (("w0", (3, 4)), ("b0", 4))}
    expected, states = {name: array.copy() for name, array in weights.items()}, {"w0": None, "b0": None}
    optimiser = Optimiser(kind, l2)
    for _ in range(6):
        gradients = {name: rng.standard_normal(array.shape, np.float32) for name, array in weights.items()}
        for name, gradient in gradients.items():
            penalty = loss.l2_penalty(expected[name], reg=l2)[1] if name == "w0" else 0
            expected[name], states[name] = STEPS[kind](expected[name], gradient + penalty, states[name])
        optimiser.step(weights, gradients, 0.1)
    for name, array in weights.items():
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, expected[name], rtol=2e-5, atol=1e-6)


def test_only_weights_and_not_biases_are_pulled_to_zero():
    weights = {"w0": np.ones(2, np.float32), "b0": np.ones(2, np.float32)}
    Optimiser("sgd", 0.5).step(weights, {name: np.zeros(2, np.float32) for name in weights}, 1.0)
    assert weights["w0"].tolist() == [0.5, 0.5]
    assert weights["b0"].tolist() == [1.0, 1.0]


def test_the_state_is_all_that_the_next_step_needs():
    def run(optimiser, weights, count):
        for step in range(count):
            optimiser.step(weights, {"w0": np.full(3, step + 1.0, np.float32)}, 0.1)
        return weights

    whole = run(Optimiser("adam"), {"w0": np.ones(3, np.float32)}, 2)
    first = Optimiser("adam")
    weights = run(first, {"w0": np.ones(3, np.float32)}, 1)
    second = Optimiser("adam")
    second.steps, second.state = first.steps, first.state
    second.step(weights, {"w0": np.full(3, 2.0, np.float32)}, 0.1)
    np.testing.assert_array_equal(weights["w0"], whole["w0"])
