"""The files of a download, in a folder or a zip file: listed at once, and each read when it is needed.

Nothing is unpacked to disk, no link is followed, and no name leads out of the download.
"""

from __future__ import annotations

import contextlib
import os
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from grader.core.errors import ClassError
from grader.submission.names import IGNORED_FOLDERS

MOST_ENTRIES = 200_000
"""of a download, whatever they are"""
NOISE = frozenset({"Thumbs.db", "desktop.ini"})
_UTF8 = 0x800
"""the bit by which a zip file says that a name is UTF-8"""


@dataclass(frozen=True)
class Found:
    """A file of a download: where it is in it, its size in bytes, and a function that reads so much of it."""

    path: PurePosixPath
    size: int
    read: Callable[[int], bytes] = field(repr=False, compare=False)


@dataclass
class Listing:
    """The files and folders of a download; ``not_read`` says which entries cannot be read, and why."""

    name: str
    files: list[Found] = field(default_factory=list)
    folders: list[PurePosixPath] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)


def list_files(download: Path) -> Listing:
    """List the files of a download.

    Parameters
    ----------
    download
        A folder, or a zip file.

    Raises
    ------
    ClassError
        If it is neither, is damaged, or holds too much.
    """
    try:
        if download.is_dir():
            listing = _of_folder(download)
        elif zipfile.is_zipfile(download):
            listing = _of_zip(download)
        elif download.exists():
            raise ClassError(
                f"{download.name} is neither a folder nor a zip file: give what your LMS downloads, as it is"
            )
        else:
            raise ClassError(f"{download} does not exist: give the folder or the zip file that your LMS gave")
    except (OSError, zipfile.BadZipFile) as error:
        raise ClassError(f"{download} cannot be read: {error}; download it again") from error
    return listing


def _of_folder(download: Path) -> Listing:
    listing = Listing(download.absolute().name)
    for folder, folders, names in os.walk(download):
        folders[:] = sorted(name for name in folders if not _is_noise(name))
        for name in list(folders):
            if (Path(folder) / name).is_symlink():
                folders.remove(name)
                listing.not_read.append(f"{name}: a link, which is not followed")
        if Path(folder) != download:
            listing.folders.append(PurePosixPath(Path(folder).relative_to(download).as_posix()))
        for name in sorted(names):
            file = Path(folder) / name
            status = file.lstat()
            if _is_noise(name):
                continue
            if not stat.S_ISREG(status.st_mode):
                listing.not_read.append(f"{name}: a link or no file at all, which is not followed")
                continue
            path = PurePosixPath(file.relative_to(download).as_posix())
            _add(listing, Found(path, status.st_size, partial(_read_file, file)))
    return listing


def _read_file(file: Path, most: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(most)


def _of_zip(download: Path) -> Listing:
    listing = Listing(download.name.removesuffix(".zip"))
    archive, folders = zipfile.ZipFile(download), dict[PurePosixPath, None]()
    for info in archive.infolist():
        path = _path_of(info)
        if path is None:
            continue
        if ".." in path.parts or path.is_absolute():
            listing.not_read.append(f"{path}: its name leads out of the archive")
            continue
        folders.update(dict.fromkeys(path.parents))
        if info.is_dir():
            folders[path] = None
        if info.is_dir() or any(_is_noise(part) for part in path.parts):
            continue
        if info.flag_bits & 1:
            listing.not_read.append(f"{path}: encrypted")
        else:
            _add(listing, Found(path, info.file_size, partial(_read_member, archive, info)))
    listing.folders = [path for path in folders if path.parts and not any(map(_is_noise, path.parts))]
    return listing


def _path_of(info: zipfile.ZipInfo) -> PurePosixPath | None:
    name = info.filename.replace("\\", "/")
    if not info.flag_bits & _UTF8:
        # many write UTF-8 without saying so
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return PurePosixPath(name) if name.strip("/") else None


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(info) as member:
        return member.read(most)


def _add(listing: Listing, found: Found) -> None:
    listing.files.append(found)
    if len(listing.files) > MOST_ENTRIES:
        raise ClassError(f"{listing.name} holds more than {MOST_ENTRIES:,} files: is it the right folder?")


def _is_noise(name: str) -> bool:
    """Whether tools and systems leave such a file or folder behind, which nobody handed in."""
    return name in NOISE or name.startswith(".") or name in IGNORED_FOLDERS - {"tests", "env"}


def below_single_folder(listing: Listing) -> Listing | None:
    """Return a listing one folder further down, where everything lies in one folder; else None."""
    tops = {path.parts[0] for path in (*(found.path for found in listing.files), *listing.folders)}
    if len(tops) != 1 or any(len(found.path.parts) < 2 for found in listing.files):
        return None
    only = tops.pop()
    files = [Found(found.path.relative_to(only), found.size, found.read) for found in listing.files]
    folders = [folder.relative_to(only) for folder in listing.folders if len(folder.parts) > 1]
    return Listing(only, files, folders, listing.not_read)
