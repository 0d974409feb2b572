"""Turn whatever was handed in (folder, zip, single file, notebook) into a folder that a worker can import.

Nothing of it is executed here. The files are copied, Python sources only, so that what is graded cannot
change meanwhile and nothing is ever written into the student's own folder.
"""

from __future__ import annotations

import hashlib
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from grader.assignment import MODULES
from grader.notebook import NotebookError, definitions
from grader.results import GraderError, SubmissionInfo

MOST_FILES = 200
MOST_FILE_BYTES = 4 << 20
MOST_NOTEBOOK_BYTES = 32 << 20
MOST_TOTAL_BYTES = 64 << 20
MOST_DEPTH = 6

IGNORED_FOLDERS = frozenset(
    {"__pycache__", "__MACOSX", "node_modules", "venv", "env", "site-packages", "tests"}
)
IGNORED_FILES = frozenset({"conftest.py", "setup.py", "sitecustomize.py", "usercustomize.py"})
SINGLE = (".py", ".ipynb")
WHAT_IS_WANTED = (
    "a folder with layers.py, loss.py and optim.py, a single .py file, a notebook (.ipynb), or a .zip of one"
)


class IngestError(GraderError):
    """What was handed in cannot be used; the text says why in one sentence."""


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
    _folder: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False, compare=False)

    def __enter__(self) -> Submission:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the private copy."""
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def info(self) -> SubmissionInfo:
        """What a report says about the submission."""
        return SubmissionInfo(self.name, self.digest, self.files, self.notes, self.problem)


@dataclass
class _Found:
    """Contents by relative path, as read; then narrowed to what is used."""

    files: dict[PurePosixPath, bytes]
    notes: list[str]


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
    name = path.name or path.resolve().name
    try:
        found = _read(path)
        sources, modules = _arrange(found)
    except (IngestError, NotebookError) as error:
        return Submission(name, Path(), problem=str(error))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Submission(name, Path(), problem=f"{path.name} cannot be read: {reason}.")
    folder = tempfile.TemporaryDirectory(prefix="convgrade-", ignore_cleanup_errors=True)
    root = Path(folder.name).resolve()
    for relative, content in sources.items():
        target = root / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return Submission(
        name,
        root,
        modules,
        tuple(str(relative) for relative in sorted(sources)),
        _digest(sources),
        tuple(found.notes),
        None,
        folder,
    )


def _read(path: Path) -> _Found:
    if not path.exists():
        raise IngestError(f"{path} does not exist; give {WHAT_IS_WANTED}.")
    if path.is_dir():
        return _read_folder(path)
    if path.suffix.lower() == ".zip":
        return _read_zip(path)
    if path.suffix.lower() in SINGLE:
        _check_size(path.name, path.stat().st_size)
        return _Found({PurePosixPath(path.name): path.read_bytes()}, [])
    raise IngestError(f"{path.name} is not a submission; give {WHAT_IS_WANTED}.")


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
    most = MOST_NOTEBOOK_BYTES if name.endswith(".ipynb") else MOST_FILE_BYTES
    if size > most:
        raise IngestError(f"{name} holds {size >> 20} MB; at most {most >> 20} MB are read.")


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


def _read_folder(folder: Path) -> _Found:
    files: dict[PurePosixPath, bytes] = {}
    total = 0
    for file in _walk(folder):
        relative = PurePosixPath(file.relative_to(folder).as_posix())
        if not _wanted(relative):
            continue
        _check_size(relative.name, file.stat().st_size)
        files[relative] = file.read_bytes()
        total += len(files[relative])
        _check_totals(folder.name, len(files), total)
    return _Found(files, [])


def _check_totals(name: str, count: int, total: int) -> None:
    if count > MOST_FILES:
        raise IngestError(f"{name} holds more than {MOST_FILES} Python files; hand in the assignment's only.")
    if total > MOST_TOTAL_BYTES:
        raise IngestError(f"{name} holds more than {MOST_TOTAL_BYTES >> 20} MB of sources.")


def _read_zip(path: Path) -> _Found:
    try:
        with zipfile.ZipFile(path) as archive:
            return _unzip(path.name, archive)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise IngestError(f"{path.name} is not a readable zip archive: {error}.") from error


def _unzip(name: str, archive: zipfile.ZipFile) -> _Found:
    entries = archive.infolist()
    if len(entries) > 50 * MOST_FILES:
        raise IngestError(f"{name} holds {len(entries)} entries; at most {50 * MOST_FILES} are read.")
    files: dict[PurePosixPath, bytes] = {}
    total = 0
    for entry in entries:
        relative = PurePosixPath(entry.filename.replace("\\", "/"))
        if relative.is_absolute() or ".." in relative.parts or ":" in entry.filename:
            raise IngestError(f"{name} holds the path {entry.filename!r}, which leads outside the archive.")
        if entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16) or not _wanted(relative):
            continue
        if len(relative.parts) > MOST_DEPTH + 1:
            continue
        if relative in files:
            raise IngestError(f"{name} holds {entry.filename!r} twice.")
        _check_size(relative.name, entry.file_size)
        with archive.open(entry) as stream:
            # the size announced may lie: read one byte more than allowed, never more
            files[relative] = stream.read(MOST_NOTEBOOK_BYTES + 1)
        _check_size(relative.name, len(files[relative]))
        total += len(files[relative])
        _check_totals(name, len(files), total)
    return _Found(files, [])


def _arrange(found: _Found) -> tuple[dict[PurePosixPath, bytes], dict[str, str]]:
    """Choose what is graded among what was found; return the sources to copy, and the file of each module."""
    module_files = {f"{module}.py" for module in MODULES}
    bases = sorted(
        {path.parent for path in found.files if path.name in module_files and len(found.files) > 1}
    )
    if not bases and len(found.files) != 1:
        return _single(found)
    if not bases:
        return _take_single(found, next(iter(found.files)))
    # a folder inside another candidate is a helper package of it
    outermost = [base for base in bases if not any(other in base.parents for other in bases)]
    if len(outermost) > 1:
        names = ", ".join(str(base) for base in outermost)
        raise IngestError(f"several folders hold the assignment's files ({names}); hand in one of them.")
    base = outermost[0]
    sources = {
        path.relative_to(base): content
        for path, content in found.files.items()
        if path.suffix == ".py" and (base == path.parent or base in path.parents)
    }
    modules = {module: f"{module}.py" for module in MODULES if PurePosixPath(f"{module}.py") in sources}
    missing = [f"{module}.py" for module in MODULES if module not in modules]
    if missing:
        found.notes.append(f"{' and '.join(missing)} not found")
    return sources, modules


def _single(found: _Found) -> tuple[dict[PurePosixPath, bytes], dict[str, str]]:
    """Choose the one file that a folder without the assignment's modules can mean."""
    for suffix in SINGLE[::-1]:
        candidates = sorted(path for path in found.files if path.suffix.lower() == suffix)
        if len(candidates) == 1:
            return _take_single(found, candidates[0])
        if len(candidates) > 1:
            names = ", ".join(str(path) for path in candidates[:5])
            raise IngestError(
                f"none of layers.py, loss.py, optim.py was found, and which of {names} to take?"
            )
    raise IngestError(f"no Python file was found; give {WHAT_IS_WANTED}.")


def _take_single(found: _Found, path: PurePosixPath) -> tuple[dict[PurePosixPath, bytes], dict[str, str]]:
    content = found.files[path]
    if path.suffix.lower() == ".ipynb":
        source, notes = definitions(content, path.name)
        found.notes.extend(notes)
        path, content = PurePosixPath("notebook.py"), source.encode()
    sources = {PurePosixPath(path.name): content}
    return sources, dict.fromkeys(MODULES, path.name)


def _digest(sources: dict[PurePosixPath, bytes]) -> str:
    """Return a SHA-256 over names and contents, the same for the same files however they were handed in."""
    digest = hashlib.sha256()
    for path in sorted(sources):
        for part in (str(path).encode("utf-8", "surrogateescape"), sources[path]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{digest.hexdigest()}"
