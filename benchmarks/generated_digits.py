"""Can digits that the kit draws replace MNIST? Trains network A on both.

Prints (1) how well a network trained on generated digits reads MNIST's test images, and (2) the accuracy
points that ten known-wrong implementations earn on either set, without an audit and without replacements.
Needs MNIST (``MNIST_DIR``). Run: ``python benchmarks/generated_digits.py``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

from rich.console import Console
from rich.table import Table

import data
from grader.core.kit import HOME
from grader.core.results import TrainingResult
from grader.reference.functions import reference
from grader.submission.ingest import Submission, ingest
from grader.training.accuracy import earned_points
from grader.training.accuracy_training import AccuracyTraining
from grader.training.budget import TrainingBudget
from grader.training.loop import Images
from grader.training.network import NETWORK_A
from grader.worker.session import Student

RIGHT = "_right_{0} = {0}\n\n\n"

FAULTS: dict[str, tuple[str, str, str]] = {
    "convolutions frozen (dw zero)": (
        "layers.py",
        "conv2d_backward",
        "def conv2d_backward(dout, cache):\n    dx, dw, db = _right_conv2d_backward(dout, cache)\n"
        "    return dx, 0 * dw, db\n",
    ),
    "dx of the convolution not flipped": (
        "layers.py",
        "conv2d_backward",
        "def conv2d_backward(dout, cache):\n    dx, dw, db = _right_conv2d_backward(dout, cache)\n"
        "    return dx[:, :, ::-1, ::-1].copy(), dw, db\n",
    ),
    "dw of the convolution transposed": (
        "layers.py",
        "conv2d_backward",
        "def conv2d_backward(dout, cache):\n    dx, dw, db = _right_conv2d_backward(dout, cache)\n"
        "    return dx, dw.transpose(0, 1, 3, 2).copy(), db\n",
    ),
    "max-pooling hands all to the top left": (
        "layers.py",
        "maxpool2d_backward",
        "def maxpool2d_backward(dout, cache):\n    dx = 0 * _right_maxpool2d_backward(dout, cache)\n"
        "    dx[:, :, ::2, ::2] = dout\n    return dx\n",
    ),
    "ReLU passes every gradient": (
        "layers.py",
        "relu_backward",
        "def relu_backward(dout, cache):\n    return dout.copy()\n",
    ),
    "ReLU masks by dout": (
        "layers.py",
        "relu_backward",
        "def relu_backward(dout, cache):\n    return dout * (dout > 0)\n",
    ),
    "dense dw divided by N": (
        "layers.py",
        "dense_backward",
        "def dense_backward(dout, cache):\n    dx, dw, db = _right_dense_backward(dout, cache)\n"
        "    return dx, dw / len(dout), db\n",
    ),
    "dlogits not divided by N": (
        "loss.py",
        "softmax_cross_entropy",
        "def softmax_cross_entropy(logits, labels):\n"
        "    loss, dlogits = _right_softmax_cross_entropy(logits, labels)\n"
        "    return loss, dlogits * len(labels)\n",
    ),
    "dlogits with the wrong sign": (
        "loss.py",
        "softmax_cross_entropy",
        "def softmax_cross_entropy(logits, labels):\n"
        "    loss, dlogits = _right_softmax_cross_entropy(logits, labels)\n    return loss, -dlogits\n",
    ),
    "labels off by one": (
        "loss.py",
        "softmax_cross_entropy",
        "def softmax_cross_entropy(logits, labels):\n"
        "    return _right_softmax_cross_entropy(logits, (labels + 1) % logits.shape[1])\n",
    ),
}
"""name: (file, function, its replacement)"""


@contextmanager
def wrong_submission(file: str, function: str, source: str) -> Iterator[Submission]:
    """Yield the solution with one function replaced."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "wrong"
        shutil.copytree(HOME / "solution", copy, ignore=shutil.ignore_patterns("__pycache__"))
        target = copy / file
        text = target.read_text(encoding="utf-8")
        target.write_text(f"{text}\n\n{RIGHT.format(function)}{source}", encoding="utf-8")
        with ingest(copy) as submission:
            yield submission


def train(
    dataset: data.Dataset, submission: Submission, seed: int, test: Images, budget: TrainingBudget
) -> TrainingResult:
    """Train without an audit, to see what an accuracy alone can tell."""
    with Student(submission) as student:
        training = AccuracyTraining(
            NETWORK_A,
            Images(dataset.train_images, dataset.train_labels),
            dataset.thresholds,
            reference,
            seed,
            student=student,
            budget=budget,
            audited=False,
        )
        return training.run(test)


def main() -> None:
    console = Console()
    mnist = data.load(fallback=False)
    with tempfile.TemporaryDirectory() as nothing:
        drawn = generated(nothing)
    sets = {dataset.name: dataset for dataset in (mnist, drawn)}
    tests = {name: Images(dataset.test_images, dataset.test_labels) for name, dataset in sets.items()}
    # all steps of the budget, as a submission of middling speed would take them
    full = TrainingBudget(stop_margin=1.0, seconds=300.0)
    table = Table(
        title="Trained on generated digits for the standard budget, read: MNIST's 10,000 test images"
    )
    table.add_column("seed", justify="right")
    table.add_column("read right", justify="right")
    with ingest(HOME / "solution") as submission:
        for seed in range(3):
            result = train(drawn, submission, seed, tests["MNIST"], full)
            table.add_row(str(seed), f"{result.test_accuracy:.1%}")
    console.print(table)
    table = Table(title="What known-wrong implementations earn, of 10 points (no audit, no replacement)")
    table.add_column("fault")
    for name in sets:
        table.add_column(name, justify="right")
    same = 0
    for fault, replaced in FAULTS.items():
        points, cells = [], []
        for name, dataset in sets.items():
            with wrong_submission(*replaced) as submission:
                result = train(dataset, submission, 0, tests[name], TrainingBudget(seconds=300.0))
            points.append(earned_points(result, 10, used=1, of=1))
            read = "diverged" if result.test_accuracy is None else f"{result.test_accuracy:.1%}"
            cells.append(f"{points[-1]:g}  ({read})")
        same += points[0] == points[1]
        table.add_row(fault, *cells)
    console.print(table)
    console.print(f"The same points on both: {same} of {len(FAULTS)}")


def generated(cache: str) -> data.Dataset:
    """Return the generated digits, as a machine without a network gets them."""
    before = os.environ.pop("MNIST_DIR", None)
    try:
        return data.load(cache_dir=cache, download=False)
    finally:
        if before is not None:
            os.environ["MNIST_DIR"] = before


if __name__ == "__main__":
    main()
