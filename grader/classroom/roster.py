"""Who is in the class: any CSV file with a header, or the sheet that an LMS exports."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from grader.classroom.handins import Who
from grader.core.errors import ClassError

IDS = (
    "identifier",
    "id",
    "username",
    "orgdefinedid",
    "sid",
    "student_id",
    "student id",
    "sis user id",
    "sis login id",
    "id number",
    "github_username",
    "roster_identifier",
    "key",
    "login",
    "student",
    "email",
    "email address",
)
"""headers of columns that identify a student, lower case, the best first"""
NAMES = ("full name", "student", "name", "student name")
EMAILS = ("email address", "email", "e-mail", "mail")
SECTIONS = ("section", "sections", "group")
FIRST, LAST = ("first name", "first_name", "firstname"), ("last name", "last_name", "lastname", "surname")
_NUMBERED = re.compile(r"^\D+\s?\d+$")
"""an identifier of Moodle, in whatever language: Participant 12345"""


@dataclass(frozen=True)
class Person:
    """A student on the roster; ``ids`` are all texts that identify the student in some file."""

    key: str
    name: str = ""
    email: str = ""
    section: str = ""
    ids: frozenset[str] = frozenset()


@dataclass
class Sheet:
    """A table as it stands in a file: its header, its rows, and how it is written."""

    header: list[str]
    rows: list[list[str]]
    delimiter: str = ","
    encoding: str = "utf-8"
    source: str = ""


@dataclass
class Roster:
    """The students of a class, and the ways to find one."""

    people: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_id = {folded(text): person for person in self.people for text in person.ids}
        counts = Counter(text for person in self.people for text in name_keys(person.name))
        self._by_name = {
            text: person for person in self.people for text in name_keys(person.name) if counts[text] == 1
        }

    def find(self, who: Who) -> Person | None:
        """Return the student that a download means: by an id, else by a name that only one student has."""
        for text in (who.key, *sorted(who.ids), who.email):
            if text and (person := self._by_id.get(folded(text))):
                return person
        found = {person.key: person for text in name_keys(who.name) if (person := self._by_name.get(text))}
        return next(iter(found.values())) if len(found) == 1 else None


def folded(text: str) -> str:
    """Return a text as ids are compared: in lower case, without spaces around it or Brightspace's ``#``."""
    return unicodedata.normalize("NFC", text).strip().removeprefix("#").casefold()


def name_keys(name: str) -> set[str]:
    """Return a name as names are compared: its letters and digits, beginning with any of its words.

    ``Lovelace, Ada``, ``Ada Lovelace`` and Canvas's ``lovelaceada`` share one.
    """
    words = re.findall(r"\w+", unicodedata.normalize("NFC", name).casefold().replace("_", " "))
    return {"".join(words[start:] + words[:start]) for start in range(len(words))}


def read_sheet(path: Path) -> Sheet:
    """Read a table: commas, semicolons or tabs; UTF-8, or UTF-16 with its mark.

    Raises
    ------
    ClassError
        If it cannot be read, is in another encoding, or is empty.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ClassError(f"{path} cannot be read: {error.strerror}") from error
    encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise ClassError(
            f"{path.name} is not UTF-8 (byte {error.start} is {raw[error.start]:#04x}): "
            "save it as 'CSV UTF-8'"
        ) from None
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        table = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise ClassError(f"{path.name} is not a table: {error}") from None
    if not table:
        raise ClassError(f"{path.name} is empty: it needs a header and a row for each student")
    had_mark = encoding == "utf-16" or raw.startswith(codecs.BOM_UTF8)
    width = len(table[0])
    rows = [row + [""] * (width - len(row)) for row in table[1:]]
    return Sheet(table[0], rows, delimiter, encoding if had_mark else "utf-8", path.name)


def read_roster(path: Path) -> Roster:
    """Read a roster.

    Parameters
    ----------
    path
        A CSV file with a header: that of a course, or the sheet that the LMS exports.

    Raises
    ------
    ClassError
        If no column identifies the students, or two rows have the same id.
    """
    sheet = read_sheet(path)
    people = [person for row in sheet.rows if (person := person_of(sheet, row)) is not None]
    doubled = [key for key, count in Counter(folded(person.key) for person in people).items() if count > 1]
    if doubled:
        raise ClassError(
            f"{path.name} has more than one row for {', '.join(sorted(doubled)[:5])}: "
            "an id stands for one student"
        )
    if not people:
        raise ClassError(f"{path.name} has a header and no students")
    return Roster(people)


def person_of(sheet: Sheet, row: list[str]) -> Person | None:
    """Return the student of a row; None for a row that is none, such as Canvas's points possible.

    Raises
    ------
    ClassError
        If no column of the sheet identifies students.
    """
    columns = id_columns(sheet)
    if "points possible" in row[0].strip().casefold():
        return None
    values = {sheet.header[column]: row[column].strip() for column in columns if row[column].strip()}
    if not values:
        return None
    key = next(iter(values.values())).removeprefix("#")
    name = cell(sheet, row, NAMES) or " ".join(
        filter(None, (cell(sheet, row, FIRST), cell(sheet, row, LAST)))
    )
    ids = set(values.values())
    if (number := re.search(r"\d+$", key)) and _NUMBERED.match(key):
        # the folders of Moodle have the number alone
        ids.add(number[0])
    return Person(key, name, cell(sheet, row, EMAILS), cell(sheet, row, SECTIONS), frozenset(ids))


def id_columns(sheet: Sheet) -> list[int]:
    """Return the columns that identify students, the best first."""
    lower = [title.strip().casefold() for title in sheet.header]
    found = [lower.index(title) for title in IDS if title in lower]
    has_more = any(lower[column] not in (*NAMES, *EMAILS) for column in found)
    # a column of names identifies only where there is nothing else
    found = [column for column in found if not has_more or lower[column] not in NAMES]
    if not found and sheet.rows and all(_NUMBERED.match(row[0].strip()) for row in sheet.rows):
        found = [0]
    if not found:
        raise ClassError(
            f"{sheet.source} has no column that identifies students: {', '.join(sheet.header[:8])}; "
            "one of them must be called id, username, student_id or email"
        )
    return found


def cell(sheet: Sheet, row: list[str], titles: tuple[str, ...]) -> str:
    """Return what a row has in the first column of some titles; nothing if there is none."""
    lower = [title.strip().casefold() for title in sheet.header]
    return next((row[lower.index(title)].strip() for title in titles if title in lower), "")
