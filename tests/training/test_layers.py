"""Every layer type has all that the training needs of it, and one that is missing somewhere is named."""

import importlib
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from grader.core.assignment import FUNCTIONS
from grader.core.errors import GraderError
from grader.training import layers, pictures
from grader.training.fast_engine import KERNELS, FastEngine
from grader.training.layers import LAYER_TYPES, Dense, Dropout, Flatten, LayerType, entry_for
from grader.training.network import (
    Network,
    count_parameters,
    forward_calls,
    functions_of,
    gradient_calls,
    initial_parameters,
    shapes,
)
from grader.training.network_text import describe, parse_network

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
IMAGES = np.zeros((4, 28, 28), np.uint8)


@dataclass(frozen=True)
class Doubling:
    """A layer type that is not in the table."""


UNKNOWN = Network("n", (Doubling(), Flatten(), Dense(10)), 0.1)
ENTRY = LayerType(
    layer=Doubling,
    function="doubling",
    options=lambda _: {},
    is_random=False,
    input_dimensions=None,
    output_shape=lambda _, shape: shape,
    weight_shapes=None,
    example="doubling",
    pattern="doubling",
    parse=Doubling,
    describe=lambda _: "doubling",
)


def example(entry):
    """Return a network with the example of a layer type in a place where it fits."""
    before = "flatten, " if entry.input_dimensions == 1 else ""
    after = "" if entry.layer is Dense else ", flatten, dense 10"
    return parse_network("n", f"{before}{entry.example}{after}")


@pytest.mark.parametrize("entry", LAYER_TYPES, ids=lambda entry: entry.layer.__name__)
class TestEveryType:
    def test_its_text_reads_as_it_was_written(self, entry):
        network = example(entry)
        assert any(isinstance(layer, entry.layer) for layer in network.layers)
        assert parse_network("n", ", ".join(describe(network))) == network

    def test_its_text_is_that_of_no_other_type(self, entry):
        assert [other for other in LAYER_TYPES if re.fullmatch(other.pattern, entry.example)] == [entry]

    def test_its_functions_are_in_the_assignment(self, entry):
        assert set(functions_of(example(entry))) <= set(FUNCTIONS)

    def test_it_has_a_kernel(self, entry):
        assert entry.layer in KERNELS

    def test_its_picture_can_be_drawn_if_it_has_weights(self, entry):
        assert (entry.layer in pictures.LEARNT) == (entry.weight_shapes is not None)


@pytest.mark.parametrize("p", [0.5, 0.25, 1 / 3, 1e-7, 0.0, 0.1 + 0.2])
def test_any_probability_of_dropout_reads_as_it_was_written(p):
    network = Network("n", (Dropout(p), Flatten(), Dense(10)), 0.2)
    assert parse_network("n", ", ".join(describe(network))).layers == network.layers


def test_the_benchmark_with_pytorch_knows_every_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", Mock())
    monkeypatch.syspath_prepend(BENCHMARKS)
    modules = importlib.import_module("peers.with_torch").MODULES
    del sys.modules["peers.with_torch"]
    assert modules.keys() == {entry.layer for entry in LAYER_TYPES}


class TestUnknownType:
    @pytest.mark.parametrize(
        "use",
        [
            shapes,
            describe,
            count_parameters,
            functions_of,
            lambda network: initial_parameters(network, np.random.RandomState(0)),
            lambda network: forward_calls(network, 4),
            lambda network: gradient_calls(network, 4),
            lambda network: FastEngine(network, IMAGES, 4, cores=1),
        ],
        ids=["shapes", "describe", "count", "functions", "parameters", "forward", "gradient", "engine"],
    )
    def test_it_is_an_error_that_names_it(self, use):
        with pytest.raises(GraderError, match="entry in LAYER_TYPES for the layer type Doubling, only for"):
            use(UNKNOWN)

    def test_without_a_kernel_it_is_an_error_that_names_it(self, monkeypatch):
        monkeypatch.setattr(layers, "LAYER_TYPES", (*LAYER_TYPES, ENTRY))
        assert describe(UNKNOWN)[0] == "doubling"
        with pytest.raises(GraderError, match="no kernel for the layer type Doubling, only for Conv2d, "):
            FastEngine(UNKNOWN, IMAGES, 4, cores=1)

    def test_a_table_of_another_library_names_it(self):
        with pytest.raises(GraderError, match="no table entry for the layer type Doubling, only for Dense"):
            entry_for(Doubling(), {Dense: 1}, "table entry")

    def test_nothing_of_an_entry_may_be_left_out(self):
        with pytest.raises(TypeError, match="'options'"):
            LayerType(layer=Doubling, function="doubling")


def test_the_table_needs_no_kernels():
    """The students' kit has none."""
    source = "import sys, grader.training.network_text; print('grader.training.kernels' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
