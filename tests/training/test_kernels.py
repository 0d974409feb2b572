"""The fast layers agree with the reference, whatever the sizes, and earn every point."""

import itertools
import shutil

import numpy as np
import pytest

from grader.core.kit import HOME
from grader.run.grading import Options, grade
from grader.training import kernels
from solution import layers, loss

WINDOWS = [
    ((3, 3), (1, 1), (0, 0)),
    ((3, 3), (1, 1), (1, 1)),
    ((5, 2), (1, 1), (2, 0)),
    ((2, 3), (2, 1), (1, 2)),
    ((1, 1), (3, 2), (0, 0)),
    ((3, 2), (1, 3), (4, 5)),
    ((7, 6), (1, 1), (0, 0)),
]
POOLS = [
    ((2, 2), (2, 2)),
    ((3, 2), (1, 1)),
    ((2, 3), (3, 4)),
    ((1, 1), (1, 1)),
    ((1, 3), (2, 2)),
    ((7, 6), (7, 6)),
]


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def batch_last(images):
    return np.ascontiguousarray(np.moveaxis(images, 0, -1))


def batch_first(images):
    return np.moveaxis(images, -1, 0)


class TestConv2d:
    @pytest.mark.parametrize(("kernel", "stride", "pad"), WINDOWS)
    @pytest.mark.parametrize("column_bytes", [1, 4000, 1 << 20])
    def test_it_agrees_with_the_reference(self, rng, monkeypatch, kernel, stride, pad, column_bytes):
        monkeypatch.setattr(kernels, "COLUMN_BYTES", column_bytes)
        x, w, b = (rng.standard_normal(shape) for shape in ((4, 3, 7, 6), (5, 3, *kernel), 5))
        out, cache = layers.conv2d_forward(x, w, b, stride=stride, pad=pad)
        dout = rng.standard_normal(out.shape)
        layer = kernels.Conv2d((3, 7, 6), 5, kernel, 4, stride=stride, pad=pad, dtype=x.dtype)
        dw, db = np.empty_like(w), np.empty_like(b)
        for _ in range(2):
            np.testing.assert_allclose(batch_first(layer.forward(batch_last(x), w, b)), out, atol=1e-12)
            dx = layer.backward(batch_last(dout), dw, db)
            for got, expected in zip(
                (batch_first(dx), dw, db), layers.conv2d_backward(dout, cache), strict=True
            ):
                np.testing.assert_allclose(got, expected, atol=1e-11)

    def test_weights_have_their_gradients_when_dx_is_not_needed(self, rng):
        x, w, b = (rng.standard_normal(shape) for shape in ((2, 1, 6, 6), (3, 1, 3, 3), 3))
        _, cache = layers.conv2d_forward(x, w, b)
        dout = rng.standard_normal((2, 3, 4, 4))
        layer = kernels.Conv2d((1, 6, 6), 3, (3, 3), 2, dtype=x.dtype)
        layer.forward(batch_last(x), w, b)
        dw, db = np.empty_like(w), np.empty_like(b)
        layer.backward(batch_last(dout), dw, db, needs_dx=False)
        np.testing.assert_allclose(dw, layers.conv2d_backward(dout, cache)[1], atol=1e-12)

    def test_its_memory_stays_within_the_limit_and_a_row_of_windows(self):
        layer = kernels.Conv2d((8, 28, 28), 16, (3, 3), 64, pad=(1, 1))
        assert sum(part[1].nbytes for part in layer._parts[:1]) <= kernels.COLUMN_BYTES


class TestMaxPool2d:
    @pytest.mark.parametrize(("size", "stride"), POOLS)
    def test_it_agrees_with_the_reference(self, rng, size, stride):
        x = rng.integers(0, 4, (3, 2, 7, 6)).astype(float)  # with ties
        out, cache = layers.maxpool2d_forward(x, size=size, stride=stride)
        dout = rng.standard_normal(out.shape)
        layer = kernels.MaxPool2d((2, 7, 6), size, stride, 3, dtype=x.dtype)
        for _ in range(2):
            np.testing.assert_array_equal(batch_first(layer.forward(batch_last(x))), out)
            np.testing.assert_allclose(
                batch_first(layer.backward(batch_last(dout))),
                layers.maxpool2d_backward(dout, cache),
                atol=1e-15,
            )


