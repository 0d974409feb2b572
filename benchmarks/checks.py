"""How long the checks take: whole processes, start-up included, beside a bare import of NumPy and pytest.

CPU seconds of the grader (nothing counts those of isolated workers), wall-clock seconds, medians. Run:
``python benchmarks/checks.py [--runs N]``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

from rich.console import Console
from rich.table import Table

from grader.core.kit import HOME

GRADER = [sys.executable, "-m", "grader"]
SOLUTION = str(HOME / "solution")
COMMANDS = {
    "import numpy, pytest": [sys.executable, "-c", "import numpy, pytest"],
    "grader grade --no-mnist": [*GRADER, "grade", SOLUTION, "--no-mnist"],
    "grader check dense": [*GRADER, "check", "dense", "--path", SOLUTION],
    "grader check conv2d": [*GRADER, "check", "conv2d", "--path", SOLUTION],
}


def measure(command: list[str]) -> tuple[float, float]:
    """Run a command; return its CPU and wall-clock seconds."""
    before, start = os.times(), time.perf_counter()
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, env=environment)
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return cpu, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for _ in range(runs + 1):
        for name, command in COMMANDS.items():
            taken[name].append(measure(command))
    table = Table(title=f"Seconds, median (least to most) of {runs} runs in turn, the solution")
    for column in ("command", "CPU", "wall"):
        table.add_column(column, justify="left" if column == "command" else "right")
    for name, pairs in taken.items():
        # the first of each warms the file cache and is not counted
        columns = zip(*pairs[1:], strict=True)
        table.add_row(name, *(f"{statistics.median(c):.2f} ({min(c):.2f} to {max(c):.2f})" for c in columns))
    Console().print(table)


if __name__ == "__main__":
    main()
