"""The kit that students get: stubs, notebook, handout and the grader, without the solution and what shows it.

What checks compare with, and what known mistakes give, was recorded with the published seed.
"""

from __future__ import annotations

import shutil
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from string import Template

from grader.core.assignment import PUBLISHED_SEED
from grader.core.kit import HOME, RECORD
from grader.feedback.mistakes.base import Mistake
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.release.archive import add
from grader.release.record import record

NAME = "convgrade-student"
LEFT_OUT = {
    "grader": ("release", "cli/release.py", "training/kernels.py", "training/fast_engine.py"),
    "data": (),
}
"""of each package: what is the instructor's, or computes what students are to write"""
WRITTEN_MISTAKES = ("__init__.py", "base.py", "catalogue.py")
"""of the package of mistakes: what says nothing of how they are made"""
WRITTEN_MODEL = ("__init__.py", "fingerprints.py", "index.py", "pairs.py", "probes.py")
"""of the error model: what recognises wrong versions, but cannot make them"""

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
packages = ["data", "grader"]
""")

README = """\
# A convolutional network from scratch in NumPy

You write the layers, the loss and the optimiser; the checks tell you how far you are, and what went wrong.
Everything you need is in this folder.

## Begin

```
python3 -m venv .venv && .venv/bin/pip install -e ".[plots,watch]"
.venv/bin/grader check
```

On Windows it is `.venv\\Scripts\\grader`. Python 3.11 or later is needed; `grader doctor` looks at your
machine and says what is missing.

## Work

1. Read `docs/handout.md`, and beside it the stubs in `student/`: every function that raises
   `NotImplementedError` is yours to write.
2. `grader check` runs all checks but the training, `grader check dense` those of one task, and
   `grader check --watch` checks again whenever you save.
3. When all functions of the network are right, `grader check mnist` trains it, and `grader train` shows it
   learn, with pictures. Both fetch MNIST, or take it from the folder that `MNIST_DIR` names; without it,
   they use generated digits, and say so.

Do you prefer a notebook? `student/assignment.ipynb` is the same assignment, with a cell for every function:
`pip install -e ".[plots,notebooks]"`, then `jupyter notebook`.

## What this kit knows

It does not contain the solution. Your results are compared with recorded answers to the inputs of one seed;
the final grade may be given for other inputs of the same checks. In the training, your functions work alone.

## Hand in

The folder `student/` with your three modules, or the notebook.
"""


def write_bundle(folder: Path, stubs: Path, mistakes: Sequence[Mistake] = MISTAKES) -> Path:
    """Write the students' kit.

    Parameters
    ----------
    folder
        To write into.
    stubs
        What becomes ``student/`` in it, the notebook included.
    mistakes
        Which causes its hints can name.

    Returns
    -------
    Path
        The folder of the kit; a zip of it is beside it.
    """
    kit = folder / NAME
    skipped = shutil.ignore_patterns("__pycache__")
    for package, left_out in LEFT_OUT.items():
        shutil.copytree(HOME / package, kit / package, ignore=skipped)
        for name in left_out:
            path = kit / package / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    for folder_name, written in (("mistakes", WRITTEN_MISTAKES), ("model", WRITTEN_MODEL)):
        for path in (kit / "grader" / "feedback" / folder_name).iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in written:
                path.unlink()
    answers = kit / RECORD.relative_to(HOME)
    answers.mkdir()
    record(PUBLISHED_SEED, answers, mistakes)
    shutil.copytree(stubs, kit / "student", ignore=skipped)
    (kit / "docs" / "pictures").mkdir(parents=True)
    for name in PAGES:
        shutil.copy(HOME / "docs" / name, kit / "docs" / name)
    shutil.copy(HOME / "LICENSE", kit)
    (kit / "README.md").write_text(README, encoding="utf-8")
    (kit / "pyproject.toml").write_text(_project(), encoding="utf-8")
    _zip(kit, folder / f"{NAME}.zip")
    return kit


def _project() -> str:
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return PROJECT.substitute(
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
