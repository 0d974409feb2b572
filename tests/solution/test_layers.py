import itertools

import numpy as np
import pytest

from solution import layers

RNG_SEED = 231
CONV_OPTIONS = [
    {"stride": 1, "pad": 0},
    {"stride": 1, "pad": 1},
    {"stride": 2, "pad": 1},
    {"stride": (1, 2), "pad": (2, 0)},
    {"stride": (3, 1), "pad": (0, 2)},
    {"stride": 4, "pad": 0},
    {"stride": 1, "pad": 4},
    {"stride": 2, "pad": (1, 5)},
]
POOL_OPTIONS = [
    {"size": 2},
    {"size": 2, "stride": 1},
    {"size": 3, "stride": 2},
    {"size": 2, "stride": 3},
    {"size": (3, 2), "stride": (1, 3)},
    {"size": (1, 3), "stride": (2, 1)},
    {"size": 1, "stride": 1},
    {"size": (6, 7)},
]
DTYPES = [np.float32, np.float64]


@pytest.fixture
def rng():
    return np.random.default_rng(RNG_SEED)


def distinct(rng, shape):
    """Values that differ by at least 0.1 and stay 0.025 away from zero."""
    size = np.prod(shape, dtype=int)
    return (rng.permutation(size).reshape(shape) - size // 2 + 0.25) * 0.1


def call_of(name, rng, dtype=np.float64, **options):
    """Return the arrays and options of a typical call of the layer."""
    arrays = {
        "conv2d": lambda: [rng.standard_normal(shape) for shape in ((2, 3, 6, 7), (4, 3, 3, 2), (4,))],
        "maxpool2d": lambda: [distinct(rng, (2, 3, 6, 7))],
        "dense": lambda: [rng.standard_normal(shape) for shape in ((4, 5), (5, 3), (3,))],
        "relu": lambda: [distinct(rng, (2, 3, 4, 5))],
        "sigmoid": lambda: [rng.standard_normal((2, 3, 4, 5))],
        "dropout": lambda: [distinct(rng, (2, 3, 4, 5))],
    }[name]()
    if name == "dropout":
        options = {"p": 0.4, "seed": 6} | options
    return [array.astype(dtype) for array in arrays], options


def forward(name, arrays, options):
    return getattr(layers, f"{name}_forward")(*arrays, **options)


def backward(name, dout, cache):
    """Return the gradients as a tuple, also if there is only one."""
    gradients = getattr(layers, f"{name}_backward")(dout, cache)
    return gradients if isinstance(gradients, tuple) else (gradients,)


def numerical_gradient(function, array, dout, h=1e-5):
    """Central differences of sum(dout * function()) for every element of the array."""
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + h
        above = function()
        array[index] = kept - h
        below = function()
        array[index] = kept
        gradient[index] = np.sum(dout * (above - below)) / (2 * h)
    return gradient


def assert_gradients_are_numerical(name, arrays, options, rng):
    out, cache = forward(name, arrays, options)
    dout = rng.standard_normal(out.shape)
    gradients = backward(name, dout, cache)
    for array, gradient in zip(arrays, gradients, strict=True):
        expected = numerical_gradient(lambda: forward(name, arrays, options)[0], array, dout)
        np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-8 * max(1, np.abs(expected).max()))


LAYERS = ["conv2d", "maxpool2d", "dense", "relu", "sigmoid", "dropout"]
CALLS = [
    *(("conv2d", options) for options in CONV_OPTIONS),
    *(("maxpool2d", options) for options in POOL_OPTIONS),
    ("dense", {}),
    ("relu", {}),
    ("sigmoid", {}),
    ("dropout", {}),
    ("dropout", {"train": False}),
]


