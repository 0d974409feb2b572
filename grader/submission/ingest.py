"""Turn whatever was handed in (folder, zip, single file, notebook) into a folder that a worker can import.

Nothing of it is executed here. The files are copied, Python sources only, so that what is graded cannot
change meanwhile and nothing is ever written into the student's own folder.
"""

from __future__ import annotations

import hashlib
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from grader.core.assignment import MODULES
from grader.core.errors import IngestError, NotebookError
from grader.core.results import SubmissionInfo
from grader.core.text import clean
from grader.core.workspace import TemporaryFolder
from grader.submission.notebook import definitions
from grader.submission.review_notes import flags

MOST_FILES = 200
MOST_FILE_BYTES = 4 << 20
MOST_NOTEBOOK_BYTES = 32 << 20
MOST_TOTAL_BYTES = 64 << 20
MOST_ENTRIES = 10_000
MOST_DEPTH = 6

IGNORED_FOLDERS = frozenset(
    {"__pycache__", "__MACOSX", "node_modules", "venv", "env", "site-packages", "tests"}
)
IGNORED_FILES = frozenset({"conftest.py", "setup.py", "sitecustomize.py", "usercustomize.py"})
SINGLE = (".py", ".ipynb")
PREFERRED = "student"
"""the folder that counts where several hold the assignment's files: whoever has the kit has others, too"""
COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""the usual ones; zipfile unpacks the others a block at a time, and a block can hold gigabytes"""
WHAT_IS_WANTED = (
    "a folder with layers.py, loss.py and optim.py, a single .py file, a notebook (.ipynb), or a .zip of one"
)


@dataclass(frozen=True)
class Submission:
    """A private copy of what was handed in.

    ``modules`` maps the assignment's modules to file names below ``root``; ``problem`` says in one sentence
    why nothing is usable, and is None otherwise.
    """

    name: str
    root: Path
    modules: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    digest: str = ""
    notes: tuple[str, ...] = ()
    problem: str | None = None
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


@dataclass
class _Found:
    """What was handed in under ``name``: contents by relative path, and what was odd."""

    name: str
    files: dict[PurePosixPath, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _bytes: int = 0
    _folded: set[str] = field(default_factory=set)

    def add(self, relative: PurePosixPath, content: bytes) -> None:
        """Take a file in, unless it is one too many."""
        # some systems store an umlaut as two characters; an import statement looks for one
        path = unicodedata.normalize("NFC", str(relative))
        if path.casefold() in self._folded:
            raise IngestError(f"{self.name} holds {path!r} more than once (letter case does not count).")
        self._folded.add(path.casefold())
        self.files[PurePosixPath(path)] = content
        self._bytes += len(content)
        if len(self.files) > MOST_FILES:
            raise IngestError(
                f"{self.name} holds more than {MOST_FILES} Python files; hand in the assignment's only."
            )
        if self._bytes > MOST_TOTAL_BYTES:
            raise IngestError(f"{self.name} holds more than {MOST_TOTAL_BYTES >> 20} MB of sources.")


def ingest(path: Path) -> Submission:
    """Read a submission.

    Parameters
    ----------
    path
        A folder, a ``.zip``, a ``.py`` file or an ``.ipynb`` notebook.

    Returns
    -------
    Submission
        To be closed after use. One that cannot be used has a ``problem`` and no modules.
    """
    name = clean(path.name or path.resolve().name)
    try:
        found = _read(path, name)
        sources, modules = _arrange(found)
        folder = _private_copy(sources)
    except (IngestError, NotebookError) as error:
        return Submission(name, Path(), problem=clean(str(error)))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Submission(name, Path(), problem=f"{name} cannot be read: {reason}.")
    return Submission(
        name,
        folder.path,
        modules,
        tuple(str(relative) for relative in sorted(sources)),
        _digest(sources),
        tuple(map(clean, [*found.notes, *flags(sources)])),
        None,
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


def _read(path: Path, name: str) -> _Found:
    if not path.exists():
        raise IngestError(f"{path} does not exist; give {WHAT_IS_WANTED}.")
    found = _Found(name)
    if path.is_dir():
        _read_folder(path, found)
    elif path.is_file() and path.suffix.lower() == ".zip":
        _read_zip(path, found)
    elif path.is_file() and path.suffix.lower() in SINGLE:
        _check_size(name, path.stat().st_size)
        found.add(PurePosixPath(name), path.read_bytes())
    else:
        raise IngestError(f"{name} is not a submission; give {WHAT_IS_WANTED}.")
    return found


def _wanted(relative: PurePosixPath) -> bool:
    """Whether a file may matter: Python or a notebook, in no folder that tools make, and not for pytest."""
    if (
        relative.suffix.lower() not in SINGLE
        or relative.name in IGNORED_FILES
        or relative.name.startswith(".")
    ):
        return False
    return not any(part in IGNORED_FOLDERS or part.startswith(".") for part in relative.parts[:-1])


def _check_size(name: str, size: int) -> None:
    most = MOST_NOTEBOOK_BYTES if name.lower().endswith(".ipynb") else MOST_FILE_BYTES
    if size > most:
        raise IngestError(f"{name} holds {size / (1 << 20):.1f} MB; at most {most >> 20} MB are read.")


def _walk(folder: Path, depth: int = 0) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink():
            continue
        if entry.is_dir():
            hidden = entry.name.startswith(".") or entry.name in IGNORED_FOLDERS
            if depth < MOST_DEPTH and not hidden:
                yield from _walk(entry, depth + 1)
        elif entry.is_file():
            yield entry


def _read_folder(folder: Path, found: _Found) -> None:
    for file in _walk(folder):
        relative = PurePosixPath(file.relative_to(folder).as_posix())
        if _wanted(relative):
            _check_size(relative.name, file.stat().st_size)
            found.add(relative, file.read_bytes())


def _read_zip(path: Path, found: _Found) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            _unzip(archive, found)
    except (IngestError, OSError):
        raise
    except Exception as error:  # zipfile and zlib raise many kinds for a damaged archive
        reason = str(error) or type(error).__name__
        raise IngestError(f"{found.name} is not a readable zip archive: {reason}.") from error


def _unzip(archive: zipfile.ZipFile, found: _Found) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise IngestError(
            f"{found.name} holds {len(entries)} entries; at most {MOST_ENTRIES} are read: "
            "hand in the assignment's files only."
        )
    for entry in entries:
        # reads both kinds of slash, and knows drives
        path = PureWindowsPath(entry.filename)
        if path.anchor or ".." in path.parts:
            raise IngestError(
                f"{found.name} holds the path {entry.filename!r}, which leads outside the archive."
            )
        relative = PurePosixPath(path.as_posix())
        if entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16) or not _wanted(relative):
            continue
        if len(relative.parts) > MOST_DEPTH + 1:
            continue
        if entry.compress_type not in COMPRESSIONS:
            raise IngestError(f"{found.name} is packed in an unusual way; make a plain zip archive.")
        _check_size(relative.name, entry.file_size)
        with archive.open(entry) as stream:
            # what was announced may be a lie: no more than this is ever unpacked
            found.add(relative, stream.read(entry.file_size))


def _arrange(found: _Found) -> tuple[dict[PurePosixPath, bytes], dict[str, str]]:
    """Choose what is graded among what was found; return the sources to copy, and the file of each module."""
    if len(found.files) == 1:
        return _take_single(found, next(iter(found.files)))
    module_files = {f"{module}.py" for module in MODULES}
    bases = sorted({path.parent for path in found.files if path.name in module_files})
    if not bases:
        return _single(found)
    # a folder inside another candidate is a helper package of it
    outermost = [base for base in bases if not any(other in base.parents for other in bases)]
    own = [base for base in outermost if base.name == PREFERRED]
    if len(outermost) > 1 and len(own) == 1:
        others = " and ".join(f"{base}/" for base in outermost if base not in own)
        found.notes.append(f"{own[0]}/ is graded; {others} left aside")
        outermost = own
    if len(outermost) > 1:
        names = ", ".join(str(base) for base in outermost)
        raise IngestError(f"several folders hold the assignment's files ({names}); hand in one of them.")
    sources = _sources_below(found, outermost[0])
    modules = {module: f"{module}.py" for module in MODULES if PurePosixPath(f"{module}.py") in sources}
    missing = [f"{module}.py" for module in MODULES if module not in modules]
    if missing:
        found.notes.append(f"{' and '.join(missing)} not found")
    return sources, modules


def _sources_below(found: _Found, base: PurePosixPath) -> dict[PurePosixPath, bytes]:
    return {
        path.relative_to(base): content
        for path, content in found.files.items()
        if path.suffix == ".py" and base in path.parents
    }


def _single(found: _Found) -> tuple[dict[PurePosixPath, bytes], dict[str, str]]:
    """Choose the one file that a folder without the assignment's modules can mean."""
    for suffix in SINGLE[::-1]:
        candidates = sorted(path for path in found.files if path.suffix.lower() == suffix)
        if len(candidates) == 1:
            return _take_single(found, candidates[0])
        if len(candidates) > 1:
            names = ", ".join(str(path) for path in candidates[:5])
            raise IngestError(
                f"{found.name} holds none of layers.py, loss.py and optim.py, and which of {names} counts "
                "is not clear; hand in one of them."
            )
    raise IngestError(f"{found.name} holds no Python file; give {WHAT_IS_WANTED}.")


def _take_single(found: _Found, path: PurePosixPath) -> tuple[dict[PurePosixPath, bytes], dict[str, str]]:
    content, file = found.files[path], PurePosixPath(path.stem + ".py")
    if path.suffix.lower() == ".ipynb":
        source, notes = definitions(content, path.name)
        found.notes.extend(notes)
        file, content = PurePosixPath("notebook.py"), source.encode()
    # modules beside a notebook are there to be imported by it
    sources = {**_sources_below(found, path.parent), file: content}
    return sources, dict.fromkeys(MODULES, file.name)


def _digest(sources: dict[PurePosixPath, bytes]) -> str:
    """Return a SHA-256 over names and contents, the same for the same files however they were handed in."""
    digest = hashlib.sha256()
    for path in sorted(sources):
        for part in (str(path).encode("utf-8", "surrogateescape"), sources[path]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{digest.hexdigest()}"
