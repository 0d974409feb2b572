"""Entries of zip files that do not depend on the time at which they are written."""

from __future__ import annotations

import stat
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

from grader.core.kit import HOME, INSIDE, PACKAGE, required

DATE = (2026, 1, 1, 0, 0, 0)


def add(archive: zipfile.ZipFile, name: str, data: bytes, *, executable: bool = False) -> None:
    """Add a file to an archive."""
    entry = zipfile.ZipInfo(name, DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
    archive.writestr(entry, data)


def add_kit(archive: zipfile.ZipFile, solution: Path) -> None:
    """Add the complete kit, with a solution, as the folder ``kit``, which pip can install.

    Parameters
    ----------
    archive
        Archive to add to.
    solution
        Folder with the modules of the solution.
    """
    for name, place in {**_parts(), "solution": solution, "grader": PACKAGE}.items():
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            inside = path.relative_to(place)
            if path.is_file() and not {"__pycache__", INSIDE} & set(inside.parts):
                add(archive, PurePosixPath("kit", name, inside).as_posix(), path.read_bytes())


def _parts() -> dict[str, Path]:
    """Return the path of each folder and file beside the grader that a wheel includes, by its name."""
    project = tomllib.loads(required(HOME / "pyproject.toml").read_text(encoding="utf-8"))
    names = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    return {name: required(HOME / name) for name in names}
