"""Real nbgrader against the grader: the same points for ten notebooks with other mistakes in each.

Releases the assignment, hands in the released notebook with the solution pasted in and one function wrong or
missing, lets nbgrader autograde and export, and grades the same files. Run:
``python benchmarks/nbgrader_scores.py [--count N]`` (extra ``notebooks``; some minutes).
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grader.core.seed import Seed
from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

import nbformat
from ipykernel import kernelspec
from rich.console import Console
from rich.table import Table

from grader.core.assignment import FUNCTIONS
from grader.core.kit import HOME
from grader.release.build import build
from grader.run.grading import Options, grade

SEED = Seed("a secret of the course")
WRONG = {
    "nothing": "",
    "relu_backward": "missing",
    "softmax_cross_entropy": "missing",
    "conv2d_forward": "out, cache = right(*arguments, **options)\n    return out + 1, cache",
    "conv2d_backward": "dx, dw, db = right(*arguments, **options)\n    return dx, dw / 2, db",
    "maxpool2d_backward": "return 2 * right(*arguments, **options)",
    "dense_backward": "dx, dw, db = right(*arguments, **options)\n    return dx, dw, db[None]",
    "adam_step": "param, state = right(*arguments, **options)\n    return param, None",
    "sigmoid_forward": "missing",
    "sgd_step": "return right(*arguments, **options) * 1.001",
}
"""function: what is wrong with it"""


def hand_in(course: Path, student: str, function: str, wrong: str) -> Path:
    """Write a notebook with the solution in it, but for one function."""
    notebook = nbformat.read(course / "release" / "assignment" / "assignment.ipynb", 4)
    solved = nbformat.read(course / "source" / "assignment" / "assignment.ipynb", 4)
    source = {cell.id: cell.source for cell in solved.cells}
    # the training takes longest, and its points come the same way
    notebook.cells = [cell for cell in notebook.cells if cell.id not in ("check-mnist", "train")]
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in FUNCTIONS and not (name == function and wrong == "missing"):
            cell.source = source[cell.id]
            if name == function and wrong:
                cell.source += f"\n\n\nright = {name}\n\n\ndef {name}(*arguments, **options):\n    {wrong}\n"
    path = course / "submitted" / student / "assignment" / "assignment.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=len(WRONG))
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        build(HOME / "solution", Path(folder), seed=SEED, mnist=False, mistakes=())
        course, jupyter = Path(folder) / "nbgrader", Path(folder) / "jupyter"
        kernelspec.install(prefix=str(jupyter), kernel_name="python3")
        environment = {
            **os.environ,
            "JUPYTER_PATH": str(jupyter / "share" / "jupyter"),
            "JUPYTER_RUNTIME_DIR": str(jupyter / "runtime"),
            "IPYTHONDIR": str(jupyter / "ipython"),
            "HOME": folder,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(HOME),
            "PYTHONWARNINGS": "ignore",
        }

        def nbgrader(*arguments: str) -> None:
            command = [sys.executable, "-P", "-m", "nbgrader", *arguments]
            subprocess.run(command, cwd=course, env=environment, check=True, capture_output=True)

        nbgrader("generate_assignment", "assignment")
        ours = {}
        for number, (function, wrong) in enumerate(list(WRONG.items())[:count]):
            student = f"{number:02}-{function}"
            path = hand_in(course, student, function, wrong)
            ours[student] = grade(path, Options(SEED, mnist=False)).report.score.total
        nbgrader("autograde", "assignment")
        nbgrader("export", "--to", "grades.csv")
        with (course / "grades.csv").open(encoding="utf-8") as file:
            theirs = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    table = Table(title="Points of the same notebooks, without the training")
    for heading in ("wrong or missing", "nbgrader", "grader", ""):
        table.add_column(heading, justify="left" if heading == "wrong or missing" else "right")
    same = 0
    for student, points in ours.items():
        equal = abs(theirs[student] - points) < 1e-6
        same += equal
        table.add_row(
            student.partition("-")[2], f"{theirs[student]:g}", f"{points:g}", "" if equal else "differs"
        )
    Console().print(table, f"the same for {same} of {len(ours)}")


if __name__ == "__main__":
    main()
