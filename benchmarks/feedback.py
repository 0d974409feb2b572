"""What finding causes costs: each known mistake is graded with and without it, in turn, training left out.

Run: ``python benchmarks/feedback.py [--every N]``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

from unittest.mock import patch

from rich.console import Console

from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.mistakes.submission import write_submission
from grader.run import plugin
from grader.run.grading import Options, grade


def seconds(path: Path) -> float:
    start = time.perf_counter()
    grade(path, Options(mnist=False))
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take only one mistake in N")
    chosen = MISTAKES[:: parser.parse_args().every]
    added, plain = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for mistake in chosen:
            path = write_submission(Path(folder) / mistake.id.replace(":", "-"), [mistake])
            seconds(path)
            with patch.object(plugin, "_explain", lambda _config: None):
                without = seconds(path)
            plain.append(without)
            added[mistake.id] = seconds(path) - without
    slowest = max(added, key=lambda name: added[name])
    Console(highlight=False).print(
        f"{len(chosen)} mistakes: a grade without causes takes {statistics.median(plain):.2f} s; causes add "
        f"{statistics.median(added.values()):.2f} s (median), {added[slowest]:.2f} s at most ({slowest})"
    )


if __name__ == "__main__":
    main()