@pytest.mark.parametrize(("name", "options"), CALLS)
class TestEveryLayer:
    def test_gradients_equal_difference_quotients(self, name, options, rng):
        arrays, options = call_of(name, rng, **options)
        assert_gradients_are_numerical(name, arrays, options, rng)

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_keeps_the_dtype(self, name, options, dtype, rng):
        arrays, options = call_of(name, rng, dtype, **options)
        out, cache = forward(name, arrays, options)
        assert out.dtype == dtype
        gradients = backward(name, rng.standard_normal(out.shape).astype(dtype), cache)
        assert [gradient.dtype for gradient in gradients] == [dtype] * len(arrays)
        assert [gradient.shape for gradient in gradients] == [array.shape for array in arrays]

    def test_float32_agrees_with_float64(self, name, options, rng):
        arrays, options = call_of(name, rng, **options)
        out, cache = forward(name, arrays, options)
        dout = rng.standard_normal(out.shape)
        exact = out, *backward(name, dout, cache)
        single, cache = forward(name, [array.astype(np.float32) for array in arrays], options)
        rounded = single, *backward(name, dout.astype(np.float32), cache)
        for got, expected in zip(rounded, exact, strict=True):
            np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * max(1, np.abs(expected).max()))

    def test_leaves_read_only_arguments_as_they_are(self, name, options, rng):
        arrays, options = call_of(name, rng, **options)
        for array in arrays:
            array.flags.writeable = False
        out, cache = forward(name, arrays, options)
        dout = rng.standard_normal(out.shape)
        dout.flags.writeable = False
        backward(name, dout, cache)

    def test_results_share_no_memory_with_arguments(self, name, options, rng):
        arrays, options = call_of(name, rng, **options)
        out, cache = forward(name, arrays, options)
        dout = rng.standard_normal(out.shape)
        gradients = backward(name, dout, cache)
        for result, argument in itertools.product((out, *gradients), (*arrays, dout)):
            assert not np.shares_memory(result, argument)

    def test_takes_arrays_that_are_not_contiguous(self, name, options, rng):
        arrays, options = call_of(name, rng, **options)
        out, cache = forward(name, arrays, options)
        dout = rng.standard_normal(out.shape)
        expected = out, *backward(name, dout, cache)
        # every second element of a larger array, in Fortran's order
        spread = [np.repeat(np.asfortranarray(array), 2, axis=-1)[..., ::2] for array in arrays]
        out, cache = forward(name, spread, options)
        got = out, *backward(name, np.repeat(np.asfortranarray(dout), 2, axis=-1)[..., ::2], cache)
        for one, other in zip(got, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)

    def test_calls_can_be_interleaved(self, name, options, rng):
        calls = [call_of(name, rng, **options) for _ in range(3)]
        alone, douts = [], []
        for arrays, keywords in calls:
            out, cache = forward(name, arrays, keywords)
            douts.append(rng.standard_normal(out.shape))
            alone.append(backward(name, douts[-1], cache))
        caches = [forward(name, arrays, keywords)[1] for arrays, keywords in calls]
        for index in (2, 0, 1):
            for got, expected in zip(backward(name, douts[index], caches[index]), alone[index], strict=True):
                np.testing.assert_array_equal(got, expected)

    def test_a_cache_can_be_used_twice(self, name, options, rng):
        arrays, options = call_of(name, rng, **options)
        out, cache = forward(name, arrays, options)
        dout = rng.standard_normal(out.shape)
        once = backward(name, dout, cache)
        for got, expected in zip(backward(name, dout, cache), once, strict=True):
            np.testing.assert_array_equal(got, expected)

    def test_changing_the_output_does_not_change_gradients(self, name, options, rng):
        arrays, options = call_of(name, rng, **options)
        out, cache = forward(name, arrays, options)
        dout = rng.standard_normal(out.shape)
        expected = backward(name, dout, cache)
        out, cache = forward(name, arrays, options)
        out[...] = 0
        for got, wanted in zip(backward(name, dout, cache), expected, strict=True):
            np.testing.assert_array_equal(got, wanted)

    def test_takes_a_batch_of_one(self, name, options, rng):
        arrays, options = call_of(name, rng, **options)
        out, _ = forward(name, arrays, options)
        # the mask of dropout depends on the shape
        if name != "dropout":
            alone, cache = forward(name, [arrays[0][1:], *arrays[1:]], options)
            np.testing.assert_allclose(alone, out[1:], rtol=0, atol=1e-12)
            assert backward(name, alone, cache)[0].shape == arrays[0][1:].shape


def conv2d_by_loops(x, w, b, stride, pad):
    (down, right), (above, beside) = stride, pad
    padded = np.pad(x, ((0, 0), (0, 0), (above, above), (beside, beside)))
    KH, KW = w.shape[2:]
    OH, OW = (padded.shape[2] - KH) // down + 1, (padded.shape[3] - KW) // right + 1
    out = np.empty((len(x), len(w), OH, OW))
    for n, f, i, j in np.ndindex(out.shape):
        window = padded[n, :, i * down : i * down + KH, j * right : j * right + KW]
        out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out


