"""An illustration for each task of the assignment, drawn for its notebook with matplotlib."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.training.pictures import COLOURS, require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN = COLOURS[:3]
DPI = 110


def picture(task: str) -> bytes:
    """Draw the illustration of a task.

    Parameters
    ----------
    task
        Name of the task.

    Returns
    -------
    bytes
        The picture, as PNG.

    Raises
    ------
    GraderError
        If matplotlib is not installed.
    KeyError
        If there is no such task.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    width, height, draw = ILLUSTRATIONS[task]
    figure = Figure(figsize=(width, height), layout="constrained")
    draw(figure)
    content = io.BytesIO()
    # without metadata the same illustration gives the same bytes
    figure.savefig(content, format="png", dpi=DPI, metadata={"Software": None})
    return content.getvalue()


def _grid(
    axes: Axes, values: np.ndarray, title: str, colours: str = "Blues", *, most: float | None = None
) -> None:
    """Draw a matrix of numbers."""
    most = float(np.abs(values).max()) if most is None else most
    axes.imshow(values, cmap=colours, vmin=0, vmax=1.6 * most + 1e-9)
    for (row, column), value in np.ndenumerate(values):
        axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=9)
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])


def _frame(axes: Axes, row: float, column: float, height: int, width: int, colour: str) -> None:
    from matplotlib.patches import Rectangle

    corner = (column - 0.5, row - 0.5)
    axes.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=colour, linewidth=2.5))


def _sign(axes: Axes, text: str) -> None:
    axes.axis("off")
    axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=15, transform=axes.transAxes)


def _dense(figure: Any) -> None:
    x = np.array([[1, 2, 0], [0, 1, 3]])
    w = np.array([[1, 0, 2, 1], [0, 1, 1, 0], [2, 0, 0, 1]])
    panels = figure.subplots(1, 5, width_ratios=[3, 0.5, 4, 0.5, 4])
    _grid(panels[0], x, "x: N rows of D inputs")
    _sign(panels[1], "·")
    _grid(panels[2], w, "w: D x M", "Oranges")
    _sign(panels[3], "=")
    _grid(panels[4], x @ w, "out: N x M (before the bias)", "Greens")
    _frame(panels[0], 1, 0, 1, 3, ORANGE)
    _frame(panels[2], 0, 2, 3, 1, ORANGE)
    _frame(panels[4], 1, 2, 1, 1, ORANGE)


def _curve(
    figure: Any, function: Callable[[np.ndarray], np.ndarray], slope: Callable[[np.ndarray], np.ndarray]
) -> None:
    x = np.linspace(-5, 5, 401)
    for axes, values, title in zip(
        figure.subplots(1, 2), (function(x), slope(x)), ("forward", "its derivative"), strict=True
    ):
        axes.plot(x, values, color=BLUE, linewidth=2)
        axes.set_title(title, fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3)


def _relu(figure: Any) -> None:
    _curve(figure, lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float))


def _logistic(x: np.ndarray) -> np.ndarray:
    out: np.ndarray = 1 / (1 + np.exp(-x))
    return out


def _sigmoid(figure: Any) -> None:
    _curve(figure, _logistic, lambda x: _logistic(x) * (1 - _logistic(x)))


def _softmax(figure: Any) -> None:
    scores = np.array([1.0, 3.0, 0.5, 2.0])
    shares = np.exp(scores) / np.exp(scores).sum()
    gradient = shares - np.eye(4)[1]
    titles = ("scores", "probabilities", "gradient, class 1 is true")
    for axes, values, title in zip(figure.subplots(1, 3), (scores, shares, gradient), titles, strict=True):
        axes.bar(range(4), values, color=[ORANGE if value < 0 else BLUE for value in values])
        axes.axhline(0, color="0.3", linewidth=0.8)
        axes.set(xticks=range(4))
        axes.set_title(title, fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)


