"""The book as a table: a row for each student, in the terminal and as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from grader.classroom.rows import GRADED, Result, Student
from grader.core.assignment import TASKS

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""beginnings of a cell that a spreadsheet would compute"""
COLUMNS = (
    "key",
    "name",
    "email",
    "section",
    "score",
    "maximum",
    "bonus",
    "state",
    "reason",
    "submitted",
    "late",
)


def state(student: Student) -> str:
    """Return in a word or two how a student stands."""
    if student.handin is None:
        return "missing"
    return "waiting" if student.result is None else student.result.outcome


def problems_first(students: Iterable[Student]) -> list[Student]:
    """Return students with those first who have no score."""
    return sorted(students, key=lambda student: state(student) == GRADED)


def as_csv(students: Iterable[Student]) -> str:
    """Return the scores as CSV.

    Parameters
    ----------
    students
        Rows of the book.

    Returns
    -------
    str
        A header, and a row for each student, with the points of each task; scores have at most two
        decimals, rounded half to even, and are empty where there is none. A cell that a spreadsheet would
        compute begins with an apostrophe.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *(task.name for task in TASKS)])
    for student in students:
        person, handin, result = student.person, student.handin, student.result
        scores = ["", "", ""] if result is None else map(_number, (result.total, result.points, result.bonus))
        late = "" if handin is None or handin.late is None else ("late" if handin.late else "on time")
        submitted = (handin.submitted or "") if handin is not None else ""
        cells = [
            person.key,
            person.name,
            person.email,
            person.section,
            *scores,
            state(student),
            student.reason,
        ]
        writer.writerow(map(harmless, [*cells, submitted, late, *_tasks(result)]))
    return text.getvalue()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if not cell.startswith(FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _number(value: float | None) -> str:
    return "" if value is None else f"{round(value, 2):g}"


def _tasks(result: Result | None) -> list[str]:
    if result is None or result.report is None:
        return [""] * len(TASKS)
    checks = result.checks.values()
    return [_number(sum(c["earned"] for c in checks if c["task"] == task.name)) for task in TASKS]
