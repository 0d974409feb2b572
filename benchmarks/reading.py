"""Measure how the time to read a submission grows with its size, up to the limits, for texts made to be slow.

usage: python benchmarks/reading.py

Every text is read at a quarter, a half and the whole of the largest size, in this process; the growth is
that of computing time for a doubling, 2 for what is linear. The last column is the whole in the limited
child, as a submission is read.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grader.submission.ingest import ingest
from grader.submission.limits import MOST_FILE_BYTES
from grader.submission.reader.reading import read

RELU = "def relu_forward(x):\n    return x, x\n"


def repeated(unit: str) -> Callable[[int], str]:
    return lambda size: unit * (size // len(unit))


def numbered(unit: str) -> Callable[[int], str]:
    return lambda size: "".join(unit.format(n) for n in range(size // (len(unit) + 3)))


TEXTS: dict[str, Callable[[int], str]] = {
    "statements in one line": repeated("x=1;"),
    "short statements": repeated("x=1\n"),
    "zeros in a list": lambda size: "x = [" + "0," * (size // 2) + "]\n",
    "f-strings": repeated("f'{x}{y}{z}'\n"),
    "functions that need one another": lambda size: "".join(
        f"def f{n}(): return f{n + 1}()\n" for n in range(size // 28)
    ),
    "names that every function reads": numbered("def f{0}(): return relu_forward\n"),
    "changes of one table": repeated("T[0]=1\n"),
    "spaces before junk": lambda size: " " * size + "!\n",
    "lines of spaces and junk": repeated(" " * 50 + "$\n"),
    "magics": repeated("%a\n"),
    "magics with brackets": repeated("!echo (\n"),
    "continued magics": repeated("!a \\\n"),
    "quotes": repeated("'\n"),
    "open strings": repeated("'''\n"),
    "open brackets": repeated("(\n"),
    "broken functions": numbered("def f{0}(:\n"),
    "broken statements in a bracket": lambda size: "x = (\n" + "y = 1\n" * (size // 6),
    "marks of merges": repeated("<<<<<<< a\n"),
    "decorators": lambda size: "@a\n" * (size // 3) + "def g(): pass\n",
    "one function again and again": repeated("def relu_forward(x): pass\n"),
    "nearly the name of a function": numbered("def dense_forwar{0}(x): pass\n"),
}


def notebook(text: str) -> bytes:
    """Return a notebook with a cell for every hundred characters or so, at the ends of lines."""
    lines = text.splitlines(keepends=True)
    cells = [{"cell_type": "code", "source": "".join(lines[n : n + 10])} for n in range(0, len(lines), 10)]
    return json.dumps({"nbformat": 4, "cells": cells}).encode()


def seconds(name: str, content: bytes) -> float:
    start = time.process_time()
    read("work", [(PurePosixPath(name), content)], [])
    return time.process_time() - start


def main() -> None:
    sys.setrecursionlimit(1000)
    size = MOST_FILE_BYTES - 1000
    print(f"{'':40}{'growth':>8}{'seconds':>9}{'child':>8}")
    for kind in ("py", "ipynb"):
        for title, make in TEXTS.items():
            took, content = [], b""
            for part in (4, 2, 1):
                text = RELU + make(size // part)
                content = text.encode() if kind == "py" else notebook(text)
                took.append(seconds(f"work.{kind}", content))
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"work.{kind}"
                path.write_bytes(content)
                start = time.perf_counter()
                ingest(path).close()
                child = time.perf_counter() - start
            growth = (took[2] / max(took[0], 1e-3)) ** 0.5
            print(f"{kind + ': ' + title:40}{growth:8.2f}{took[2]:9.2f}{child:8.2f}", flush=True)


if __name__ == "__main__":
    main()
