"""What stands in the book: a student, a hand-in, a result and what identifies it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from grader.classroom.roster import Person

GRADED, UNUSABLE, FAILED = "graded", "unusable", "failed"
"""outcomes: there is a score; nothing of what was handed in can be used; the grader could not finish"""


class Key(NamedTuple):
    """What a result depends on, each as a digest or a version: with the same key it is not computed again."""

    digest: str
    kit: str
    settings: str
    seed: str
    data: str


@dataclass(frozen=True)
class Kept:
    """A hand-in as the book keeps it; ``submitted`` is a time in ISO 8601, and has a zone if one is known."""

    digest: str
    attempt: str = ""
    submitted: str | None = None
    late: int | None = None
    source: str = ""
    files: tuple[str, ...] = ()
    counts: bool = True
    seen: str = ""


@dataclass(frozen=True)
class Result:
    """How one hand-in fared: the outcome, the reason if there is no score, the report as JSON text."""

    student: str
    key: Key
    outcome: str
    reason: str = ""
    earned: float | None = None
    points: float | None = None
    bonus: float | None = None
    report: str | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    graded: str = ""
    number: int = 0

    def columns(self) -> tuple[Any, ...]:
        """Return what stands beside the key in the book."""
        return (
            self.outcome,
            self.reason,
            self.earned,
            self.points,
            self.bonus,
            self.report,
            self.seconds,
            self.cpu_seconds,
        )

    @property
    def data(self) -> dict[str, Any] | None:
        """The report, or None if there is none."""
        return None if self.report is None else json.loads(self.report)

    @property
    def checks(self) -> dict[str, dict[str, Any]]:
        """The checks of the report by their ids."""
        return {check["id"]: check for check in (self.data or {"checks": []})["checks"]}

    @property
    def total(self) -> float | None:
        """Points with the bonus; None without a score."""
        return None if self.earned is None else self.earned + (self.bonus or 0.0)


@dataclass(frozen=True)
class Student:
    """A student with the hand-in that counts, and its latest result."""

    person: Person
    enrolled: bool
    handin: Kept | None = None
    result: Result | None = None

    @property
    def reason(self) -> str:
        """Why there is no score, in a sentence; empty if there is one."""
        if self.handin is None:
            return "Nothing was handed in."
        if self.result is None:
            return "Not graded yet."
        return self.result.reason if self.result.outcome != GRADED else ""
