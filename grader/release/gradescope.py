"""The autograder that Gradescope runs: the kit in a zip, with the two scripts that Gradescope calls.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from grader.core.kit import HOME
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
root=${{AUTOGRADER_ROOT:-/autograder}}
python=${{AUTOGRADER_PYTHON:-$root/venv/bin/python}}
mkdir -p "$root/results"
cd /
results=$root/results/results.json
"$python" -P -m grader grade "$root/submission" --gradescope "$results" {options}
# what could not be graded has a report that says why; only without one did the grader fail
[ -s "$results" ] || cat > "$results" <<'END'
{{"score": 0, "output": "The grader failed. It is not your fault: tell your instructor.", "tests": []}}
END
"""
PACKAGES = ("data", "grader", "solution", "student")
FILES = ("LICENSE", "README.md", "pyproject.toml")


def autograder(solution: Path, seed: int | None) -> bytes:
    """Return the zip to upload.

    Parameters
    ----------
    solution
        Folder with the modules of the solution.
    seed
        Of the checks; None for the published one.

    Returns
    -------
    bytes
        A zip with ``setup.sh``, ``run_autograder`` and the kit.
    """
    # the strongest isolation that the container allows; without any, it still holds one submission alone
    options = "--isolation process" + ("" if seed is None else f" --seed {seed}")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        add(archive, "setup.sh", SETUP.encode(), executable=True)
        add(archive, "run_autograder", RUN.format(options=options).encode(), executable=True)
        for name in FILES:
            add(archive, f"kit/{name}", (HOME / name).read_bytes())
        for package in PACKAGES:
            folder = solution if package == "solution" else HOME / package
            for path in sorted(folder.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    add(archive, f"kit/{package}/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return content.getvalue()
