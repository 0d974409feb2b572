"""What it costs to let the worker compute: a training step through it against the same in one process.

Both train network A with the reference's functions, in turn, a few steps at a time, so that a noisy machine
is noisy for both. Run: ``python benchmarks/worker_overhead.py [--rounds N]``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

import numpy as np
from rich.console import Console
from rich.table import Table

from grader.core.kit import HOME
from grader.reference.functions import reference
from grader.submission.ingest import ingest
from grader.training.network import (
    NETWORK_A,
    initial_parameters,
    parameter_names,
    step_calls,
    step_results,
)
from grader.worker.placement import PlacedProgram
from grader.worker.session import Student

BATCH = 64
POINT_SHARES = 20
"""a round, at either place"""


def _median(run: Callable[[], object]) -> float:
    """Return the median seconds of many runs."""
    taken = []
    for _ in range(300):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--submission", type=Path, default=HOME / "solution")
    options = parser.parse_args()
    random = np.random.RandomState(0)
    images = random.randint(0, 256, (55_000, 28, 28)).astype(np.uint8)
    labels = random.randint(0, 10, BATCH).astype(np.int64)
    indices = np.arange(BATCH, dtype=np.int64)
    weights = initial_parameters(NETWORK_A, random)
    names, wanted = parameter_names(NETWORK_A), step_results(NETWORK_A)
    calls = step_calls(NETWORK_A, BATCH)
    arrays = {"images": images, "indices": indices, "labels": labels, **weights}
    seconds: dict[str, list[float]] = {"one process": [], "worker": []}
    with ingest(options.submission) as submission, Student(submission) as student:
        handles = student.run([], {"images": images}, [], kept=["images"]).handles
        programs = {
            "one process": PlacedProgram(calls, wanted, reference, student=None),
            "worker": PlacedProgram(calls, wanted, reference, student=student),
        }
        for program in programs.values():
            program.run(arrays, handles)
        for _ in range(options.rounds):
            for place, program in programs.items():
                start = time.perf_counter()
                for _ in range(POINT_SHARES):
                    program.run(arrays, handles)
                seconds[place].append((time.perf_counter() - start) / POINT_SHARES)
        sent = {"indices": indices, "labels": labels, **weights}
        times = {
            "an empty message": _median(lambda: student.run([], {}, [])),
            "one that large, with nothing to compute": _median(
                lambda: student.run([], sent, [*names, *names])
            ),
        }
        there = sum(array.nbytes for array in sent.values()) / 1000
        returned = 2 * sum(array.nbytes for array in weights.values()) / 1000
        crossing = f"a step sends {there:.0f} kB to the worker and gets {returned:.0f} kB back; " + ", ".join(
            f"{what} takes {1000 * taken:.2f} ms" for what, taken in times.items()
        )
    ratios = [with_worker / alone for alone, with_worker in zip(*seconds.values(), strict=True)]
    rounds = f"{options.rounds} rounds of {POINT_SHARES} steps"
    table = Table(title=f"A training step of network A, batch {BATCH}, {rounds}")
    for column in ("", "median", "least", "most"):
        table.add_column(column, justify="right" if column else "left")
    for place, times in seconds.items():
        table.add_row(place, *(f"{1000 * pick(times):.2f} ms" for pick in (statistics.median, min, max)))
    table.add_row("worker / one process", *(f"{pick(ratios):.3f}" for pick in (statistics.median, min, max)))
    Console().print(table)
    Console().print(crossing, highlight=False)


if __name__ == "__main__":
    main()
