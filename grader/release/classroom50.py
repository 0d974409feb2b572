"""The autograder for a teacher's repository at Classroom 50: a script, and the kit in a zip beside it.

Its runner calls ``autograders/ASSIGNMENT/autograder.py`` in the checkout of a student's repository and reads
``result.json`` and ``release-body.md`` there. A script that fails makes the result an error of 0 points.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from grader.release.archive import add_kit

SCRIPT = '''"""Grade the student's checkout in the current folder, for Classroom 50."""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

# the weakest isolation to accept: see "Tiers" in the kit's docs/security.md
ISOLATION = "confined"

HERE = Path(__file__).resolve().parent
RESULT, PAGE = Path("result.json").absolute(), Path("release-body.md").absolute()


def main():
    # a student's own files of these names do not count
    for path in (RESULT, PAGE):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        python = os.environ.get("AUTOGRADER_PYTHON") or installed(Path(folder))
        written = Path(folder, RESULT.name), Path(folder, PAGE.name)
        command = [python, "-P", "-m", "grader", "grade", str(Path.cwd()), "--isolation", ISOLATION]
        command += ["--classroom50", str(written[0]), "--classroom50-page", str(written[1])]
        # not in the checkout, whose files must not be imported
        code = subprocess.run(command, cwd=folder).returncode
        # a submission that cannot be graded has a result, too, which says why
        if not all(path.exists() and path.stat().st_size for path in written):
            sys.exit(f"convgrade failed with exit code {code}: this is not the student's fault")
        shutil.copyfile(written[0], RESULT)
        shutil.copyfile(written[1], PAGE)


def installed(folder):
    """Install the kit into an environment of its own, and return its interpreter."""
    if sys.platform == "linux" and shutil.which("sudo"):
        # Ubuntu's runners lack bubblewrap, and keep it from working
        for step in (
            ["sudo", "-n", "apt-get", "update", "-qq"],
            ["sudo", "-n", "apt-get", "install", "-y", "-qq", "bubblewrap", "libseccomp2"],
            ["sudo", "-n", "sysctl", "-q", "-w", "kernel.apparmor_restrict_unprivileged_userns=0"],
        ):
            subprocess.run(step, stdin=subprocess.DEVNULL)
    with zipfile.ZipFile(HERE / "kit.zip") as archive:
        archive.extractall(folder)
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", str(folder / "kit")], check=True)
    return python


if __name__ == "__main__":
    main()
'''


def write_autograder(solution: Path, folder: Path) -> None:
    """Write the script and the kit.

    Parameters
    ----------
    solution
        Folder with the modules of the solution.
    folder
        New folder for ``autograder.py`` and ``kit.zip``; in the teacher's repository it has the name of the
        assignment.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        add_kit(archive, solution)
    folder.mkdir(parents=True)
    (folder / "autograder.py").write_text(SCRIPT, encoding="utf-8")
    (folder / "kit.zip").write_bytes(content.getvalue())
