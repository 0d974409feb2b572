"""Reading in a child process: its limits hold, and what it answers is checked."""

import json
import os
import struct
import sys
from pathlib import Path, PurePosixPath

import pytest

from grader.core.errors import IngestError
from grader.submission import limited
from grader.submission.ingest import ingest
from grader.submission.limited import checked, read_limited
from grader.submission.opening import HandedIn

RELU = "def relu_forward(x):\n    return x, x\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no limits of resources there")


def handed_in(**sources):
    files = [(PurePosixPath(f"{name}.py"), text.encode()) for name, text in sources.items()]
    return HandedIn("work", files)


def test_what_is_read_comes_back():
    taken = read_limited(handed_in(layers=RELU))
    assert taken.sources == {PurePosixPath("layers.py"): RELU.encode()}
    assert taken.modules["layers"] == "layers.py"
    assert taken.ranges == {"layers.py": ((1, 2),)}


def test_a_statement_that_takes_too_much_memory_costs_itself(monkeypatch):
    monkeypatch.setattr(limited, "READER_MEMORY_BYTES", 80 << 20)
    taken = read_limited(handed_in(layers=RELU + "x = [" + "0, " * 330_000 + "]\n"))
    assert taken.homes == {} or "relu_forward" in taken.homes
    assert "too large, or nested too deeply" in taken.notes[0]


def test_too_much_memory_is_one_sentence(monkeypatch):
    monkeypatch.setattr(limited, "READER_MEMORY_BYTES", 40 << 20)
    with pytest.raises(IngestError, match="work cannot be read: "):
        read_limited(handed_in(layers=RELU + "#" * (40 << 20)))


def test_too_much_time_is_one_sentence(monkeypatch):
    monkeypatch.setattr(limited, "READER_CPU_SECONDS", 1)
    text = "x = [" + "0, " * 300_000 + "]\n"
    with pytest.raises(IngestError, match="more than 1 seconds"):
        read_limited(handed_in(layers=RELU + text, helper=text, other=RELU.replace("relu", "sigmoid") + text))


@pytest.mark.parametrize(
    "text",
    ["(" * 100_000, "-" * 500_000 + "1", "x" + ".a" * 100_000, "1" + "+1" * 200_000, "# coding: punycode\n"],
    ids=["brackets", "minus", "dots", "sums", "punycode"],
)
def test_what_breaks_parsers_breaks_nothing(text, tmp_path):
    (tmp_path / "layers.py").write_text(f"{text}\n{RELU}")
    with ingest(tmp_path) as submission:
        assert submission.problem is None or submission.problem.startswith(tmp_path.name)


def answer(**changed):
    said = {
        "problem": None,
        "notes": [],
        "sources": [["layers.py", 3]],
        "modules": {"layers": "layers.py"},
        "homes": {},
        "lost": {},
        "places": {},
        "ranges": {},
    }
    encoded = json.dumps({**said, **changed}).encode()
    return struct.pack("<I", len(encoded)) + encoded + b"x=1"


@pytest.mark.parametrize(
    "changed",
    [
        {"sources": [["../layers.py", 3]]},
        {"sources": [["/layers.py", 3]]},
        {"sources": [["a\\..\\layers.py", 3]]},
        {"sources": [["layers.so", 3]]},
        {"sources": [["layers.py", -1]]},
        {"sources": [["layers.py", "3"]]},
        {"sources": None},
        {"modules": {"layers": "../x.py"}},
        {"modules": {"a b": "layers.py"}},
        {"notes": [5]},
        {"notes": None},
        {"problem": 5},
        {"places": {"layers.py": [[1]]}},
        {"ranges": {"layers.py": [["a", 1]]}},
        {"lost": {"relu_forward": [1]}},
    ],
)
def test_an_answer_that_is_none_is_refused(changed):
    assert checked(answer()).sources == {PurePosixPath("layers.py"): b"x=1"}
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        checked(answer(**changed))


def test_notes_are_bounded_and_harmless():
    taken = checked(answer(notes=["\x1b[2J::error::x" + "a" * 3000] * 200))
    assert len(taken.notes) == limited.MOST_NOTES
    assert all(len(note) <= limited.MOST_NOTE + 10 and "\x1b" not in note for note in taken.notes)


def test_the_child_can_open_no_file_and_start_no_process(tmp_path, monkeypatch):
    """What breaks into the reader finds nothing that it could use."""
    script = tmp_path / "reader.py"
    tried = """
import runpy, sys, os
space = runpy.run_path(READER)
space["confine"]()
found = []
for attempt in (lambda: open("/etc/passwd"), lambda: os.pipe(), lambda: __import__("socket").socket()):
    try:
        attempt()
        found.append("1")
    except (OSError, ImportError):
        found.append("0")
os.write(1, "".join(found).encode())
"""
    script.write_text(tried.replace("READER", repr(str(limited.READER))))
    monkeypatch.setattr(limited, "READER", script)
    with Path(os.devnull).open("rb") as nothing:
        kind, rest, _ = limited._run(nothing.fileno())
    assert kind + rest == b"000"
