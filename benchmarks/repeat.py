"""Is a grade the same every time? The solution with several seeds, and one seed many times, with training.

Run: ``python benchmarks/repeat.py [--seeds N] [--times N]``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics

from grader.core.seed import Seed
from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

import json
import re
from typing import Any

from rich.console import Console

from grader.core.kit import HOME
from grader.report.json import as_data
from grader.run.grading import Options, grade

VARIES = re.compile("seconds|time|date")


def without_times(value: Any) -> Any:
    """Return a report without the values that may differ from run to run."""
    if isinstance(value, dict):
        return {key: without_times(part) for key, part in value.items() if not VARIES.search(key)}
    return [without_times(part) for part in value] if isinstance(value, list) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    console = Console(highlight=False)
    for seed in range(options.seeds):
        report = grade(HOME / "solution", Options(Seed(str(seed)))).report
        training = report.training
        assert training is not None
        score = report.score
        console.print(
            f"seed {seed}: {score.total:g} of {score.points + score.bonus_points:g} points, "
            f"{training.test_accuracy:.2%} of the test images of {report.data.name} "
            f"after {training.steps} steps, "
            f"{training.seconds:.1f} s of at most {training.limit_seconds:.0f} s"
        )
    digests, seconds = [], []
    for _ in range(options.times):
        report = grade(HOME / "solution").report
        seconds.append(report.seconds)
        text = json.dumps(without_times(as_data(report)), indent=2)
        digests.append(hashlib.sha256(text.encode()).hexdigest())
    console.print(
        f"one seed, {options.times} times: {len(set(digests))} different report(s) apart from times; "
        f"{statistics.median(seconds):.1f} s each"
    )


if __name__ == "__main__":
    main()
