"""A tree of folders for a worker that no rules of the kernel keep from files: copies of what it needs to run.

The worker makes the tree its root and becomes another user, so that nothing else has a name there. It takes a
copy because binding folders needs rights that root does not have in most containers. The copy is made once
a process of the grader, and goes with it.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.core.workspace import TemporaryFolder
from grader.worker.sandbox.visible import LINKS, PACKAGES, standard_library, visible

HOME = "/convgrade"
"""where the worker's own files lie, inside"""
WORKERS = "/workers"
NOT_NEEDED = (*PACKAGES, "test", "tests", "idlelib", "turtledemo", "config-*", "*.a")

_LIST_LIBRARIES = """
import ctypes, glob, os, sys, sysconfig
folder = os.path.join(sysconfig.get_path("platstdlib"), "lib-dynload")
for file in sorted(glob.glob(folder + "/*.so")) + [
    file for name in sys.argv[1:] for file in sorted(glob.glob(name + "/**/*.so*", recursive=True))
]:
    try:
        ctypes.CDLL(file)
    except OSError:
        pass
with open("/proc/self/maps") as file:
    for line in file:
        print(line[line.index("/"):].strip() if "/" in line else "")
"""
"""loads all that a worker can load, and lists which files that takes"""


class Tree:
    """The folders that all workers of this process share, and the folders of each."""

    def __init__(self, own_files: Iterable[tuple[str, Path]]) -> None:
        """Copy what a worker needs.

        Parameters
        ----------
        own_files
            The worker's files, by their names below ``HOME``.
        """
        self._folder = TemporaryFolder("tree")
        self.path = self._folder.path
        seen = visible()
        for folder in standard_library():
            self._copy_folder(folder, str(folder))
        for package in map(Path, seen.numpy):
            self._copy_folder(package, f"{HOME}/packages/{package.name}")
        for name, file in own_files:
            self._copy(file, f"{HOME}/{name}")
        for path in (seen.interpreter, "/etc/ld.so.cache", *_libraries()):
            if Path(path).is_file():
                self._copy(Path(path), path)
        for link, target in _links():
            self._place(link).symlink_to(target)
        self._place(WORKERS).mkdir()
        open_to_all(self.path)
        # names of workers are not for workers to list
        self._place(WORKERS).chmod(0o711)

    def _place(self, path: str) -> Path:
        place = self.path / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _copy(self, source: Path, path: str) -> None:
        place = self._place(path)
        if not place.exists():
            shutil.copy2(source, place)

    def _copy_folder(self, source: Path, path: str) -> None:
        left_out = shutil.ignore_patterns(*NOT_NEEDED)
        shutil.copytree(
            source, self._place(path), ignore=left_out, copy_function=shutil.copy2, dirs_exist_ok=True
        )

    def add(self, name: str, root: Path, user: int) -> tuple[str, str]:
        """Make the folders of a worker.

        Parameters
        ----------
        name
            Of the worker.
        root
            Folder of its submission.
        user
            Who it will be.

        Returns
        -------
        (str, str)
            Where the submission and the folder to work in lie, as the worker sees it.
        """
        own = f"{WORKERS}/{name}"
        submission, scratch = self._place(f"{own}/submission"), self._place(f"{own}/scratch")
        shutil.copytree(root, submission, copy_function=shutil.copy2)
        open_to_all(submission.parent)
        scratch.mkdir(mode=0o700)
        os.chown(scratch, user, user)
        return f"{own}/submission", f"{own}/scratch"

    def remove(self, name: str) -> None:
        """Remove the folders of a worker."""
        shutil.rmtree(self._place(f"{WORKERS}/{name}"), ignore_errors=True)

    def close(self) -> None:
        """Remove everything."""
        self._folder.close()


def open_to_all(folder: Path) -> None:
    """Let everybody read a folder that was copied, whatever the permissions of the original."""
    for parent, _, names in os.walk(folder):
        Path(parent).chmod(0o755)
        for name in names:
            # a link would lead to what lies outside
            if not (Path(parent) / name).is_symlink():
                (Path(parent) / name).chmod(0o644)


@functools.cache
def _libraries() -> tuple[str, ...]:
    """Return the system libraries that the interpreter, its extensions and NumPy load, and the loader."""
    seen = visible()
    line = [seen.interpreter, "-I", "-S", "-c", _LIST_LIBRARIES, *seen.numpy]
    done = subprocess.run(line, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    inside = tuple(map(str, (*standard_library(), *seen.numpy)))
    found = {path for path in done.stdout.splitlines() if ".so" in path and not path.startswith(inside)}
    return tuple(sorted(found))


def _links() -> Iterator[tuple[str, str]]:
    """Yield the links under whose names libraries are looked for, and what they lead to."""
    for link in LINKS:
        if Path(link).is_symlink():
            yield link, str(Path(link).readlink())
    libraries = _libraries()
    for folder in sorted({str(Path(path).parent) for path in libraries}):
        for entry in sorted(Path(folder).iterdir()):
            if entry.is_symlink() and str(entry) not in libraries and str(entry.resolve()) in libraries:
                yield str(entry), str(entry.resolve())


_trees: dict[tuple[int, str], Tree] = {}


def shared_tree(own_files: Iterable[tuple[str, Path]]) -> Tree:
    """Return the tree of this process, made when it is first asked for."""
    key = os.getpid(), tempfile.gettempdir()
    if key not in _trees:
        _trees[key] = Tree(own_files)
    return _trees[key]


def remove_worker(name: str) -> None:
    """Remove the folders of a worker of this process."""
    found = _trees.get((os.getpid(), tempfile.gettempdir()))
    if found is not None:
        found.remove(name)


def close_trees() -> None:
    """Remove the trees of this process before its end."""
    while _trees:
        _trees.popitem()[1].close()
