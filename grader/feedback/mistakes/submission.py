"""Write a submission that makes known mistakes: the solution with some of its functions replaced."""

from __future__ import annotations

import ast
import inspect
import shutil
import textwrap
from collections.abc import Iterable
from pathlib import Path

from grader.core.assignment import FUNCTIONS, MODULES
from grader.core.kit import HOME, required
from grader.feedback.mistakes.base import Mistake

PARTS = tuple(required(Path(__file__).with_name(f"{name}.py")) for name in ("base", "arrays"))
"""modules that the wrong functions use"""


def write_submission(folder: Path, mistakes: Iterable[Mistake]) -> Path:
    """Write a submission: the solution with the functions of some mistakes replaced.

    Parameters
    ----------
    folder
        Folder to write, which must not exist yet.
    mistakes
        Mistakes of different functions.

    Returns
    -------
    Path
        The folder.
    """
    shutil.copytree(HOME / "solution", folder / "right", ignore=shutil.ignore_patterns("__pycache__"))
    for part in PARTS:
        shutil.copy(part, folder / f"mistake_{part.name}")
    lines = [
        "from __future__ import annotations",
        "import numpy as np",
        *(f"import right.{module}" for module in MODULES),
        "from mistake_arrays import *",
        "from mistake_base import mistaken, pair",
        "WRONG = {}",
    ]
    for mistake in mistakes:
        lines += [_source(mistake), f"WRONG[{mistake.function!r}] = {mistake.wrong.__name__}"]
    lines += ["MODULES = (" + ", ".join(f"right.{module}" for module in MODULES) + ")", FIND]
    (folder / "functions.py").write_text("\n".join(lines), encoding="utf-8")
    for module in MODULES:
        names = [function.name for function in FUNCTIONS.values() if function.module == module]
        source = "\n".join(["from functions import find", *(f"{name} = find({name!r})" for name in names)])
        (folder / f"{module}.py").write_text(source + "\n", encoding="utf-8")
    return folder


FIND = """
def right_function(name):
    return next(getattr(module, name) for module in MODULES if hasattr(module, name))


find = mistaken(right_function, WRONG)
"""


def _source(mistake: Mistake) -> str:
    """Return the source of a wrong function without its decorator."""
    source = textwrap.dedent(inspect.getsource(mistake.wrong))
    node = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[node.lineno - 1 :])