def extent(array):
    """Return the addresses of the first byte of an array and of the first byte behind it."""
    first = array.__array_interface__["data"][0]
    steps = zip(array.shape, array.strides, strict=True)
    return first, first + sum((length - 1) * stride for length, stride in steps) + array.itemsize


class TestConv2d:
    @pytest.mark.parametrize("stride", [(1, 1), (1, 3), (2, 1), (4, 5)])
    @pytest.mark.parametrize("pad", [(0, 0), (1, 0), (0, 2), (5, 4)])
    @pytest.mark.parametrize("window", [(1, 1), (3, 2), (2, 5)])
    def test_equals_a_sum_over_windows(self, stride, pad, window, rng):
        x, w, b = (rng.standard_normal(shape) for shape in ((2, 3, 5, 6), (4, 3, *window), (4,)))
        out, _ = layers.conv2d_forward(x, w, b, stride=stride, pad=pad)
        expected = conv2d_by_loops(x, w, b, stride, pad)
        assert out.shape == expected.shape
        np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12)

    @pytest.mark.parametrize(("channels", "filters"), [(1, 5), (5, 1)])
    @pytest.mark.parametrize("pad", [0, 1, 2, (0, 1), (3, 0)])
    def test_gradients_are_right_for_many_and_few_filters(self, channels, filters, pad, rng):
        shapes = (2, channels, 5, 6), (filters, channels, 3, 4), (filters,)
        arrays = [rng.standard_normal(shape) for shape in shapes]
        assert_gradients_are_numerical("conv2d", arrays, {"pad": pad}, rng)

    @pytest.mark.parametrize("window", [(1, 1), (1, 7), (7, 1), (3, 4), (6, 6)])
    @pytest.mark.parametrize("stride", [(1, 1), (2, 1), (1, 2), (5, 9)])
    @pytest.mark.parametrize("pad", [(1, 1), (0, 3), (9, 9)])
    def test_windows_stay_within_the_scratch_memory(self, window, stride, pad):
        columns = layers._Columns((2, 3, 7, 5), window, stride, pad, np.dtype(np.float64))
        start, end = extent(columns._memory)
        first, last = extent(columns._view)
        assert start <= first < last <= end

    def test_does_not_rotate_the_filter(self):
        x, w = np.zeros((1, 1, 3, 3)), np.arange(4.0).reshape(1, 1, 2, 2)
        x[0, 0, 0, 0] = 1
        out, _ = layers.conv2d_forward(x, w, np.zeros(1))
        np.testing.assert_array_equal(out, [[[[0, 0], [0, 0]]]])
        x[0, 0, 1, 1] = 1
        out, _ = layers.conv2d_forward(x, w, np.zeros(1))
        np.testing.assert_array_equal(out, [[[[3, 2], [1, 0]]]])

    def test_a_single_upstream_gradient_gives_back_the_filter(self, rng):
        x, w = rng.standard_normal((1, 1, 5, 6)), rng.standard_normal((1, 1, 3, 2))
        out, cache = layers.conv2d_forward(x, w, np.zeros(1))
        dout = np.zeros_like(out)
        dout[0, 0, 1, 2] = 1
        dx, dw, db = layers.conv2d_backward(dout, cache)
        expected = np.zeros_like(x)
        expected[:, :, 1:4, 2:4] = w
        np.testing.assert_allclose(dx, expected, rtol=0, atol=1e-15)
        np.testing.assert_allclose(dw, x[:, :, 1:4, 2:4], rtol=0, atol=1e-15)
        np.testing.assert_array_equal(db, [1])

    def test_an_int_stands_for_a_pair_of_it(self, rng):
        arrays, _ = call_of("conv2d", rng)
        by_int, cache_of_int = layers.conv2d_forward(*arrays, stride=2, pad=1)
        by_pair, cache_of_pair = layers.conv2d_forward(*arrays, stride=(2, 2), pad=(1, 1))
        np.testing.assert_array_equal(by_int, by_pair)
        for one, other in zip(
            layers.conv2d_backward(by_int, cache_of_int),
            layers.conv2d_backward(by_int, cache_of_pair),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)

    def test_a_pair_is_vertical_then_horizontal(self):
        x, w, b = np.ones((1, 1, 9, 9)), np.ones((1, 1, 3, 3)), np.zeros(1)
        assert layers.conv2d_forward(x, w, b, stride=(2, 3))[0].shape == (1, 1, 4, 3)
        assert layers.conv2d_forward(x, w, b, pad=(0, 2))[0].shape == (1, 1, 7, 11)

    def test_pixels_that_are_left_over_get_no_gradient(self, rng):
        x, w, b = (rng.standard_normal(shape) for shape in ((2, 3, 8, 6), (4, 3, 3, 2), (4,)))
        out, cache = layers.conv2d_forward(x, w, b, stride=(4, 3))
        assert out.shape == (2, 4, 2, 2)
        dx, _, _ = layers.conv2d_backward(np.ones_like(out), cache)
        assert not dx[:, :, [3, 7], :].any()
        assert not dx[:, :, :, [2, 5]].any()
        assert dx[:, :, [0, 1, 2, 4, 5, 6], :][..., [0, 1, 3, 4]].all()

    @pytest.mark.parametrize("filters", [2, 40])
    def test_images_do_not_depend_on_their_batch(self, filters, rng):
        # columns of float64 take more than the scratch memory for all images together
        x, w, b = (rng.standard_normal(shape) for shape in ((23, 3, 20, 30), (filters, 3, 3, 3), (filters,)))
        out, cache = layers.conv2d_forward(x, w, b, pad=1)
        dout = rng.standard_normal(out.shape)
        dx, dw, db = layers.conv2d_backward(dout, cache)
        sums = np.zeros_like(dw), np.zeros_like(db)
        for n in range(len(x)):
            alone, cache = layers.conv2d_forward(x[n : n + 1], w, b, pad=1)
            gradients = layers.conv2d_backward(dout[n : n + 1], cache)
            np.testing.assert_allclose(alone, out[n : n + 1], rtol=0, atol=1e-11)
            np.testing.assert_allclose(gradients[0], dx[n : n + 1], rtol=0, atol=1e-11)
            for total, gradient in zip(sums, gradients[1:], strict=True):
                total += gradient
        np.testing.assert_allclose(dw, sums[0], rtol=0, atol=1e-9)
        np.testing.assert_allclose(db, sums[1], rtol=0, atol=1e-9)

    @pytest.mark.parametrize(
        ("window", "pad"), [((5, 1), 0), ((1, 4), 0), ((7, 1), 1), ((1, 6), (4, 1)), ((9, 9), 2)]
    )
    def test_refuses_a_window_larger_than_the_padded_image(self, window, pad):
        x, w, b = np.ones((2, 3, 4, 3)), np.ones((2, 3, *window)), np.ones(2)
        above, beside = np.broadcast_to(pad, 2)
        sizes = f"window of {window[0]}x{window[1]} .* 4x3, .* {4 + 2 * above}x{3 + 2 * beside}"
        with pytest.raises(ValueError, match=sizes):
            layers.conv2d_forward(x, w, b, pad=pad)

    def test_takes_a_window_as_large_as_the_padded_image(self, rng):
        x, w, b = rng.standard_normal((2, 3, 4, 3)), rng.standard_normal((2, 3, 6, 5)), np.ones(2)
        out, _ = layers.conv2d_forward(x, w, b, pad=1, stride=3)
        np.testing.assert_allclose(out, conv2d_by_loops(x, w, b, (3, 3), (1, 1)), rtol=0, atol=1e-12)


