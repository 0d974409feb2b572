"""The engine of the kit's own kernels, on all cores: every process computes a share of the batch.

Threads would share one interpreter lock, and with arrays that take NumPy some microseconds they hand it over
too often to gain much. So the other shares are computed by helper processes, which find
images, weights and gradients in shared memory; a message of a few bytes starts a step.
"""

from __future__ import annotations

import itertools
import math
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.core.errors import GraderError
from grader.training import kernels, naming
from grader.training.engine import Engine, Weights
from grader.training.layers import (
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool2d,
    ReLU,
    Sigmoid,
    entry_for,
    has_weights,
    output_shape,
    type_of,
)
from grader.training.network import Network, initial_parameters, shapes

EVALUATED_AT_ONCE = 200
"""images"""
GONE = "a helper process of the training ended unexpectedly; try --cores 1"
WORK_FOR_A_CORE = 800_000
"""multiplications in the convolutions of a step that are worth another process"""


class FastEngine(Engine):
    """Computes with :mod:`grader.training.kernels`.

    Parameters
    ----------
    network
        The network to train.
    images
        All training images, uint8 (M, 28, 28).
    batch
        The number of images in a step.
    cores
        The number of cores to use at most; None for all. Small networks and batches get fewer.
    """

    def __init__(self, network: Network, images: np.ndarray, batch: int, *, cores: int | None = None) -> None:
        self._network, self._images = network, images
        most = cores or os.cpu_count() or 1
        self.cores = max(1, min(most, batch, batch * convolved(network) // WORK_FOR_A_CORE))
        limits = [batch * count // self.cores for count in range(self.cores + 1)]
        self._mine, *others = [slice(*pair) for pair in itertools.pairwise(limits)]
        self._part = NetworkKernels(network, self._mine.stop)
        self._reader: NetworkKernels | None = None
        self._helpers: list[_Helper] = []
        self._weights: dict[str, np.ndarray] = {}
        if others:
            context = multiprocessing.get_context("spawn")
            shared = _Shared(network, context, images, batch)
            self._weights = shared.weights()
            self._helpers = [_Helper(context, shared, share) for share in others]

    def close(self) -> None:
        """End the helper processes."""
        for helper in self._helpers:
            helper.close()
        self._helpers = []

    def adopt(self, weights: Weights) -> dict[str, np.ndarray]:
        """Return weights in memory that is shared with the helpers; see :meth:`Engine.adopt`."""
        if not self._helpers:
            return super().adopt(weights)
        self._share(weights)
        return dict(self._weights)

    def _share(self, weights: Weights) -> None:
        for name, memory in self._weights.items():
            if memory is not weights[name]:
                memory[...] = weights[name]

    def gradients(
        self, weights: Weights, indices: np.ndarray, labels: np.ndarray, seed: int
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Compute a training step; see :meth:`Engine.gradients`."""
        self._share(weights)
        for number, helper in enumerate(self._helpers, start=1):
            helper.start(indices, labels, (seed, number))
        images = self._images[indices[self._mine]]
        loss = self._part.step(weights, images, labels[self._mine], len(labels), (seed, 0))
        for helper in self._helpers:
            loss += helper.add_to(self._part.gradients)
        return loss / len(labels), self._part.gradients

    def logits(self, weights: Weights, images: np.ndarray) -> np.ndarray:
        """Return scores; see :meth:`Engine.logits`."""
        if self._reader is None:
            self._reader = NetworkKernels(self._network, EVALUATED_AT_ONCE)
        out = np.empty((len(images), shapes(self._network)[-1][0]), np.float32)
        for start in range(0, len(images), EVALUATED_AT_ONCE):
            part = images[start : start + EVALUATED_AT_ONCE]
            out[start : start + EVALUATED_AT_ONCE] = self._reader.logits(weights, part)
        return out


def convolved(network: Network) -> int:
    """Return the number of multiplications in the convolutions of one image's forward pass."""
    return sum(
        int(np.prod(after)) * before[0] * layer.kernel**2
        for layer, (before, after) in zip(network.layers, itertools.pairwise(shapes(network)), strict=True)
        if isinstance(layer, Conv2d)
    )


class NetworkKernels:
    """Kernels for a whole network, for one process and one size of batch.

    ``gradients`` is the memory for gradients of the weights, by name.
    """

    def __init__(self, network: Network, batch: int, gradients: dict[str, np.ndarray] | None = None) -> None:
        self.gradients = gradients or initial_parameters(network, np.random.RandomState(0))
        # zeros: a part may have fewer images, and the unused places are computed as well
        self._x = np.zeros((*network.input_shape, batch), np.float32)
        order = list(enumerate(network.layers))
        for index, pair in enumerate(itertools.pairwise(network.layers)):
            if isinstance(pair[0], ReLU) and isinstance(pair[1], MaxPool2d):
                # the maximum commutes with ReLU, and there are fewer values after it
                order[index : index + 2] = reversed(order[index : index + 2])
        self._layers: list[tuple[int, Layer, Any]] = []
        shape: tuple[int, ...] = network.input_shape
        for index, layer in order:
            self._layers.append((index, layer, entry_for(layer, KERNELS, "kernel")(layer, shape, batch)))
            shape = output_shape(layer, shape)
        self._first = next(place for place, (_, layer, _) in enumerate(self._layers) if has_weights(layer))

    def logits(self, weights: Weights, images: np.ndarray) -> np.ndarray:
        """Return scores (n, K) for at most as many images as a batch has."""
        return self._forward(weights, images, None)[:, : len(images)].T

    def step(
        self, weights: Weights, images: np.ndarray, labels: np.ndarray, batch: int, seed: tuple[int, ...]
    ) -> float:
        """Compute `gradients` of the mean loss of the whole batch; return the sum of this share's losses."""
        loss, gradient = kernels.softmax_cross_entropy(self._forward(weights, images, seed), labels)
        gradient *= np.float32(1 / batch)
        for place in range(len(self._layers) - 1, self._first - 1, -1):
            index, layer, kernel = self._layers[place]
            if has_weights(layer):
                dw, db = (self.gradients[name] for name in naming.parameters(index))
                gradient = kernel.backward(gradient, dw, db, needs_dx=place > self._first)
            else:
                gradient = kernel.backward(gradient)
        return loss

    def _forward(self, weights: Weights, images: np.ndarray, seed: tuple[int, ...] | None) -> np.ndarray:
        """Return scores (K, N); without a seed nothing is dropped."""
        pixels = images.reshape(len(images), -1).T.reshape(*self._x.shape[:-1], len(images))
        np.multiply(pixels, np.float32(1 / 255), out=self._x[..., : len(images)])
        x = self._x
        for index, layer, kernel in self._layers:
            if has_weights(layer):
                x = kernel.forward(x, *(weights[name] for name in naming.parameters(index)))
            elif type_of(layer).is_random:
                x = kernel.forward(x, seed=None if seed is None else (*seed, index))
            else:
                x = kernel.forward(x)
        return x


KERNELS: dict[type[Layer], Callable[[Any, Any, int], Any]] = {
    Conv2d: lambda conv, shape, batch: kernels.Conv2d(
        shape, conv.filters, (conv.kernel, conv.kernel), batch, pad=(conv.pad, conv.pad)
    ),
    MaxPool2d: lambda pool, shape, batch: kernels.MaxPool2d(
        shape, (pool.size, pool.size), (pool.size, pool.size), batch
    ),
    ReLU: lambda _, shape, batch: kernels.ReLU((*shape, batch)),
    Sigmoid: lambda *_: kernels.Sigmoid(),
    Flatten: lambda *_: kernels.Flatten(),
    Dropout: lambda dropout, *_: kernels.Dropout(dropout.p),
    Dense: lambda dense, shape, batch: kernels.Dense(shape[0], dense.units, batch),
}
"""by layer type: the kernel of a layer, for the shape of one sample before it and the size of a batch"""


class _Shared:
    """Images and weights in memory that is shared with the helpers."""

    def __init__(self, network: Network, context: Any, images: np.ndarray, batch: int) -> None:
        self.network, self.batch = network, batch
        self._sizes = _weight_shapes(network)
        self._weights = self.room_for_weights(context)
        self._images_shape = images.shape
        self._images = context.RawArray("B", images.size)
        self.images()[...] = images

    def images(self) -> np.ndarray:
        """Return the training images, uint8 (M, 28, 28)."""
        return np.frombuffer(self._images, np.uint8).reshape(self._images_shape)

    def weights(self) -> dict[str, np.ndarray]:
        """Return the weights by name."""
        return self.by_name(self._weights)

    def room_for_weights(self, context: Any) -> Any:
        """Return memory for arrays like the weights."""
        return context.RawArray("f", sum(math.prod(shape) for shape in self._sizes.values()))

    def by_name(self, memory: Any) -> dict[str, np.ndarray]:
        """Return views of such memory, by the names of the weights."""
        ends = itertools.accumulate(math.prod(shape) for shape in self._sizes.values())
        flat = np.split(np.frombuffer(memory, np.float32), list(ends)[:-1])
        return {
            name: part.reshape(shape) for (name, shape), part in zip(self._sizes.items(), flat, strict=True)
        }


def _weight_shapes(network: Network) -> dict[str, tuple[int, ...]]:
    return {
        name: array.shape for name, array in initial_parameters(network, np.random.RandomState(0)).items()
    }


class _Helper:
    """A process that computes a share of every batch."""

    def __init__(self, context: Any, shared: _Shared, share: slice) -> None:
        count = share.stop - share.start
        gradients = shared.room_for_weights(context)
        numbers = context.RawArray("q", count), context.RawArray("q", count)
        self._share, self._gradients = share, shared.by_name(gradients)
        self._indices, self._labels = (np.frombuffer(memory, np.int64) for memory in numbers)
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_help, args=(shared, gradients, *numbers, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def start(self, indices: np.ndarray, labels: np.ndarray, seed: tuple[int, ...]) -> None:
        """Begin a step with the share of the batch."""
        self._indices[...], self._labels[...] = indices[self._share], labels[self._share]
        try:
            self._connection.send(seed)
        except BrokenPipeError:
            raise GraderError(GONE) from None

    def add_to(self, gradients: Mapping[str, np.ndarray]) -> float:
        """Wait for the step, add its gradients, and return the sum of its losses."""
        try:
            loss = self._connection.recv()
        except EOFError:
            raise GraderError(GONE) from None
        if isinstance(loss, str):
            raise RuntimeError(f"a helper process failed:\n{loss}")
        for name, gradient in gradients.items():
            gradient += self._gradients[name]
        return float(loss)

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join()


def _help(shared: _Shared, gradients_memory: Any, indices: Any, labels: Any, connection: Any) -> None:
    """Compute shares until the other end of the connection is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    images, weights, gradients = shared.images(), shared.weights(), shared.by_name(gradients_memory)
    which, right = np.frombuffer(indices, np.int64), np.frombuffer(labels, np.int64)
    part = NetworkKernels(shared.network, len(which), gradients)
    np.seterr(over="ignore", invalid="ignore")
    while True:
        try:
            seed = connection.recv()
        except EOFError:
            return
        try:
            connection.send(part.step(weights, images[which], right, shared.batch, seed))
        except Exception:
            connection.send(traceback.format_exc())