class TestTheOthers:
    @pytest.mark.parametrize("name", ["relu", "sigmoid"])
    def test_activations_agree_with_the_reference(self, rng, name):
        x, dout = rng.standard_normal((5, 4)) * 300, rng.standard_normal((5, 4))
        layer = kernels.ReLU((5, 4), dtype=x.dtype) if name == "relu" else kernels.Sigmoid()
        out, cache = getattr(layers, f"{name}_forward")(x)
        np.testing.assert_array_equal(layer.forward(x), out)
        np.testing.assert_allclose(
            layer.backward(dout), getattr(layers, f"{name}_backward")(dout, cache), atol=1e-15
        )

    def test_dense_agrees_with_the_reference(self, rng):
        x, w, b, dout = (rng.standard_normal(shape) for shape in ((4, 6), (6, 3), 3, (4, 3)))
        out, cache = layers.dense_forward(x, w, b)
        layer = kernels.Dense(6, 3, 4, dtype=x.dtype)
        dw, db = np.empty_like(w), np.empty_like(b)
        np.testing.assert_allclose(layer.forward(x.T, w, b).T, out, atol=1e-13)
        dx = layer.backward(dout.T, dw, db)
        for got, expected in zip((dx.T, dw, db), layers.dense_backward(dout, cache), strict=True):
            np.testing.assert_allclose(got, expected, atol=1e-13)

    def test_flatten_puts_features_in_the_order_of_the_reference(self, rng):
        images = rng.standard_normal((3, 2, 4, 5))
        layer = kernels.Flatten()
        flat = layer.forward(batch_last(images))
        np.testing.assert_array_equal(flat.T, images.reshape(3, -1))
        np.testing.assert_array_equal(batch_first(layer.backward(flat)), images)

    def test_dropout_keeps_the_mean_and_needs_a_seed_to_drop(self, rng):
        layer, x = kernels.Dropout(0.25), np.ones((100, 100))
        np.testing.assert_array_equal(layer.forward(x, seed=None), x)
        dropped = layer.forward(x, seed=(1, 2))
        assert set(np.unique(dropped)) == {0, 1 / 0.75}
        assert dropped.mean() == pytest.approx(1, abs=0.02)
        np.testing.assert_array_equal(layer.backward(x), dropped)
        np.testing.assert_array_equal(layer.forward(x, seed=(1, 2)), dropped)
        assert (layer.forward(x, seed=(1, 3)) != dropped).any()

    def test_the_loss_is_the_references_times_the_batch(self, rng):
        logits, labels = rng.standard_normal((6, 10)) * 100, rng.integers(0, 10, 6)
        mean, gradient = loss.softmax_cross_entropy(logits, labels)
        summed, gradients = kernels.softmax_cross_entropy(logits.T, labels)
        assert summed / 6 == pytest.approx(mean, rel=1e-12)
        np.testing.assert_allclose(gradients.T / 6, gradient, atol=1e-15)


ADAPTER = """

import kernels as fast
from numpy import moveaxis


def both(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def last(array):
    return np.ascontiguousarray(moveaxis(array, 0, -1))


def first(array):
    return np.ascontiguousarray(moveaxis(array, -1, 0))


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    KH, KW = w.shape[2:]
    if KH > x.shape[2] + 2 * both(pad)[0] or KW > x.shape[3] + 2 * both(pad)[1]:
        raise ValueError(f"{w.shape} does not fit {x.shape}")
    layer = fast.Conv2d(
        x.shape[1:], len(w), (KH, KW), len(x), stride=both(stride), pad=both(pad), dtype=x.dtype
    )
    return first(layer.forward(last(x), w, b)), (layer, x, w, b)


def conv2d_backward(dout, cache):
    layer, x, w, b = cache
    layer.forward(last(x), w, b)  # a cache can be used twice, what a layer remembers cannot
    dw, db = np.empty_like(w), np.empty_like(b)
    return first(layer.backward(last(dout), dw, db)), dw, db


def maxpool2d_forward(x, *, size=2, stride=None):
    size = both(size)
    stride = size if stride is None else both(stride)
    if size[0] > x.shape[2] or size[1] > x.shape[3]:
        raise ValueError(f"{size} does not fit {x.shape}")
    layer = fast.MaxPool2d(x.shape[1:], size, stride, len(x), dtype=x.dtype)
    return first(layer.forward(last(x))), layer


def maxpool2d_backward(dout, cache):
    return first(cache.backward(last(dout)))


def dense_forward(x, w, b):
    layer = fast.Dense(*w.shape, len(x), dtype=x.dtype)
    return first(layer.forward(last(x), w.copy(), b)), (layer, w.shape)


def dense_backward(dout, cache):
    layer, shape = cache
    dw, db = np.empty(shape, dout.dtype), np.empty(shape[1], dout.dtype)
    return first(layer.backward(last(dout), dw, db)), dw, db
"""


def test_the_grader_gives_the_kernels_every_point(tmp_path):
    folder = tmp_path / "kernels"
    shutil.copytree(HOME / "solution", folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOME / "grader" / "training" / "kernels.py", folder)
    with (folder / "layers.py").open("a", encoding="utf-8") as file:
        file.write(ADAPTER)
    report = grade(folder, Options(mnist=False)).report
    lost = [result.check.id for result in report.results if result.earned < result.check.points]
    assert lost == ["mnist.accuracy"]


def test_sizes_that_networks_have_agree_in_float32(rng):
    for (C, H, F, size, pad), N in itertools.product(
        [(1, 28, 8, 3, 1), (8, 14, 16, 3, 1), (6, 14, 16, 5, 0)], [1, 16]
    ):
        x, w, b = (
            rng.standard_normal(shape, np.float32) for shape in ((N, C, H, H), (F, C, size, size), (F,))
        )
        out, _ = layers.conv2d_forward(x, w, b, pad=pad)
        got = kernels.Conv2d((C, H, H), F, (size, size), N, pad=(pad, pad)).forward(batch_last(x), w, b)
        np.testing.assert_allclose(batch_first(got), out, atol=2e-4)