class TestMaxpool2d:
    def test_takes_the_maximum_of_each_window(self, rng):
        x = -distinct(rng, (2, 3, 8, 7)) - 100
        out, _ = layers.maxpool2d_forward(x, size=(3, 2), stride=(2, 3))
        assert out.shape == (2, 3, 3, 2)
        for i, j in np.ndindex(3, 2):
            window = x[:, :, 2 * i : 2 * i + 3, 3 * j : 3 * j + 2]
            np.testing.assert_array_equal(out[:, :, i, j], window.max(axis=(2, 3)))

    def test_the_stride_is_the_size_by_default(self, rng):
        x = distinct(rng, (2, 3, 8, 9))
        by_default, _ = layers.maxpool2d_forward(x, size=(2, 3))
        given, _ = layers.maxpool2d_forward(x, size=(2, 3), stride=(2, 3))
        np.testing.assert_array_equal(by_default, given)
        np.testing.assert_array_equal(layers.maxpool2d_forward(x)[0], layers.maxpool2d_forward(x, size=2)[0])

    def test_an_int_stands_for_a_pair_of_it(self, rng):
        x = distinct(rng, (2, 3, 8, 9))
        by_int, cache_of_int = layers.maxpool2d_forward(x, size=3, stride=2)
        by_pair, cache_of_pair = layers.maxpool2d_forward(x, size=(3, 3), stride=(2, 2))
        np.testing.assert_array_equal(by_int, by_pair)
        dout = rng.standard_normal(by_int.shape)
        np.testing.assert_array_equal(
            layers.maxpool2d_backward(dout, cache_of_int), layers.maxpool2d_backward(dout, cache_of_pair)
        )

    def test_a_pixel_that_wins_several_windows_gets_the_gradients_of_all(self):
        x = np.zeros((1, 1, 3, 3))
        x[0, 0, 1, 1] = 1
        out, cache = layers.maxpool2d_forward(x, size=2, stride=1)
        dx = layers.maxpool2d_backward(np.arange(1.0, 5).reshape(out.shape), cache)
        np.testing.assert_array_equal(dx, 10 * x)

    def test_the_first_of_equal_pixels_gets_the_gradient(self):
        _, cache = layers.maxpool2d_forward(np.zeros((1, 1, 4, 4)))
        dx = layers.maxpool2d_backward(np.arange(1.0, 5).reshape(1, 1, 2, 2), cache)
        np.testing.assert_array_equal(dx[0, 0], [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]])

    def test_the_upper_of_equal_pixels_comes_before_the_left_one(self):
        _, cache = layers.maxpool2d_forward(np.array([[[[0.0, 5, 0], [5, 0, 5]]]]), size=(2, 3))
        dx = layers.maxpool2d_backward(np.ones((1, 1, 1, 1)), cache)
        np.testing.assert_array_equal(dx[0, 0], [[0, 1, 0], [0, 0, 0]])

    @pytest.mark.parametrize("options", POOL_OPTIONS)
    def test_ties_neither_lose_nor_multiply_gradient(self, options, rng):
        x = rng.integers(0, 2, (2, 3, 6, 7)).astype(np.float64)
        out, cache = layers.maxpool2d_forward(x, **options)
        dout = rng.integers(1, 9, out.shape).astype(np.float64)
        assert layers.maxpool2d_backward(dout, cache).sum() == dout.sum()

    def test_pixels_outside_all_windows_get_no_gradient(self, rng):
        out, cache = layers.maxpool2d_forward(distinct(rng, (2, 3, 7, 9)), size=2)
        assert out.shape == (2, 3, 3, 4)
        dx = layers.maxpool2d_backward(np.ones_like(out), cache)
        assert not dx[:, :, 6, :].any()
        assert not dx[:, :, :, 8].any()
        assert np.count_nonzero(dx) == out.size

    @pytest.mark.parametrize("size", [5, (5, 1), (1, 4)])
    def test_refuses_a_window_larger_than_the_image(self, size):
        with pytest.raises(ValueError, match=r"window of \dx\d does not fit into an image of 4x3"):
            layers.maxpool2d_forward(np.ones((1, 2, 4, 3)), size=size, stride=1)


