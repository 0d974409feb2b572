"""Networks as text: what can be read, what is refused and why."""

import numpy as np
import pytest

from grader.core.errors import GraderError
from grader.training.layers import Conv2d, Dense, Dropout
from grader.training.network import NETWORK_A, count_parameters, initial_parameters, shapes
from grader.training.network_text import NETWORKS, describe, parse_network, with_dropout


@pytest.mark.parametrize("name", NETWORKS)
def test_a_ready_network_reads_as_it_was_written(name):
    network = parse_network(name, NETWORKS[name])
    assert parse_network(name, ", ".join(describe(network))) == network
    assert shapes(network)[-1] == (10,)


def test_network_a_is_that_of_the_accuracy_check():
    assert parse_network("A", NETWORKS["A"]).layers == NETWORK_A.layers


@pytest.mark.parametrize("name", NETWORKS)
def test_parameters_are_counted_as_they_are_made(name):
    network = parse_network(name, NETWORKS[name])
    made = initial_parameters(network, np.random.RandomState(0))
    assert count_parameters(network) == sum(array.size for array in made.values())


def test_layers_may_stand_in_lines_or_behind_commas_with_any_spaces():
    network = parse_network("x", "\n  CONV  4 3x3   pad 1\n\n relu, flatten ,dense 10\n")
    assert network.layers[0] == Conv2d(4, 3, 1)
    assert network.layers[-1] == Dense(10)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("convv 8 3x3, flatten, dense 10", "'convv 8 3x3' is not a layer"),
        ("conv 8 3x5, flatten, dense 10", "'conv 8 3x5' is not a layer"),
        ("dropout 1.5, flatten, dense 10", "'dropout 1.5' is not a layer"),
        ("conv 8 3x3, dense 10", "put 'flatten' before it"),
        ("flatten, conv 8 3x3, dense 10", "comes after a flatten"),
        ("conv 8 29x29, flatten, dense 10", "does not fit what comes before it, 1x28x28"),
        ("pool 0x0, flatten, dense 10", "'pool 0x0' is not a layer"),
        ("conv 0 3x3, flatten, dense 10", "'conv 0 3x3' is not a layer"),
        ("pool 28x28, pool 2x2, flatten, dense 10", "'pool 2x2' does not fit"),
        ("flatten, dense 0, dense 10", "'dense 0'"),
        ("flatten, dense 9", "must end with 'dense 10'"),
        ("flatten, dense 10, relu", "must end with 'dense 10'"),
        ("", "must end with 'dense 10'"),
    ],
)
def test_what_cannot_be_a_network_is_an_error_that_says_why(text, told):
    with pytest.raises(GraderError) as refused:
        parse_network("mine", text)
    assert told in str(refused.value)
    assert "mine" in str(refused.value)


def test_dropout_stands_before_the_last_layer():
    network = with_dropout(NETWORK_A, 0.25)
    assert network.layers[-2:] == (Dropout(0.25), Dense(10))
    assert describe(network)[-2] == "dropout 0.25"
    assert with_dropout(NETWORK_A, 0.0) == NETWORK_A
