"""The networks as data, and the programs that are made of them."""

import numpy as np
import pytest

from grader.core.assignment import FUNCTIONS, TASKS
from grader.reference.functions import reference
from grader.training.layers import Conv2d, Dense, Flatten, MaxPool2d, ReLU
from grader.training.network import (
    NETWORK_A,
    Network,
    forward_calls,
    functions_of,
    initial_parameters,
    parameter_names,
    shapes,
    step_calls,
)
from grader.worker.program import execute, last_uses

BATCH = 3
SMALL = Network(
    "small", (Conv2d(2, 5), ReLU(), MaxPool2d(4), Flatten(), Dense(7), ReLU(), Dense(10)), learning_rate=0.05
)


def parameters(network):
    return initial_parameters(network, np.random.RandomState(1))


def run_step(network, seed=0, **changed):
    random = np.random.RandomState(seed)
    variables = {
        "images": random.randint(0, 256, (9, 28, 28)).astype(np.uint8),
        "indices": np.array([4, 0, 7]),
        "labels": np.array([1, 0, 9]),
        **parameters(network),
        **changed,
    }
    calls = step_calls(network, BATCH)
    execute(calls, [()] * len(calls), variables, reference)
    return variables


class TestShapes:
    def test_network_a_ends_in_ten_logits(self):
        assert shapes(NETWORK_A) == [
            (1, 28, 28),
            (8, 28, 28),
            (8, 28, 28),
            (8, 14, 14),
            (16, 14, 14),
            (16, 14, 14),
            (16, 7, 7),
            (784,),
            (10,),
        ]

    def test_a_convolution_without_padding_shrinks_and_a_window_that_does_not_divide_rounds_down(self):
        network = Network("odd", (Conv2d(3, 4), MaxPool2d(3)), 0.1, input_shape=(2, 9, 11))
        assert shapes(network) == [(2, 9, 11), (3, 6, 8), (3, 2, 2)]


class TestParameters:
    def test_only_convolutions_and_dense_layers_have_some(self):
        assert parameter_names(SMALL) == ["w0", "b0", "w4", "b4", "w6", "b6"]

    @pytest.mark.parametrize("network", [NETWORK_A, SMALL])
    def test_they_have_the_names_and_shapes_that_the_layers_need(self, network):
        drawn = parameters(network)
        assert list(drawn) == parameter_names(network)
        assert all(array.dtype == np.float32 for array in drawn.values())
        for name, array in drawn.items():
            units = array.shape[-1] if array.ndim == 2 else array.shape[0]
            assert drawn[f"b{name[1:]}"].shape == (units,)

    def test_weights_have_the_spread_of_he_and_biases_a_small_value(self):
        drawn = parameters(Network("wide", (Flatten(), Dense(200)), 0.1))
        assert drawn["w1"].shape == (784, 200)
        assert drawn["w1"].std() == pytest.approx(np.sqrt(2 / 784), rel=0.01)
        assert (drawn["b1"] == np.float32(0.01)).all()

    def test_the_same_random_state_gives_the_same_weights(self):
        np.testing.assert_array_equal(parameters(SMALL)["w6"], parameters(SMALL)["w6"])


class TestForwardCalls:
    @pytest.mark.parametrize("network", [NETWORK_A, SMALL])
    def test_they_lead_from_the_images_to_logits_of_the_shapes_foretold(self, network):
        calls = forward_calls(network, BATCH)
        images = np.random.RandomState(0).random_sample((BATCH, 1, 28, 28)).astype(np.float32)
        variables = {"a0": images, **parameters(network)}
        execute(calls, [()] * len(calls), variables, reference)
        for index, shape in enumerate(shapes(network)):
            assert variables[f"a{index}"].shape == (BATCH, *shape)

    def test_options_are_those_of_the_layers(self):
        calls = forward_calls(Network("n", (Conv2d(2, 3, pad=1), MaxPool2d(2), ReLU()), 0.1), BATCH)
        assert [dict(call.options) for call in calls] == [
            {"stride": 1, "pad": 1},
            {"size": 2, "stride": 2},
            {},
        ]


class TestStepCalls:
    @pytest.mark.parametrize("network", [NETWORK_A, SMALL])
    def test_new_parameters_are_a_step_against_the_gradients(self, network):
        variables = run_step(network)
        for name in parameter_names(network):
            old, gradient = variables[name], variables[f"d{name}"]
            assert gradient.shape == old.shape
            expected = old - network.learning_rate * gradient
            np.testing.assert_allclose(variables[f"new {name}"], expected, rtol=0, atol=1e-6)

    def test_gradients_are_slopes_of_the_loss(self):
        exact = {name: array.astype(np.float64) for name, array in parameters(SMALL).items()}
        variables = run_step(SMALL, **exact)
        step = 1e-4  # images are float32: a smaller one would drown in rounding
        for name, array in exact.items():
            direction = np.random.RandomState(2).standard_normal(array.shape)
            above = run_step(SMALL, **exact | {name: array + step * direction})["loss"]
            below = run_step(SMALL, **exact | {name: array - step * direction})["loss"]
            slope = (above - below) / (2 * step)
            assert (variables[f"d{name}"] * direction).sum() == pytest.approx(slope, rel=1e-3, abs=1e-5), name

    def test_steps_on_the_same_images_lower_the_loss(self):
        variables = run_step(SMALL)
        before = variables["loss"]
        for _ in range(10):
            updated = {name: variables[f"new {name}"] for name in parameter_names(SMALL)}
            variables = run_step(SMALL, **updated)
        assert variables["loss"] < 0.8 * before

    def test_every_name_is_given_once(self):
        made = [name for call in step_calls(NETWORK_A, BATCH) for name in call.results]
        assert len(made) == len(set(made))

    def test_every_cache_is_used_once_and_can_be_dropped_then(self):
        calls = step_calls(NETWORK_A, BATCH)
        dropped = [name for names in last_uses(calls, ["loss"]) for name in names]
        caches = [call.results[1] for call in calls if call.function.endswith("_forward")]
        assert set(caches) <= set(dropped)
        used = [name for call in calls for name in call.arguments]
        assert all(used.count(cache) == 1 for cache in caches)


class TestFunctionsOf:
    def test_network_a_needs_every_function_that_is_no_bonus(self):
        bonus = {task.name for task in TASKS if task.bonus}
        required = {name for name, function in FUNCTIONS.items() if function.task not in bonus}
        assert set(functions_of(NETWORK_A)) == required

    def test_they_come_in_the_order_of_first_use_and_once(self):
        network = Network("n", (Flatten(), Dense(5), ReLU(), Dense(10)), 0.1)
        assert functions_of(network) == [
            "dense_forward",
            "relu_forward",
            "softmax_cross_entropy",
            "dense_backward",
            "relu_backward",
            "sgd_step",
        ]
