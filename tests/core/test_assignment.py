"""The functions of the assignment know their partner and what they return."""

from __future__ import annotations

import pytest

from grader.core.assignment import FUNCTIONS


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_a_backward_function_has_a_forward_function_that_has_it_as_backward_function(function):
    if function.is_backward:
        partner = FUNCTIONS[function.forward]
        assert partner.is_forward
        assert partner.backward == function.name
        assert partner.task == function.task


@pytest.mark.parametrize("name", ["sgd_step", "softmax_cross_entropy"])
def test_a_function_of_no_layer_is_neither_forward_nor_backward(name):
    function = FUNCTIONS[name]
    assert not function.is_forward
    assert not function.is_backward
    assert function.forward == function.backward == name


def test_returned_values_get_the_names_of_the_function():
    assert FUNCTIONS["conv2d_backward"].named((1, 2, 3)) == {"dx": 1, "dw": 2, "db": 3}
    assert FUNCTIONS["relu_backward"].named((1, 2)) == {"dx": (1, 2)}


def test_too_few_returned_values_are_an_error():
    with pytest.raises(ValueError, match="shorter"):
        FUNCTIONS["conv2d_backward"].named((1, 2))