def _conv2d(figure: Any) -> None:
    x = np.array([[0, 1, 2, 0], [1, 3, 1, 0], [0, 2, 1, 1], [1, 0, 0, 2]])
    w = np.array([[1, 0], [2, 1]])
    out = sum(w[k, m] * x[k : k + 3, m : m + 3] for k in range(2) for m in range(2))
    panels = figure.subplots(1, 5, width_ratios=[4, 0.5, 2, 0.5, 3])
    _grid(panels[0], x, "image")
    _sign(panels[1], "*")
    _grid(panels[2], w, "filter", "Oranges")
    _sign(panels[3], "=")
    _grid(panels[4], np.asarray(out), "out", "Greens")
    figure.supxlabel("in the middle: 1 · 3 + 0 · 1 + 2 · 2 + 1 · 1 = 8", fontsize=9)
    _frame(panels[0], 1, 1, 2, 2, ORANGE)
    _frame(panels[4], 1, 1, 1, 1, ORANGE)


def _maxpool2d(figure: Any) -> None:
    x = np.array([[1, 3, 0, 2], [4, 2, 1, 5], [0, 1, 7, 2], [6, 2, 3, 1]])
    out = x.reshape(2, 2, 2, 2).max(axis=(1, 3))
    dout = np.array([[1, 2], [3, 4]])
    dx = np.zeros_like(x)
    for row, column in np.ndindex(2, 2):
        window = x[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        place = np.unravel_index(window.argmax(), (2, 2))
        dx[2 * row + place[0], 2 * column + place[1]] = dout[row, column]
    panels = figure.subplots(1, 4, width_ratios=[4, 2, 2, 4])
    for axes, values, title, colours in zip(
        panels,
        (x, out, dout, dx),
        ("x", "out", "dout", "dx"),
        ("Blues", "Greens", "Greens", "Blues"),
        strict=True,
    ):
        _grid(axes, values, title, colours)
    for row, column in np.ndindex(2, 2):
        for axes in (panels[0], panels[3]):
            _frame(axes, 2 * row, 2 * column, 2, 2, ORANGE)


def _valley(axes: Axes) -> None:
    across, along = np.meshgrid(np.linspace(-4.2, 4.2, 120), np.linspace(-2, 2, 80))
    axes.contour(across, along, np.sqrt(across**2 / 2 + 6 * along**2), 12, colors="0.75", linewidths=0.8)
    axes.plot(0, 0, "+", color="0.3")
    axes.set(xticks=[], yticks=[])


def _path(step: Callable[[np.ndarray, np.ndarray, dict[str, Any]], np.ndarray], count: int) -> np.ndarray:
    place = np.array([-4.0, 1.5])
    memory: dict[str, Any] = {}
    places = [place]
    for _ in range(count):
        place = place + step(place, np.array([place[0], 12 * place[1]]), memory)
        places.append(place)
    return np.array(places)


def _plain_step(_: np.ndarray, gradient: np.ndarray, __: dict[str, Any]) -> np.ndarray:
    return -0.15 * gradient


def _momentum_step(_: np.ndarray, gradient: np.ndarray, memory: dict[str, Any]) -> np.ndarray:
    memory["v"] = 0.7 * memory.get("v", 0) + gradient
    return -0.06 * np.asarray(memory["v"])


def _adam_step(_: np.ndarray, gradient: np.ndarray, memory: dict[str, Any]) -> np.ndarray:
    memory["t"] = memory.get("t", 0) + 1
    memory["m"] = 0.9 * memory.get("m", 0) + 0.1 * gradient
    memory["s"] = 0.99 * memory.get("s", 0) + 0.01 * gradient**2
    mean, square = memory["m"] / (1 - 0.9 ** memory["t"]), memory["s"] / (1 - 0.99 ** memory["t"])
    step: np.ndarray = -0.25 * np.asarray(mean) / np.sqrt(square)
    return step


def _descents(figure: Any, steps: dict[str, tuple[Callable[..., np.ndarray], str]]) -> None:
    axes = figure.subplots()
    _valley(axes)
    for name, (step, colour) in steps.items():
        places = _path(step, 40)
        axes.plot(places[:, 0], places[:, 1], "o-", color=colour, markersize=3, linewidth=1.2, label=name)
    axes.legend(frameon=False, fontsize=8, loc="upper right")


def _sgd(figure: Any) -> None:
    _descents(figure, {"gradient descent": (_plain_step, BLUE)})


def _momentum(figure: Any) -> None:
    _descents(figure, {"plain": (_plain_step, "0.6"), "momentum": (_momentum_step, ORANGE)})


def _adam(figure: Any) -> None:
    _descents(figure, {"plain": (_plain_step, "0.6"), "Adam": (_adam_step, GREEN)})


def _mnist(figure: Any) -> None:
    from matplotlib.patches import FancyArrow, Rectangle

    axes = figure.subplots()
    axes.set(xlim=(0, 12), ylim=(-0.9, 2.4))
    axes.axis("off")
    stages = (
        ("1 x 28 x 28", 1, 1.6, "image"),
        ("8 x 28 x 28", 4, 1.6, "conv, ReLU"),
        ("8 x 14 x 14", 4, 1.0, "pool"),
        ("16 x 14 x 14", 6, 1.0, "conv, ReLU"),
        ("16 x 7 x 7", 6, 0.6, "pool"),
        ("10", 1, 0.3, "dense"),
    )
    for place, (size, sheets, edge, name) in enumerate(stages):
        for sheet in range(sheets):
            corner = (0.2 + 2 * place + 0.07 * sheet, 0.2 + 0.05 * sheet)
            axes.add_patch(Rectangle(corner, 0.8 * edge, edge, facecolor="white", edgecolor=BLUE))
        axes.text(0.2 + 2 * place, -0.15, size, fontsize=8, va="top")
        axes.text(0.2 + 2 * place, -0.5, name, fontsize=8, va="top", color=ORANGE)
        if place:
            axes.add_patch(FancyArrow(2 * place - 0.2, 0.6, 0.2, 0, width=0.02, head_width=0.12, color="0.5"))


def _dropout(figure: Any) -> None:
    random = np.random.RandomState(3)
    x = random.randint(1, 9, (4, 6)).astype(float)
    kept = random.random_sample(x.shape) >= 0.5
    panels = figure.subplots(1, 3)
    for axes, values, title, colours in zip(
        panels,
        (x, kept * 1.0, x * kept * 2),
        ("x", "mask, p = 0.5", "out = x · mask / 0.5"),
        ("Blues", "Oranges", "Greens"),
        strict=True,
    ):
        _grid(axes, values, title, colours)


def _l2(figure: Any) -> None:
    x = np.linspace(0, 1, 12)
    random = np.random.RandomState(0)
    y = np.sin(3 * x) + 0.15 * random.standard_normal(12)
    powers, fine = np.vander(x, 10), np.linspace(0, 1, 200)
    axes = figure.subplots()
    axes.plot(x, y, "o", color="0.3")
    for reg, colour, name in ((0.0, "0.6", "no penalty"), (1e-3, ORANGE, "with L2")):
        weights = np.linalg.solve(powers.T @ powers + (reg + 1e-12) * np.eye(10), powers.T @ y)
        axes.plot(fine, np.vander(fine, 10) @ weights, color=colour, linewidth=2, label=name)
    axes.set(xticks=[], yticks=[], ylim=(y.min() - 0.5, y.max() + 0.5))
    axes.legend(frameon=False, fontsize=8)


ILLUSTRATIONS: dict[str, tuple[float, float, Callable[[Any], None]]] = {
    "dense": (7.5, 2.2, _dense),
    "relu": (6, 2.2, _relu),
    "softmax": (7.5, 2.2, _softmax),
    "conv2d": (7.5, 2.6, _conv2d),
    "maxpool2d": (7.5, 2.6, _maxpool2d),
    "sgd": (5, 2.6, _sgd),
    "mnist": (8, 2.2, _mnist),
    "sigmoid": (6, 2.2, _sigmoid),
    "momentum": (5, 2.6, _momentum),
    "adam": (5, 2.6, _adam),
    "dropout": (7.5, 2.2, _dropout),
    "l2": (5, 2.4, _l2),
}
"""for each task: width and height in inches, and the function that draws"""
