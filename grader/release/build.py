"""Build what a course hands out from the solution, if that earns every point and the stubs earn none."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.core.assignment import TASKS
from grader.core.errors import GraderError, ReleaseError
from grader.core.results import Report, Status
from grader.core.seed import Seed, fresh_seed
from grader.core.workspace import TemporaryFolder
from grader.feedback.mistakes.base import Mistake
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.release.bundle import write_bundle
from grader.release.classroom50 import write_autograder
from grader.release.gradescope import autograder
from grader.release.notebook import Flavour, assignment_notebook
from grader.release.stubs import BEGIN, END, write_stubs
from grader.release.workflow import workflow
from grader.run.grading import Options, grade
from grader.run.seeds import read_seed

NBGRADER_CONFIG = """c = get_config()  # noqa: F821 - nbgrader defines it
c.CourseDirectory.course_id = "convgrade"
# the last check trains a network
c.ExecutePreprocessor.timeout = 600
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
"""


SEED = "seed.txt"
"""name of the file with the secret seed of a release, for instructors"""
LEAST_SECRET = 12
"""length in characters; shorter lines, such as ``else:``, give nothing away"""
COMMON = re.compile(r"def __\w+__\(|\) -> [\w.]+:")
"""longer lines that give nothing away either: the beginning or the end of a signature"""


@dataclass(frozen=True)
class Released:
    """The paths that were written, with the students' kit as one folder, and the points of each task."""

    written: tuple[Path, ...]
    points: Mapping[str, float]


def build(
    solution: Path,
    out: Path,
    *,
    seed: Seed | None = None,
    mnist: bool = True,
    pictures: Callable[[str], bytes] | None = None,
    kit: str = "OWNER/convgrade",
    mistakes: Sequence[Mistake] = MISTAKES,
) -> Released:
    """Write everything that a course hands out or uploads.

    Parameters
    ----------
    solution
        Folder with the modules of the solution.
    out
        Folder to write into: ``convgrade-student/`` and a zip of it, the kit for students; ``nbgrader/``
        with a course whose source notebook holds the solution; ``gradescope/autograder.zip``;
        ``github/grade.yml``, a workflow; and ``classroom50/autograders/``, for a teacher's repository.
    seed
        Secret seed of scores for credit, which is kept in ``seed.txt``. None for the seed that is kept there,
        or for a new one.
    mnist
        Whether the solution has to pass the training as well.
    pictures
        Function that draws the picture of a task, as PNG; None leaves the pictures out.
    kit
        Repository of the kit on GitHub, for the workflow.
    mistakes
        Mistakes that the students' kit can name as causes.

    Returns
    -------
    Released
        The paths that were written, and the points of each task.

    Raises
    ------
    ReleaseError
        If the solution does not earn every point, or the stubs earn any; then nothing is written.
    GraderError
        If the markers in the solution are wrong, or the folder cannot be written.
    """
    with TemporaryFolder("release") as folder:
        stubs = folder / "student"
        write_stubs(solution, stubs)
        secret = seed or _kept_seed(out)
        points = _proven(solution, stubs, secret, mnist)
        notebooks = {
            flavour: assignment_notebook(solution, flavour, points, pictures=pictures)
            for flavour in (Flavour.STUDENT, Flavour.NBGRADER)
        }
        source = folder / "nbgrader" / "source" / "assignment" / "assignment.ipynb"
        source.parent.mkdir(parents=True)
        _write_notebook(notebooks[Flavour.NBGRADER], source)
        for name in ("github", "gradescope"):
            (folder / name).mkdir()
        (folder / "github" / "grade.yml").write_text(workflow(kit), encoding="utf-8")
        (folder / "gradescope" / "autograder.zip").write_bytes(autograder(solution, secret))
        write_autograder(solution, folder / "classroom50" / "autograders" / "convnet")
        kept = folder / SEED
        kept.touch(0o600)
        kept.write_text(f"{secret.text}\n", encoding="utf-8")
        (folder / "nbgrader" / "nbgrader_config.py").write_text(NBGRADER_CONFIG, encoding="utf-8")
        _write_notebook(notebooks[Flavour.STUDENT], stubs / "assignment.ipynb")
        kit_of_students = write_bundle(folder, stubs, mistakes)
        _must_hold_no_solution(solution, kit_of_students)
        shutil.rmtree(stubs)
        try:
            # only the kit is replaced: by now, the other folders may hold submissions
            shutil.rmtree(out / kit_of_students.name, ignore_errors=True)
            shutil.copytree(folder, out, dirs_exist_ok=True)
        except OSError as error:
            raise GraderError(f"{out} cannot be written: {error.strerror or error}") from error
        files = [path for path in folder.rglob("*") if path.is_file() and kit_of_students not in path.parents]
        written = tuple(out / path.relative_to(folder) for path in sorted([kit_of_students, *files]))
    return Released(written, points)


def _kept_seed(out: Path) -> Seed:
    """Return the seed of an earlier release into the same folder, or a fresh one."""
    kept = out / SEED
    return read_seed(str(kept)) if kept.exists() else fresh_seed()


def _write_notebook(notebook: object, path: Path) -> None:
    import nbformat

    nbformat.write(notebook, path)


def _proven(solution: Path, stubs: Path, seed: Seed, mnist: bool) -> dict[str, float]:
    """Grade the solution and the stubs, and return the points of each task."""
    report = grade(solution, Options(seed, mnist=mnist)).report
    lost = [
        result.check.id
        for result in report.results
        if result.earned < result.check.points and result.status is not Status.NOT_RUN
    ]
    if lost:
        raise ReleaseError(
            f"the solution does not earn every point: it loses some in {', '.join(lost)}; "
            f"run 'grader grade {solution}', fix the solution, and release again"
        )
    earned = grade(stubs, Options(seed, mnist=False)).report.score.total
    if earned:
        raise ReleaseError(
            f"the stubs earn {earned:g} points: a marker in the solution is in the wrong place"
        )
    return task_points(report)


def task_points(report: Report) -> dict[str, float]:
    """Return the points of each task by its name."""
    return {
        task.name: sum(result.check.points for result in report.results if result.check.task == task.name)
        for task in TASKS
    }


def solution_lines(solution: Path, shipped: str) -> list[str]:
    """Return the lines of the solution's marked blocks that occur in a text.

    Parameters
    ----------
    solution
        Folder with the modules of the solution.
    shipped
        Text that is about to be handed out.

    Returns
    -------
    list of str
        The lines that are long enough to give something away, without indentation.
    """
    secret, public = set[str](), set[str]()
    for path in solution.glob("*.py"):
        inside = False
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() in (BEGIN, END):
                inside = line.strip() == BEGIN
            elif len(line.strip()) >= LEAST_SECRET and not COMMON.fullmatch(line.strip()):
                # a formula in a docstring may be a line of the code as well
                (secret if inside else public).add(line.strip())
    handed_out = {line.strip() for line in shipped.splitlines()}
    return sorted((secret - public) & handed_out)


def _must_hold_no_solution(solution: Path, folder: Path) -> None:
    import nbformat

    for path in sorted(folder.rglob("*")):
        if path.suffix == ".ipynb":
            notebook = nbformat.read(path, as_version=4)
            text = "\n".join(cell.source for cell in notebook.cells)
        elif path.is_file():
            # arrays have no lines
            text = path.read_text(encoding="utf-8", errors="replace")
        else:
            continue
        found = solution_lines(solution, text)
        if found:
            raise ReleaseError(f"{path.name} holds lines of the solution, such as '{found[0]}'")
