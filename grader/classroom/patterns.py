"""How learning platforms name what they let instructors download: for each, what a path says.

The exact names were read in the platforms' own sources or in several independent parsers; ``docs/class.md``
says what is certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from grader.classroom.handins import Who
from grader.classroom.sources import Listing
from grader.submission.names import is_archive, is_notebook, is_python


@dataclass(frozen=True)
class Piece:
    """What the path of a file says: who handed it in, when, and what it is called without all that.

    ``inner`` is None for a file that belongs to the hand-in but was not written by the student.
    """

    members: tuple[Who, ...]
    inner: PurePosixPath | None
    when: datetime | None = None
    late: bool | None = None
    attempt: str = ""
    belongs_to: str = field(default="", compare=False)


Reader = Callable[[PurePosixPath], Piece | None]
"""says what a path means, or None if it is not of this layout"""

_CANVAS = re.compile(
    r"^(?P<name>[^_]*?)_?(?P<late>LATE_)?(?P<uid>\d+|anon_[A-Za-z0-9]+)_(?P<rest>\d+_.+|text\.html|link\.html)$"
)
_MOODLE = re.compile(r"^(?P<name>.+)_(?P<uid>\d+)_assignsubmission_(?P<plugin>file|onlinetext)_?$")
_MOODLE_FLAT = re.compile(
    r"^(?P<name>.+?)_(?P<uid>\d+)_assignsubmission_(?P<plugin>file|onlinetext)_(?P<rest>.+)$"
)
_BLACKBOARD = re.compile(
    r"^(?P<assignment>.+)_(?P<user>[^_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<rest>.+)|\.txt)$"
)
_BRIGHTSPACE = re.compile(r"^(?P<a>\d+)-(?P<b>\d+) - (?P<who>.+) - (?P<date>[^-]+ \d{3,4} [AP]M)$")
_BRIGHTSPACE_FLAT = re.compile(
    r"^(?P<a>\d+)-(?P<b>\d+) - (?P<who>.+?) - (?P<date>[^-]+? \d{3,4} [AP]M) - (?P<rest>.+)$"
)
_GITHUB_ROOT = re.compile(r"^(?P<slug>.+)-submissions$")
_CLASSROOM50_ROOT = re.compile(r"^(?P<slug>.+)_submissions_\d{4}_\d\d_\d\d_t_\d\d_\d\d_\d\d$", re.IGNORECASE)
_BRIGHTSPACE_DATES = ("%b %d, %Y %I%M %p", "%d %B %Y %I%M %p", "%B %d, %Y %I%M %p", "%d %b %Y %I%M %p")


def canvas(_: Listing) -> Reader:
    """Return the reader of Canvas: flat, ``lovelaceada_LATE_4711_98765_layers.py``."""

    def read(path: PurePosixPath) -> Piece | None:
        found = _CANVAS.match(path.name) if len(path.parts) == 1 else None
        if found is None:
            return None
        late = found["late"] is not None or found["name"].startswith("LATE")
        rest = found["rest"] if found["rest"][0] in "tl" else found["rest"].partition("_")[2]
        anonymous = found["uid"].startswith("anon_")
        name = "" if anonymous else found["name"]
        return Piece((Who(found["uid"], name),), PurePosixPath(rest), late=late)

    return read


def moodle(_: Listing) -> Reader:
    """Return the reader of Moodle's folders: ``Ada Lovelace_657737_assignsubmission_file/layers.py``."""

    def read(path: PurePosixPath) -> Piece | None:
        found = _MOODLE.match(path.parts[0]) if len(path.parts) > 1 else None
        if found is None:
            return None
        who = Who(found["uid"], found["name"], ids=frozenset({f"Participant {found['uid']}"}))
        return Piece((who,), path.relative_to(path.parts[0]))

    return read


def moodle_flat(_: Listing) -> Reader:
    """Return the reader of Moodle without folders: ``Ada Love_657737_assignsubmission_file_layers.py``."""

    def read(path: PurePosixPath) -> Piece | None:
        found = _MOODLE_FLAT.match(path.name) if len(path.parts) == 1 else None
        if found is None:
            return None
        who = Who(found["uid"], found["name"], ids=frozenset({f"Participant {found['uid']}"}))
        return Piece((who,), PurePosixPath(found["rest"]))

    return read


def blackboard(_: Listing) -> Reader:
    """Return the reader of Blackboard: ``Homework_ada_attempt_2026-02-20-00-35-07_layers.py``, receipts."""

    def read(path: PurePosixPath) -> Piece | None:
        found = _BLACKBOARD.match(path.name) if len(path.parts) == 1 else None
        if found is None:
            return None
        try:
            when = datetime.strptime(found["when"], "%Y-%m-%d-%H-%M-%S")
        except ValueError:
            return None
        inner = PurePosixPath(found["rest"]) if found["rest"] else None
        return Piece((Who(found["user"]),), inner, when, attempt=found["when"])

    return read


