"""What correct code in many styles earns with the training on MNIST, and how fast it trains.

Run: ``python benchmarks/styles.py [STYLE ...]``. A style is a submission under ``tests/styles``.
"""

from __future__ import annotations

import argparse
import os

from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

from rich.console import Console
from rich.table import Table

from grader.core.kit import HOME
from grader.run.grading import grade

STYLES = HOME / "tests" / "styles"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("styles", nargs="*", help="all if none is given")
    chosen = parser.parse_args().styles
    folders = sorted(path for path in STYLES.iterdir() if not path.name.startswith(("_", ".")))
    table = Table("style", "points", "of the training", "ms a step", "seconds in all", "own steps")
    for folder in folders:
        if chosen and folder.stem not in chosen:
            continue
        report = grade(folder).report
        training, score = report.training, report.score
        assert training is not None
        earned = sum(result.earned for result in report.results if result.check.task == "mnist")
        table.add_row(
            folder.stem,
            f"{score.total:g} of {score.points + score.bonus_points:g}",
            f"{earned:g} of 10",
            f"{1000 * training.step_seconds:.0f}",
            f"{training.seconds:.1f}",
            f"{training.own_steps} of {training.steps}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
