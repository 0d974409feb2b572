"""Open what was handed in, without following a link and without leaving it.

Everything is opened once, relative to the open folder that holds it, and read from the descriptor: what
becomes of a name afterwards does not matter. Nothing is decoded or parsed here.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from grader.core.errors import IngestError
from grader.submission.limits import MB, MOST_DEPTH, MOST_ENTRIES, MOST_FILES, MOST_RAW_BYTES
from grader.submission.names import (
    IGNORED_FOLDERS,
    WHAT_IS_WANTED,
    is_archive,
    is_notebook,
    is_other_text,
    is_python,
    is_wanted,
    most_bytes,
)

HAS_DESCRIPTORS = os.scandir in os.supports_fd and os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)
MOST_OTHERS = 50
"""names of files that are not read"""


@dataclass
class HandedIn:
    """The contents of the files that may matter, and the names of some others."""

    name: str
    files: list[tuple[PurePosixPath, bytes]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def open_submission(path: Path, name: str) -> HandedIn:
    """Read the files of a folder, or a single file.

    Parameters
    ----------
    path
        What was handed in; itself no symbolic link.
    name
        What it is called in messages.

    Raises
    ------
    IngestError
        If it is nothing that can be handed in, or too much.
    OSError
        If it cannot be read.
    """
    found = HandedIn(name)
    if not HAS_DESCRIPTORS:
        _by_path(path, found)
        return found
    try:
        descriptor = os.open(path, _FLAGS)
    except (FileNotFoundError, ValueError):
        raise IngestError(f"{path} does not exist; give {WHAT_IS_WANTED}.") from None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise _is_link(name) from None
        if error.errno == errno.ENXIO:
            raise IngestError(f"{name} is not a submission; give {WHAT_IS_WANTED}.") from None
        raise
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            for relative, opened in _walk(descriptor, PurePosixPath(), found, [0]):
                _take(relative, opened, found)
        else:
            _take_single(descriptor, mode, found)
    finally:
        os.close(descriptor)
    return found


def _is_link(name: str) -> IngestError:
    return IngestError(f"{name} is a symbolic link, which is not followed; give the file or folder itself.")


def _take_single(descriptor: int, mode: int, found: HandedIn) -> None:
    path = PurePosixPath(found.name)
    named = (
        is_python(path.name) or is_notebook(path.name) or is_archive(path.name) or is_other_text(path.name)
    )
    if not stat.S_ISREG(mode) or not named or path.name.startswith("."):
        raise IngestError(f"{found.name} is not a submission; give {WHAT_IS_WANTED}.")
    _take(path, descriptor, found)


def _walk(
    folder: int, below: PurePosixPath, found: HandedIn, count: list[int]
) -> Iterator[tuple[PurePosixPath, int]]:
    """Yield descriptors of the files that may matter; each is closed afterwards."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    count[0] += len(names)
    if count[0] > MOST_ENTRIES:
        raise IngestError(
            f"{found.name} holds more than {MOST_ENTRIES} files; hand in the assignment's only."
        )
    for name in names:
        relative = below / name
        if not (is_wanted(relative) or is_archive(name) or _may_be_folder(name, len(below.parts))):
            _note_other(relative, found)
            continue
        try:
            opened = os.open(name, _FLAGS, dir_fd=folder)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.ENOENT):
                # a link, a socket, or gone in the meantime
                continue
            raise
        try:
            mode = os.fstat(opened).st_mode
            if stat.S_ISDIR(mode):
                if _may_be_folder(name, len(below.parts)):
                    yield from _walk(opened, relative, found, count)
            elif stat.S_ISREG(mode) and (is_wanted(relative) or is_archive(name)):
                yield relative, opened
            elif stat.S_ISREG(mode):
                _note_other(relative, found)
        finally:
            os.close(opened)


def _may_be_folder(name: str, depth: int) -> bool:
    return depth < MOST_DEPTH and not name.startswith(".") and name not in IGNORED_FOLDERS


def _note_other(relative: PurePosixPath, found: HandedIn) -> None:
    if len(found.others) < MOST_OTHERS and not relative.name.startswith("."):
        found.others.append(str(relative))


def _take(relative: PurePosixPath, descriptor: int, found: HandedIn) -> None:
    size = os.fstat(descriptor).st_size
    _keep(relative, size, found, partial(_read, descriptor))


def _read(descriptor: int, most: int) -> bytes:
    chunks: list[bytes] = []
    left = most
    while left > 0 and (chunk := os.read(descriptor, min(left, MB))):
        chunks.append(chunk)
        left -= len(chunk)
    return b"".join(chunks)


def _keep(relative: PurePosixPath, size: int, found: HandedIn, read: Callable[[int], bytes]) -> None:
    name, most = relative.name, most_bytes(relative.name)
    if is_other_text(name) and size > most_bytes("any.py") and not name.endswith(".json"):
        _note_other(relative, found)
        return
    if size > most and (is_archive(name) or is_other_text(name)) and len(relative.parts) > 1:
        _note_other(relative, found)
        return
    content = read(most + 1) if size <= most else b""
    if size > most or len(content) > most:
        size = max(size, len(content))
        raise IngestError(f"{name} holds {size / MB:.1f} MB; at most {most // MB} MB are read.")
    found.files.append((relative, content))
    if sum(is_python(path.name) or is_notebook(path.name) for path, _ in found.files) > MOST_FILES:
        raise IngestError(
            f"{found.name} holds more than {MOST_FILES} Python files; hand in the assignment's only."
        )
    if sum(len(content) for _, content in found.files) > MOST_RAW_BYTES:
        raise IngestError(
            f"{found.name} holds more than {MOST_RAW_BYTES // MB} MB; hand in the sources only."
        )


def _read_path(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _by_path(path: Path, found: HandedIn) -> None:
    """Read where files cannot be opened relative to an open folder: links are passed over, not shut out."""
    if path.is_symlink():
        raise _is_link(found.name)
    if not path.exists():
        raise IngestError(f"{path} does not exist; give {WHAT_IS_WANTED}.")
    if path.is_dir():
        for count, entry in enumerate(sorted(path.rglob("*"))):
            if count > MOST_ENTRIES:
                raise IngestError(f"{found.name} holds more than {MOST_ENTRIES} files.")
            relative = PurePosixPath(entry.relative_to(path).as_posix())
            if entry.is_symlink() or not entry.is_file() or len(relative.parts) > MOST_DEPTH + 1:
                continue
            if is_wanted(relative) or is_archive(relative.name):
                _keep(relative, entry.stat().st_size, found, partial(_read_path, entry))
            else:
                _note_other(relative, found)
        return
    with path.open("rb") as file:
        _take_single(file.fileno(), os.fstat(file.fileno()).st_mode, found)
