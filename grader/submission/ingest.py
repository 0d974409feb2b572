"""Turn what was handed in (folder, archive, file, notebook) into a folder that a worker can import.

Nothing of it is executed, decoded or parsed here. The files are copied, Python sources only, so that what is
graded cannot change meanwhile, and nothing is ever written into the student's own folder.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from grader.core.errors import IngestError
from grader.core.results import SubmissionInfo
from grader.core.text import clean
from grader.core.workspace import TemporaryFolder
from grader.submission.limited import Taken, read_limited
from grader.submission.opening import open_submission


@dataclass(frozen=True)
class Submission:
    """A private copy of what was handed in.

    ``modules`` maps names to import to file names below ``root``; ``homes`` says in which of them a function
    is, if not in the assignment's own; ``lost`` are functions that cannot be read, with what to tell: a
    headline, and facts. ``places`` says where lines of a file come from, as (first line, label, its line);
    ``ranges`` are the lines of a file that the functions need. ``problem`` says in one sentence why
    nothing is usable, and is None otherwise.
    """

    name: str
    root: Path
    modules: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    digest: str = ""
    notes: tuple[str, ...] = ()
    problem: str | None = None
    homes: dict[str, str] = field(default_factory=dict)
    lost: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: dict[str, tuple[tuple[int, str, int], ...]] = field(default_factory=dict)
    ranges: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    _folder: TemporaryFolder | None = field(default=None, repr=False, compare=False)

    def __enter__(self) -> Submission:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the private copy."""
        if self._folder is not None:
            self._folder.close()

    @property
    def info(self) -> SubmissionInfo:
        """What a report says about the submission."""
        return SubmissionInfo(self.name, self.digest, self.files, self.notes, self.problem)

    def place(self, file: str, line: int) -> str:
        """Return where a line of a file is for its author: ``cell 12, line 3`` or ``layers.py, line 3``."""
        places = self.places.get(file, ())
        index = bisect_right(places, line, key=lambda place: place[0]) - 1
        if index < 0:
            return f"{file}, line {line}"
        first, label, there = places[index]
        return f"{label}, line {line - first + there}"


def ingest(path: Path) -> Submission:
    """Read a submission.

    Parameters
    ----------
    path
        A folder, an archive (zip or tar), a ``.py`` file or an ``.ipynb`` notebook; no symbolic link.

    Returns
    -------
    Submission
        To be closed after use. One that cannot be used has a ``problem`` and no modules.
    """
    name = clean(path.name or path.resolve().name)
    try:
        taken = read_limited(open_submission(path, name))
        if taken.problem is not None:
            return Submission(name, Path(), notes=taken.notes, problem=taken.problem)
        folder = _private_copy(taken.sources)
    except IngestError as error:
        return Submission(name, Path(), problem=clean(str(error)))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Submission(name, Path(), problem=f"{name} cannot be read: {reason}.")
    return _submission(name, taken, folder)


def _submission(name: str, taken: Taken, folder: TemporaryFolder) -> Submission:
    return Submission(
        name,
        folder.path,
        taken.modules,
        tuple(str(relative) for relative in sorted(taken.sources)),
        _digest(taken.sources),
        taken.notes,
        None,
        taken.homes,
        taken.lost,
        taken.places,
        taken.ranges,
        folder,
    )


def _private_copy(sources: dict[PurePosixPath, bytes]) -> TemporaryFolder:
    folder = TemporaryFolder("submission")
    try:
        for relative, content in sources.items():
            target = folder.path / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except OSError:
        # an archive can hold names that this system cannot
        folder.close()
        raise
    return folder


def _digest(sources: dict[PurePosixPath, bytes]) -> str:
    """Return a SHA-256 over names and contents, the same for the same files however they were handed in."""
    digest = hashlib.sha256()
    for path in sorted(sources):
        for part in (str(path).encode("utf-8", "surrogateescape"), sources[path]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{digest.hexdigest()}"
