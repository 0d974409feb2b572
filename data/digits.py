"""Draws digits that look handwritten, to train on where MNIST cannot be had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .strokes import NODES, styles_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 28
BOX = 20
"""Side of the square that the ink fills, in pixels."""

_CHUNK = 500  # images drawn at once: their arrays stay within the processor's cache
_KNOTS = 24

# How much the writing varies: standard deviations, unless another meaning is given.
_UNTIDINESS = 0.4  # of the logarithm of a writer's factor on what follows
_JITTER = 0.025  # of control points, in heights of the digit
_BEND = 0.035  # amplitude of the elastic waves, in heights of the digit
_WAVES = 3.5  # radians per height
_SLANT = (0.15, 0.27)  # mean and deviation of the shear to the right
_ROTATION = 0.10  # radians
_ASPECT = (-0.12, 0.22)  # mean and deviation of the logarithm
_RADIUS = (0.33, 0.20)  # mean and deviation of the logarithm of the pen's radius in pixels
_CROWDING = 0.34  # largest radius, as a fraction of the room between strokes
_TREMOR = 0.22  # pixels
_PRESSURE = 0.3  # of the logarithm of the ink per length
_GRAIN = 0.15  # of the logarithm of the ink per pixel

# A pixel is half inked where the pen's Gaussian profile falls to this level, one radius from its path. The
# lower it is, the less do neighbouring strokes run together.
_LEVEL = 0.25
_REACH = float(np.sqrt(-2 * np.log(_LEVEL)))  # the radius in standard deviations of the profile
_EDGE = 1.6  # width of the stroke's soft edge, in pixels
_WHITE = 253


def generate_digits(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw handwritten-looking digits in the format of MNIST.

    The digits are strokes of a pen in several styles, bent, slanted and drawn with a trembling hand. As in
    MNIST, the ink fills a box of 20 x 20 pixels, whose centre of mass is moved to the centre of the image.
    The same arguments give the same digits with every version of NumPy; other processors may round a pixel
    differently.

    Parameters
    ----------
    count : int
        Number of images.
    seed : int
        From 0 to 2**32 - 1. Sets with different seeds are independent of each other.

    Returns
    -------
    images : ndarray of uint8, shape (count, 28, 28)
        Pixels, 0 is background and 255 would be ink at its brightest.
    labels : ndarray of uint8, shape (count,)
        Digits from 0 to 9 in random order. Their numbers differ by one at most.

    Raises
    ------
    ValueError
        If ``count`` is negative or ``seed`` is out of range.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document recognition.
    Proceedings of the IEEE 86 (1998), on how MNIST was normalised.
    """
    if count < 0:
        raise ValueError(f"count is {count}, but it has to be 0 or more")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed is {seed}, but it has to lie between 0 and 2**32 - 1")
    # Unlike the methods of Generator, those of RandomState are promised never to change.
    random = np.random.RandomState(seed)
    labels = random.permutation(np.arange(count) % 10).astype(np.uint8)
    images = np.empty((count, SIDE, SIDE), np.uint8)
    for start in range(0, count, _CHUNK):
        chunk = slice(start, start + _CHUNK)
        nodes, inked = _write(labels[chunk], random)
        images[chunk] = _centre(_draw(nodes, inked, random))
    return images, labels


