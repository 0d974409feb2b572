"""The command line: find the command, and say in a sentence what went wrong."""

from __future__ import annotations

import codecs
import io
import sys
import traceback
from collections.abc import Callable
from typing import NamedTuple

import click

from grader import __version__
from grader.cli.common import Exit
from grader.core.errors import GraderError, IsolationError, SeedError
from grader.core.kit import KIT

PLAIN_SIGNS = dict(zip("✓✗○·━╌┄●─┤└…", "+xo.=-.*-|+~", strict=True))


def _grade() -> click.Command:
    from grader.cli.grade import grade_command

    return grade_command


def _check() -> click.Command:
    from grader.cli.grade import check_command

    return check_command


def _doctor() -> click.Command:
    from grader.cli.doctor import doctor_command

    return doctor_command


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


class Listed(NamedTuple):
    """A command that is imported when it is used, with what the list of commands says of it."""

    load: Callable[[], click.Command]
    summary: str
    needs_solution: bool = False


COMMANDS = {
    "grade": Listed(
        _grade, "Grade PATH: a folder with layers.py, loss.py and optim.py, a .py file, a .zip or an .ipynb."
    ),
    "check": Listed(_check, "Check your own work in a second."),
    "doctor": Listed(_doctor, "Examine this machine."),
    "train": Listed(_train, "Train networks on handwritten digits, with your own layers or the kit's."),
    "compare": Listed(_compare, "Train a set of configurations and compare them: a table and a picture."),
    "class": Listed(_class, "Grade a whole class, and keep its grades in a book.", needs_solution=True),
    "release": Listed(
        _release,
        "Write everything that a course hands out or uploads to the folder OUT.",
        needs_solution=True,
    ),
}


class Commands(click.Group):
    """The commands of this kit; without the solution some are missing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """Return the names of the commands."""
        return [name for name, listed in COMMANDS.items() if KIT.has_solution or not listed.needs_solution]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name."""
        return COMMANDS[cmd_name].load() if cmd_name in self.list_commands(ctx) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names of the commands and a summary of each, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="convgrade")
def cli() -> None:
    """Grade a convolutional network written from scratch in NumPy."""


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
        code = cli.main(arguments, prog_name="grader", standalone_mode=False, obj=tracebacks)
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
