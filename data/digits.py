"""Draws digits that look handwritten, to train on where MNIST is not available."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .strokes import NODES, styles_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 28
BOX = 20
"""Side of the square that the ink fills, in pixels."""

# How much the writing varies: standard deviations, or (mean, standard deviation). They were chosen so that
# networks learn these digits about as fast, and in the end about as well, as MNIST.
_UNTIDINESS = 0.37  # of the logarithm of a writer's factor on jitter and bend
_JITTER = 0.025  # of control points, in heights of the digit
_BEND = 0.035  # amplitude of the elastic waves, in heights of the digit
_WAVES = 3.5  # radians per height
_SLANT = (0.2, 0.27)  # shear to the right
_ROTATION = 0.10  # radians
_ASPECT = (-0.10, 0.22)  # logarithm of the width's factor
_RADIUS = (0.33, 0.25)  # logarithm of the pen's radius in pixels
_TREMOR = 0.22  # pixels
_PRESSURE = 0.3  # of the logarithm of the ink per length
_GRAIN = 0.15  # of the logarithm of the ink per pixel

_CROWDING = 0.37
"""Largest radius of a pen, as a fraction of the area per length of the digit's box."""

_KNOTS = 24
_SLOWLY = np.maximum(0, 1 - np.abs(np.linspace(0, _KNOTS - 1, NODES)[:, None] - np.arange(_KNOTS)))
"""Matrix that turns random values at knots into values at all nodes that change slowly along the path."""

_LEVEL = 0.25
"""Ink at the edge of a stroke. The lower it is, the less neighbouring strokes run together."""

_REACH = float(np.sqrt(-2 * np.log(_LEVEL)))
"""From a stroke's middle to its edge, in standard deviations of its profile."""

_EDGE = 1.3
"""Width of a stroke's soft edge, in pixels."""

_WHITE = 253

_CHUNK = 500
"""Images drawn at once: few enough for the processor's cache."""


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
        Seed from 0 to 2**32 - 1. Sets with different seeds are independent of each other.

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
    # NumPy promises that the methods of RandomState never change, unlike those of Generator.
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
    matrices: NDArray[np.float64] = np.einsum("ijn,jkn->nik", shear, rotation)
    return matrices


def _draw(
    nodes: NDArray[np.float64], inked: NDArray[np.bool_], random: np.random.RandomState
) -> NDArray[np.uint8]:
    """Draw each path with a pen of its own into a box, shape (n, BOX, BOX)."""
    n = len(nodes)
    low = nodes.min(axis=1)
    size = nodes.max(axis=1) - low
    extent = size.max(axis=1, keepdims=True)
    length = np.sqrt((np.diff(nodes, axis=1) ** 2).sum(axis=2)) * inked
    radius = _radius(size / extent, length.sum(axis=1, keepdims=True) / extent, random)

    scale = (BOX - 1.7 * radius) / extent
    path = (nodes - (low + 0.5 * size)[:, None]) * scale[:, None] + BOX / 2
    tremor = _TREMOR * np.exp(0.4 * random.standard_normal((n, 1, 1)))
    path += tremor * (_SLOWLY @ random.standard_normal((n, _KNOTS, 2)))
    dots = 0.5 * (path[:, 1:] + path[:, :-1])

    # Some more ink at the ends of strokes makes them round; they would fade otherwise.
    beside = np.pad(inked, ((0, 0), (1, 1)))
    ends = inked & ~(beside[:, 2:] & beside[:, :-2])
    pressure = np.exp(_PRESSURE * (random.standard_normal((n, _KNOTS)) @ _SLOWLY[1:].T))
    ink = _ink(dots, (length * scale + 0.8 * radius * ends) * pressure, radius / _REACH)
    ink *= np.exp(_GRAIN * random.standard_normal(ink.shape))

    # The logarithm of a Gaussian falls with the squared distance from its centre, so that this shade passes
    # 1/2 at the radius, and from 0 to 1 in about _EDGE pixels.
    steepness = radius / (_REACH**2 * _EDGE)
    shade = np.clip(0.5 + np.log(ink / _LEVEL) * steepness[:, :, None], 0, 1)
    return np.rint(_WHITE * shade * shade * (3 - 2 * shade)).astype(np.uint8)


def _radius(
    size: NDArray[np.float64], length: NDArray[np.float64], random: np.random.RandomState
) -> NDArray[np.float64]:
    """Return the radius of each pen in pixels, shape (n, 1), from sizes and lengths in units of the box."""
    drawn = np.exp(_RADIUS[0] + _RADIUS[1] * random.standard_normal(length.shape))
    # A thick pen would fill the loops of a narrow or intricate digit; a mere stroke is not crowded.
    room = BOX * np.maximum(size, 0.4).prod(axis=1, keepdims=True) / length
    radius: NDArray[np.float64] = (drawn**-4 + (_CROWDING * room) ** -4) ** -0.25
    return radius


def _ink(
    dots: NDArray[np.float64], amounts: NDArray[np.float64], deviation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the ink in each pixel, shape (n, BOX, BOX); 1 in the middle of a straight stroke.

    Each dot is a Gaussian: a profile down times a profile across. A matrix product adds up all of them.
    """
    pixels = np.arange(BOX, dtype=np.float32) + np.float32(0.5)
    x, y = dots[:, :, 0].astype(np.float32), dots[:, :, 1].astype(np.float32)
    exponent = (-0.5 / deviation**2).astype(np.float32)[:, :, None]
    down = np.exp(exponent * (pixels[:, None] - y[:, None, :]) ** 2)
    across = np.exp(exponent * (pixels - x[:, :, None]) ** 2)
    down *= (amounts / (np.sqrt(2 * np.pi) * deviation)).astype(np.float32)[:, None]
    return (down @ across + np.float32(1e-9)).astype(np.float64)  # of no ink there would be no logarithm


def _centre(boxes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put each box into an image, by whole pixels, with its centre of mass near the image's centre."""
    n = len(boxes)
    pixels = np.arange(BOX)
    mass = boxes.sum(axis=(1, 2))
    top, left = (
        np.clip(np.rint(SIDE / 2 - boxes.sum(axis=axis) @ pixels / mass), 0, SIDE - BOX).astype(int)
        for axis in (2, 1)
    )
    images = np.zeros((n, SIDE, SIDE), np.uint8)
    rows = (top[:, None] + pixels)[:, :, None]
    columns = (left[:, None] + pixels)[:, None, :]
    images[np.arange(n)[:, None, None], rows, columns] = boxes
    return images
