"""Draws handwritten-looking digits, for training where MNIST cannot be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .strokes import STYLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NODES = 84
_CHUNK = 500
_BOX = 20
_SIDE = 28


def generate_digits(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw digits in the manner of MNIST."""
    random = np.random.RandomState(seed)
    labels = (np.arange(count) % 10).astype(np.uint8)
    random.shuffle(labels)
    images = np.zeros((count, _SIDE, _SIDE), np.uint8)
    for start in range(0, count, _CHUNK):
        part = slice(start, start + _CHUNK)
        nodes, pen = _write(labels[part], random)
        _draw(nodes, pen, random, images[part])
    return images, labels


def _spline(style: str):
    """Return control points, the matrix from them to the nodes, and which segments are inked."""
    control, pieces = [], []
    for stroke in style.split("/"):
        new = True
        pts = [tuple(map(float, p.split(","))) for p in stroke.split()]
        piece = []
        for i, p in enumerate(pts):
            if i and p == pts[i - 1]:
                pieces.append((new, piece))
                new, piece = False, [piece[-1]]
            else:
                control.append(p)
                piece.append(len(control) - 1)
        pieces.append((new, piece))
    control = np.array(control)
    K = len(control)
    lengths = np.array([np.hypot(*np.diff(control[piece], axis=0).T).sum() for _, piece in pieces])
    total = _NODES - sum(new for new, _ in pieces)
    segs = np.maximum(2, np.floor(lengths / lengths.sum() * total)).astype(int)
    segs[np.argmax(segs)] += total - segs.sum()
    rows, pen = [], []
    for (new, piece), m in zip(pieces, segs, strict=True):
        M = _catmull_rom(len(piece), m + 1)
        full = np.zeros((m + 1, K))
        for j, index in enumerate(piece):
            full[:, index] += M[:, j]
        rows.append(full if new else full[1:])
        pen += ([False] if new else []) + [True] * m
    return control / 100, np.concatenate(rows), np.array(pen[1:])


def _catmull_rom(k, m):
    E = np.eye(k)
    E = np.concatenate([[2 * E[0] - E[1]], E, [2 * E[-1] - E[-2]]])
    t = np.linspace(0, k - 1, m)
    i = np.minimum(t.astype(int), k - 2)
    u = (t - i)[:, None]
    p0, p1, p2, p3 = E[i], E[i + 1], E[i + 2], E[i + 3]
    return 0.5 * (
        2 * p1 + (p2 - p0) * u + (2 * p0 - 5 * p1 + 4 * p2 - p3) * u**2 + (3 * p1 - p0 - 3 * p2 + p3) * u**3
    )


_SPLINES = [[(w, *_spline(s)) for w, s in styles] for styles in STYLES]


def _write(labels, random, jitter=0.035, warp=0.04):
    n = len(labels)
    nodes = np.empty((n, _NODES, 2))
    pen = np.empty((n, _NODES - 1), bool)
    pick = random.random_sample(n)
    for digit, styles in enumerate(_SPLINES):
        edges = np.cumsum([w for w, *_ in styles])
        style_of = np.searchsorted(edges / edges[-1], pick)
        for s, (_, control, matrix, inked) in enumerate(styles):
            idx = np.flatnonzero((labels == digit) & (style_of == s))
            moved = control + jitter * random.standard_normal((len(idx), *control.shape))
            nodes[idx] = matrix @ moved
            pen[idx] = inked
    nodes -= 0.5
    for _ in range(2):
        f = 4.0 * random.standard_normal((n, 2, 1))
        phase = 2 * np.pi * random.random_sample((n, 1, 1))
        amp = warp * random.standard_normal((n, 1, 2))
        nodes += amp * np.sin(nodes @ f + phase)
    rot = 0.12 * random.standard_normal(n)
    slant = 0.22 + 0.25 * random.standard_normal(n)
    aspect = np.exp(-0.2 + 0.22 * random.standard_normal(n))
    A = np.empty((n, 2, 2))
    c, s = np.cos(rot), np.sin(rot)
    A[:, 0, 0] = aspect * c
    A[:, 0, 1] = aspect * s
    A[:, 1, 0] = -slant * c - s
    A[:, 1, 1] = -slant * s + c
    return nodes @ A, pen


def _draw(nodes, pen, random, out):
    n = len(nodes)
    r = np.exp(0.28 + 0.26 * random.standard_normal((n, 1)))
    low = nodes.min(1)
    extent = (nodes.max(1) - low).max(1)
    scale = (_BOX - 2 * r[:, 0]) / extent
    nodes = (nodes - low[:, None]) * scale[:, None, None] + r[:, :, None]
    step = np.diff(nodes, axis=1)
    mid = (0.5 * (nodes[:, 1:] + nodes[:, :-1])).astype(np.float32)
    length = np.sqrt((step**2).sum(2)) * pen
    sigma = r / 1.177
    phase = 2 * np.pi * random.random_sample((n, 1))
    freq = random.standard_normal((n, 1)) * 4
    t = np.linspace(0, 1, _NODES - 1)
    vary = np.exp(0.25 * np.sin(t * freq + phase))
    weight = length * vary / (sigma * np.sqrt(2 * np.pi))
    grid = np.arange(_BOX, dtype=np.float32) + 0.5
    k = (-0.5 / sigma**2).astype(np.float32)[:, :, None]
    gy = np.exp(k * (grid[:, None] - mid[:, None, :, 1]) ** 2)
    gx = np.exp(k * (grid - mid[:, :, 0, None]) ** 2)
    gy *= weight.astype(np.float32)[:, None]
    ink = gy @ gx
    gain = (r / 0.69 * 0.7).astype(np.float32)[:, :, None]
    v = np.clip(0.5 + (ink - 0.5) * gain, 0, 1)
    box = np.rint(253 * v).astype(np.uint8)
    mass = box.sum((1, 2), dtype=np.float64)
    cy = (box.sum(2) @ (np.arange(_BOX) + 0.5)) / mass
    cx = (box.sum(1) @ (np.arange(_BOX) + 0.5)) / mass
    oy = np.clip(np.rint(14 - cy), 0, 8).astype(int)
    ox = np.clip(np.rint(14 - cx), 0, 8).astype(int)
    rows = oy[:, None] + np.arange(_BOX)
    cols = ox[:, None] + np.arange(_BOX)
    out[np.arange(n)[:, None, None], rows[:, :, None], cols[:, None, :]] = box
