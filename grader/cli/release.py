"""The command ``grader release``."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.common import traceback_option
from grader.core.kit import HOME
from grader.release.build import build
from grader.release.illustrations import picture
from grader.run.seeds import SOURCES, read_seed


@click.command("release")
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--solution",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder of the solution to release (default: the kit's).",
)
@click.option(
    "--seed",
    metavar="SOURCE",
    help=f"Secret seed of scores for credit: {SOURCES} (default: the one kept in OUT, or a new one).",
)
@click.option(
    "--kit",
    default="OWNER/convgrade",
    show_default=True,
    metavar="OWNER/REPO",
    help="Repository of the kit on GitHub, for the workflow.",
)
@click.option("--no-mnist", is_flag=True, help="Do not train the solution before the release.")
@click.option("--no-pictures", is_flag=True, help="Leave out the pictures, which need matplotlib.")
@traceback_option
def release_command(
    out: Path,
    solution: Path | None,
    seed: str | None,
    kit: str,
    no_mnist: bool,
    no_pictures: bool,
) -> int:
    """Write everything that a course hands out or uploads to the folder OUT.

    That is the students' kit, and files for nbgrader, Gradescope and GitHub. Before anything is written, the
    solution must earn every point, and the stubs none.
    """
    pictures = None if no_pictures else picture
    click.echo("Grading the solution and recording its answers; this takes about two minutes", err=True)
    released = build(
        solution or HOME / "solution",
        out,
        seed=None if seed is None else read_seed(seed),
        mnist=not no_mnist,
        pictures=pictures,
        kit=kit,
    )
    for path in released.written:
        click.echo(path)
    return 0
