"""How fast layers and training steps are: ours, PyTorch, JAX, and what else there is in NumPy.

Every contestant runs in a process of its own, one after another, several rounds: what disturbs the machine
disturbs all. All processes get the same settings of the allocator, which they are told not to return memory
with (PyTorch gains most by it). Ratios are those of medians; the spread is that of rounds. Run:
``python benchmarks/speed.py [--rounds N] [--only NAME ...] [--json FILE] [--write]``; ``--write`` puts the
tables into ``docs/performance.md``. Peers: ``pip install torch jax autograd tinygrad numpy-ml``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "2147483648"}
CONTESTANTS: dict[str, tuple[str, str, int]] = {
    "sgemm, 1 thread": ("roof", "cases", 1),
    "sgemm, 2 threads": ("roof", "cases", 2),
    "kernels, 1 core": ("kernels", "cases", 1),
    "kernels, 2 cores": ("kernels", "cases", 2),
    "solution, 1 thread": ("numpy_layers", "solution", 1),
    "solution, 2 threads": ("numpy_layers", "solution", 2),
    "PyTorch, 1 thread": ("with_torch", "cases", 1),
    "PyTorch, 2 threads": ("with_torch", "cases", 2),
    "JAX": ("with_jax", "cases", 2),
    "tinygrad": ("with_tinygrad", "cases", 2),
    "windows and GEMM": ("numpy_layers", "windows", 1),
    "strides and tensordot": ("numpy_layers", "strided", 1),
    "einsum": ("numpy_layers", "einsum", 1),
    "textbook im2col": ("numpy_layers", "im2col", 1),
    "FFT": ("numpy_layers", "fft", 1),
    "numpy-ml": ("with_numpy_ml", "cases", 1),
    "autograd": ("with_autograd", "cases", 1),
    "naive loops": ("numpy_layers", "naive", 1),
}
"""name: module of ``peers``, function, threads"""
BASE = "PyTorch, 2 threads"
OURS = ("kernels", "solution")
CASE_SECONDS = 0.25
FEWEST, MOST = 3, 200

Results = dict[str, dict[str, list[float]]]


def measure(name: str) -> dict[str, Any]:
    """Measure all cases of a contestant in this process; return seconds, and versions."""
    from importlib import import_module

    module, function, threads = CONTESTANTS[name]
    cases = getattr(import_module(f"peers.{module}"), function)(threads)
    seconds = {}
    for case, run in cases.items():
        kind, _, times = case.partition(" *")
        run()
        taken: list[float] = []
        begun = time.perf_counter()
        while len(taken) < FEWEST or (len(taken) < MOST and time.perf_counter() - begun < CASE_SECONDS):
            start = time.perf_counter()
            run()
            taken.append(time.perf_counter() - start)
        seconds[kind] = statistics.median(taken) * int(times or 1)
    return seconds


def child(name: str) -> tuple[dict[str, float] | None, str]:
    """Measure a contestant in a process; return seconds by case, or why there are none."""
    threads = str(CONTESTANTS[name][2])
    # the kit's layers share the work between threads or processes of their own, each with one BLAS thread
    blas = threads if name.startswith("sgemm") else "1"
    environment = {
        **os.environ,
        **ALLOCATOR,
        "OPENBLAS_NUM_THREADS": blas,
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "-P", str(Path(__file__).resolve()), "--child", name]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        return None, (done.stderr.strip().splitlines() or ["no message"])[-1]
    return json.loads(done.stdout.splitlines()[-1]), ""


def gather(names: list[str], rounds: int) -> tuple[Results, dict[str, str]]:
    """Run the contestants in turn; return seconds by contestant and case, and who was left out and why."""
    results: Results = {}
    missing: dict[str, str] = {}
    for number in range(rounds):
        for name in names:
            if name in missing:
                continue
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
            seconds, problem = child(name)
            if seconds is None:
                missing[name] = problem
                continue
            for case, value in seconds.items():
                results.setdefault(name, {}).setdefault(case, []).append(value)
    return results, missing


def ratio(results: Results, name: str, case: str) -> tuple[float, float, float] | None:
    """Return time over that of the base: of medians, and the least and most of rounds."""
    ours, base = results.get(name, {}).get(case), results.get(BASE, {}).get(case)
    if not ours or not base:
        return None
    rounds = [one / other for one, other in zip(ours, base, strict=False)]
    return statistics.median(ours) / statistics.median(base), min(rounds), max(rounds)


def cell(results: Results, name: str, case: str) -> str:
    """Return milliseconds and the ratio to the base."""
    values = results.get(name, {}).get(case)
    if not values:
        return ""
    milliseconds = 1000 * statistics.median(values)
    text = f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.3g}"
    compared = ratio(results, name, case)
    if compared is None or name == BASE:
        return text
    shown = "{:,.0f}" if compared[0] >= 100 else "{:.2f}" if compared[0] < 10 else "{:.1f}"
    return f"{text} ({shown.format(compared[0])})"


def tables(results: Results) -> list[tuple[str, list[str], list[list[str]]]]:
    """Return title, headings and rows of each table."""
    from peers.shapes import CONVS, LAYERS, STEPS

    names = [name for name in CONTESTANTS if name in results and not name.startswith("sgemm")]

    def table(title: str, cases: list[str], headings: list[str]) -> tuple[str, list[str], list[list[str]]]:
        rows = [[name, *(cell(results, name, case) for case in cases)] for name in names]
        return title, ["", *headings], [row for row in rows if any(row[1:])]

    made = [
        table("Convolution, forward", [f"{name} forward" for name in CONVS], list(CONVS)),
        table("Convolution, forward and backward", [f"{name} both" for name in CONVS], list(CONVS)),
        table("Other layers, forward and backward", [f"{name} both" for name in LAYERS], list(LAYERS)),
        table("A training step", [f"step {name}" for name in STEPS], list(STEPS)),
    ]
    roofs = {
        threads: results.get(f"sgemm, {threads}", {}).get("sgemm") for threads in ("1 thread", "2 threads")
    }
    if all(roofs.values()):
        from peers.roof import FLOPS

        rows = []
        for name, label in (
            ("kernels, 1 core", "1 thread"),
            ("kernels, 2 cores", "2 threads"),
            ("solution, 1 thread", "1 thread"),
            ("PyTorch, 1 thread", "1 thread"),
            ("PyTorch, 2 threads", "2 threads"),
        ):
            roof = FLOPS / statistics.median(roofs[label] or [1])
            cells = [
                f"{3 * conv.flops / statistics.median(results[name][f'{case} both']) / roof:.0%}"
                for case, conv in CONVS.items()
                if name in results
            ]
            rows.append([name, *cells])
        speed = ", ".join(
            f"{FLOPS / statistics.median(values or [1]) / 1e9:.0f} GFLOP/s with {threads}"
            for threads, values in roofs.items()
        )
        made.append((f"Share of the roof, forward and backward: {speed}", ["", *CONVS], rows))
    return made


def summary(results: Results) -> list[str]:
    """Return the ratios that matter, with their spread over rounds."""
    from peers.shapes import CONVS, STEPS

    lines = []
    for case in [*(f"{name} both" for name in CONVS), *(f"step {name}" for name in STEPS)]:
        candidates = [
            (compared, name)
            for name in results
            if name.startswith(OURS) and (compared := ratio(results, name, case)) is not None
        ]
        if candidates:
            (middle, least, most), name = min(candidates)
            lines.append(f"{case}: {middle:.2f} ({least:.2f} to {most:.2f}) of {BASE}'s time, {name}")
    peers = [
        name
        for name, (module, *_) in CONTESTANTS.items()
        if module in ("numpy_layers",) and "solution" not in name
    ]
    peers += ["numpy-ml", "autograd"]
    for case in (f"{name} both" for name in CONVS):
        ours = [
            statistics.median(v[case])
            for k, v in results.items()
            if k.startswith(OURS) and case in v and "1 " in k
        ]
        others = [(statistics.median(results[k][case]), k) for k in peers if case in results.get(k, {})]
        if ours and others:
            best, name = min(others)
            lines.append(
                f"{case}: {best / min(ours):.1f} times as fast as {name}, the best other in NumPy, one thread"
            )
    return lines


def settings() -> str:
    """Return what everything was measured with."""
    from importlib.metadata import PackageNotFoundError, version

    def described(package: str) -> str:
        try:
            return f"{package} {version(package)}"
        except PackageNotFoundError:
            return f"no {package}"

    packages = ", ".join(
        described(name) for name in ("numpy", "torch", "jax", "tinygrad", "autograd", "numpy-ml")
    )
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        )
        if Path("/proc/cpuinfo").exists()
        else iter(()),
        platform.processor(),
    )
    allocator = " ".join(f"{name}={value}" for name, value in ALLOCATOR.items())
    return (
        f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}; float32; "
        f"{allocator}; one BLAS thread in each thread or process of the kit's"
    )


def as_markdown(results: Results, missing: dict[str, str], rounds: int) -> str:
    """Return all tables for the documents."""
    lines = [f"Measured with {rounds} rounds on: {settings()}.", ""]
    for title, headings, rows in tables(results):
        lines += [f"### {title}", "", "| " + " | ".join(headings) + " |"]
        lines += ["| --- " + "| ---: " * (len(headings) - 1) + "|"]
        lines += ["| " + " | ".join(row) + " |" for row in rows] + [""]
    lines += [f"- {line}" for line in summary(results)]
    lines += [f"- left out: {name} ({problem})" for name, problem in missing.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help="contestants, by a part of their names"
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.child)))
        return
    names = [name for name in CONTESTANTS if not options.only or any(part in name for part in options.only)]
    results, missing = gather(names, options.rounds)
    show(results, missing)
    if options.json:
        content = {"settings": settings(), "seconds": results, "left out": missing}
        options.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    if options.write:
        page = HERE.parent / "docs" / "performance.md"
        before, _, rest = page.read_text(encoding="utf-8").partition("<!-- speed -->\n")
        _, _, after = rest.partition("<!-- /speed -->\n")
        text = as_markdown(results, missing, options.rounds)
        page.write_text(f"{before}<!-- speed -->\n{text}<!-- /speed -->\n{after}", encoding="utf-8")


def show(results: Results, missing: dict[str, str]) -> None:
    """Print everything."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(settings(), highlight=False)
    for title, headings, rows in tables(results):
        table = Table(title=f"{title}: milliseconds (times {BASE}'s)" if "roof" not in title else title)
        for heading in headings:
            table.add_column(heading, justify="right" if heading else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    for line in summary(results):
        console.print(line, highlight=False)
    for name, problem in missing.items():
        console.print(f"left out: {name} ({problem})", highlight=False, markup=False)


if __name__ == "__main__":
    main()
