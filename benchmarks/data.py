"""How long images take to come: drawn, from MNIST_DIR, and where no mirror can be reached.

Run: ``python benchmarks/data.py [--runs N]``. A proxy address where nobody listens refuses connections.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

import data
from data.digits import generate_digits

NOBODY = "http://127.0.0.1:9"


def without_network() -> object:
    mnist_dir = os.environ.pop("MNIST_DIR", None)
    try:
        with tempfile.TemporaryDirectory() as cache:
            os.environ.update(CONVGRADE_CACHE=cache, http_proxy=NOBODY, https_proxy=NOBODY)
            return data.load()
    finally:
        for name in ("CONVGRADE_CACHE", "http_proxy", "https_proxy"):
            os.environ.pop(name, None)
        if mnist_dir is not None:
            os.environ["MNIST_DIR"] = mnist_dir


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    measured: dict[str, Callable[[], object]] = {
        "draw 20,000 digits": lambda: generate_digits(20_000, 0),
        "no mirror can be reached": without_network,
    }
    if "MNIST_DIR" in os.environ:
        measured["MNIST from MNIST_DIR"] = data.load
    table = Table("what", "median seconds", "least", "most")
    for what, run in measured.items():
        seconds = []
        for _ in range(runs):
            start = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - start)
        table.add_row(what, *(f"{f(seconds):.2f}" for f in (statistics.median, min, max)))
    Console().print(table)


if __name__ == "__main__":
    main()
