"""Unpack archives in memory, with bounds: what an archive says about itself is not believed."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath

from grader.core.errors import IngestError
from grader.submission.limits import MOST_DEPTH, MOST_ENTRIES, MOST_NESTED, MOST_RAW_BYTES
from grader.submission.names import is_archive, is_wanted, most_bytes

COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""the usual ones; zipfile unpacks the others a block at a time, and a block can hold gigabytes"""


class Unpacked:
    """What archives hold: files that may matter, and the names of all others."""

    def __init__(self) -> None:
        self.files: list[tuple[PurePosixPath, bytes]] = []
        self.others: list[str] = []
        self._entries = 0
        self._bytes = 0

    def unpack(self, name: str, content: bytes, below: PurePosixPath, depth: int = 1) -> None:
        """Take in the files of an archive.

        Parameters
        ----------
        name
            Of the archive, for messages.
        content
            Its bytes.
        below
            Where its files belong.
        depth
            How many archives it is inside of, itself included.

        Raises
        ------
        IngestError
            If it cannot be unpacked, or holds too much.
        """
        try:
            if zipfile.is_zipfile(io.BytesIO(content)) or name.lower().endswith(".zip"):
                kind, entries = "zip", _zip_entries(name, content)
            else:
                kind, entries = "tar", _tar_entries(content)
            for path, size, stream in entries:
                self._take(name, path, size, stream, below, depth)
        except IngestError:
            raise
        except Exception as error:  # zipfile, tarfile and zlib raise many kinds for a damaged archive
            reason = str(error) or type(error).__name__
            raise IngestError(f"{name} is not a readable {kind} archive: {reason}.") from error

    def _take(
        self,
        name: str,
        path: str,
        size: int,
        stream: io.BufferedIOBase | None,
        below: PurePosixPath,
        depth: int,
    ) -> None:
        self._entries += 1
        if self._entries > MOST_ENTRIES:
            raise IngestError(
                f"{name} holds more than {MOST_ENTRIES} entries: hand in the assignment's files only."
            )
        # reads both kinds of slash, and knows drives
        windows = PureWindowsPath(path)
        if windows.anchor or ".." in windows.parts:
            raise IngestError(f"{name} holds the path {path!r}, which leads outside the archive.")
        relative = PurePosixPath(windows.as_posix())
        if stream is None or len(relative.parts) > MOST_DEPTH + 1:
            return
        inner = is_archive(relative.name)
        if not is_wanted(relative) and not inner:
            self.others.append(str(relative))
            return
        if inner and depth >= MOST_NESTED:
            self.others.append(str(relative))
            return
        most = most_bytes(relative.name)
        if size > most:
            raise IngestError(
                f"{relative.name} holds {size / (1 << 20):.1f} MB; at most {most >> 20} MB are read."
            )
        # what was announced may be a lie: no more than this is ever unpacked
        content = stream.read(size)
        self._bytes += len(content)
        if self._bytes > MOST_RAW_BYTES:
            raise IngestError(f"{name} holds more than {MOST_RAW_BYTES >> 20} MB.")
        if inner:
            self.unpack(relative.name, content, below / relative, depth + 1)
        else:
            self.files.append((below / relative, content))


def _zip_entries(name: str, content: bytes) -> Iterator[tuple[str, int, io.BufferedIOBase | None]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise IngestError(
                f"{name} holds {len(entries)} entries; at most {MOST_ENTRIES} are read: "
                "hand in the assignment's files only."
            )
        for entry in entries:
            relative = PurePosixPath(entry.filename.replace("\\", "/"))
            if entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16):
                yield entry.filename, 0, None
            elif not is_wanted(relative) and not is_archive(relative.name):
                yield entry.filename, 0, io.BytesIO()
            elif entry.compress_type not in COMPRESSIONS:
                raise IngestError(f"{name} is packed in an unusual way; make a plain zip archive.")
            else:
                yield entry.filename, entry.file_size, _Lazy(archive, entry)


class _Lazy(io.BufferedIOBase):
    """An entry that is opened when it is read, and not before its size was looked at."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        self._archive, self._entry = archive, entry

    def read(self, size: int | None = -1, /) -> bytes:
        with self._archive.open(self._entry) as stream:
            return stream.read(-1 if size is None else size)


def _tar_entries(content: bytes) -> Iterator[tuple[str, int, io.BufferedIOBase | None]]:
    # a stream is read once and in order: no entry is unpacked twice, and none before its turn
    with tarfile.open(fileobj=io.BytesIO(content), mode="r|*") as archive:
        for entry in archive:
            stream = archive.extractfile(entry) if entry.isreg() else None
            yield entry.name, entry.size, stream  # type: ignore[misc] # an ExFileObject is buffered