class TestDense:
    def test_is_a_matrix_product_and_a_bias(self):
        x, w, b = (
            np.array([[1.0, 2], [3, 4], [5, 6]]),
            np.array([[1.0, 0, 2], [0, 1, 3]]),
            np.array([10.0, 20, 30]),
        )
        out, _ = layers.dense_forward(x, w, b)
        np.testing.assert_array_equal(out, [[11, 22, 38], [13, 24, 48], [15, 26, 58]])

    def test_gradients_are_sums_over_the_batch(self):
        _, cache = layers.dense_forward(np.ones((6, 2)), np.ones((2, 3)), np.zeros(3))
        dx, dw, db = layers.dense_backward(np.ones((6, 3)), cache)
        np.testing.assert_array_equal(dx, np.full((6, 2), 3.0), strict=True)
        np.testing.assert_array_equal(dw, np.full((2, 3), 6.0), strict=True)
        np.testing.assert_array_equal(db, np.full(3, 6.0), strict=True)


class TestRelu:
    def test_cuts_off_negative_values(self):
        out, _ = layers.relu_forward(np.array([-2.0, -0.0, 0.0, 3.0]))
        np.testing.assert_array_equal(out, [0, 0, 0, 3])

    def test_has_no_gradient_at_zero(self):
        _, cache = layers.relu_forward(np.array([-1e-300, 0.0, 1e-300]))
        np.testing.assert_array_equal(layers.relu_backward(np.array([5.0, 6, 7]), cache), [0, 0, 7])


