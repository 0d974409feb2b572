"""The students' kit: stubs, notebook, handout and the grader, without anything that reveals the solution.

The answers of the solution and of the known mistakes are recorded in it, for the published seed.
"""

from __future__ import annotations

import shutil
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from string import Template

from grader.core.kit import HOME, INSIDE, PACKAGE, RECORD, required
from grader.feedback.mistakes.base import Mistake
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.release.archive import add
from grader.release.record import record

NAME = "convgrade-student"
LEFT_OUT = (
    "release",
    "classroom",
    "cli/classroom.py",
    "cli/release.py",
    "training/kernels.py",
    "training/fast_engine.py",
)
"""parts of the grader that are for instructors, or compute what students have to write"""
MISTAKES_FOLDER = "feedback/mistakes"
WRITTEN_MISTAKES = ("__init__.py", "base.py", "catalogue.py")
"""modules of the package of mistakes that do not contain wrong functions"""
MODEL_FOLDER = "feedback/model"
WRITTEN_MODEL = ("__init__.py", "fingerprints.py", "index.py", "pairs.py", "probes.py")
"""modules of the error model that recognise wrong functions, but cannot make them"""

PAGES = ("handout.md", "gradients.md", "errors.md", "pictures/gradients.svg")

PROJECT = Template("""\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "convgrade"
version = "$version"
description = "Your assignment: a convolutional network from scratch in NumPy, with its checks."
requires-python = "$python"
dependencies = $dependencies

[project.optional-dependencies]
plots = $plots
watch = $watch
notebooks = ["ipykernel>=6", "notebook>=7"]

[project.scripts]
grader = "grader.__main__:main"

[tool.hatch.build.targets.wheel]
packages = ["grader"]

[tool.hatch.build.targets.wheel.force-include]
"data" = "grader/$inside/data"
"student" = "grader/$inside/student"
""")

README = """\
# A convolutional network from scratch in NumPy

You write the layers, the loss and the optimiser; the checks tell you how far you have come, and what went
wrong. Everything you need is in this folder.

## Getting started

```
python3 -m venv .venv && .venv/bin/pip install -e ".[plots,watch]"
.venv/bin/grader check
```

On Windows it is `.venv\\Scripts\\grader`. You need Python 3.11 or later; `grader doctor` examines your
machine and says what is missing.

## Working

1. Read `docs/handout.md` together with the stubs in `student/`: every function that raises
   `NotImplementedError` is yours to write.
2. `grader check` runs all checks but the training, `grader check dense` those of one task, and
   `grader check --watch` checks again whenever you save.
3. When all functions of the network are right, `grader check mnist` trains it, and `grader train` shows how
   it learns, with pictures. Both download MNIST, or take it from the folder that `MNIST_DIR` names; where
   neither works, they use generated digits and say so.

If you prefer a notebook, `student/assignment.ipynb` is the same assignment with a cell for every function:
run `pip install -e ".[plots,notebooks]"`, then `jupyter notebook`.

## What is in this kit

The solution is not. Your results are compared with recorded answers for the inputs of one seed; the final
grade may use other inputs for the same checks. The training here uses only your functions.

## Handing in

Hand in the folder `student/` with your three modules, or the notebook.
"""


def write_bundle(folder: Path, stubs: Path, mistakes: Sequence[Mistake] = MISTAKES) -> Path:
    """Write the students' kit.

    Parameters
    ----------
    folder
        Folder to write into.
    stubs
        Folder that becomes ``student/`` in the kit, including the notebook.
    mistakes
        Mistakes that the kit can name as causes.

    Returns
    -------
    Path
        The folder of the kit; a zip file of it is written beside it.

    Raises
    ------
    GraderError
        If a file that belongs into the kit, or must be left out of it, is not in its place.
    """
    kit = folder / NAME
    skipped = shutil.ignore_patterns("__pycache__", INSIDE)
    left_out = [*(required(PACKAGE / name) for name in LEFT_OUT), *_unwritten_mistakes()]
    pages = [required(HOME / "docs" / name) for name in PAGES]
    shutil.copytree(PACKAGE, kit / "grader", ignore=skipped)
    for path in left_out:
        copy = kit / "grader" / path.relative_to(PACKAGE)
        if copy.is_dir():
            shutil.rmtree(copy)
        else:
            copy.unlink()
    shutil.copytree(HOME / "data", kit / "data", ignore=skipped)
    answers = kit / "grader" / RECORD
    answers.mkdir()
    record(answers, mistakes)
    shutil.copytree(stubs, kit / "student", ignore=skipped)
    (kit / "docs" / "pictures").mkdir(parents=True)
    for name, page in zip(PAGES, pages, strict=True):
        shutil.copy(page, kit / "docs" / name)
    shutil.copy(HOME / "LICENSE", kit)
    (kit / "README.md").write_text(README, encoding="utf-8")
    (kit / "pyproject.toml").write_text(_project(), encoding="utf-8")
    _zip(kit, folder / f"{NAME}.zip")
    return kit


def _unwritten_mistakes() -> list[Path]:
    """Return the modules that contain wrong functions, or plain implementations."""
    unwritten: list[Path] = []
    for name, written in ((MISTAKES_FOLDER, WRITTEN_MISTAKES), (MODEL_FOLDER, WRITTEN_MODEL)):
        folder = PACKAGE / name
        kept = [required(folder / module) for module in written]
        unwritten += [path for path in sorted(folder.glob("[!_]*")) if path not in kept]
    return unwritten


def _project() -> str:
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return PROJECT.substitute(
        inside=INSIDE,
        version=project["version"],
        python=project["requires-python"],
        dependencies=_list(project["dependencies"]),
        plots=_list(extras["plots"]),
        watch=_list(extras["watch"]),
    )


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{text}"' for text in texts) + "]"


def _zip(kit: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(kit.rglob("*")):
            if file.is_file():
                add(archive, f"{kit.name}/{file.relative_to(kit).as_posix()}", file.read_bytes())
