"""What is pointed out to a person, and that sources of every kind are survived."""

from pathlib import Path, PurePosixPath

import pytest

from grader.core.kit import HOME
from grader.submission.review_notes import flags


def of(source):
    content = source if isinstance(source, bytes) else source.encode()
    return flags({PurePosixPath("layers.py"): content})


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import torch.nn as nn", "layers.py imports torch, which is not there while grading"),
        (
            "def f():\n    from scipy.signal import convolve",
            "layers.py imports scipy, which is not there while grading",
        ),
        (
            "def dense_backward(dout, cache):\n    return dense_forward(dout, 1, 2)",
            "dense_backward calls dense_forward: are its gradients difference quotients?",
        ),
        (f"w = {'x' * 60_000!r}", "layers.py holds 60 KB of data in a literal"),
        (f"w = {list(range(6000))}", "layers.py holds a literal of 6000 values"),
    ],
)
def test_what_is_odd_is_told(source, told):
    assert of(source) == [told]


def test_the_solution_and_the_stubs_have_nothing_odd():
    for folder in ("solution", "student"):
        files = Path(HOME / folder).glob("*.py")
        assert flags({PurePosixPath(file.name): file.read_bytes() for file in files}) == []


@pytest.mark.parametrize(
    "source",
    [
        b"\xff\xfe\x00",
        b"# coding: nonsense\n",
        b"x = 1\x00",
        "def f(:",
        "(" * 10_000,
        "-" * 100_000 + "1",
        "x" + ".a" * 50_000,
        "1" + "+1" * 50_000,
        "if 1:\n" + "".join(" " * depth + "if 1:\n" for depth in range(1, 300)),
    ],
    ids=["utf16", "coding", "null", "syntax", "brackets", "minus", "dots", "sums", "blocks"],
)
def test_sources_that_break_parsers_are_passed_over(source):
    assert of(source) == []
