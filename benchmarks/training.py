"""How accurate the networks of ``grader train`` become, in what time, with what memory.

Every training runs in a process of its own. Run, perhaps with MNIST_DIR set:
``python benchmarks/training.py [--layers PATH] [--only NAME]``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

from rich.console import Console
from rich.table import Table

from grader.core.kit import kit_module
from grader.training.experiment import FAST, train
from grader.training.settings import Settings

TRAININGS: dict[str, Settings] = {
    "(a) sigmoid-head": Settings("sigmoid-head"),
    "(b) conv-pool": Settings("conv-pool", epochs=4, schedule="cosine"),
    "(c) A": Settings("A"),
    "(c) lenet5, 20 s": Settings("lenet5", epochs=8, seconds=20, schedule="cosine"),
    "(d) mlp": Settings("mlp", epochs=4, schedule="cosine"),
    "(e) one-conv": Settings("one-conv"),
    "(e) one-conv, one by one": Settings("one-conv", batch=1, epochs=1),
    "A, SGD, 5 s": Settings("A", optimiser="sgd", epochs=3, seconds=5),
}


def child(name: str, layers: str) -> dict[str, Any]:
    """Run one training in this process; return what is shown."""
    settings = TRAININGS[name]
    dataset = kit_module("data").load()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    trained = train(settings, layers, dataset)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "data": dataset.name,
        "test": trained.test_accuracy,
        "rate": trained.step * settings.batch / trained.seconds,
        "seconds": trained.seconds,
        "epochs": trained.step / trained.steps_in_epoch,
        "to 97": trained.seconds_to(0.97),
        "megabytes": (after - before) / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", default=FAST)
    parser.add_argument("--only", default="")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(options.child, options.layers)))
        return
    table = Table(title=f"Trainings with the layers '{options.layers}'", box=None, padding=(0, 1))
    for heading in ("", "read", "images/s", "s", "epochs", "s to 97 %", "MB"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for name in TRAININGS:
        if options.only not in name:
            continue
        command = [
            sys.executable,
            "-P",
            str(Path(__file__).resolve()),
            "--child",
            name,
            "--layers",
            options.layers,
        ]
        seen = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        reached = "-" if seen["to 97"] is None else f"{seen['to 97']:.1f}"
        table.add_row(
            name,
            f"{seen['test']:.2%}",
            f"{seen['rate']:,.0f}",
            f"{seen['seconds']:.1f}",
            f"{seen['epochs']:.1f}",
            reached,
            f"{seen['megabytes']:.0f}",
        )
    Console().print(table, f"data: {seen['data']}")


if __name__ == "__main__":
    main()
