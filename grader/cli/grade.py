"""The commands ``grader grade`` and ``grader check``.

Help and usage errors must not wait for NumPy or pytest: what a grading needs is imported when it runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.common import Exit, shows_tracebacks, traceback_option
from grader.core.assignment import MODULES, TASKS, task_named
from grader.core.errors import GraderError
from grader.core.kit import HOME
from grader.core.results import TIERS, Report
from grader.core.seed import PUBLISHED
from grader.report import exports
from grader.run.seeds import SOURCES, VARIABLE, read_seed

if TYPE_CHECKING:
    from grader.run.grading import Options, Outcome

CHECK_HELP = f"""Check your own work in a second.

Checks everything but the training, or only the given tasks: {", ".join(task.name for task in TASKS)}. The
name of a function may be used for that of its task.
"""


class TaskName(click.ParamType[str]):
    """The name of a task, or of one of its functions."""

    name = "task"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name of the task; reject other names, and suggest what may be meant."""
        try:
            return task_named(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class TaskList(click.ParamType[tuple[str, ...]]):
    """Names of tasks, separated by commas."""

    name = "task,task"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split the text and convert each part."""
        return tuple(TaskName().convert(part.strip(), param, ctx) for part in str(value).split(","))


class OutputFile(click.Path):
    """A file to write, which is tried before the run, because afterwards would be too late."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Make the folder, and reject a file that cannot be written."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        existed = path.exists()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("a").close()
            if not existed:
                path.unlink()
        except OSError as error:
            self.fail(f"{path} cannot be written: {error.strerror}", param, ctx)
        return path


def export_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command an option for each format of a report."""
    for export in reversed(exports.EXPORTS):
        option = click.option(
            f"--{export.option}", _parameter(export), type=OutputFile(), help=export.summary
        )
        command = option(command)
    return command


def _parameter(export: exports.Export) -> str:
    """Return the name of the parameter for the file of an export."""
    return f"export_{export.option.replace('-', '_')}"


@click.command("grade")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--seed",
    metavar="SOURCE",
    help=f"Where the seed of all inputs comes from: {SOURCES} (default: ${VARIABLE}, or a fresh one).",
)
@click.option(
    "--audience",
    type=click.Choice(("instructor", "student")),
    default="instructor",
    show_default=True,
    help="Reader of the JSON report: only the instructor's contains a secret seed.",
)
@click.option(
    "--tasks", type=TaskList(), default=None, help="Run only these; the others are shown as not run."
)
@click.option("--no-mnist", is_flag=True, help="Leave the training out; its points stay in the total.")
@click.option(
    "--time-box",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Time for the training.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Time for the whole submission (default: 600, with the training 1200).",
)
@click.option(
    "--isolation",
    type=click.Choice(TIERS),
    help="Refuse to run below this tier (default: confined, or process for the kit's own solution).",
)
@click.option(
    "--pass-mark", type=click.FloatRange(min=0), metavar="POINTS", help="Exit with code 1 below this total."
)
@export_options
@click.option("--github", is_flag=True, help="Mark failures for GitHub Actions, and write its step summary.")
@traceback_option
def grade_command(
    path: Path,
    seed: str | None,
    audience: str,
    tasks: tuple[str, ...] | None,
    no_mnist: bool,
    time_box: float | None,
    time_limit: float | None,
    isolation: str | None,
    pass_mark: float | None,
    github: bool,
    **exported: Path | None,
) -> int:
    """Grade PATH: a folder with layers.py, loss.py and optim.py, a .py file, a .zip or an .ipynb.

    Exit codes: 0 graded (and at or above --pass-mark), 1 below it, 2 wrong usage, 3 the submission could not
    be graded, 4 the grader itself failed.
    """
    from grader.run.grading import Options

    # other people's code needs more than a process; the kit's own solution does not
    floor = isolation or ("process" if _is_own_solution(path) else "confined")
    options = Options(read_seed(seed), tasks or (), not no_mnist, time_box, floor, time_limit)
    if options.seed.published and exported["export_classroom50"] is not None:
        raise click.UsageError(
            "the published seed is for practice, and Classroom 50 has no place to say so: omit --seed"
        )
    outcome = _graded(path, options)
    for_students = outcome.report.for_students()
    try:
        for export in exports.EXPORTS:
            file = exported[_parameter(export)]
            if file is not None:
                shown = export.shows_seed and audience == "instructor"
                _write(file, export.render(outcome.report if shown else for_students))
        if github:
            _tell_github(for_students)
    finally:
        code = _conclude(outcome, pass_mark)
    return code


@click.command("check", help=CHECK_HELP)
@click.argument("tasks", type=TaskName(), nargs=-1, metavar="[TASK]...")
@click.option(
    "--path",
    type=click.Path(exists=True, path_type=Path),
    default=None,
    help="What to check (default: the current folder, or ./student).",
)
@click.option("--mnist", is_flag=True, help="Train the network as well.")
@click.option("--watch", is_flag=True, help="Check again whenever a file is saved.")
@traceback_option
def check_command(tasks: tuple[str, ...], path: Path | None, mnist: bool, watch: bool) -> int:
    """Check the student's own work."""
    from grader.run.grading import Options

    with_mnist = mnist or "mnist" in tasks
    if path is None:
        path = _own_folder(Path.cwd())
    options = Options(PUBLISHED, tasks, with_mnist)
    if watch:
        from rich.console import Console

        from grader.cli.check_on_save import watch_and_check

        watch_and_check(path, lambda: _graded(path, options).report, Console())
        return Exit.GRADED
    return _conclude(_graded(path, options), None)


def _is_own_solution(path: Path) -> bool:
    """Whether a path is that of the kit's solution as it stands: a link to it is somebody else's."""
    return path.absolute() == HOME / "solution" and not path.is_symlink()


def _own_folder(here: Path) -> Path:
    """Return the folder that a student most likely means."""
    student = here / "student"
    if not (here / "layers.py").exists() and (student / "layers.py").exists():
        return student
    sources = [path for path in here.iterdir() if path.suffix in (".py", ".ipynb")]
    if len(sources) != 1 and not {path.stem for path in sources} & set(MODULES):
        raise click.UsageError(
            f"there is no layers.py and no notebook in {here}, nor in a folder 'student' inside it: "
            "change to the folder of your work, or name it with --path"
        )
    return here


def _graded(path: Path, options: Options) -> Outcome:
    from rich.console import Console

    from grader.cli.progress import progress_for
    from grader.run.grading import grade

    # the stream itself, because sys.stderr is redirected while the checks run
    console = Console(file=sys.stderr)
    with progress_for(console) as progress:
        return grade(path, options, progress.recorder)


def _tell_github(report: Report) -> None:
    click.echo(exports.github_commands(report), nl=False)
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        with Path(page).open("a", encoding="utf-8") as file:
            file.write(exports.github_summary(report))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise GraderError(f"the report cannot be written to {path}: {error.strerror}") from error


def _conclude(outcome: Outcome, pass_mark: float | None) -> int:
    from rich.console import Console

    from grader.report.scorecard import scorecard

    Console().print(scorecard(outcome.report.for_students()))
    if outcome.internal_errors:
        errors = Console(stderr=True)
        errors.print("The grader itself failed; --traceback shows where:", style="red")
        for error in outcome.internal_errors:
            text = error if shows_tracebacks() else error.partition("\n")[0]
            errors.print(text, markup=False, highlight=False, soft_wrap=True)
        return Exit.GRADER_FAILED
    if outcome.interrupted:
        return 130
    if outcome.report.submission.problem:
        return Exit.UNUSABLE_SUBMISSION
    if pass_mark is not None and outcome.report.score.total < pass_mark:
        return Exit.BELOW_PASS_MARK
    return Exit.GRADED
