"""What one student handed in: the files, when, and whether that was late."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from grader.classroom.sources import Found
from grader.core.text import clean
from grader.submission.limits import MB, MOST_RAW_BYTES
from grader.submission.names import is_archive, is_wanted

MOST_HANDIN_BYTES = MOST_RAW_BYTES
MOST_HANDIN_FILES = 2_000


@dataclass(frozen=True)
class Who:
    """What a download says of a student: the key that it uses, and perhaps a name, an email and more ids."""

    key: str
    name: str = ""
    email: str = ""
    ids: frozenset[str] = frozenset()


@dataclass
class HandIn:
    """One attempt of one student, or of a group.

    ``late`` is what the LMS says, None where it says nothing; ``when`` has a time zone only if the download
    says which. ``members`` are all who handed in together, with more than one entry for a group.
    """

    members: tuple[Who, ...]
    files: list[tuple[PurePosixPath, Found]] = field(default_factory=list)
    when: datetime | None = None
    late: bool | None = None
    attempt: str = ""
    source: str = ""

    @property
    def who(self) -> Who:
        """The first, and mostly the only one, who handed this in."""
        return self.members[0]


@dataclass(frozen=True)
class Content:
    """The files of an attempt as they are sent to be graded, with their digest.

    What cannot matter has its name and no content. ``problem`` says in one sentence why nothing is sent.
    """

    files: tuple[tuple[str, bytes], ...]
    digest: str
    problem: str | None = None


def content_of(handin: HandIn) -> Content:
    """Read the files of an attempt.

    Parameters
    ----------
    handin
        Attempt whose files are read.

    Returns
    -------
    Content
        The digest is the same for the same names and contents, in whatever order and container.
    """
    files: dict[str, bytes] = {}
    problem, total = None, 0
    if not handin.files:
        problem = "Nothing was handed in but an empty folder."
    if len(handin.files) > MOST_HANDIN_FILES:
        problem = f"It holds {len(handin.files):,} files; at most {MOST_HANDIN_FILES:,} are read."
    for inner, found in handin.files[:MOST_HANDIN_FILES]:
        name = _free(inner.as_posix(), files)
        files[name] = b""
        if not (is_wanted(inner) or is_archive(inner.name)) or problem is not None:
            continue
        try:
            files[name] = found.read(MOST_HANDIN_BYTES - total + 1)
        except Exception as error:
            # a damaged entry of an archive may raise anything
            problem = f"{clean(inner.name)} cannot be read from the download: {clean(str(error))}."
            continue
        total += len(files[name])
        if total > MOST_HANDIN_BYTES:
            problem = f"It holds more than {MOST_HANDIN_BYTES // MB} MB; hand in the sources only."
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode("utf-8", "surrogateescape"), files[name]):
            digest.update(len(part).to_bytes(8, "big") + part)
    kept = () if problem is not None else tuple(sorted(files.items()))
    return Content(kept, f"sha256:{digest.hexdigest()}", problem)


def _free(name: str, taken: dict[str, bytes]) -> str:
    """Return a name that is not taken: two uploads may have the same."""
    path, number = PurePosixPath(name), 2
    while name in taken:
        name = path.with_name(f"{path.stem} ({number}){path.suffix}").as_posix()
        number += 1
    return name
