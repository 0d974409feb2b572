"""A report as files for other programs, and as messages for GitHub Actions.

A function that :func:`export` decorates becomes an option of ``grader grade``; nothing else has to know it.
All formats take their points from the same report, so that their totals always agree.
"""

from __future__ import annotations

import json
import math
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from grader.core.assignment import TASKS, Task, task_number
from grader.core.results import CheckResult, Report, Status
from grader.core.text import clean, clean_lines
from grader.report import json as canonical
from grader.report.junit import junit
from grader.report.words import STATUS_WORDS, first_failures, points

MOST_ANNOTATIONS = 10
"""most annotations of one kind that GitHub shows for a step"""

CLASSROOM50 = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
}
"""fields of a result for Classroom 50, none of which may be empty, and the variables that its runner sets"""


@dataclass(frozen=True)
class Export:
    """A format that a report can be written in.

    ``option`` is the name of its option without the leading dashes, ``summary`` is the help of the option,
    and ``render`` returns the content of the file. ``shows_seed`` says whether a report for instructors
    contains a secret seed in this format.
    """

    option: str
    summary: str
    render: Callable[[Report], str]
    shows_seed: bool = False


EXPORTS: list[Export] = []
"""all formats, in the order in which the help shows them"""


Render = TypeVar("Render", bound=Callable[..., str])


def export(option: str, summary: str, *, shows_seed: bool = False) -> Callable[[Render], Render]:
    """Register the decorated function as a format that ``grader grade --OPTION FILE`` writes."""

    def register(render: Render) -> Render:
        EXPORTS.append(Export(option, summary, render, shows_seed))
        return render

    return register


export("json", "Write the report here.", shows_seed=True)(canonical.render)
export("junit", "Write JUnit XML here.")(junit)