def _write(
    labels: NDArray[np.uint8], random: np.random.RandomState
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the nodes of each digit's path, shape (n, NODES, 2), and which segments of it are inked."""
    n = len(labels)
    untidiness = np.exp(_UNTIDINESS * random.standard_normal((n, 1, 1)))
    nodes = np.empty((n, NODES, 2))
    inked = np.empty((n, NODES - 1), bool)
    choice = random.random_sample(n)
    for digit in range(10):
        styles = styles_of(digit)
        borders = np.cumsum([style.share for style in styles])[:-1]
        chosen = np.searchsorted(borders, choice, side="right")
        for index, style in enumerate(styles):
            members = np.flatnonzero((labels == digit) & (chosen == index))
            jitter = random.standard_normal((len(members), *style.control.shape))
            nodes[members] = style.spline @ (style.control + _JITTER * untidiness[members] * jitter)
            inked[members] = style.inked
    nodes -= 0.5
    for _ in range(2):
        wave = _WAVES * random.standard_normal((n, 2, 1))
        phase = 2 * np.pi * random.random_sample((n, 1, 1))
        amplitude = _BEND * untidiness * random.standard_normal((n, 1, 2))
        nodes += amplitude * np.sin(nodes @ wave + phase)
    return nodes @ _affine(n, random), inked


def _affine(n: int, random: np.random.RandomState) -> NDArray[np.float64]:
    """Return matrices, shape (n, 2, 2), that rotate, stretch and slant row vectors (x, y)."""
    angle = _ROTATION * random.standard_normal(n)
    slant = _SLANT[0] + _SLANT[1] * random.standard_normal(n)
    width = np.exp(_ASPECT[0] + _ASPECT[1] * random.standard_normal(n))
    cos, sin = np.cos(angle), np.sin(angle)
    rotation = np.array([[cos, sin], [-sin, cos]])
    shear = np.array([[width, np.zeros(n)], [-slant, np.ones(n)]])
    return np.einsum("ijn,jkn->nik", shear, rotation)


def _draw(
    nodes: NDArray[np.float64], inked: NDArray[np.bool_], random: np.random.RandomState
) -> NDArray[np.uint8]:
    """Draw each path with its own pen into a box, shape (n, BOX, BOX)."""
    n = len(nodes)
    low = nodes.min(axis=1)
    size = nodes.max(axis=1) - low
    extent = size.max(axis=1, keepdims=True)
    length = np.sqrt((np.diff(nodes, axis=1) ** 2).sum(axis=2)) * inked

    # A thick pen would fill the loops of a narrow or intricate digit.
    area = np.maximum(size, 0.4 * extent).prod(axis=1, keepdims=True)
    thickest = _CROWDING * BOX * area / (extent * length.sum(axis=1, keepdims=True))
    radius = np.exp(_RADIUS[0] + _RADIUS[1] * random.standard_normal((n, 1)))
    radius = (radius**-4 + thickest**-4) ** -0.25

    scale = (BOX - 1.7 * radius) / extent
    length *= scale
    nodes = (nodes - low[:, None]) * scale[:, None] + 0.85 * radius[:, None]
    tremor = _TREMOR * np.exp(0.4 * random.standard_normal((n, 1, 1)))
    nodes += tremor * (_HAT @ random.standard_normal((n, _KNOTS, 2)))
    dots = (0.5 * (nodes[:, 1:] + nodes[:, :-1])).astype(np.float32)

    # Where a stroke ends, some ink more makes its end round instead of fading.
    around = np.pad(inked, ((0, 0), (1, 1)))
    ends = inked & ~(around[:, 2:] & around[:, :-2])
    pressure = np.exp(_PRESSURE * (random.standard_normal((n, _KNOTS)) @ _HAT[1:].T))
    deviation = radius / _REACH
    weights = (length + 0.8 * radius * ends) * pressure / (np.sqrt(2 * np.pi) * deviation)

    # Gaussian dots are products of a profile down and one across: a matrix product adds them all up.
    pixels = np.arange(BOX, dtype=np.float32) + np.float32(0.5)
    exponent = (-0.5 / deviation**2).astype(np.float32)[:, :, None]
    down = np.exp(exponent * (pixels[:, None] - dots[:, None, :, 1]) ** 2)
    across = np.exp(exponent * (pixels - dots[:, :, 0, None]) ** 2)
    down *= weights.astype(np.float32)[:, None]
    ink = np.log(down @ across + np.float32(1e-9))

    # The logarithm of the ink falls with the squared distance from the path.
    ink += _GRAIN * random.standard_normal(ink.shape) - np.log(_LEVEL)
    shade = np.clip(0.5 + ink * (radius / (_REACH**2 * _EDGE))[:, :, None], 0, 1)
    return np.rint(_WHITE * shade * shade * (3 - 2 * shade)).astype(np.uint8)


def _hat() -> Any:
    distance = np.linspace(0, _KNOTS - 1, NODES)[:, None] - np.arange(_KNOTS)
    return np.maximum(0, 1 - np.abs(distance))


_HAT = _hat()


def _centre(boxes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put each box into an image, by whole pixels, with its centre of mass near the image's centre."""
    n = len(boxes)
    pixels = np.arange(BOX)
    mass = boxes.sum(axis=(1, 2))
    top, left = (
        np.clip(np.rint(SIDE / 2 - 0.5 - boxes.sum(axis=axis) @ pixels / mass), 0, SIDE - BOX).astype(int)
        for axis in (2, 1)
    )
    images = np.zeros((n, SIDE, SIDE), np.uint8)
    rows = (top[:, None] + pixels)[:, :, None]
    columns = (left[:, None] + pixels)[:, None, :]
    images[np.arange(n)[:, None, None], rows, columns] = boxes
    return images
