"""The autograder that Gradescope runs: the kit in a zip, with the two scripts that Gradescope calls.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import io
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

from grader.core.kit import HOME, INSIDE, PACKAGE, required
from grader.core.seed import Seed
from grader.release.archive import add

SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, when the image is built
set -e
apt-get update -qq
apt-get install -y -qq bubblewrap python3 python3-venv libseccomp2
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install -q /autograder/source/kit
"""
RUN = """#!/usr/bin/env bash
# Gradescope runs this for every submission
root=${AUTOGRADER_ROOT:-/autograder}
python=${AUTOGRADER_PYTHON:-$root/venv/bin/python}
mkdir -p "$root/results"
cd /
results=$root/results/results.json
# the submission's worker is another user, and must not read the seed
chmod 600 "$root/source/seed.txt"
"$python" -P -m grader grade "$root/submission" --gradescope "$results" \\
  --isolation container --seed "$root/source/seed.txt"
code=$?
# a submission that cannot be graded has a report that says why; without one, the grader refused or failed
if [ ! -s "$results" ]; then
  why="The grader failed."
  [ "$code" -ne 3 ] || why="This machine cannot isolate submissions well enough, so yours was not run."
  printf \\
    '{"score": 0, "output": "%s This is not your fault; tell your instructor.", "tests": []}\\n' "$why" \\
    > "$results"
fi
"""


def autograder(solution: Path, seed: Seed) -> bytes:
    """Return the zip file to upload to Gradescope.

    Parameters
    ----------
    solution
        Folder with the modules of the solution.
    seed
        Secret seed of the checks.

    Returns
    -------
    bytes
        A zip file with ``setup.sh``, ``run_autograder``, the seed and the kit.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        add(archive, "setup.sh", SETUP.encode(), executable=True)
        add(archive, "run_autograder", RUN.encode(), executable=True)
        add(archive, "seed.txt", f"{seed.text}\n".encode())
        for name, place in {**_parts(), "solution": solution, "grader": PACKAGE}.items():
            for path in [place] if place.is_file() else sorted(place.rglob("*")):
                inside = path.relative_to(place)
                if path.is_file() and not {"__pycache__", INSIDE} & set(inside.parts):
                    add(archive, PurePosixPath("kit", name, inside).as_posix(), path.read_bytes())
    return content.getvalue()


def _parts() -> dict[str, Path]:
    """Return the path of each folder and file beside the grader that a wheel includes, by its name."""
    project = tomllib.loads(required(HOME / "pyproject.toml").read_text(encoding="utf-8"))
    names = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    return {name: required(HOME / name) for name in names}
