"""What this copy of the kit holds and where: the packages beside the grader, and the solution or its record.

``data``, ``solution`` and ``student`` are common names. In the repository they lie beside the grader; an
installed kit has them inside, in ``grader/_kit``, so that nothing but ``grader`` is at the top of
site-packages. :func:`kit_module` imports them, so that a file called ``data.py`` in the current folder does
not take their place.
"""

from __future__ import annotations

import importlib
import itertools
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from grader.core.errors import GraderError

PACKAGE = Path(__file__).resolve().parents[1]
"""the folder of the grader itself"""
CHECKS = PACKAGE / "checks"
INSIDE = "_kit"
"""where an installed package holds what the repository has beside it; ``pyproject.toml`` says what"""
RECORD = "record"
"""where a kit without the solution holds recorded answers"""


@dataclass(frozen=True)
class Kit:
    """What a copy of the kit holds.

    ``home`` is the folder of the packages and documents beside the grader; ``record`` is the folder of
    recorded answers, or None in a kit with the solution.
    """

    home: Path
    record: Path | None

    @property
    def has_solution(self) -> bool:
        """Whether the reference can answer for any inputs."""
        return self.record is None


def find_kit(package: Path) -> Kit:
    """Return the kit that a grader belongs to.

    Parameters
    ----------
    package
        Folder of the package ``grader``.
    """
    inside, record = package / INSIDE, package / RECORD
    return Kit(inside if inside.is_dir() else package.parent, record if record.is_dir() else None)


KIT = find_kit(PACKAGE)
HOME = KIT.home


def required(path: Path) -> Path:
    """Return a path inside the kit, after checking that it exists.

    Raises
    ------
    GraderError
        If it does not exist: a file was moved, or the kit is not complete.
    """
    if not path.exists():
        raise GraderError(f"{path} is missing: this kit is not complete; install it again")
    return path


def kit_module(name: str) -> ModuleType:
    """Import a module of the kit from outside the package ``grader``.

    Parameters
    ----------
    name
        Full name of the module, such as ``data`` or ``solution.layers``.

    Raises
    ------
    GraderError
        If another module of that name is imported already.
    ModuleNotFoundError
        If it is not installed.
    """
    sys.path.insert(0, str(HOME))
    try:
        # the packages above it first: a foreign one must not be searched
        for prefix in itertools.accumulate(name.split("."), "{}.{}".format):
            module = importlib.import_module(prefix)
            _must_be_ours(module)
    finally:
        sys.path.remove(str(HOME))
    return module


def _must_be_ours(module: ModuleType) -> None:
    if module.__file__ is None or HOME not in Path(module.__file__).resolve().parents:
        raise GraderError(
            f"the module '{module.__name__}' was found at {module.__file__ or 'a bare folder'}, which is not "
            "part of the kit; run the command from another folder"
        )
