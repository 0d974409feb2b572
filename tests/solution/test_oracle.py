"""The solution agrees with PyTorch, in float64, on hundreds of random configurations of every function."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is the oracle: pip install 'convgrade[oracle]'")

from solution import layers, loss, optim  # noqa: E402 - the imports need torch to be there

CONFIGURATIONS = 320
SEEDS = range(231, 231 + CONFIGURATIONS)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def assert_agree(got, expected, configuration):
    """Compare with a tolerance of 1e-10 of the largest value."""
    expected = expected.detach().numpy()
    assert got.shape == expected.shape, configuration
    assert got.dtype == expected.dtype, configuration
    error = np.max(np.abs(got - expected), initial=0)
    assert error <= 1e-10 * np.max(np.abs(expected), initial=1e-300), (configuration, error)


def variable(array):
    return torch.tensor(array, requires_grad=True)


def option(rng, low, high):
    """Draw an int or a pair; return it together with the pair that it stands for."""
    if rng.random() < 0.5:
        pair = tuple(int(number) for number in rng.integers(low, high, 2, endpoint=True))
        return pair, pair
    number = int(rng.integers(low, high, endpoint=True))
    return number, (number, number)


def distinct(rng, shape):
    """Values that differ from one another, so that no maximum is tied."""
    return rng.permutation(np.prod(shape)).reshape(shape) * 0.1 - 3.0


def assert_convolution_agrees(x, w, b, stride, pad, rng):
    configuration = x.shape, w.shape, stride, pad
    out, cache = layers.conv2d_forward(x, w, b, stride=stride, pad=pad)
    inputs = variable(x), variable(w), variable(b)
    expected = torch.nn.functional.conv2d(*inputs, stride=stride, padding=pad)
    assert_agree(out, expected, configuration)
    dout = rng.standard_normal(out.shape)
    expected.backward(torch.tensor(dout))
    for got, tensor in zip(layers.conv2d_backward(dout, cache), inputs, strict=True):
        assert_agree(got, tensor.grad, configuration)


def test_conv2d():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        N, C, F = rng.integers(1, 7, 3)
        H, W = rng.integers(1, 11, 2)
        stride, _ = option(rng, 1, 4)
        pad, (above, beside) = option(rng, 0, 4)
        KH = rng.integers(1, min(6, H + 2 * above), endpoint=True)
        KW = rng.integers(1, min(6, W + 2 * beside), endpoint=True)
        x, w, b = (rng.standard_normal(shape) for shape in ((N, C, H, W), (F, C, KH, KW), (F,)))
        assert_convolution_agrees(x, w, b, stride, pad, rng)


@pytest.mark.parametrize(
    ("image", "filters", "stride", "pad"),
    [
        ((7, 8, 28, 26), (16, 8, 3, 3), 1, 1),
        ((7, 8, 28, 26), (16, 8, 3, 3), 1, 0),
        ((7, 8, 28, 26), (16, 8, 5, 4), (2, 1), (1, 2)),
        ((7, 8, 57, 55), (4, 8, 3, 5), 2, 2),
        ((33, 1, 28, 28), (8, 1, 3, 3), 1, 1),
        ((3, 2, 90, 95), (3, 2, 9, 7), 1, 3),
    ],
)
def test_conv2d_with_more_images_than_are_unfolded_at_once(image, filters, stride, pad):
    rng = np.random.default_rng(231)
    x, w, b = (rng.standard_normal(shape) for shape in (image, filters, filters[:1]))
    assert_convolution_agrees(x, w, b, stride, pad, rng)


def assert_pooling_agrees(x, size, stride, rng):
    configuration = x.shape, size, stride
    out, cache = layers.maxpool2d_forward(x, size=size, stride=stride)
    tensor = variable(x)
    expected = torch.nn.functional.max_pool2d(tensor, size, stride=stride)
    assert_agree(out, expected, configuration)
    dout = rng.standard_normal(out.shape)
    expected.backward(torch.tensor(dout))
    assert_agree(layers.maxpool2d_backward(dout, cache), tensor.grad, configuration)


def random_pooling(rng):
    shape = tuple(rng.integers(1, 4, 2)) + tuple(rng.integers(1, 12, 2))
    size, pair = option(rng, 1, int(min(5, shape[2], shape[3])))
    stride = None if rng.random() < 0.2 else option(rng, 1, 6)[0]
    return shape, size if rng.random() < 0.7 else pair, stride


def test_maxpool2d():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        shape, size, stride = random_pooling(rng)
        assert_pooling_agrees(distinct(rng, shape), size, stride, rng)


def test_maxpool2d_with_ties():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        shape, size, stride = random_pooling(rng)
        assert_pooling_agrees(rng.integers(0, 3, shape).astype(np.float64), size, stride, rng)


def test_dense():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        N, D, M = rng.integers(1, 20, 3)
        x, w, b = (rng.standard_normal(shape) for shape in ((N, D), (D, M), (M,)))
        out, cache = layers.dense_forward(x, w, b)
        inputs = variable(x), variable(w), variable(b)
        expected = inputs[0] @ inputs[1] + inputs[2]
        assert_agree(out, expected, (N, D, M))
        dout = rng.standard_normal((N, M))
        expected.backward(torch.tensor(dout))
        for got, tensor in zip(layers.dense_backward(dout, cache), inputs, strict=True):
            assert_agree(got, tensor.grad, (N, D, M))


@pytest.mark.parametrize("name", ["relu", "sigmoid"])
def test_activation(name):
    forward, backward = getattr(layers, f"{name}_forward"), getattr(layers, f"{name}_backward")
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        shape = tuple(rng.integers(1, 7, rng.integers(1, 5)))
        x = rng.standard_normal(shape) * rng.choice([1.0, 10.0, 300.0])
        if rng.random() < 0.5:
            x.flat[0] = 0.0
        out, cache = forward(x)
        tensor = variable(x)
        expected = getattr(torch, name)(tensor)
        assert_agree(out, expected, (seed, shape))
        dout = rng.standard_normal(shape)
        expected.backward(torch.tensor(dout))
        assert_agree(backward(dout, cache), tensor.grad, (seed, shape))


def test_dropout():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        shape = tuple(rng.integers(1, 7, rng.integers(1, 5)))
        x = distinct(rng, shape) + 0.05
        p, train = rng.uniform(0, 0.9), bool(rng.random() < 0.8)
        out, cache = layers.dropout_forward(x, p=p, train=train, seed=seed)
        tensor = variable(x)
        expected = tensor * torch.tensor((out != 0) / (1 - p if train else 1))
        assert_agree(out, expected, (seed, shape, p, train))
        dout = rng.standard_normal(shape)
        expected.backward(torch.tensor(dout))
        assert_agree(layers.dropout_backward(dout, cache), tensor.grad, (seed, shape, p, train))


def test_softmax_cross_entropy():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        N, classes = rng.integers(1, 20, 2)
        scale, shift = rng.choice([1.0, 30.0, 1e4]), rng.choice([0.0, -1e4, 1e4])
        logits = rng.standard_normal((N, classes)) * scale + shift
        labels = rng.integers(0, classes, N)
        got, dlogits = loss.softmax_cross_entropy(logits, labels)
        tensor = variable(logits)
        expected = torch.nn.functional.cross_entropy(tensor, torch.tensor(labels))
        expected.backward()
        assert_agree(np.asarray(got), expected, (seed, N, classes))
        # a single class has the gradient zero, which PyTorch computes as a difference of rounded numbers
        if classes > 1:
            np.testing.assert_allclose(dlogits, tensor.grad.numpy(), rtol=0, atol=1e-10 / N)


def test_l2_penalty():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        w = rng.standard_normal(tuple(rng.integers(1, 7, rng.integers(1, 5))))
        reg = rng.uniform(0, 3)
        penalty, dw = loss.l2_penalty(w, reg=reg)
        tensor = variable(w)
        expected = 0.5 * reg * (tensor**2).sum()
        expected.backward()
        assert_agree(np.asarray(penalty), expected, (seed, w.shape, reg))
        assert_agree(dw, tensor.grad, (seed, w.shape, reg))


def assert_optimiser_agrees(step, make_optimiser, rng, configuration):
    """Make several steps with random gradients; ``step`` takes and returns (param, state)."""
    param, state = rng.standard_normal(tuple(rng.integers(1, 7, rng.integers(1, 5)))), None
    tensor = variable(param)
    optimiser = make_optimiser([tensor])
    scale = rng.choice([1e-7, 1.0, 100.0])
    for _ in range(int(rng.integers(1, 8))):
        grad = rng.standard_normal(param.shape) * scale
        tensor.grad = torch.tensor(grad)
        optimiser.step()
        param, state = step(param, grad, state)
        assert_agree(param, tensor, configuration)


def sgd_without_state(param, grad, state, *, lr):
    return optim.sgd_step(param, grad, lr=lr), state


def test_sgd():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        lr = rng.uniform(0, 1)
        steps = partial(sgd_without_state, lr=lr), partial(torch.optim.SGD, lr=lr)
        assert_optimiser_agrees(*steps, rng, (seed, lr))


def test_sgd_with_momentum():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        options = {"lr": rng.uniform(0, 1), "momentum": rng.uniform(0, 0.99)}
        steps = partial(optim.sgd_momentum_step, **options), partial(torch.optim.SGD, **options)
        assert_optimiser_agrees(*steps, rng, (seed, options))


def test_adam():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        common = {"lr": rng.uniform(0, 0.1), "eps": rng.choice([1e-8, 1e-4])}
        beta1, beta2 = rng.uniform(0.5, 0.95), rng.uniform(0.5, 0.9999)
        ours = partial(optim.adam_step, beta1=beta1, beta2=beta2, **common)
        theirs = partial(torch.optim.Adam, betas=(beta1, beta2), **common)
        assert_optimiser_agrees(ours, theirs, rng, (seed, beta1, beta2, common))
