"""The scorecard: a report for the terminal, readable with 80 columns or more and without colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from grader.core.assignment import TASKS, Task
from grader.core.results import CheckResult, Kind, Part, Replay, Report, Score, Status, TrainingResult
from grader.core.text import clean
from grader.report.chart import learning_curve
from grader.report.words import (
    STATUS_WORDS,
    data_sentence,
    first_failures,
    inputs_sentence,
    next_points,
    points,
    slow_words,
)

MOST_FAILURES = 8
MOST_WIDTH = 110
"""in wider tables, numbers are too far from their names to be read together"""

GOOD, PARTLY, BAD, QUIET = "green", "yellow", "red", "dim"

WAITING = frozenset({Status.NOT_IMPLEMENTED, Status.BLOCKED})

PART_STYLES = {
    Part.HEADLINE: "bold",
    Part.FACT: "",
    Part.PICTURE: QUIET,
    Part.CAUSE: "cyan",
    Part.REMEDY: "cyan",
}

STOPPED_WORDS = {
    "accurate": "accurate enough",
    "steps": "all steps used",
    "time": "out of time",
    "diverged": "diverged",
    "audit": "stopped by the audit",
    "error": "broke off",
}


def scorecard(report: Report, *, failures: int = MOST_FAILURES) -> RenderableType:
    """Return the scorecard of a report.

    Parameters
    ----------
    report
        Report to show.
    failures
        Number of failures to show in full.

    Returns
    -------
    RenderableType
        The scorecard, for a rich console of 80 columns or more.
    """
    parts: list[RenderableType] = [_heading(report)]
    if report.submission.problem:
        parts += [_padded(Text(clean(report.submission.problem), style=BAD))]
    parts += [_tasks(report)]
    if report.training is not None and report.training.curve:
        parts += [Text(), _training(report.training)]
    parts += _failures(report, failures)
    parts += _next_points(report)
    parts += [Text(), _facts(report)]
    return Constrain(Group(*parts), MOST_WIDTH)


def _padded(renderable: RenderableType) -> RenderableType:
    return Padding(renderable, (0, 1))


def _heading(report: Report) -> RenderableType:
    score = report.score
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1, overflow="ellipsis", no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    total = Text(f"{points(score.earned)} / {points(score.points)} points", style="bold")
    if score.bonus_points:
        total.append(
            f"   + {points(score.bonus_earned)} / {points(score.bonus_points)} bonus", style="bold cyan"
        )
    grid.add_row(Text(clean(report.submission.name), style="bold"), total)
    return Panel(
        Group(grid, _bar(score)),
        title="convgrade, practice" if report.practice else "convgrade",
        title_align="left",
        box=box.ROUNDED,
        border_style=_style(score),
    )


def _style(score: Score) -> str:
    share = score.earned / score.points if score.points else 0
    return GOOD if share >= 0.9 else PARTLY if share >= 0.5 else BAD


def _bar(score: Score) -> Text:
    width = 40
    share = score.earned / score.points if score.points else 0
    filled = int(width * share + 1e-9)
    bar = Text("━" * filled, style=_style(score))
    bar.append("╌" * (width - filled), style=QUIET)
    return bar.append(f"  {share:.0%}")


def _tasks(report: Report) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=0)
    table.add_column("Task", ratio=1, overflow="fold")
    for kind in Kind:
        table.add_column(str(kind).capitalize(), justify="right", no_wrap=True)
    table.add_column("Points", justify="right", no_wrap=True)
    left_out = _left_out(report)
    headed = False
    for number, task in enumerate(TASKS, start=1):
        if task in left_out:
            continue
        if task.bonus and not headed:
            if table.rows:
                table.add_row()
            table.add_row(Text("Bonus", style="bold"))
            headed = True
        table.add_row(*_task_row(number, task, report.results))
    if not left_out:
        return table
    titles = Text(f"Not run: {', '.join(task.title for task in left_out)}.", style=QUIET)
    return Group(table, _padded(titles))


def _left_out(report: Report) -> list[Task]:
    """Return the tasks that were not requested; their points stay in the total."""
    known = {result.check.task for result in report.results}
    ran = {result.check.task for result in report.results if result.status is not Status.NOT_RUN}
    missing = [task for task in TASKS if task.name in known - ran]
    # the training alone is often left out, and its row is a reminder
    return missing if ran and len(missing) > 1 else []


def _task_row(number: int, task: Task, results: Iterable[CheckResult]) -> list[Text]:
    mine = [result for result in results if result.check.task == task.name]
    title = Text(f"{number:>2} {task.title}")
    cells = [_cell([result for result in mine if result.check.kind is kind]) for kind in Kind]
    return [title, *cells, _cell(mine, always_both=True)]


def _cell(results: Sequence[CheckResult], *, always_both: bool = False) -> Text:
    """Return the points earned, and those possible if they are more, with a sign that needs no colour."""
    if not results:
        return Text("·", style=QUIET)
    earned = sum(result.earned for result in results)
    possible = sum(result.check.points for result in results)
    numbers = f"{points(earned)}/{points(possible)}"
    if all(result.status is Status.NOT_RUN for result in results):
        return Text(f"- {numbers}", style=QUIET)
    if earned >= possible:
        return Text(f"✓ {numbers if always_both else points(earned)}", style=GOOD)
    if earned == 0 and all(result.status in WAITING for result in results):
        return Text(f"○ {numbers}", style=QUIET)
    return Text(f"✗ {numbers}", style=PARTLY if earned else BAD)


def _training(training: TrainingResult) -> RenderableType:
    heading = Text(f"Learning curve of network {training.network}", style="bold")
    heading.append(f"  {STOPPED_WORDS[training.stopped]} after {training.steps} steps, ", style=QUIET)
    heading.append(f"{training.seconds:.1f} s", style=QUIET)
    lines = [heading, learning_curve(training)]
    if training.test_accuracy is not None:
        reached = sum(training.test_accuracy >= least for least in training.thresholds)
        text = Text("Test accuracy: ").append(f"{training.test_accuracy:.2%}", style="bold")
        least = ", ".join(f"{threshold:.0%}" for threshold in training.thresholds)
        text.append(f"  {reached} of {len(training.thresholds)} thresholds reached ({least})", style=QUIET)
        lines.append(text)
    if training.slow:
        lines.append(Text(slow_words(training), style=QUIET))
    if training.replaced:
        lines.append(Text(f"Replaced by the reference: {', '.join(training.replaced)}", style=PARTLY))
    return _padded(Group(*lines))


def _failures(report: Report, most: int) -> list[RenderableType]:
    groups = [group for group in first_failures(report) if group[0].status not in WAITING]
    if not groups or report.submission.problem:
        return []
    parts: list[RenderableType] = [Text(), _padded(Text("What went wrong first", style="bold"))]
    for first, others in groups[:most]:
        parts.append(_padded(_failure(first, others)))
    if len(groups) > most:
        left_out = ", ".join(first.check.function for first, _ in groups[most:])
        parts.append(_padded(Text(f"And in {left_out}.", style=QUIET)))
    if any(first.feedback is not None and first.feedback.replay is not None for first, _ in groups):
        parts.append(_padded(Text(f"Before replay(): {Replay.IMPORT}", style=QUIET)))
    return parts


def _failure(first: CheckResult, others: Sequence[CheckResult]) -> RenderableType:
    feedback = first.feedback
    assert feedback is not None
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for part, line in feedback.lines():
        sign = Text("✗", style=BAD) if part is Part.HEADLINE else ""
        table.add_row(sign, Text(clean(line), style=PART_STYLES[part]))
    places = [("docs/handout.md", feedback.read), ("docs/errors.md", feedback.guide)]
    if read := ", ".join(f"{page}#{place}" for page, place in places if place):
        table.add_row("", Text(f"Read: {read}", style=QUIET))
    lost = first.check.points - first.earned
    tail = f"{first.check.id}: {first.check.title}. {points_to_earn(lost)}."
    table.add_row("", Text(tail, style=QUIET))
    if feedback.file:
        table.add_row("", Text(f"None of its {len(others) + 1} checks can run.", style=QUIET))
    elif others:
        also = ", ".join(
            f"{other.check.id.partition('.')[2]} ({STATUS_WORDS[other.status]})" for other in others
        )
        table.add_row("", Text(f"Also: {also}.", style=QUIET))
    if feedback.replay and not feedback.file:
        table.add_row("", Text(f"Replay in a notebook: {feedback.replay.call}", style=QUIET))
    return Padding(table, (0, 0, 1, 0))


def points_to_earn(lost: float) -> str:
    """Return in words how many points are still to earn."""
    return f"{points(lost)} {'point' if lost == 1 else 'points'} to earn"


def _next_points(report: Report) -> list[RenderableType]:
    """Return what the next points of each task need."""
    rows = next_points(report)
    if not rows or report.submission.problem:
        return []
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for title, left, result in rows:
        sign = "○" if result.status in WAITING or result.status is Status.NOT_RUN else "✗"
        table.add_row(Text(f"{sign} {title}"), Text(f"{points(left)} left"), Text(_need(result), style=QUIET))
    return [Text(), _padded(Text("Where the next points are", style="bold")), _padded(table)]


def _need(result: CheckResult) -> str:
    """Return what has to be done for a check that did not pass."""
    if result.status is Status.NOT_IMPLEMENTED:
        return f"write {result.check.function}"
    if result.status is Status.NOT_RUN:
        return "train your network: grader check mnist"
    if result.status is Status.BLOCKED and result.feedback is not None:
        return clean(result.feedback.headline)
    lost = points(result.check.points - result.earned)
    return f"{lost} for {result.check.id}: {result.check.title[:1].lower()}{result.check.title[1:]}"


def _facts(report: Report) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style=QUIET, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("Time", f"{report.seconds:.1f} s")
    table.add_row("Data", Text(clean(data_sentence(report))))
    table.add_row("Inputs", inputs_sentence(report))
    isolation = Text(report.isolation.tier)
    if report.isolation.tier == "process":
        isolation.append(": NOT isolated", style=PARTLY)
    for sentence in report.isolation.not_promised:
        isolation.append(f"\n{sentence}", style=PARTLY)
    table.add_row("Isolation", isolation)
    for note in report.submission.notes:
        table.add_row("Note", Text(clean(note), style=PARTLY))
    return _padded(table)
