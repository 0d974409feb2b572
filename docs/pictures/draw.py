"""Draw the pictures of the documents from real runs: ``python docs/pictures/draw.py`` (extra ``plots``)."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

import numpy as np
from rich.console import Console

from grader.core.kit import HOME, kit_module
from grader.report.scorecard import scorecard
from grader.run.grading import Options, grade
from grader.training import pictures, sweep
from grader.training.experiment import FAST, train
from grader.training.settings import Settings

HERE = Path(__file__).parent

MISTAKES = {
    "layers.py": """

_right_conv2d_backward = conv2d_backward


def conv2d_backward(dout, cache):
    dx, dw, db = _right_conv2d_backward(dout, cache)
    return dx, dw / len(dout), db


_right_maxpool2d_backward = maxpool2d_backward


def maxpool2d_backward(dout, cache):
    dx = _right_maxpool2d_backward(dout, cache)
    dx[:, :, -1] *= 0.7
    return dx
""",
    "loss.py": """

def softmax_cross_entropy(logits, labels):
    exponentials = np.exp(logits)
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return loss, p / len(labels)
""",
}
"""appended to the solution: a gradient averaged twice, a wrong row of another, a softmax that overflows"""

# the standard template, without its fonts from a server: a picture must not need a network
SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def draw_scorecard(target: Path) -> None:
    """Grade a submission with known mistakes, and save its scorecard as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        submission = Path(folder) / "ada-lovelace"
        shutil.copytree(HOME / "solution", submission, ignore=shutil.ignore_patterns("__pycache__"))
        for name, appended in MISTAKES.items():
            file = submission / name
            file.write_text(file.read_text(encoding="utf-8") + appended, encoding="utf-8")
        report = grade(submission, Options()).report
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=96, file=nowhere, force_terminal=True)
        console.print(scorecard(report))
        target.write_text(
            console.export_svg(title="grader grade", code_format=SVG, unique_id="convgrade"), encoding="utf-8"
        )


def draw_gradients(target: Path) -> None:
    """Draw the error of the difference quotient of sin(x) against its step."""
    pictures.require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = figure.subplots()
    steps = np.logspace(-12, 0, 241)
    for kind in (np.float64, np.float32):
        x = np.linspace(0.3, 1.2, 200).astype(kind)
        h = steps.astype(kind)[:, None]
        quotients = (np.sin(x + h) - np.sin(x - h)) / (2 * h)
        errors = np.abs(quotients - np.cos(x.astype(np.float64)))
        axes.loglog(steps, np.median(errors, axis=1), label=np.dtype(kind).name)
    axes.set(xlabel="step h", ylabel="error of the slope", title="Difference quotients of the sine")
    axes.invert_xaxis()
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    axes.annotate(
        "the curve bends", (3e-2, 1e-3), ha="left", fontsize="small", color="0.4", xytext=(0.6, 1e-8)
    )
    axes.annotate(
        "digits are lost", (1e-9, 1e-7), ha="left", fontsize="small", color="0.4", xytext=(3e-9, 3e-10)
    )
    figure.savefig(target, metadata={"Date": None})


def draw_training() -> None:
    """Train a CNN beside a fully connected network and the standard comparison, and keep some pictures."""
    dataset = kit_module("data").load()
    networks = ("A", "lenet5", "mlp")
    trainings = [(name, train(Settings(name), FAST, dataset)) for name in networks]
    trained = trainings[0][1]
    network, weights = trained.settings.network, trained.weights
    three = int((dataset.test_labels == 3).argmax())
    image = dataset.test_images[three]
    rows = [
        (configuration.group, configuration.name, train(configuration.settings, FAST, dataset).to_json())
        for configuration in sweep.standard(Settings(epochs=1))
    ]
    figures = {
        "curves": pictures.curves(trainings),
        "feature_maps": pictures.feature_maps(network, weights, image),
        "backward": pictures.patch_backward(network, weights, image, 3),
        "comparison": pictures.comparison(rows, dataset.name),
    }
    with tempfile.TemporaryDirectory() as folder:
        for path in pictures.save(figures, Path(folder)):
            # pixels stay smaller as pixels
            if path.suffix == (".png" if path.stem == "feature_maps" else ".svg"):
                shutil.copy(path, HERE)


if __name__ == "__main__":
    draw_scorecard(HERE / "scorecard.svg")
    draw_gradients(HERE / "gradients.svg")
    draw_training()
