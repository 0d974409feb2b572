"""What isolation costs: the start of a worker until its first answer, and a step of training, in each tier.

Run: ``python benchmarks/isolation.py [--rounds N]``; the tiers take turns.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

import numpy as np
from rich.console import Console
from rich.table import Table

from grader.core.kit import HOME
from grader.submission.ingest import ingest
from grader.training import naming
from grader.training.network import NETWORK_A, initial_parameters, parameter_names, step_calls
from grader.worker.sandbox.tiers import problem_of
from grader.worker.session import Student

TIERS = ("process", "confined", "strict")
BATCH = 64
STEPS = 50


def measure(tier: str) -> tuple[float, float]:
    """Return the seconds until the first answer, and those of a step."""
    random = np.random.RandomState(0)
    images = random.randint(0, 256, (1000, 28, 28)).astype(np.uint8)
    arrays = {
        "images": images,
        "indices": np.arange(BATCH),
        "labels": random.randint(0, 10, BATCH),
        **initial_parameters(NETWORK_A, random),
    }
    calls = step_calls(NETWORK_A, BATCH)
    wanted = [naming.updated(name) for name in parameter_names(NETWORK_A)]
    with ingest(HOME / "solution") as submission:
        start = time.perf_counter()
        with Student(submission, tier=tier) as student:
            student.call("relu_forward", (np.ones(3),), ["out"])
            first = time.perf_counter() - start
            student.run(calls, arrays, wanted)
            start = time.perf_counter()
            for _ in range(STEPS):
                student.run(calls, arrays, wanted)
            return first, (time.perf_counter() - start) / STEPS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    console = Console(highlight=False)
    tiers = []
    for tier in TIERS:
        problem = problem_of(tier)
        if problem is None:
            tiers.append(tier)
        else:
            console.print(f"{tier} is not available here: {problem}")
    taken: dict[str, list[tuple[float, float]]] = {tier: [] for tier in tiers}
    for _ in range(rounds):
        for tier in tiers:
            taken[tier].append(measure(tier))
    plain = taken["process"]
    table = Table("tier", "start, ms", "over process, ms", "step, ms", "step / process")
    for tier in tiers:
        pairs = list(zip(taken[tier], plain, strict=True))
        table.add_row(
            tier,
            f"{1000 * statistics.median(first for first, _ in taken[tier]):.1f}",
            f"{1000 * statistics.median(ours[0] - theirs[0] for ours, theirs in pairs):.1f}",
            f"{1000 * statistics.median(step for _, step in taken[tier]):.2f}",
            f"{statistics.median(ours[1] / theirs[1] for ours, theirs in pairs):.2f}",
        )
    console.print(f"medians of {rounds} rounds, NumPy's import included")
    console.print(table)


if __name__ == "__main__":
    main()
