"""Build what a course hands out from the solution alone, once it earned every point and the stubs none."""

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
"""the secret seed of a release, for instructors"""
LEAST_SECRET = 12
"""characters: shorter lines, such as ``else:``, are everybody's"""
EVERYBODYS = re.compile(r"def __\w+__\(|\) -> [\w.]+:")
"""longer ones that are, too: how a signature begins or ends"""


@dataclass(frozen=True)
class Released:
    """What was written, the students' kit as one folder, and what each task is worth, by name."""

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
        with a course whose source notebook holds the solution; ``gradescope/autograder.zip``; and
        ``github/grade.yml``, a workflow.
    seed
        Secret seed of scores for credit, kept in ``seed.txt``. None for the one that is kept there, or for a
        fresh one.
    mnist
        Whether the solution must show that it trains.
    pictures
        Draws the picture of a task, as PNG; None leaves them out.
    kit
        Where the kit is on GitHub, for the workflow.
    mistakes
        Which causes the students' kit can name.

    Returns
    -------
    Released

    Raises
    ------
    ReleaseError
        If the solution does not earn every point, or the stubs earn any; nothing is written.
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
        kept = folder / SEED
        kept.touch(0o600)
        kept.write_text(f"{secret.text}\n", encoding="utf-8")
        (folder / "nbgrader" / "nbgrader_config.py").write_text(NBGRADER_CONFIG, encoding="utf-8")
        _write_notebook(notebooks[Flavour.STUDENT], stubs / "assignment.ipynb")
        kit_of_students = write_bundle(folder, stubs, mistakes)
        _must_hold_no_solution(solution, kit_of_students)
        shutil.rmtree(stubs)
        try:
            # the kit is made anew; a course may hold submissions by now
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
    """Grade the solution and the stubs; return what each task is worth."""
    report = grade(solution, Options(seed, mnist=mnist)).report
    lost = [
        result.check.id
        for result in report.results
        if result.earned < result.check.points and result.status is not Status.NOT_RUN
    ]
    if lost:
        raise ReleaseError(
            f"the solution does not earn every point: it loses some in {', '.join(lost)}; "
            f"see 'grader grade {solution}', mend it, and release again"
        )
    earned = grade(stubs, Options(seed, mnist=False)).report.score.total
    if earned:
        raise ReleaseError(
            f"the stubs earn {earned:g} points: a marker in the solution is at the wrong place"
        )
    return task_points(report)


def task_points(report: Report) -> dict[str, float]:
    """Return what each task is worth, by name."""
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
        What is about to be handed out.

    Returns
    -------
    list of str
        Lines long enough to give something away, without indentation.
    """
    secret, public = set[str](), set[str]()
    for path in solution.glob("*.py"):
        inside = False
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() in (BEGIN, END):
                inside = line.strip() == BEGIN
            elif len(line.strip()) >= LEAST_SECRET and not EVERYBODYS.fullmatch(line.strip()):
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
