"""Bring a download into the book, and grade what is new in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from grader import __version__
from grader.classroom.handins import HandIn, content_of
from grader.classroom.layouts import Download
from grader.classroom.roster import Person, Roster
from grader.classroom.rows import FAILED, UNUSABLE, Kept, Key, Result
from grader.classroom.schedule import Graded, Job, Settings, grade_all
from grader.classroom.store import Book
from grader.core.seed import fresh_seed

SEED = "seed"
"""name under which a book keeps its secret seed, so that all of a class get the same inputs"""


@dataclass
class Plan:
    """What a run will do: the jobs with their keys, and what was found out beforehand."""

    jobs: list[Job] = field(default_factory=list)
    keys: dict[str, Key] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0
    missing: list[Person] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)


def seed_of(book: Book, given: str | None) -> str:
    """Return the seed of a book: the given one, the one it keeps, or a fresh one; the book keeps it."""
    kept = book.setting(SEED)
    text = given or kept or fresh_seed().text
    if text != kept:
        book.keep(SEED, text)
    return text


def plan(
    book: Book, downloads: Sequence[Download], roster: Roster | None, settings: Settings, data: str
) -> Plan:
    """Write into the book who is in the class and what was handed in, and find what is to be graded.

    Parameters
    ----------
    book
        Book that is open for writing.
    downloads
        What the LMS gave; of each student the latest attempt of the last download counts.
    roster
        Who is in the class; None for whoever handed something in.
    settings
        How to grade.
    data
        Name of the images of the training.

    Returns
    -------
    Plan
    """
    made = Plan()
    if roster is not None:
        book.enrol({person.key: person for person in roster.people}, enrolled=True)
    latest: dict[str, HandIn] = {}
    for download in downloads:
        for handin in download.attempts:
            for who in handin.members:
                person = roster.find(who) if roster is not None else None
                if person is None:
                    person = Person(who.key, who.name, who.email, "", who.ids | {who.key})
                    named = f"{who.name} ({who.key})" if who.name else who.key
                    if roster is not None and named not in made.unlisted:
                        made.unlisted.append(named)
                    book.enrol({person.key: person}, enrolled=False)
                latest[person.key] = handin
    shared = _digest(repr(sorted(asdict(replace(settings, seed="")).items())))
    for student, handin in latest.items():
        content = content_of(handin)
        names = tuple(name for name, _ in content.files)
        when = None if handin.when is None else handin.when.isoformat()
        late = None if handin.late is None else int(handin.late)
        book.hand_in(student, Kept(content.digest, handin.attempt, when, late, handin.source, names))
        key = Key(content.digest, __version__, shared, _digest(settings.seed), data)
        if book.graded(student, key):
            made.unchanged += 1
            continue
        made.keys[student] = key
        if content.problem is not None:
            made.unusable[student] = content.problem
        else:
            made.jobs.append(Job(student, content.files))
    if roster is not None:
        made.missing = [person for person in roster.people if person.key not in latest]
    return made


def carry_out(
    book: Book, made: Plan, settings: Settings, processes: int, tell: Callable[[str, Graded], None]
) -> None:
    """Grade what a plan says; every result is in the book before the next one is told.

    Parameters
    ----------
    book
        Book that is open for writing.
    made
        What to do.
    settings
        How to grade.
    processes
        Number of submissions that are graded at once.
    tell
        Function that is called with each student and result.
    """
    for student, reason in made.unusable.items():
        _add(book, student, made.keys[student], found := Graded(UNUSABLE, reason, 0.0))
        tell(student, found)
    for job, found in grade_all(made.jobs, settings, processes):
        _add(book, job.student, made.keys[job.student], found)
        tell(job.student, found)


def _add(book: Book, student: str, key: Key, found: Graded) -> None:
    book.add(
        Result(
            student,
            key,
            found.outcome,
            found.reason,
            found.earned if found.outcome != FAILED else None,
            found.points,
            found.bonus,
            found.report,
            found.seconds,
        )
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def written(path: Path, text: str) -> None:
    """Write a file that only its owner can read, since it holds grades."""
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")