def _brightspace_piece(found: re.Match[str], inner: PurePosixPath) -> Piece:
    when = None
    for form in _BRIGHTSPACE_DATES:
        try:
            # 612 PM is 06:12 PM
            date, clock, half = found["date"].rsplit(" ", 2)
            when = datetime.strptime(f"{date} {clock:0>4} {half}", form)
            break
        except ValueError:
            continue
    first, _, rest = found["who"].partition(" ")
    who = Who(found["who"], rest or first, ids=frozenset({first, rest}) - {""})
    return Piece((who,), inner, when, attempt=f"{found['a']}-{found['b']}")


def brightspace(_: Listing) -> Reader:
    """Return the reader of Brightspace: ``272-460 - 23304308 Angood - 05 March 2026 612 PM/layers.py``."""

    def read(path: PurePosixPath) -> Piece | None:
        folder = _BRIGHTSPACE.match(path.parts[0]) if len(path.parts) > 1 else None
        if folder is not None:
            return _brightspace_piece(folder, path.relative_to(path.parts[0]))
        flat = _BRIGHTSPACE_FLAT.match(path.name) if len(path.parts) == 1 else None
        return None if flat is None else _brightspace_piece(flat, PurePosixPath(flat["rest"]))

    return read


def clones(listing: Listing, root: re.Pattern[str]) -> Reader | None:
    """Return the reader of clones below a folder that is named after the assignment; None if it is not."""
    named = root.match(listing.name)
    if named is None:
        return None
    prefix = f"{named['slug']}-".lower()

    def read(path: PurePosixPath) -> Piece | None:
        if len(path.parts) < 2 or not path.parts[0].lower().startswith(prefix):
            return None
        user, inner = path.parts[0][len(prefix) :], path.relative_to(path.parts[0])
        made = len(inner.parts) == 1 and inner.name in {"result.json", "results.json"}
        return Piece((Who(user),), None if made else inner) if user else None

    return read


def github(listing: Listing) -> Reader | None:
    """Return the reader of GitHub Classroom: ``cnn-submissions/cnn-ada/layers.py``."""
    return clones(listing, _GITHUB_ROOT)


def classroom50(listing: Listing) -> Reader | None:
    """Return the reader of Classroom 50: ``a-b_submissions_2026_01_02_t_15_04_05/a-b-ada/layers.py``."""
    return clones(listing, _CLASSROOM50_ROOT)


def nbgrader(listing: Listing) -> Reader | None:
    """Return the reader of nbgrader: ``submitted/ada/assignment/assignment.ipynb``."""
    inside = listing.name == "submitted"
    if not inside and not any(found.path.parts[0] == "submitted" for found in listing.files):
        return None

    def read(path: PurePosixPath) -> Piece | None:
        parts = path.parts if inside else path.parts[1:]
        if (not inside and path.parts[0] != "submitted") or len(parts) < 3:
            return None
        student, assignment, *rest = parts
        inner = None if rest == ["timestamp.txt"] else PurePosixPath(*rest)
        return Piece((Who(student),), inner, belongs_to=assignment)

    return read


def plain(_: Listing) -> Reader:
    """Return the reader of one folder, archive or file a student, called as the student is."""

    def read(path: PurePosixPath) -> Piece | None:
        if len(path.parts) > 1:
            return Piece((Who(path.parts[0]),), path.relative_to(path.parts[0]))
        if is_archive(path.name) or is_python(path.name) or is_notebook(path.name):
            stem = path.name
            while (ending := PurePosixPath(stem).suffix) and ending[1:].isalnum() and len(ending) < 8:
                stem = stem.removesuffix(ending)
            return Piece((Who(stem),), path)
        return None

    return read


LAYOUTS: dict[str, tuple[str, Callable[[Listing], Reader | None]]] = {
    "moodle": ("Moodle, a folder for each student", moodle),
    "moodle-flat": ("Moodle, without folders", moodle_flat),
    "blackboard": ("Blackboard", blackboard),
    "brightspace": ("Brightspace", brightspace),
    "canvas": ("Canvas", canvas),
    "classroom50": ("clones of Classroom 50", classroom50),
    "github": ("clones of GitHub Classroom", github),
    "nbgrader": ("nbgrader's submitted", nbgrader),
    "plain": ("a folder or file for each student", plain),
}
"""by name: what a layout is called, and what gives its reader; Gradescope has a module of its own"""


def readers(listing: Listing) -> Iterator[tuple[str, Reader]]:
    """Yield the layouts that a download may have, the particular ones first."""
    for name, (_, make) in LAYOUTS.items():
        reader = make(listing)
        if reader is not None:
            yield name, reader
