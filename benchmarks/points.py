"""Do points depend on luck? Every known mistake is graded with many seeds, and must lose the same with all.

Everything runs in this process: it is about inputs and tolerances, not about workers. There is no training.
Run: ``python benchmarks/points.py [--seeds N] [--function NAME]``.
"""

from __future__ import annotations

import argparse
import os

from grader.core.seed import Seed
from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from rich.console import Console
from rich.table import Table

from grader.core.assignment import FUNCTIONS
from grader.feedback.mistakes.base import Mistake
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.outcomes import functions_with
from grader.run.in_process import grade_functions

Lost = tuple[tuple[str, float], ...]


def lost(mistake: Mistake, seed: Seed) -> Lost:
    """Return the checks in which a mistake loses points, and how many."""
    function = FUNCTIONS[mistake.function]
    judged = {function.name, function.backward}
    results = grade_functions(functions_with(mistake), judged, seed)
    return tuple(
        (result.check.id, result.check.points - result.earned)
        for result in results
        if result.earned < result.check.points
    )


def lost_with(seeds: int, number: int) -> Counter[Lost]:
    """Return what the mistake of a number in the catalogue loses, and with how many seeds."""
    return Counter(lost(MISTAKES[number], Seed(str(seed))) for seed in range(seeds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--function", help="name of a function; all if it is left out")
    options = parser.parse_args()
    numbers = [
        number for number, mistake in enumerate(MISTAKES) if options.function in {None, mistake.function}
    ]
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        found = dict(zip(numbers, pool.map(partial(lost_with, options.seeds), numbers), strict=True))
    table = Table("mistake", "seeds", "lost", "in")
    varying = [number for number in numbers if len(found[number]) > 1]
    for number in varying:
        for checks, count in found[number].most_common():
            points = f"{sum(each for _, each in checks):g}"
            table.add_row(MISTAKES[number].id, str(count), points, ", ".join(name for name, _ in checks))
    points = {number: [sum(each for _, each in checks) for checks in found[number]] for number in numbers}
    spread = [max(lost) - min(lost) for lost in points.values()]
    console = Console(highlight=False)
    console.print(f"{len(numbers)} mistakes, {options.seeds} seeds each")
    console.print(
        f"lose the same points with all seeds: {spread.count(0)} (largest difference {max(spread):g})"
    )
    console.print(f"lose them in the same checks with all: {len(numbers) - len(varying)}")
    if varying:
        console.print(table)


if __name__ == "__main__":
    main()
