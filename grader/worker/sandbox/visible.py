"""Which files a worker must see to run: the interpreter, its standard library, NumPy, and system libraries.

Folders of installed packages are no part of it: there may lie the grader, the solution, and whatever else a
submission must not read.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("site-packages", "dist-packages")
LOADER = ("/etc/ld.so.cache", "/etc/alternatives")
"""where the system says which library is which"""
LINKS = ("/lib", "/lib32", "/lib64")
"""where programs look for the loader; links into /usr on most systems"""
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


@dataclass(frozen=True)
class Visible:
    """Paths as they are on this machine.

    ``folders`` are visible apart from the ``hidden`` folders below them. ``readable`` says the same without
    exceptions, for rules that know none; the folders on the way to a hidden one are ``listed``: their names
    can be read.
    """

    interpreter: str
    folders: tuple[str, ...]
    files: tuple[str, ...]
    hidden: tuple[str, ...]
    readable: tuple[str, ...]
    listed: tuple[str, ...]
    numpy: tuple[str, ...]
    """the package, and the folder of its libraries where it has one"""


@functools.cache
def visible() -> Visible:
    """Return what a worker must see on this machine."""
    interpreter = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    folders = _outermost([*standard_library(), *_library_folders()])
    hidden = tuple(sorted({str(path) for folder in folders for path in _package_folders(folder)}))
    readable: list[str] = []
    listed: list[str] = []
    for folder in folders:
        _expand(folder, hidden, readable, listed)
    files = tuple(path for path in (interpreter, *LOADER, *_loaders(folders)) if Path(path).exists())
    package = numpy_folder()
    numpy = tuple(str(path) for path in (package, package.with_name("numpy.libs")) if path.is_dir())
    return Visible(
        interpreter, tuple(map(str, folders)), files, hidden, (*readable, *files), tuple(listed), numpy
    )


def numpy_folder() -> Path:
    """Return the folder of the NumPy that this process uses, or would use."""
    spec = importlib.util.find_spec("numpy")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).resolve().parent


def standard_library() -> Iterator[Path]:
    """Yield the folders of the standard library of the interpreter that workers run."""
    for name in ("stdlib", "platstdlib"):
        # a virtual environment has none of its own
        folder = sysconfig.get_path(name, vars={"base": sys.base_prefix, "platbase": sys.base_exec_prefix})
        if Path(folder).is_dir():
            yield Path(folder).resolve()


def _library_folders() -> Iterator[Path]:
    """Yield the folders of all libraries that this process has loaded, apart from those of packages."""
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    except OSError:
        # without /proc, where libraries are on most systems
        lines = [f"- /usr/lib/{sysconfig.get_config_var('MULTIARCH')}/libc.so.6", "- /usr/lib64/libc.so.6"]
    found = {Path(line[line.index("/") :]) for line in lines if "/" in line and ".so" in line}
    for path in sorted({file.parent for file in found}):
        if path.is_dir() and not any(name in path.parts for name in PACKAGES):
            yield path.resolve()


def _loaders(folders: Iterable[Path]) -> Iterator[str]:
    """Yield the loaders that lie outside of some folders, where programs look for them."""
    for link in map(Path, LINKS):
        # the file alone: all packages of a system may lie below a folder with a loader in it
        for loader in sorted(link.glob("ld-*.so*")):
            place = link.resolve()
            if not any(place.is_relative_to(folder) for folder in folders):
                yield str(place / loader.name)


def _outermost(folders: Iterable[Path]) -> list[Path]:
    unique = sorted(set(folders))
    return [folder for folder in unique if not any(other in folder.parents for other in unique)]


def _package_folders(folder: Path) -> Iterator[Path]:
    for name in PACKAGES:
        for pattern in (name, f"python*/{name}"):
            yield from (path for path in folder.glob(pattern) if path.is_dir())


def _expand(folder: Path, hidden: tuple[str, ...], readable: list[str], listed: list[str]) -> None:
    if not any(Path(path).is_relative_to(folder) for path in hidden):
        readable.append(str(folder))
        return
    listed.append(str(folder))
    for entry in sorted(folder.iterdir()):
        if str(entry) in hidden:
            continue
        if any(Path(path).is_relative_to(entry) for path in hidden):
            _expand(entry, hidden, readable, listed)
        else:
            readable.append(str(entry))
