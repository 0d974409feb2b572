"""The command line: read options, call the grader, print the result, exit."""

from __future__ import annotations

import codecs
import io
import os
import sys
import traceback
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from grader import __version__
from grader.core.assignment import MODULES, TASKS, task_named
from grader.core.errors import GraderError, IsolationError, SeedError
from grader.core.kit import HOME, KIT
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
PLAIN_SIGNS = dict(zip("✓✗○·━╌┄●─┤└…", "+xo.=-.*-|+~", strict=True))


class Exit(IntEnum):
    """The exit codes and their meanings."""

    GRADED = 0
    BELOW_PASS_MARK = 1
    USAGE = 2
    UNUSABLE_SUBMISSION = 3
    GRADER_FAILED = 4


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


def _train() -> click.Command:
    from grader.cli.train import train_command

    return train_command


def _compare() -> click.Command:
    from grader.cli.train import compare_command

    return compare_command


def _release() -> click.Command:
    from grader.cli.release import release_command

    return release_command


def _class() -> click.Command:
    from grader.cli.classroom import class_command

    return class_command


class Elsewhere(NamedTuple):
    """A command that is imported only when it is used, because it needs more than a check."""

    load: Callable[[], click.Command]
    summary: str


ELSEWHERE = {
    "train": Elsewhere(_train, "Train networks on handwritten digits, with your own layers or the kit's."),
    "compare": Elsewhere(_compare, "Train a set of configurations and compare them: a table and a picture."),
    "class": Elsewhere(_class, "Grade a whole class, and keep its grades in a book."),
    "release": Elsewhere(_release, "Write everything that a course hands out or uploads to the folder OUT."),
}
NEEDS_SOLUTION = frozenset({"class", "release"})


class Commands(click.Group):
    """The commands, in the order in which they were written."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of this kit's commands: without the solution it cannot release anything."""
        elsewhere = [name for name in ELSEWHERE if KIT.has_solution or name not in NEEDS_SOLUTION]
        return [*super().list_commands(ctx), *elsewhere]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name."""
        if cmd_name not in self.list_commands(ctx) or cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        return ELSEWHERE[cmd_name].load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names of the commands and a summary of each, without importing any."""
        names = self.list_commands(ctx)
        width = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (
                        name,
                        ELSEWHERE[name].summary
                        if name in ELSEWHERE
                        else self.commands[name].get_short_help_str(width),
                    )
                    for name in names
                ]
            )


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


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="convgrade")
def cli() -> None:
    """Grade a convolutional network written from scratch in NumPy."""


@cli.command("grade")
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
@click.option("--traceback", "tracebacks", is_flag=True, help="Show the grader's own traceback if it fails.")
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
    tracebacks: bool,
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
        code = _conclude(outcome, pass_mark, tracebacks)
    return code


@cli.command("check", help=CHECK_HELP)
@click.argument("tasks", type=TaskName(), nargs=-1, metavar="[TASK]...")
@click.option(
    "--path",
    type=click.Path(exists=True, path_type=Path),
    default=None,
    help="What to check (default: the current folder, or ./student).",
)
@click.option("--mnist", is_flag=True, help="Train the network as well.")
@click.option("--watch", is_flag=True, help="Check again whenever a file is saved.")
@click.option("--traceback", "tracebacks", is_flag=True, help="Show the grader's own traceback if it fails.")
def check_command(
    tasks: tuple[str, ...], path: Path | None, mnist: bool, watch: bool, tracebacks: bool
) -> int:
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
    return _conclude(_graded(path, options), None, tracebacks)


@cli.command("doctor")
@click.option("--traceback", "tracebacks", is_flag=True, help="Show the grader's own traceback if it fails.")
def doctor_command(tracebacks: bool) -> int:  # noqa: ARG001 - read by run
    """Examine this machine.

    Shows what is there, what is missing, and what to do about it.
    """
    from rich.console import Console

    from grader.cli import doctor

    console, findings = Console(), doctor.table()
    worst = Exit.GRADED
    for finding in doctor.examine():
        doctor.add(findings, finding)
        if finding.state is doctor.State.BAD:
            worst = Exit.BELOW_PASS_MARK
    console.print(findings)
    return worst


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


def _conclude(outcome: Outcome, pass_mark: float | None, tracebacks: bool) -> int:
    from rich.console import Console

    from grader.report.scorecard import scorecard

    Console().print(scorecard(outcome.report.for_students()))
    if outcome.internal_errors:
        errors = Console(stderr=True)
        errors.print("The grader itself failed; --traceback shows where:", style="red")
        for error in outcome.internal_errors:
            text = error if tracebacks else error.partition("\n")[0]
            errors.print(text, markup=False, highlight=False, soft_wrap=True)
        return Exit.GRADER_FAILED
    if outcome.interrupted:
        return 130
    if outcome.report.submission.problem:
        return Exit.UNUSABLE_SUBMISSION
    if pass_mark is not None and outcome.report.score.total < pass_mark:
        return Exit.BELOW_PASS_MARK
    return Exit.GRADED


def _plain_signs(error: UnicodeError) -> tuple[str, int]:
    """Return plain replacements for signs that an encoding lacks: passed and failed must not look alike."""
    assert isinstance(error, UnicodeEncodeError)
    missing = error.object[error.start : error.end]
    return "".join(PLAIN_SIGNS.get(sign, "?") for sign in missing), error.end


def run(arguments: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments
        Arguments of the command line, without the program's name; those of the process if None.

    Returns
    -------
    int
        The exit code.
    """
    codecs.register_error("plain signs", _plain_signs)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain signs")
    tracebacks = "--traceback" in (sys.argv if arguments is None else arguments)
    try:
        code = cli.main(arguments, prog_name="grader", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return Exit.USAGE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    except SeedError as error:
        click.echo(f"grader: {error}", err=True)
        return Exit.USAGE
    except GraderError as error:
        if tracebacks:
            traceback.print_exc()
        click.echo(f"grader: {error}", err=True)
        return Exit.UNUSABLE_SUBMISSION if isinstance(error, IsolationError) else Exit.GRADER_FAILED
    except Exception as error:
        if tracebacks:
            traceback.print_exc()
        click.echo(f"grader: {type(error).__name__}: {error}; --traceback shows where it failed", err=True)
        return Exit.GRADER_FAILED
    return int(code or 0)
