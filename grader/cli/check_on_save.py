"""Check again whenever a file of the submission is saved, and show what has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.text import Text

from grader.core.errors import GraderError
from grader.core.results import Report, Status
from grader.report.scorecard import scorecard

SUFFIXES = (".py", ".ipynb")
DEBOUNCE_MILLISECONDS = 50
"""editors save in several steps; changes within this time belong to one save"""


def changes(path: Path) -> Iterator[None]:
    """Yield after every change of the source at a path, or of a source in the folder there, until Ctrl-C.

    Raises
    ------
    GraderError
        If watchfiles is not installed.
    """
    try:
        from watchfiles import watch
    except ImportError as error:
        raise GraderError(
            "--watch needs watchfiles, which is not installed: pip install 'convgrade[watch]'"
        ) from error
    folder = path if path.is_dir() else path.parent

    def wanted(_: object, name: str) -> bool:
        return name.endswith(SUFFIXES) and (path.is_dir() or Path(name).name == path.name)

    # an editor may replace the file, which would end a watch on the file itself
    for _ in watch(
        folder, watch_filter=wanted, debounce=DEBOUNCE_MILLISECONDS, step=20, recursive=path.is_dir()
    ):
        yield


def progress_line(before: Report | None, now: Report) -> Text:
    """Return which checks a save has fixed and which it has broken.

    Parameters
    ----------
    before
        Report before the save; None if there is none.
    now
        Report after the save.
    """
    if before is None:
        return Text()
    passed = {result.check.id for result in before.results if result.status is Status.PASSED}
    known = {result.check.id for result in before.results if result.status is not Status.NOT_RUN}
    fixed = [
        result.check.id
        for result in now.results
        if result.status is Status.PASSED and result.check.id in known - passed
    ]
    broken = [
        result.check.id
        for result in now.results
        if result.status not in (Status.PASSED, Status.NOT_RUN) and result.check.id in passed
    ]
    line = Text()
    for what, names, style in (("Fixed", fixed, "bold green"), ("Broken", broken, "bold red")):
        if names:
            line.append("\n" if line else "")
            line.append(f"{what} by this save: ", style=style).append(", ".join(names), style=style)
    return line or Text("This save changed nothing.", style="dim")


def screen(report: Report, before: Report | None, path: Path) -> RenderableType:
    """Return what the terminal shows between two saves."""
    footer = Text(f"Watching {path}: save a file to check again, press Ctrl-C to stop.", style="dim")
    return Group(scorecard(report, failures=2), Text(), progress_line(before, report), footer)


def watch_and_check(
    path: Path, check: Callable[[], Report], console: Console, saves: Iterator[None] | None = None
) -> None:
    """Check now and after every save, until Ctrl-C.

    Parameters
    ----------
    path
        Path of the submission.
    check
        Function that runs the checks and returns the report.
    console
        Console for the scorecard; a terminal is cleared first.
    saves
        Iterator that yields after every save; if None, after the saves of the files at the path.

    Raises
    ------
    GraderError
        If watchfiles is not installed, or the checks cannot be run.
    """
    saves = changes(path) if saves is None else saves
    before: Report | None = None
    try:
        while True:
            report = check()
            # cleared only now: no flicker, and the last result stays readable while the checks run
            console.clear()
            console.print(screen(report, before, path))
            before = report
            if next(saves, "ended") == "ended":
                return
    except KeyboardInterrupt:
        console.print("stopped", style="dim")
