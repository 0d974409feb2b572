"""What is handed out was graded before, holds no solution, and real nbgrader agrees with our score."""

import csv
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import nbformat
import pytest
from totals import BONUS, POINTS, TRAINING

from grader.cli import release as command
from grader.cli.common import Exit
from grader.cli.main import run
from grader.core.assignment import FUNCTIONS, TASKS
from grader.core.errors import ReleaseError
from grader.core.kit import HOME
from grader.core.seed import Seed
from grader.release import build as module
from grader.release import bundle
from grader.release.build import build, solution_lines
from grader.run.grading import Options, grade

SOLUTION = HOME / "solution"


SECRET = Seed("a secret of the course")


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    out = tmp_path_factory.mktemp("release")
    return out, build(SOLUTION, out, seed=SECRET, mnist=False, mistakes=())


class TestBuild:
    def test_everything_that_a_course_needs_is_written(self, released):
        out, result = released
        names = [path.relative_to(out).as_posix() for path in result.written]
        assert names == [
            "classroom50/autograders/convnet/autograder.py",
            "classroom50/autograders/convnet/kit.zip",
            "convgrade-student",
            "convgrade-student.zip",
            "github/grade.yml",
            "gradescope/autograder.zip",
            "nbgrader/nbgrader_config.py",
            "nbgrader/source/assignment/assignment.ipynb",
            "seed.txt",
        ]
        assert all(path.exists() for path in result.written)

    @pytest.fixture
    def unproven(self, monkeypatch):
        """Release without grading the solution and recording its answers."""
        monkeypatch.setattr(module, "_proven", lambda *_: dict.fromkeys((task.name for task in TASKS), 1.0))
        monkeypatch.setattr(bundle, "record", lambda *_: None)

    @pytest.mark.usefixtures("unproven")
    def test_a_second_release_keeps_what_the_course_has_by_now(self, tmp_path):
        (tmp_path / "nbgrader" / "submitted").mkdir(parents=True)
        (tmp_path / "convgrade-student" / "old").mkdir(parents=True)
        build(SOLUTION, tmp_path, mistakes=())
        assert (tmp_path / "nbgrader" / "submitted").is_dir()
        assert not (tmp_path / "convgrade-student" / "old").exists()

    def test_points_are_those_of_the_checks(self, released):
        points = released[1].points
        assert sum(points[task.name] for task in TASKS if not task.bonus) == POINTS
        assert sum(points[task.name] for task in TASKS if task.bonus) == BONUS

    def test_lines_of_the_solution_are_found_where_they_are(self, released):
        source = released[0] / "nbgrader" / "source" / "assignment" / "assignment.ipynb"
        text = "\n".join(cell.source for cell in nbformat.read(source, 4).cells)
        assert len(solution_lines(SOLUTION, text)) > 100

    @pytest.mark.parametrize(
        ("module", "before", "after", "message"),
        [
            ("layers", "return np.maximum(x, 0), x > 0", "return x, x > 0", "relu_forward"),
            (
                "optim",
                "    ### BEGIN SOLUTION\n    return param - lr * grad\n",
                "    result = param - lr * grad\n    return result\n    ### BEGIN SOLUTION\n",
                "the stubs earn",
            ),
        ],
    )
    def test_a_solution_that_is_wrong_or_outside_of_its_markers_is_not_released(
        self, tmp_path, module, before, after, message
    ):
        changed = tmp_path / "changed"
        shutil.copytree(SOLUTION, changed, ignore=shutil.ignore_patterns("__pycache__"))
        file = changed / f"{module}.py"
        source = file.read_text()
        assert before in source
        file.write_text(source.replace(before, after, 1))
        with pytest.raises(ReleaseError, match=message):
            build(changed, tmp_path / "out", mnist=False)
        assert not (tmp_path / "out").exists()

    @pytest.mark.usefixtures("unproven")
    def test_the_command_names_what_it_wrote(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setattr(command, "build", partial(build, mistakes=()))
        assert run(["release", str(tmp_path / "out"), "--no-mnist", "--no-pictures"]) == Exit.GRADED
        assert "convgrade-student.zip" in capsys.readouterr().out


@pytest.fixture(scope="module")
def course(released, tmp_path_factory):
    """Return a function that runs nbgrader in the course that was released."""
    pytest.importorskip("nbgrader")
    kernelspec = pytest.importorskip("ipykernel.kernelspec")
    folder = tmp_path_factory.mktemp("course") / "nbgrader"
    shutil.copytree(released[0] / "nbgrader", folder)
    prefix = folder.parent / "jupyter"
    kernelspec.install(prefix=str(prefix), kernel_name="python3")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {
        "JUPYTER_PATH": str(prefix / "share" / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(prefix / "runtime"),
        "IPYTHONDIR": str(prefix / "ipython"),
        "HOME": str(folder.parent),
        # it calls a program that was installed beside it
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(HOME),
        "PYTHONWARNINGS": "ignore",
    }

    def nbgrader(*arguments):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "nbgrader", *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=900,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done

    return folder, nbgrader


def hand_in(folder, student, written):
    """Hand in the released notebook with some functions of the solution in it."""
    notebook = nbformat.read(folder / "release" / "assignment" / "assignment.ipynb", 4)
    solved = nbformat.read(folder / "source" / "assignment" / "assignment.ipynb", 4)
    source = {cell.id: cell.source for cell in solved.cells}
    # the training takes longer than a test should; it is graded like the others
    notebook.cells = [cell for cell in notebook.cells if cell.id not in ("check-mnist", "train")]
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") in written:
            cell.source = source[cell.id]
    path = folder / "submitted" / student / "assignment" / "assignment.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path


@pytest.mark.slow
def test_real_nbgrader_generates_autogrades_and_exports_our_scores(course):
    folder, nbgrader = course
    nbgrader("generate_assignment", "assignment")
    text = (folder / "release" / "assignment" / "assignment.ipynb").read_text()
    sources = "\n".join(cell.source for cell in nbformat.reads(text, 4).cells)
    assert solution_lines(SOLUTION, sources) == []
    assert "points(" not in sources
    assert "77" not in sources
    # half a minute for each; ten are compared by benchmarks/nbgrader_scores.py
    written = {"unfinished": set(FUNCTIONS) - {"relu_backward", "conv2d_backward", "adam_step"}}
    ours = {}
    for student, functions in written.items():
        path = hand_in(folder, student, functions)
        ours[student] = grade(path, Options(SECRET, mnist=False)).report.score.total
    nbgrader("autograde", "assignment")
    nbgrader("export", "--to", "grades.csv")
    with (folder / "grades.csv").open(encoding="utf-8") as file:
        theirs = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert theirs == pytest.approx(ours)
    assert 50 < ours["unfinished"] < POINTS + BONUS - TRAINING
