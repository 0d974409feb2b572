"""Pictures of a training: what was learnt, what was not, and how the gradients developed.

They are drawn with matplotlib, which the extra ``plots`` installs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.core.errors import GraderError
from grader.core.kit import KIT
from grader.reference.functions import reference
from grader.training import naming
from grader.training.audit import run_reference
from grader.training.experiment import Trained
from grader.training.layers import Conv2d, Dense, Layer, entry_for, has_weights
from grader.training.network import Network, forward_calls, gradient_calls, shapes
from grader.training.network_text import describe

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#1f77b4", "#d95f02", "#2a9d5c", "#9467bd", "#c2347f", "#7a6a53")
MOST_MAPS = 16
MISTAKES = 20
FORMATS = ("png", "svg")


def require_matplotlib() -> None:
    """Make sure that pictures can be drawn.

    Raises
    ------
    GraderError
        If matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise GraderError(
            "pictures need matplotlib, which is not installed: pip install 'convgrade[plots]'"
        ) from error
    # no display is needed, and none is touched
    matplotlib.use("Agg", force=False)


def draw_all(name: str, trained: Trained, dataset: Any, folder: Path) -> list[Path]:
    """Draw all pictures of one training.

    Parameters
    ----------
    name
        The name of the network.
    trained
        The result of the training.
    dataset
        A ``data.Dataset``: its test images are shown.
    folder
        The folder for the pictures, as PNG and SVG.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    GraderError
        If matplotlib is not installed or the folder cannot be written.
    """
    require_matplotlib()
    network = trained.settings.network
    labels, images = dataset.test_labels, dataset.test_images
    digit = int(np.flatnonzero((labels == 3) & (trained.scores.argmax(axis=1) == 3))[:1].sum())
    figures = {
        "curves": curves([(name, trained)]),
        "filters": learnt_filters(network, trained.weights),
        "confusion": confusion_matrix(trained.scores, labels),
        "mistakes": confident_mistakes(trained.scores, images, labels),
        "gradients": gradient_norms(network, trained),
    }
    if not KIT.has_solution:
        # the pictures of activations and gradients need the reference
        return save(figures, folder)
    figures["feature_maps"] = feature_maps(network, trained.weights, images[digit])
    if any(isinstance(layer, Conv2d) for layer in network.layers):
        figures["backward"] = patch_backward(network, trained.weights, images[digit], int(labels[digit]))
    return save(figures, folder)


