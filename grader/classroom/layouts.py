"""From a download to what each student handed in, with all that was not understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from grader.classroom.gradescope import METADATA, gradescope
from grader.classroom.handins import HandIn, Who
from grader.classroom.patterns import LAYOUTS, Piece, Reader, readers
from grader.classroom.sources import Listing, below_single_folder, list_files
from grader.core.assignment import MODULES
from grader.core.errors import ClassError
from grader.submission.names import own_name

LAYOUT_NAMES = ("gradescope", *LAYOUTS)

ENOUGH = 0.5
"""part of a download that has to be of a layout for the layout to be recognised"""


@dataclass
class Download:
    """What was recognised in a download.

    ``attempts`` are all hand-ins, of each student the earlier ones first; ``not_understood`` are entries that
    belong to nobody, and why.
    """

    source: str
    layout: str
    attempts: list[HandIn] = field(default_factory=list)
    not_understood: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What the layout is called."""
        return "an export of Gradescope" if self.layout == "gradescope" else LAYOUTS[self.layout][0]

    def latest(self) -> dict[str, HandIn]:
        """Return the hand-in that counts, by the key of its first member."""
        return {handin.who.key: handin for handin in self.attempts}


def read_download(path: Path, layout: str | None = None, assignment: str | None = None) -> Download:
    """Recognise what a learning platform gave.

    Parameters
    ----------
    path
        A folder or zip file.
    layout
        One of ``LAYOUT_NAMES``; recognised if None.
    assignment
        Name of the assignment, where a download holds several.

    Raises
    ------
    ClassError
        If it cannot be read, nothing in it is of the layout, or it is one student's submission.
    """
    listing: Listing | None = list_files(path)
    candidates: list[Listing] = []
    while listing is not None and len(candidates) < 4:
        candidates.append(listing)
        listing = below_single_folder(listing)
    if not candidates[0].files:
        raise ClassError(f"{path} is empty: give the folder or the zip file that your LMS gave")
    for candidate in candidates:
        chosen = _recognised(candidate, layout)
        if chosen is not None:
            return _download(path.name, candidate, *chosen, assignment)
    if layout not in (None, "plain"):
        raise ClassError(
            f"nothing in {path.name} is named as in the layout '{layout}', such as "
            f"'{candidates[0].files[0].path}': leave --layout out, or choose from {', '.join(LAYOUT_NAMES)}"
        )
    # an archive of a folder has the folder at its top; a folder that was named is the class itself
    top = candidates[0] if path.is_dir() else candidates[min(1, len(candidates) - 1)]
    if is_one_submission(found.path for found in top.files):
        top = candidates[0]
    if is_one_submission(found.path for found in top.files):
        raise ClassError(
            f"{path.name} looks like the submission of one student: grader grade {path.name} grades it"
        )
    reader = LAYOUTS["plain"][1](top)
    assert reader is not None
    return _download(path.name, top, "plain", reader, assignment)


def is_one_submission(paths: Iterable[PurePosixPath]) -> bool:
    """Whether the files of the assignment lie at the top, where a class has its students."""
    tops = {own_name(path.name) for path in paths if len(path.parts) == 1}
    return bool(tops & {f"{module}.py" for module in MODULES})


def _recognised(listing: Listing, layout: str | None) -> tuple[str, Reader] | None:
    """Return the layout that most of a download has; plain folders are no evidence of any."""
    best: tuple[float, str, Reader] | None = None
    made: list[tuple[str, Reader]] = [(n, r) for n, r in readers(listing) if n != "plain"]
    exported = gradescope(listing)
    if exported is not None:
        made.insert(0, ("gradescope", exported))
    total = sum(_counts(found.path) for found in listing.files)
    for name, reader in made:
        if layout not in (None, name):
            continue
        share = sum(_counts(found.path) and reader(found.path) is not None for found in listing.files) / max(
            total, 1
        )
        enough = share > 0 if layout == name or name in ("nbgrader", "gradescope") else share >= ENOUGH
        if enough and (best is None or share > best[0]):
            best = share, name, reader
    return None if best is None else best[1:]


def _counts(path: PurePosixPath) -> bool:
    return path.name not in ("index.html", METADATA, "scores.csv")


def _download(source: str, listing: Listing, layout: str, reader: Reader, assignment: str | None) -> Download:
    download = Download(source, layout, not_understood=list(listing.not_read))
    pieces: list[tuple[Piece, int]] = []
    for number, found in enumerate(listing.files):
        piece = reader(found.path)
        if piece is not None:
            pieces.append((piece, number))
        elif _counts(found.path) and not (layout == "nbgrader" and found.path.parts[0] != "submitted"):
            download.not_understood.append(f"{found.path}: not named as in {download.title}")
    pieces = _of_assignment(pieces, assignment)
    attempts: dict[tuple[str, str], HandIn] = {}
    for piece, number in pieces:
        found = listing.files[number]
        handin = attempts.setdefault(
            (piece.members[0].key, piece.attempt),
            HandIn(piece.members, when=piece.when, late=piece.late, attempt=piece.attempt, source=source),
        )
        handin.late = handin.late or piece.late
        if piece.inner is not None:
            handin.files.append((piece.inner, found))
        else:
            _read_beside(handin, layout, found.read)
    for folder in listing.folders:
        # who handed in an empty folder handed in nothing, and is not dropped
        piece = reader(folder / "nothing")
        if piece is not None and (assignment is None or piece.belongs_to in ("", assignment)):
            key = piece.members[0].key, piece.attempt
            attempts.setdefault(key, HandIn(piece.members, [], piece.when, piece.late, piece.attempt, source))
    download.attempts = in_order(attempts.values())
    return download


def in_order(attempts: Iterable[HandIn]) -> list[HandIn]:
    """Return hand-ins by student, of each the earlier ones first; those without a time keep their order."""
    return sorted(attempts, key=lambda handin: (handin.who.key, _moment(handin.when), handin.attempt))


def _moment(when: datetime | None) -> float:
    return when.timestamp() if when is not None else 0.0


def _of_assignment(pieces: list[tuple[Piece, int]], assignment: str | None) -> list[tuple[Piece, int]]:
    names = Counter(piece.belongs_to for piece, _ in pieces)
    if assignment is None:
        if len(names) > 1:
            raise ClassError(
                f"there are several assignments: {', '.join(sorted(names))}; name one with --assignment"
            )
        return pieces
    if names and assignment not in names and set(names) != {""}:
        raise ClassError(f"there is no assignment '{assignment}', only {', '.join(sorted(names))}")
    return [(piece, number) for piece, number in pieces if piece.belongs_to in ("", assignment)]


def _read_beside(handin: HandIn, layout: str, read: Callable[[int], bytes]) -> None:
    """Take from a receipt or a time stamp what it says of a hand-in."""
    if layout == "nbgrader":
        text = read(200).decode("utf-8", "replace").strip()
        date, _, zone = text.rpartition(" ")
        handin.when = _time(date, zone) or _time(text, "")
    if layout == "blackboard":
        first = read(2000).decode("utf-8-sig", "replace").partition("\n")[0].strip()
        name, _, user = first.removeprefix("Name: ").rpartition(" (")
        if first.startswith("Name: ") and user.rstrip(")") == handin.who.key:
            handin.members = (Who(handin.who.key, name),)


def _time(text: str, zone: str) -> datetime | None:
    from zoneinfo import ZoneInfo

    try:
        when = datetime.fromisoformat(text)
        return when.replace(tzinfo=ZoneInfo(zone)) if zone and when.tzinfo is None else when
    except (ValueError, KeyError, OSError):
        return None
