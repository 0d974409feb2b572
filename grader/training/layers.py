"""The layer types: for each, its function, options, shapes, weights and text, in one table.

Whatever needs more than that of a layer (a kernel, a module of another library) keeps a table of its own and
looks a layer up with :func:`entry_for`, so that a type that is missing there is an error with its name. This
module computes nothing: it is also in the students' kit, which has no kernels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np

from grader.core.errors import GraderError

Shape = tuple[int, ...]
"""of one sample"""
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Conv2d:
    """A convolution with square kernels."""

    filters: int
    kernel: int
    pad: int = 0


@dataclass(frozen=True)
class MaxPool2d:
    """Max-pooling over square windows side by side."""

    size: int


@dataclass(frozen=True)
class ReLU:
    """max(x, 0)."""


@dataclass(frozen=True)
class Sigmoid:
    """1 / (1 + exp(-x))."""


@dataclass(frozen=True)
class Flatten:
    """One row of features for each sample."""


@dataclass(frozen=True)
class Dropout:
    """Values become zero with probability ``p`` while training."""

    p: float


@dataclass(frozen=True)
class Dense:
    """A fully connected layer."""

    units: int


Layer = Conv2d | MaxPool2d | ReLU | Sigmoid | Flatten | Dropout | Dense


class WeightShapes(NamedTuple):
    """The shape of a layer's weights, the inputs that each output sums up, and the number of biases."""

    weights: Shape
    fan_in: int
    biases: int


@dataclass(frozen=True, kw_only=True)
class LayerType:
    """All there is to say about a layer type; nothing has a default, so that nothing is forgotten."""

    layer: type[Layer]
    function: str | None
    """the start of the names of its two functions; None for a change of shape, which is no function"""
    options: Callable[[Any], Mapping[str, Any]]
    """the keyword arguments of the forward function"""
    is_random: bool
    """whether the forward function also takes ``train`` and ``seed``"""
    input_dimensions: int | None
    """3 for images, 1 for rows of features, None for either"""
    output_shape: Callable[[Any, Shape], Shape]
    weight_shapes: Callable[[Any, Shape], WeightShapes] | None
    """for samples of a shape; None if there are no weights"""
    example: str
    """a layer of the type as text"""
    pattern: str
    """a regular expression for the text, which begins with a word that is the type's alone"""
    parse: Callable[..., Layer]
    """builds a layer from the groups of the pattern"""
    describe: Callable[[Any], str]
    """writes a layer as text"""


LAYER_TYPES = (
    LayerType(
        layer=Conv2d,
        function="conv2d",
        options=lambda conv: {"stride": 1, "pad": conv.pad},
        is_random=False,
        input_dimensions=3,
        output_shape=lambda conv, shape: (
            conv.filters,
            *(length + 2 * conv.pad - conv.kernel + 1 for length in shape[1:]),
        ),
        weight_shapes=lambda conv, shape: WeightShapes(
            (conv.filters, shape[0], conv.kernel, conv.kernel), shape[0] * conv.kernel**2, conv.filters
        ),
        example="conv 8 3x3 pad 1",
        pattern=r"conv (?P<filters>[1-9]\d*) (?P<kernel>[1-9]\d*)x(?P=kernel)(?: pad (?P<pad>\d+))?",
        parse=lambda filters, kernel, pad: Conv2d(int(filters), int(kernel), int(pad or 0)),
        describe=lambda conv: (
            f"conv {conv.filters} {conv.kernel}x{conv.kernel}" + (f" pad {conv.pad}" if conv.pad else "")
        ),
    ),
    LayerType(
        layer=MaxPool2d,
        function="maxpool2d",
        options=lambda pool: {"size": pool.size, "stride": pool.size},
        is_random=False,
        input_dimensions=3,
        output_shape=lambda pool, shape: (shape[0], *(length // pool.size for length in shape[1:])),
        weight_shapes=None,
        example="pool 2x2",
        pattern=r"pool (?P<size>[1-9]\d*)x(?P=size)",
        parse=lambda size: MaxPool2d(int(size)),
        describe=lambda pool: f"pool {pool.size}x{pool.size}",
    ),
    LayerType(
        layer=ReLU,
        function="relu",
        options=lambda _: {},
        is_random=False,
        input_dimensions=None,
        output_shape=lambda _, shape: shape,
        weight_shapes=None,
        example="relu",
        pattern="relu",
        parse=ReLU,
        describe=lambda _: "relu",
    ),
    LayerType(
        layer=Sigmoid,
        function="sigmoid",
        options=lambda _: {},
        is_random=False,
        input_dimensions=None,
        output_shape=lambda _, shape: shape,
        weight_shapes=None,
        example="sigmoid",
        pattern="sigmoid",
        parse=Sigmoid,
        describe=lambda _: "sigmoid",
    ),
    LayerType(
        layer=Flatten,
        function=None,
        options=lambda _: {},
        is_random=False,
        input_dimensions=None,
        output_shape=lambda _, shape: (math.prod(shape),),
        weight_shapes=None,
        example="flatten",
        pattern="flatten",
        parse=Flatten,
        describe=lambda _: "flatten",
    ),
    LayerType(
        layer=Dropout,
        function="dropout",
        options=lambda dropout: {"p": dropout.p},
        is_random=True,
        input_dimensions=None,
        output_shape=lambda _, shape: shape,
        weight_shapes=None,
        example="dropout 0.5",
        pattern=r"dropout (?P<p>0?\.\d+)",
        parse=lambda p: Dropout(float(p)),
        # all digits and no exponent: every probability has a text of its own, which the pattern matches
        describe=lambda dropout: f"dropout {np.format_float_positional(dropout.p, trim='0')}",
    ),
    LayerType(
        layer=Dense,
        function="dense",
        options=lambda _: {},
        is_random=False,
        input_dimensions=1,
        output_shape=lambda dense, _: (dense.units,),
        weight_shapes=lambda dense, shape: WeightShapes((shape[0], dense.units), shape[0], dense.units),
        example="dense 10",
        pattern=r"dense (?P<units>[1-9]\d*)",
        parse=lambda units: Dense(int(units)),
        describe=lambda dense: f"dense {dense.units}",
    ),
)


def entry_for(layer: Layer, table: Mapping[type[Any], Entry], what: str) -> Entry:
    """Return what a table by layer types has for a layer.

    Parameters
    ----------
    layer
        The layer.
    table
        By layer types.
    what
        What the table holds, for the error.

    Raises
    ------
    GraderError
        If the table has nothing for this type.
    """
    try:
        return table[type(layer)]
    except KeyError:
        known = ", ".join(one.__name__ for one in table)
        raise GraderError(
            f"there is no {what} for the layer type {type(layer).__name__}, only for {known}"
        ) from None


def type_of(layer: Layer) -> LayerType:
    """Return the entry of a layer in :data:`LAYER_TYPES`.

    Raises
    ------
    GraderError
        If its type is not in the table.
    """
    return entry_for(layer, {entry.layer: entry for entry in LAYER_TYPES}, "entry in LAYER_TYPES")


def output_shape(layer: Layer, shape: Shape) -> Shape:
    """Return the shape of one sample after a layer, given that before it."""
    return type_of(layer).output_shape(layer, shape)


def weight_shapes(layer: Layer, shape: Shape) -> WeightShapes | None:
    """Return the shapes of a layer's weights for samples of a shape; None if it has no weights."""
    shapes = type_of(layer).weight_shapes
    return None if shapes is None else shapes(layer, shape)


def has_weights(layer: Layer) -> bool:
    """Return whether a layer has weights and biases."""
    return type_of(layer).weight_shapes is not None