def save(figures: dict[str, Figure], folder: Path) -> list[Path]:
    """Write figures as PNG and SVG, by name; return the files.

    Raises
    ------
    GraderError
        If the folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in figures.items():
            for suffix in FORMATS:
                path = folder / f"{name}.{suffix}"
                # without a date the same training gives the same file
                metadata = {"Date": None} if suffix == "svg" else None
                figure.savefig(path, dpi=150, bbox_inches="tight", metadata=metadata)
                written.append(path)
    except OSError as error:
        raise GraderError(f"pictures cannot be written to {folder}: {error.strerror}") from error
    return written


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    # not pyplot: nothing global is changed, and no figure stays in memory
    return Figure(figsize=(width, height), layout="constrained")


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])


def curves(trainings: Sequence[tuple[str, Trained]]) -> Figure:
    """Draw loss and accuracy against steps, a line for each training by name."""
    figure = _figure(9, 3.6)
    losses, accuracies = figure.subplots(1, 2)
    for colour, (name, trained) in zip(_colours(), trainings, strict=False):
        steps = [point.step for point in trained.points]
        losses.plot(steps, [point.loss for point in trained.points], color=colour, label=name)
        errors = [100 * (1 - point.accuracy) for point in trained.points]
        accuracies.plot(steps, np.maximum(errors, 0.05), color=colour, label=name)
        label = f"{name}: {trained.test_accuracy:.2%} test accuracy"
        accuracies.plot(
            steps[-1:], [max(100 * (1 - trained.test_accuracy), 0.05)], "o", color=colour, label=label
        )
    losses.set(title="Loss", xlabel="steps", yscale="log")
    accuracies.set(title="Error, %", xlabel="steps", yscale="log")
    accuracies.yaxis.set_major_formatter(_plain_number)
    accuracies.yaxis.set_minor_formatter(_some_numbers)
    losses.yaxis.set_major_formatter(_plain_number)
    losses.yaxis.set_minor_formatter(_some_numbers)
    accuracies.axhline(3, color="0.5", linestyle=":", linewidth=1)
    accuracies.annotate("97 % right", (0.01, 3), xycoords=("axes fraction", "data"), va="bottom", color="0.4")
    for axes in (losses, accuracies):
        _tidy(axes)
    handles, names = accuracies.get_legend_handles_labels()
    shown = [(handle, label) for handle, label in zip(handles, names, strict=True) if ":" in label]
    accuracies.legend(*zip(*shown, strict=True), frameon=False, fontsize="small")
    accuracies.set_xlabel("steps (lines: images held back, dots: test images)")
    return figure


def comparison(rows: Sequence[tuple[str, str, dict[str, Any]]], data: str) -> Figure:
    """Draw accuracy and loss of configurations: group, name and result (as ``Trained.to_json``) of each."""
    figure = _figure(9.5, 0.3 * len(rows) + 1.4)
    wrong, losses = figure.subplots(1, 2, sharey=True)
    groups = list(dict.fromkeys(group for group, _, _ in rows))
    colours = dict(zip(groups, _colours(), strict=False))
    places = range(len(rows))
    for place, (group, _, result) in enumerate(rows):
        error = 100 * (1 - result["test_accuracy"])
        for axes, value, label in (
            (wrong, error, f"{100 - error:.2f}"),
            (losses, result["test_loss"], f"{result['test_loss']:.3f}"),
        ):
            axes.plot([0, value], [place, place], color=colours[group], alpha=0.35)
            axes.plot(value, place, "o", color=colours[group])
            axes.annotate(
                label,
                (value, place),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
            )
    wrong.set_yticks(places, [f"{group}: {name}" if group else name for group, name, _ in rows])
    wrong.invert_yaxis()
    wrong.set(title=f"Test accuracy on {data}, %", xlabel="error, %")
    losses.set(title="Loss", xlabel="mean cross-entropy of the test images")
    for axes in (wrong, losses):
        _tidy(axes)
        axes.set_xlim(left=0)
        axes.margins(x=0.18)
    return figure


def _colours() -> list[str]:
    return list(COLOURS) * 8


def _plain_number(value: float, _: int | None = None) -> str:
    return f"{value:g}"


def _some_numbers(value: float, _: int | None = None) -> str:
    """Label 2 and 5 between the powers of ten."""
    return f"{value:g}" if f"{value:e}"[0] in "25" and f"{value:.6e}"[1:8] == ".000000" else ""


LEARNT: dict[type[Layer], tuple[str, Callable[[np.ndarray, tuple[int, ...]], np.ndarray]]] = {
    Conv2d: ("Filters", lambda w, _: w[:, 0]),
    Dense: ("Weights of the first {} units", lambda w, shape: w.T.reshape(-1, *shape)[:, 0]),
}
"""by layer type with weights: what is drawn of a first layer, and how to make pictures of its weights"""


def learnt_filters(network: Network, weights: dict[str, np.ndarray]) -> Figure:
    """Draw the weights of the first layer that has some, as pictures."""
    index, layer = next((i, x) for i, x in enumerate(network.layers) if has_weights(x))
    what, as_pictures = entry_for(layer, LEARNT, "picture")
    # what the layer sees may be smaller than the image, after a pooling for example
    seen = next(shape for shape in reversed(shapes(network)[: index + 1]) if len(shape) == 3)
    shown = as_pictures(weights[naming.weights(index)], seen)[: 2 * MOST_MAPS]
    figure = _grid(shown, [str(number + 1) for number in range(len(shown))], symmetric=True)
    what = what.format(len(shown))
    figure.suptitle(f"{what} of '{describe(network)[index]}' (blue below zero, red above)")
    return figure


def _grid(pictures: np.ndarray, titles: Sequence[str], *, symmetric: bool, columns: int = 8) -> Figure:
    """Draw small pictures (n, H, W) in rows and columns."""
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    figure = _figure(1.1 * columns + 0.4, 1.3 * rows + 0.6)
    most = float(np.abs(pictures).max()) or 1.0
    for place, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        _bare(axes)
        if place >= len(pictures):
            axes.axis("off")
            continue
        if symmetric:
            axes.imshow(pictures[place], cmap="RdBu_r", vmin=-most, vmax=most)
        else:
            axes.imshow(pictures[place], cmap="gray_r")
        axes.set_title(titles[place], fontsize="small")
    return figure


def feature_maps(network: Network, weights: dict[str, np.ndarray], image: np.ndarray) -> Figure:
    """Draw the output of every layer for one digit, (28, 28) uint8."""
    variables: dict[str, Any] = {naming.activation(0): _pixels(image), **weights}
    wanted = [naming.activation(index) for index in range(len(network.layers) + 1)]
    run_reference(forward_calls(network, 1), wanted, variables, reference)
    rows = [("image", variables[naming.activation(0)][0])]
    rows += [
        (text, variables[naming.activation(index + 1)][0])
        for index, text in enumerate(describe(network))
        if variables[naming.activation(index + 1)].ndim == 4
    ]
    scores = variables[wanted[-1]][0]
    columns = min(MOST_MAPS, max(len(maps) for _, maps in rows))
    figure = _figure(max(0.62 * columns + 1.6, 5), 0.72 * len(rows) + 1.6)
    grid = figure.add_gridspec(
        len(rows) + 1, columns, height_ratios=[*[1.0] * len(rows), 1.6], hspace=0.06, wspace=0.04
    )
    for row, (text, maps) in enumerate(rows):
        for column, picture in enumerate(maps[:columns]):
            axes = figure.add_subplot(grid[row, column])
            _bare(axes)
            axes.imshow(picture, cmap="gray_r")
            if column == 0:
                axes.set_ylabel(text, rotation=0, ha="right", va="center", fontsize="small")
    axes = figure.add_subplot(grid[-1, :])
    likely = np.exp(scores - scores.max())
    axes.bar(range(10), likely / likely.sum(), color=COLOURS[0])
    axes.set(xticks=range(10), ylim=(0, 1), ylabel="probability")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _pixels(image: np.ndarray) -> np.ndarray:
    return image[np.newaxis, np.newaxis] * np.float32(1 / 255)


def confusion_matrix(scores: np.ndarray, labels: np.ndarray) -> Figure:
    """Draw how often each digit was classified as each: scores (N, 10), labels (N,)."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels.astype(int), scores.argmax(axis=1)), 1)
    wrong = counts - np.diag(np.diag(counts))
    figure = _figure(5.4, 5.2)
    axes = figure.subplots()
    axes.imshow(wrong, cmap="OrRd", vmin=0)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            strong = wrong[row, column] > 0.6 * wrong.max()
            colour = "0.45" if row == column else "white" if strong else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize="small", color=colour)
    axes.set(xticks=range(10), yticks=range(10), xlabel="prediction", ylabel="digit")
    axes.set_title(f"{wrong.sum():,} of {counts.sum():,} test images misclassified")
    return figure