@export("gradescope", "Write Gradescope's results.json here.")
def gradescope(report: Report) -> str:
    """Return Gradescope's ``results.json``, with a test for each task.

    Sources: https://gradescope-autograders.readthedocs.io/en/latest/specs/
    """
    tests = []
    for task in TASKS:
        earned, possible, text = _of_task(report, task)
        tests.append(
            {
                "name": task.title + (" (bonus)" if task.bonus else ""),
                "number": str(task_number(task.name)),
                "score": earned,
                # bonus points come on top, so that none are missing
                "max_score": 0 if task.bonus else possible,
                "status": "passed" if earned >= possible else "failed",
                "output": text,
                "output_format": "text",
                "visibility": "visible",
                "tags": [task.name],
            }
        )
    content = {
        "score": report.score.total,
        "execution_time": round(report.seconds),
        "output": "\n".join([_head(report), *_notes(report)]),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


@export("classroom50", "Write Classroom 50's result.json here.")
def classroom50(
    report: Report, surroundings: Mapping[str, str] = os.environ, now: datetime | None = None
) -> str:
    """Return Classroom 50's ``result.json``.

    It takes whole points only, and rejects a result with more points than the maximum. So the total and the
    points of each task are rounded to the nearest whole number, each on its own and halves up; bonus tasks
    are listed with their points, and do not count for the total.

    Parameters
    ----------
    report
        Report to convert.
    surroundings
        Environment variables, of which those in ``CLASSROOM50`` are used.
    now
        Time of the run, with its time zone; the current time if None.
    """
    now = now or datetime.now().astimezone()
    tests = []
    for task in TASKS:
        earned, possible, _ = _of_task(report, task)
        tests.append(
            {
                "test-name": task.title + (" (bonus)" if task.bonus else ""),
                "passed": earned >= possible,
                **_whole(earned, possible),
            }
        )
    content = {
        "schema": "classroom50/result/v1",
        **{name: surroundings.get(variable) or "none" for name, variable in CLASSROOM50.items()},
        "datetime": now.isoformat(timespec="seconds"),
        **_whole(report.score.earned, report.score.points),
        "tests": tests,
    }
    return json.dumps(content, indent=2) + "\n"


@export("prairielearn", "Write the results.json of PrairieLearn's external grader here.")
def prairielearn(report: Report) -> str:
    """Return the ``results.json`` of an external grader for PrairieLearn.

    The score lies between 0 and 1 and leaves bonus tasks out, which are listed with their points. A
    submission that cannot be used is not gradable, so that it costs the student no attempt.

    Source: https://prairielearn.readthedocs.io/en/latest/externalGrading/
    """
    problem = report.submission.problem
    tests = []
    for task in TASKS:
        earned, possible, text = _of_task(report, task)
        tests.append(
            {
                "name": task.title + (" (bonus)" if task.bonus else ""),
                "points": earned,
                "max_points": possible,
                "output": text,
            }
        )
    content = {
        "gradable": not problem,
        "score": min(1.0, report.score.earned / report.score.points) if report.score.points else 0.0,
        "message": _head(report),
        "output": "\n".join(_notes(report)),
        "format_errors": [clean(problem)] if problem else [],
        "tests": tests,
    }
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _whole(earned: float, possible: float) -> dict[str, int]:
    """Return points as whole ones, never more than the maximum."""
    most = math.floor(possible + 0.5)
    return {"score": min(math.floor(earned + 0.5 + 1e-9), most), "max-score": most}


def github_commands(report: Report) -> str:
    """Return the commands that mark the first failures for GitHub Actions, and the total as harmless text.

    Sources: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    # text of a submission must not become a command
    stop = secrets.token_hex(16)
    lines = []
    for result, _ in first_failures(report)[:MOST_ANNOTATIONS]:
        headline = result.feedback.headline if result.feedback else STATUS_WORDS[result.status]
        lines.append(f"::error title={_property(result.check.id)}::{_data(clean(headline))}")
    return (
        "\n".join([*lines, f"::stop-commands::{stop}", _head(report), *_notes(report), f"::{stop}::"]) + "\n"
    )


@export("classroom50-page", "Write Classroom 50's release-body.md here: the page with points and notes.")
def github_summary(report: Report) -> str:
    """Return the summary of a step for GitHub Actions, in Markdown; Classroom 50 shows it, too."""
    lines = [f"## {_escaped(_head(report))}", "", "| task | points | what is left |", "| --- | ---: | --- |"]
    for task in TASKS:
        earned, possible, text = _of_task(report, task)
        first = _escaped(text.partition("\n")[0])
        lines.append(f"| {task.title} | {points(earned)} / {points(possible)} | {first} |")
    if notes := _notes(report):
        lines += ["", *(f"- {_escaped(note)}" for note in notes)]
    return "\n".join(lines) + "\n"


def _notes(report: Report) -> list[str]:
    """Return what was odd about the submission, a line each."""
    return [clean(note) for note in report.submission.notes]


def _head(report: Report) -> str:
    if report.submission.problem:
        return clean(report.submission.problem)
    score = report.score
    bonus = f" + {points(score.bonus_earned)} bonus" if score.bonus_points else ""
    practice = "Practice: " if report.practice else ""
    return f"{practice}{points(score.earned)} / {points(score.points)} points{bonus}"


def _of_task(report: Report, task: Task) -> tuple[float, float, str]:
    """Return the points earned, the points possible, and a block of text for each cause of a failure."""
    results = [result for result in report.results if result.check.task == task.name]
    earned, possible = sum(r.earned for r in results), sum(r.check.points for r in results)
    blocks = [
        _block(first, others) for first, others in first_failures(report) if first.check.task == task.name
    ]
    if not blocks and any(result.status is Status.NOT_RUN for result in results):
        blocks = ["not run"]
    return earned, possible, "\n\n".join(blocks)


def _block(result: CheckResult, others: list[CheckResult]) -> str:
    feedback = result.feedback
    if feedback is None:
        return f"{result.check.id}: {STATUS_WORDS[result.status]}"
    lines = [*feedback.text().splitlines(), f"  {result.check.id}: {result.check.title}"]
    if others:
        lines.append("  Also: " + ", ".join(other.check.id for other in others))
    return "\n".join(clean(line) for line in lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    """Return text with everything escaped that means something in Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#+-.!|~&@" else sign for sign in clean_lines(text))
