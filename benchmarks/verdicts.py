"""Whether a change alters verdicts: many submissions are graded by this checkout and by another revision.

Run: ``python benchmarks/verdicts.py --against REVISION [--jobs N] [--every N]``. The solution, the stubs,
all submissions of ``tests/styles`` and every known mistake (or every N-th) are graded with the published
seed, without the training; points, statuses and causes of every check are compared. Mistakes that the other
revision does not know are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parents[1]
WRITE = """
import sys
from pathlib import Path
try:
    from grader.feedback.mistakes.catalogue import MISTAKES
    from grader.feedback.mistakes.submission import write_submission
except ImportError:
    from grader.mistakes.catalogue import MISTAKES
    from grader.mistakes.submission import write_submission
for mistake in MISTAKES:
    write_submission(Path(sys.argv[1]) / mistake.id.replace(":", "-"), [mistake])
"""


def python(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the modules of a checkout, and no others of the same names."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run(
        [sys.executable, "-P", *arguments], cwd=checkout, env=environment, capture_output=True, text=True
    )


def verdicts(checkout: Path, submission: Path) -> dict[str, Any]:
    """Grade a submission and return, for each check, its status, what it earned, and its cause's place."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        arguments = ["--seed", "published", "--no-mnist", "--isolation", "process", "--json", str(report)]
        done = python(checkout, "-m", "grader", "grade", str(submission), *arguments)
        if not report.exists():
            sys.exit(f"{submission.name} could not be graded by {checkout}: {done.stderr}")
        checks = json.loads(report.read_text(encoding="utf-8"))["checks"]
    found = {}
    for check in checks:
        feedback = check["feedback"] or {}
        found[check["id"]] = [check["status"], check["earned"], feedback.get("guide")]
    return found


def main() -> None:
    """Compare, and exit with 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", required=True, metavar="REVISION")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every N-th known mistake")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        other, written = Path(folder) / "other", Path(folder) / "mistakes"
        subprocess.run(
            ["git", "worktree", "add", "--quiet", "--detach", str(other), options.against],
            cwd=HOME,
            check=True,
        )
        try:
            written.mkdir()
            python(other, "-c", WRITE, str(written)).check_returncode()
            styles = other / "tests" / "styles"
            cases = [
                other / "solution",
                other / "student",
                *sorted(styles.iterdir()),
                *sorted(written.iterdir())[:: options.every],
            ]
            cases = [case for case in cases if not case.name.startswith((".", "__"))]
            with ThreadPoolExecutor(options.jobs) as pool:
                before = list(pool.map(lambda case: verdicts(other, case), cases))
                after = list(pool.map(lambda case: verdicts(HOME, case), cases))
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(other)], cwd=HOME, check=True)
    different = 0
    for case, old, new in zip(cases, before, after, strict=True):
        for check in sorted(old.keys() | new.keys()):
            if old.get(check) != new.get(check):
                different += 1
                print(f"{case.name}: {check}: {old.get(check)} -> {new.get(check)}")
    checks = sum(len(old) for old in before)
    print(f"{len(cases)} submissions, {checks} checks: {different} differ")
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