def confident_mistakes(scores: np.ndarray, images: np.ndarray, labels: np.ndarray) -> Figure:
    """Draw the wrong predictions with the highest probability: scores (N, 10), images (N, 28, 28)."""
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    read = likely.argmax(axis=1)
    sure = np.where(read == labels, -1, likely.max(axis=1))
    worst = [index for index in np.argsort(-sure, kind="stable")[:MISTAKES] if sure[index] > 0]
    if not worst:
        figure = _figure(4, 1)
        figure.suptitle("No test image was misclassified")
        return figure
    titles = [f"{labels[index]} as {read[index]}\n{sure[index]:.1%}" for index in worst]
    figure = _grid(images[worst], titles, symmetric=False, columns=10)
    figure.suptitle("The most confident mistakes: digit, prediction, and its probability")
    return figure


def gradient_norms(network: Network, trained: Trained) -> Figure:
    """Draw the norm of the gradient of each layer's weights against steps."""
    figure = _figure(6.4, 3.6)
    axes = figure.subplots()
    steps = [point.step for point in trained.points]
    weighted = [
        (naming.weights(index), text)
        for index, text in enumerate(describe(network))
        if naming.weights(index) in trained.weights
    ]
    for colour, (name, text) in zip(_colours(), weighted, strict=False):
        norms = [point.norms.get(name, np.nan) for point in trained.points]
        axes.plot(steps, norms, color=colour, label=text)
    axes.set(title="Norm of the gradient of the weights", xlabel="steps", yscale="log")
    axes.legend(frameon=False, fontsize="small")
    _tidy(axes)
    return figure


