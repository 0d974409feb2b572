"""Import the packages that are installed beside this one, and no others of the same name.

``data``, ``solution`` and ``student`` are common names: a file called ``data.py`` in the current folder
must not take their place.
"""

from __future__ import annotations

import importlib
import itertools
import sys
from pathlib import Path
from types import ModuleType

from grader.core.errors import GraderError

PACKAGE = Path(__file__).resolve().parents[1]
"""the folder of the grader itself"""
HOME = PACKAGE.parent
"""the folder of the packages beside it"""
RECORD = PACKAGE / "record"
"""recorded answers; a kit with the solution has none"""
CHECKS = PACKAGE / "checks"


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