class TestSigmoid:
    def test_is_half_at_zero_and_symmetric(self, rng):
        x = rng.standard_normal(50) * 10
        out, _ = layers.sigmoid_forward(np.concatenate([[0.0], x]))
        mirrored, _ = layers.sigmoid_forward(-x)
        assert out[0] == 0.5
        np.testing.assert_allclose(out[1:] + mirrored, 1, rtol=1e-15)

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_extremes_neither_overflow_nor_warn(self, dtype):
        x = np.array([-1e30, -1e4, 1e4, 1e30, -np.inf, np.inf], dtype)
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            out, cache = layers.sigmoid_forward(x)
            dx = layers.sigmoid_backward(np.ones_like(x), cache)
        np.testing.assert_array_equal(out, [0, 0, 1, 1, 0, 1])
        np.testing.assert_array_equal(dx, np.zeros(6))

    def test_is_exact_for_very_negative_values(self):
        out, _ = layers.sigmoid_forward(np.array([-50.0, -700.0]))
        np.testing.assert_allclose(out, np.exp([-50.0, -700.0]), rtol=1e-14)


class TestDropout:
    @pytest.mark.parametrize("p", [0.1, 0.5, 0.75])
    def test_drops_the_share_p_and_scales_the_rest(self, p):
        out, _ = layers.dropout_forward(np.ones((200, 300)), p=p, seed=1)
        kept = out != 0
        np.testing.assert_allclose(out[kept], 1 / (1 - p), rtol=1e-15)
        # five standard deviations
        assert abs(kept.mean() - (1 - p)) < 5 * np.sqrt(p * (1 - p) / kept.size)

    def test_draws_every_element_on_its_own(self):
        out, _ = layers.dropout_forward(np.ones((200, 300)), p=0.5, seed=2)
        kept = out != 0
        for axis, count in ((0, 200), (1, 300)):
            assert np.abs(kept.mean(axis=axis) - 0.5).max() < 6 * 0.5 / np.sqrt(count)
            assert kept.mean(axis=axis).std() == pytest.approx(0.5 / np.sqrt(count), rel=0.25)

    def test_the_same_seed_gives_the_same_mask(self, rng):
        x = distinct(rng, (20, 30))
        first, again, other = (layers.dropout_forward(x, seed=seed)[0] for seed in (3, 3, 4))
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)

    def test_without_a_seed_every_call_differs(self):
        x = np.ones((20, 30))
        assert not np.array_equal(layers.dropout_forward(x)[0], layers.dropout_forward(x)[0])

    def test_leaves_the_global_random_numbers_alone(self):
        before = np.random.get_state()[1].copy()
        layers.dropout_forward(np.ones(5), seed=3)
        np.testing.assert_array_equal(np.random.get_state()[1], before)

    def test_changes_nothing_in_evaluation_or_at_probability_zero(self, rng):
        x = rng.standard_normal((4, 5))
        for options in ({"p": 0.9, "train": False}, {"p": 0.0}):
            out, cache = layers.dropout_forward(x, **options)
            np.testing.assert_array_equal(out, x)
            np.testing.assert_array_equal(layers.dropout_backward(x, cache), x)

    def test_gradient_passes_where_values_passed(self):
        out, cache = layers.dropout_forward(np.ones((20, 30)), p=0.3, seed=5)
        np.testing.assert_array_equal(layers.dropout_backward(np.full((20, 30), 2.0), cache), 2 * out)

    @pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, float("nan")])
    def test_refuses_what_is_no_probability_to_drop(self, p):
        with pytest.raises(ValueError, match=f"p is {p}: "):
            layers.dropout_forward(np.ones(3), p=p)
