"""Does the students' kit grade as the complete one? Every known mistake is graded with both, and compared.

Builds the kit, runs its own grader, and compares points and named causes, check by check, training left out.
Run: ``python benchmarks/students_kit.py [--count N]`` (some minutes).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from grader.core.kit import HOME
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.mistakes.submission import write_submission
from grader.release.bundle import write_bundle
from grader.run.grading import Options, grade

PROGRAM = """
import json, sys
from pathlib import Path
import grader
from grader.run.grading import Options, grade
from grader.core.kit import KIT

if KIT.has_solution:
    sys.exit(f"{grader.__file__} is no students' kit")
for line in sys.stdin:
    report = grade(Path(line.strip()), Options(mnist=False)).report
    causes = {row.check.id: row.feedback.cause if row.feedback else None for row in report.results}
    earned = {row.check.id: row.earned for row in report.results}
    print(json.dumps({check: [earned[check], causes[check]] for check in earned}), flush=True)
"""


def ours(path: Path) -> dict[str, list[Any]]:
    """Return points and cause of each check, by the complete kit."""
    report = grade(path, Options(mnist=False)).report
    return {
        row.check.id: [row.earned, row.feedback.cause if row.feedback else None] for row in report.results
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=len(MISTAKES))
    mistakes = MISTAKES[: parser.parse_args().count]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.perf_counter()
        kit = write_bundle(folder, HOME / "student")
        seconds = time.perf_counter() - start
        size = sum(path.stat().st_size for path in kit.rglob("*") if path.is_file())
        packed = kit.with_suffix(".zip").stat().st_size
        print(
            f"the kit: built in {seconds:.0f} s, {size / 1e6:.1f} MB, {packed / 1e6:.1f} MB zipped",
            flush=True,
        )
        paths = [
            write_submission(folder / "wrong" / str(place), [mistake])
            for place, mistake in enumerate(mistakes)
        ]
        students = subprocess.run(
            [sys.executable, "-P", "-c", PROGRAM],
            cwd=kit,
            env={**os.environ, "PYTHONPATH": str(kit)},
            input="".join(f"{path}\n" for path in paths),
            capture_output=True,
            text=True,
            check=True,
        )
        answers = [json.loads(line) for line in students.stdout.splitlines()]
        same = 0
        for mistake, path, answer in zip(mistakes, paths, answers, strict=True):
            equal = answer == ours(path)
            same += equal
            if not equal:
                print(f"{mistake.id} is graded differently")
            shutil.rmtree(path)
    print(f"{len(mistakes)} mistakes: the same points and causes in every check for {same}")


if __name__ == "__main__":
    main()
