"""What this copy of the kit holds, and where: the packages beside the grader, and the solution or a record.

``data``, ``solution`` and ``student`` are common names. In the repository they lie beside the grader; an
installed kit has them inside, in ``grader/_kit``, so that nothing but ``grader`` is at the top of
site-packages. They are imported by :func:`kit_module`, and a file called ``data.py`` in the current folder
does not take their place.
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
    """What this copy of the kit holds.

    ``home`` is the folder of the packages and documents beside the grader; ``record`` the folder of recorded
    answers, None in a kit with the solution.
    """

    home: Path
    record: Path | None

    @property
    def has_solution(self) -> bool:
        """Whether the reference can answer to any inputs."""
        return self.record is None


def find_kit(package: Path) -> Kit:
    """Return what belongs to a grader.

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
    """Return a path of the kit itself.

    Raises
    ------
    GraderError
        If nothing is there: a file was moved, or the kit is not complete.
    """
    if not path.exists():
        raise GraderError(f"{path} is missing: this kit is not complete; install it again")
    return path


def kit_module(name: str) -> ModuleType:
    """Import a module of the kit that is not in this package.

    Parameters
    ----------
    name
        Its full name, such as ``data`` or ``solution.layers``.

    Raises
    ------
    GraderError
        If another module of that name was imported before.
    ModuleNotFoundError
        If it is not installed.
    """
    sys.path.insert(0, str(HOME))
    try:
        # the package first: a foreign one must not be searched
        for prefix in itertools.accumulate(name.split("."), "{}.{}".format):
            module = importlib.import_module(prefix)
            _must_be_ours(module)
    finally:
        sys.path.remove(str(HOME))
    return module


def _must_be_ours(module: ModuleType) -> None:
    if module.__file__ is None or HOME not in Path(module.__file__).resolve().parents:
        raise GraderError(
            f"the module '{module.__name__}' that was found is {module.__file__ or 'a bare folder'}, not the "
            "kit's; run the command from another folder"
        )
