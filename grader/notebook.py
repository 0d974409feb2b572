"""The grader inside a notebook: check, score and train the functions that its cells define.

::

    from grader.notebook import check, train
    check("conv2d")

The cells count as they were run, and of several definitions of a function the last one; the notebook need not
be saved. The checks run in a process of their own, as everywhere else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.core.assignment import task_named
from grader.core.errors import GraderError
from grader.core.kit import PACKAGE
from grader.core.workspace import TemporaryFolder
from grader.run.replay import replay

__all__ = ["check", "points", "replay", "train"]

COLUMNS = 100


def check(*tasks: str) -> None:
    """Check the functions of this notebook and print the scorecard.

    Parameters
    ----------
    *tasks
        Names of tasks, such as ``"conv2d"``; without any, all tasks but the training are checked.

    Raises
    ------
    GraderError
        If there is no such task, or this is not a notebook.
    """
    named = [_task(task) for task in tasks]
    with TemporaryFolder("notebook") as folder:
        print(_grader(["check", *named, "--path", str(_notebook(folder))]))


def points(task: str, *, seed: int | None = None) -> float:  # noqa: ARG001 - old notebooks pass one
    """Print the scorecard of one task and return the points that it earned.

    As the last line of a cell that nbgrader grades, the number is the score of the cell.

    Parameters
    ----------
    task
        Name of a task.
    seed
        Ignored; notebooks of earlier releases pass one. The inputs are new ones, or those of the secret seed
        in the environment variable ``CONVGRADE_SEED``.

    Returns
    -------
    float
        Points earned, from 0 to what the task is worth.

    Raises
    ------
    GraderError
        If there is no such task, this is not a notebook, or the grader failed.
    """
    task = _task(task)
    with TemporaryFolder("notebook") as folder:
        report = folder / "report.json"
        arguments = ["--tasks", task, "--isolation", "process", "--json", str(report)]
        if task != "mnist":
            arguments.append("--no-mnist")
        print(_grader(["grade", str(_notebook(folder)), *arguments]))
        try:
            score = json.loads(report.read_text(encoding="utf-8"))["score"]
        except (OSError, ValueError, KeyError) as error:
            raise GraderError("the grader wrote no report; its output above says why") from error
    return float(score["earned"] + score["bonus_earned"])


def train(net: str = "A", *, seconds: float = 30, **options: Any) -> None:
    """Train a network with the functions of this notebook, and show how it went.

    Parameters
    ----------
    net
        Name of one of the networks of ``grader train``.
    seconds
        Length of the training, in seconds.
    **options
        Other options of ``grader train``: ``optimiser="adam"``, ``batch=32``.

    Raises
    ------
    GraderError
        If this is not a notebook.
    """
    with TemporaryFolder("notebook") as folder:
        arguments = ["--net", net, "--seconds", str(seconds), "--layers", str(_notebook(folder))]
        for name, value in options.items():
            arguments += [f"--{name.replace('_', '-')}", str(value)]
        print(_grader(["train", *arguments, "--out", str(folder)]))
        _show(sorted((folder / net).glob("*.png")))


def _task(text: str) -> str:
    try:
        return task_named(text)
    except ValueError as error:
        raise GraderError(str(error)) from error


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        raise GraderError("this works only in a notebook; elsewhere, run: grader check --path FOLDER")
    return shell


def _notebook(folder: Path) -> Path:
    """Write the cells that have been run so far as a notebook."""
    import nbformat

    # the first entry belongs to no cell
    sources = [source for source in _shell().user_ns["In"][1:] if source.strip()]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    path = folder / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def _grader(arguments: list[str]) -> str:
    """Run a command of the grader; return what it printed, with its errors."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "grader", *arguments],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")])),
            "PYTHONIOENCODING": "utf-8",
            "COLUMNS": str(COLUMNS),
            "FORCE_COLOR": "1",
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    # afterwards progress is of no interest, but an error is
    return done.stdout if done.stdout.strip() else done.stderr


def _show(pictures: Sequence[Path]) -> None:
    """Display pictures below the cell."""
    from IPython.display import Image, display

    for picture in pictures:
        display(Image(filename=str(picture)))
