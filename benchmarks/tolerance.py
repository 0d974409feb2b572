"""Do verdicts depend on luck? Draws many seeds: the reference must always pass, every mistake always fail.

The reference is tried as it is and computing in float32 inside. A mistake counts as caught in a seed if one
check fails at least. Everything runs in this process: it is about inputs and tolerances, not about workers.
Run: ``python benchmarks/tolerance.py [--seeds N]``.
"""

from __future__ import annotations

import argparse
import os

from grader.core.errors import CheckStoppedError
from grader.core.seed import Seed
from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from grader.feedback.mistakes.base import mistaken
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.simulation import LocalCaller
from grader.judging.runnable import RunnableCheck
from grader.reference.functions import reference
from grader.run.collect import runnable_checks


def in_float32(name: str) -> Callable[..., Any]:
    """Return a reference function that computes in float32, whatever it is given."""

    def function(*arguments: Any, **options: Any) -> Any:
        return reference(name)(*(rounded(argument) for argument in arguments), **options)

    return function


def rounded(value: Any) -> Any:
    return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def fails(check: RunnableCheck, functions: Callable[[str], Callable[..., Any]]) -> bool:
    try:
        check.run(LocalCaller(functions))
    except CheckStoppedError:
        return True
    return False


def failures_of_reference(seed: int) -> dict[str, list[str]]:
    """Return the checks that the reference fails, in either precision."""
    found = {}
    for kind, functions in (("float64", reference), ("float32 inside", in_float32)):
        found[kind] = [
            name for name, check in runnable_checks(Seed(str(seed))).items() if fails(check, functions)
        ]
    return found


def missed_mistakes(seed: int) -> list[str]:
    """Return the mistakes that no check catches."""
    missed = []
    for mistake in MISTAKES:
        functions = {mistake.function, mistake.shown_in}
        mine = [check for check in runnable_checks(Seed(str(seed))).values() if check.function in functions]
        # the check that caught it last will most likely catch it again
        mine.sort(key=lambda check: check.id != CAUGHT_BY.get(mistake.id))
        wrong = mistaken(reference, {mistake.function: mistake.wrong})
        caught = next((check for check in mine if fails(check, wrong)), None)
        if caught is None:
            missed.append(mistake.id)
        else:
            CAUGHT_BY[mistake.id] = caught.id
    return missed


CAUGHT_BY: dict[str, str] = {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    seeds = range(parser.parse_args().seeds)
    console = Console(highlight=False)
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        failed = list(pool.map(failures_of_reference, seeds, chunksize=10))
        missed = list(pool.map(missed_mistakes, seeds, chunksize=10))
    for kind in failed[0]:
        checks = [check for found in failed for check in found[kind]]
        checks_run = len(runnable_checks(Seed("0")))
        console.print(
            f"The reference, {kind}: {len(seeds)} seeds, {checks_run} checks, {len(checks)} failures"
        )
        for check in sorted(set(checks)):
            console.print(f"    {check}: {checks.count(check)}")
    never = [mistake for mistakes in missed for mistake in mistakes]
    shares = {mistake.id: 1 - never.count(mistake.id) / len(seeds) for mistake in MISTAKES}
    console.print(
        f"{len(MISTAKES)} mistakes: {sum(share == 1 for share in shares.values())} caught with every seed, "
        f"the least often caught with {min(shares.values()):.2%}"
    )
    table = Table("mistake", "caught with")
    for name, share in sorted(shares.items(), key=lambda item: item[1]):
        if share < 1:
            table.add_row(name, f"{share:.2%}")
    if table.row_count:
        console.print(table)


if __name__ == "__main__":
    main()