def patch_backward(network: Network, weights: dict[str, np.ndarray], image: np.ndarray, label: int) -> Figure:
    """Draw how one gradient goes back through the first convolution.

    Output (i, j) of a filter saw one patch of the image. Its gradient, a number, times the patch is its share
    of dw; times the filter it is its share of dx.
    """
    index = next(i for i, layer in enumerate(network.layers) if isinstance(layer, Conv2d))
    variables: dict[str, Any] = {
        "images": image[np.newaxis],
        "indices": np.array([0]),
        "labels": np.array([label]),
        **weights,
    }
    run_reference(
        gradient_calls(network, 1),
        [naming.activation(index), naming.activation_gradient(index + 1)],
        variables,
        reference,
    )
    layer = network.layers[index]
    assert isinstance(layer, Conv2d)
    x = np.pad(variables[naming.activation(index)][0, 0], layer.pad)
    dout = variables[naming.activation_gradient(index + 1)][0]
    f, i, j = np.unravel_index(np.abs(dout).argmax(), dout.shape)
    patch = x[i : i + layer.kernel, j : j + layer.kernel]
    w = weights[naming.weights(index)][f, 0]
    gradient = float(dout[f, i, j])
    figure = _figure(10.5, 3.1)
    panels = figure.subplots(1, 5, width_ratios=[1.5, 1, 1, 1, 1])
    from matplotlib.patches import Rectangle

    panels[0].imshow(x, cmap="gray_r")
    panels[0].add_patch(
        Rectangle(
            (j - 0.5, i - 0.5), layer.kernel, layer.kernel, fill=False, edgecolor=COLOURS[1], linewidth=2
        )
    )
    panels[0].set_title(f"a patch of the image\nseen by output ({i}, {j})", fontsize="small")
    titles = (
        "the patch x",
        f"filter {f + 1}: w",
        f"share of dw = dout · x\nwith dout = {gradient:.2g}",
        "share of dx = dout · w",
    )
    for axes, title, values in zip(
        panels[1:], titles, (patch, w, gradient * patch, gradient * w), strict=True
    ):
        most = float(np.abs(values).max()) or 1.0
        axes.imshow(values, cmap="RdBu_r", vmin=-most, vmax=most)
        for (row, column), value in np.ndenumerate(values):
            colour = "white" if abs(value) > 0.6 * most else "black"
            axes.text(column, row, f"{value:.2g}", ha="center", va="center", fontsize=7, color=colour)
        axes.set_title(title, fontsize="small")
    for axes in panels:
        _bare(axes)
    figure.suptitle("One patch going backward")
    return figure
