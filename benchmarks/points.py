"""Do points depend on luck? Every known mistake is graded with many seeds, and must lose the same with all.

With ``--model COUNT`` that many wrong versions of the error model are graded instead, taken from it at equal
distances. There are no workers, because this is about inputs and tolerances, and no training.
Run: ``python benchmarks/points.py [--seeds N] [--function NAME] [--model COUNT] [--jobs N]``.
"""

from __future__ import annotations

import argparse
import os

from grader.core.seed import Seed
from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial

from rich.console import Console
from rich.table import Table

from grader.core.assignment import FUNCTIONS
from grader.feedback.mistakes.base import Mistake
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.model.index import index
from grader.feedback.outcomes import functions_with
from grader.feedback.recognition import mistake_of
from grader.run.in_process import grade_functions

Lost = tuple[tuple[str, float], ...]


def mistakes_of_the_model(count: int) -> list[Mistake]:
    """Return wrong versions of the error model, at equal distances among all that differ in outcome."""
    found = [version for each in index().values() for version in each.versions if version.kind]
    return [mistake_of(version) for version in found[:: max(len(found) // count, 1)][:count]]


@cache
def mistakes(model: int) -> Sequence[Mistake]:
    """Return the mistakes to grade: some of the error model, or the catalogue for a count of 0."""
    return mistakes_of_the_model(model) if model else MISTAKES


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


def lost_with(seeds: int, model: int, number: int) -> Counter[Lost]:
    """Return what the mistake of a number loses, and with how many seeds."""
    return Counter(lost(mistakes(model)[number], Seed(str(seed))) for seed in range(seeds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--function", help="name of a function; all if it is left out")
    parser.add_argument("--model", type=int, default=0, help="how many wrong versions of the error model")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    options = parser.parse_args()
    graded = mistakes(options.model)
    numbers = [
        number for number, mistake in enumerate(graded) if options.function in {None, mistake.function}
    ]
    with ProcessPoolExecutor(options.jobs) as pool:
        counted = pool.map(partial(lost_with, options.seeds, options.model), numbers)
        found = dict(zip(numbers, counted, strict=True))
    table = Table("mistake", "seeds", "lost", "in")
    varying = [number for number in numbers if len(found[number]) > 1]
    for number in varying:
        for checks, count in found[number].most_common():
            points = f"{sum(each for _, each in checks):g}"
            table.add_row(graded[number].id, str(count), points, ", ".join(name for name, _ in checks))
    points = {number: [sum(each for _, each in checks) for checks in found[number]] for number in numbers}
    spread = [max(lost) - min(lost) for lost in points.values()]
    console = Console(highlight=False)
    console.print(f"{len(numbers)} mistakes, {options.seeds} seeds each")
    console.print(
        f"lose the same points with all seeds: {spread.count(0)} (largest difference {max(spread):g})"
    )
    console.print(f"lose them in the same checks with all: {len(numbers) - len(varying)}")
    free = [graded[number].id for number in numbers if () in found[number]]
    console.print(f"lose nothing with some seed: {len(free)} {', '.join(free)}".rstrip())
    if varying:
        console.print(table)


if __name__ == "__main__":
    main()
