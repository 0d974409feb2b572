"""The command ``grader release``."""

from __future__ import annotations

from pathlib import Path

import click

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
    help="Made from this solution (default: the kit's).",
)
@click.option(
    "--seed",
    metavar="SOURCE",
    help=f"Secret seed of scores for credit: {SOURCES} (default: the one kept in OUT, or a fresh one).",
)
@click.option(
    "--kit",
    default="OWNER/convgrade",
    show_default=True,
    metavar="OWNER/REPO",
    help="Where the kit is on GitHub, for the workflow.",
)
@click.option("--no-mnist", is_flag=True, help="Do not train the solution before.")
@click.option("--no-pictures", is_flag=True, help="Leave the pictures out; they need matplotlib.")
@click.option("--traceback", "tracebacks", is_flag=True, help="Show the grader's own traceback if it fails.")
def release_command(
    out: Path,
    solution: Path | None,
    seed: str | None,
    kit: str,
    no_mnist: bool,
    no_pictures: bool,
    tracebacks: bool,  # noqa: ARG001 - read by grader.cli.main
) -> int:
    """Write what a course hands out and uploads into OUT: the students' kit, nbgrader, Gradescope, GitHub.

    Before anything is written, the solution must earn every point, and the stubs none.
    """
    pictures = None if no_pictures else picture
    click.echo("Grading the solution and the stubs, and recording answers: about two minutes", err=True)
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
