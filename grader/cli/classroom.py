"""The commands ``grader class``: grade a download of a whole class, and look at its book."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from grader.classroom import gradebook
from grader.classroom.grading import Plan, carry_out, plan, seed_of, written
from grader.classroom.layouts import LAYOUT_NAMES, Download, read_download
from grader.classroom.roster import read_roster
from grader.classroom.rows import FAILED, GRADED
from grader.classroom.schedule import Graded, Settings
from grader.classroom.store import Book
from grader.cli.common import traceback_option
from grader.core.errors import ClassError
from grader.core.kit import kit_module
from grader.core.results import TIERS
from grader.core.text import clean
from grader.report.words import points
from grader.run.seeds import SOURCES, read_seed
from grader.worker.sandbox.tiers import choose_isolation

MOST_SHOWN = 5
"""entries that were not understood, or students that are missing, before the rest is only counted"""

book_option = click.option(
    "--book",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that keeps hand-ins and results.",
)


@click.group("class")
def class_command() -> None:
    """Grade a whole class, and keep its grades in a book.

    A book is one file. A result that is in it is not computed again unless the files, the kit or the settings
    have changed, so that a run that was stopped goes on where it was.
    """


@class_command.command("grade")
@click.argument("downloads", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@book_option
@click.option(
    "--roster",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Who is in the class: a CSV file with a header, such as the sheet that the LMS exports.",
)
@click.option("--layout", type=click.Choice(LAYOUT_NAMES), help="How the download is laid out.")
@click.option("--assignment", metavar="NAME", help="Which assignment, if the download holds several.")
@click.option("--jobs", type=click.IntRange(min=1), help="Submissions at once (default: one for each core).")
@click.option("--dry-run", is_flag=True, help="Say what was recognised, and grade nothing.")
@click.option("--no-mnist", is_flag=True, help="Leave the training out; its points stay in the total.")
@click.option(
    "--seed", metavar="SOURCE", help=f"Secret seed of the class: {SOURCES} (default: the one in the book)."
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="For each submission.",
)
@click.option(
    "--isolation",
    type=click.Choice(TIERS),
    default="confined",
    show_default=True,
    help="Refuse to run below this tier.",
)
@traceback_option
def class_grade_command(
    downloads: tuple[Path, ...],
    book: Path,
    roster: Path | None,
    layout: str | None,
    assignment: str | None,
    jobs: int | None,
    dry_run: bool,
    no_mnist: bool,
    seed: str | None,
    time_limit: float | None,
    isolation: str,
) -> int:
    """Grade what is new in DOWNLOADS: folders or zip files as the LMS gave them.

    Canvas, Moodle, Gradescope, Blackboard, Brightspace, Classroom 50, clones of GitHub Classroom, nbgrader's
    submitted folder, and plain folders or archives named after the students are recognised.
    """
    listed = None if roster is None else read_roster(roster)
    found = [read_download(path, layout, assignment) for path in downloads]
    for download in found:
        _tell_download(download)
    if not any(download.attempts for download in found):
        raise ClassError("nothing that a student handed in was found: nothing was graded")
    if dry_run:
        if listed is not None:
            known = {
                person.key for d in found for h in d.attempts for w in h.members if (person := listed.find(w))
            }
            _tell_missing([person.key for person in listed.people if person.key not in known])
        return 0
    # better refused now than in every submission
    choose_isolation(isolation)
    data = "none" if no_mnist else kit_module("data").load().name
    with Book(book, create=True) as opened:
        given = None if seed is None else read_seed(seed).text
        settings = Settings(seed_of(opened, given), (), not no_mnist, time_limit, isolation)
        made = plan(opened, found, listed, settings, data)
        _tell_plan(made)
        failed = _graded(opened, made, settings, jobs or _cores())
        _tell_end(opened)
    return 4 if failed else 0


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _tell_download(download: Download) -> None:
    latest = download.latest().values()
    parts = [f"{len(latest)} student{'' if len(latest) == 1 else 's'}"]
    if earlier := len(download.attempts) - len(latest):
        parts.append(f"{earlier} earlier attempt{'' if earlier == 1 else 's'}, of which the latest counts")
    if late := sum(bool(handin.late) for handin in latest):
        parts.append(f"{late} late")
    click.echo(f"{clean(download.source)}: {download.title}, {', '.join(parts)}")
    for entry in download.not_understood[:MOST_SHOWN]:
        click.echo(f"  not understood: {clean(entry)}")
    more = len(download.not_understood) - MOST_SHOWN
    if more > 0:
        click.echo(f"  and {more} more that were not understood")


def _tell_missing(keys: list[str]) -> None:
    if keys:
        shown = ", ".join(map(clean, keys[:MOST_SHOWN]))
        more = f" and {len(keys) - MOST_SHOWN} more" if len(keys) > MOST_SHOWN else ""
        click.echo(f"Nothing handed in by {shown}{more}")


def _tell_plan(made: Plan) -> None:
    _tell_missing([person.key for person in made.missing])
    if made.unlisted:
        click.echo(f"Not on the roster: {', '.join(map(clean, made.unlisted))}")
    new = len(made.keys)
    click.echo(f"{new} to grade, {made.unchanged} unchanged since an earlier run")


def _graded(book: Book, made: Plan, settings: Settings, processes: int) -> int:
    """Carry a plan out, show how far it is, and return how many the grader could not finish."""
    console = Console(file=sys.stderr)
    failed = 0
    columns = (TextColumn("grading"), BarColumn(bar_width=30), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("grading", total=len(made.keys))

        def tell(student: str, found: Graded) -> None:
            nonlocal failed
            failed += found.outcome == FAILED
            progress.advance(bar)
            total = "" if found.earned is None else points(found.earned + (found.bonus or 0.0))
            text = f"{clean(student)}: {(found.reason and clean(found.reason)) or total}"
            if not console.is_terminal or found.outcome != GRADED:
                console.print(Text(text), soft_wrap=True)

        carry_out(book, made, settings, processes, tell)
    return failed


def _tell_end(book: Book) -> None:
    students = book.students()
    counts = {word: sum(gradebook.state(student) == word for student in students) for word in ORDER}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    click.echo(f"In the book: {told}")


ORDER = (GRADED, "unusable", FAILED, "missing", "waiting")
"""states of a student as they are counted"""


@class_command.command("show")
@click.argument("student", required=False)
@book_option
@traceback_option
def class_show_command(student: str | None, book: Path) -> int:
    """Show the book: all students, those without a score first, or the history of STUDENT."""
    with Book(book, write=False) as opened:
        if student is not None:
            return _show_history(opened, student)
        table = Table(box=None, pad_edge=False)
        for title, justify in (("student", "left"), ("name", "left"), ("points", "right"), ("", "left")):
            table.add_column(title, justify=justify)  # type: ignore[arg-type]
        for row in gradebook.problems_first(opened.students()):
            total = None if row.result is None else row.result.total
            late = " late" if row.handin is not None and row.handin.late else ""
            table.add_row(
                Text(clean(row.person.key)),
                Text(clean(row.person.name)),
                "" if total is None else points(total),
                Text(clean(row.reason) + late, style="yellow"),
            )
        Console().print(table)
    return 0


def _show_history(book: Book, key: str) -> int:
    known = {row.person.key: row for row in book.students()}
    if key not in known:
        raise ClassError(f"there is no student '{key}' in {book.path}: grader class show --book {book.path}")
    row = known[key]
    click.echo(f"{clean(row.person.key)}  {clean(row.person.name)}".rstrip())
    for handin in book.handins(key):
        late = "" if not handin.late else ", late"
        click.echo(
            f"  handed in {handin.submitted or 'at an unknown time'}{late}: {clean(', '.join(handin.files))}"
        )
        for result in book.results(key, handin.digest):
            total = "" if result.total is None else f"{points(result.total)} points"
            click.echo(f"    graded {result.graded}, kit {result.key.kit}: {total or clean(result.reason)}")
    if row.handin is None:
        click.echo(f"  {row.reason}")
    return 0


@class_command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@book_option
@traceback_option
def class_export_command(file: Path, book: Path) -> int:
    """Write the scores to FILE as CSV: a row for each student, with the points of each task."""
    with Book(book, write=False) as opened:
        text = gradebook.as_csv(opened.students())
    try:
        written(file, text)
    except OSError as error:
        raise ClassError(f"{file} cannot be written: {error.strerror}") from error
    return 0


@class_command.command("forget")
@click.argument("student")
@book_option
@traceback_option
def class_forget_command(student: str, book: Path) -> int:
    """Remove STUDENT from the book, with all hand-ins and results."""
    with Book(book) as opened:
        if student not in {row.person.key for row in opened.students()}:
            raise ClassError(f"there is no student '{student}' in {book}: nothing was removed")
        opened.forget(student)
    click.echo(f"{clean(student)} is removed from {book}")
    return 0
