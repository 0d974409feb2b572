"""Throw malformed answers of a worker at the grader: nothing but three foreseen errors may come of it.

Frames are grown from well-formed ones: bits flipped, pieces cut, doubled and exchanged, values of the header
replaced by hostile ones. What passes as an answer goes on to be compared and explained, as in a check.
Run: ``python benchmarks/fuzz.py [--frames N] [--seed N]``; exit code 1 if anything else was raised.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import socket
import sys
import time
from collections import Counter
from typing import Any

from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

import numpy as np
from rich.console import Console

from grader.judging.compare import compare
from grader.worker import failures, protocol
from grader.worker.replies import ReportedError, receive_reply

NUMBER = 77
WANTED = 2
EXPECTED = np.arange(12.0).reshape(3, 4)
HOSTILE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    2**64,
    10**400,
    1.5,
    1e308,
    "",
    "<f8",
    "|O",
    "\ud800",
    "\x1b[2J",
    "x" * 3000,
    [],
    [[]],
    [["<f8", []]],
    ["<f8", [-1]],
    ["<f8", [0, 2**62]],
    ["<f8", [1 << 26]],
    ["|b1", [1] * 33],
    {},
    {"type": 5, "dtype": [], "shape": ["a"]},
    {"kind": None, "type": {}, "text": [], "where": [1, 2, 3, 4]},
)


def seeds(random_: random.Random) -> tuple[Any, bytes]:
    """Return the header and the body of a well-formed answer."""
    kind = random_.randrange(5)
    if kind == 0:
        error = {
            "kind": "raised",
            "type": "ValueError",
            "text": "no",
            "where": ["layers.py", 3, "f", "x = 1"],
        }
        return {"error": error, "call": 0}, b""
    if kind == 1:
        return {"values": [{"type": "list"}, {"type": "ndarray", "dtype": "object", "shape": [3, 4]}]}, b""
    dtype = random_.choice(list(protocol.DTYPES))
    array = np.arange(12).reshape(3, 4).astype(dtype)
    return {"values": [protocol.describe(array), ["<f8", []]]}, array.tobytes() + bytes(8)


def mutated(value: Any, random_: random.Random) -> Any:
    """Return a JSON value with one part of it replaced, removed or doubled."""
    if random_.random() < 0.3 or not isinstance(value, (dict, list)) or not value:
        return random_.choice(HOSTILE)
    copy = dict(value) if isinstance(value, dict) else list(value)
    key = random_.choice(list(copy)) if isinstance(copy, dict) else random_.randrange(len(copy))
    action = random_.random()
    if action < 0.1:
        del copy[key]
    elif action < 0.2 and isinstance(copy, list):
        copy.insert(key, copy[key])
    else:
        copy[key] = mutated(copy[key], random_)
    return copy


def frame(random_: random.Random) -> bytes:
    """Return the bytes of one more or less malformed answer."""
    header, body = seeds(random_)
    for _ in range(random_.choice((0, 1, 1, 2, 4))):
        header = mutated(header, random_)
    text = json.dumps(header).encode()
    if random_.random() < 0.1:
        text = text.replace(b"0", random_.choice((b"NaN", b"-Infinity", b"1e999", b"0x1", b"9" * 5000)))
    number, length = NUMBER, len(text)
    if random_.random() < 0.05:
        number = random_.getrandbits(64)
    if random_.random() < 0.1:
        length = random_.choice((0, length + 1, max(length - 1, 0), 1 << 16, (1 << 16) + 1, (1 << 32) - 1))
    data = bytearray(protocol.PREFIX.pack(number, length) + text + body)
    for _ in range(random_.choice((0, 0, 0, 1, 3, 30))):
        position = random_.randrange(len(data))
        action = random_.random()
        if action < 0.5:
            data[position] ^= 1 << random_.randrange(8)
        elif action < 0.75:
            del data[position : position + random_.randrange(1, 40)]
        else:
            data[position:position] = data[position : position + random_.randrange(1, 40)]
        if not data:
            break
    return bytes(data)


def outcome(sent: bytes) -> str:
    """Let the grader read an answer; return what came of it."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            # as much as fits: the rest is cut off
            theirs.setblocking(False)
            theirs.send(sent)
        try:
            reply = receive_reply(ours, NUMBER, WANTED, protocol.Deadline(10))
        except (protocol.ProtocolError, EOFError, TimeoutError) as error:
            return type(error).__name__
    if isinstance(reply, ReportedError):
        str(failures.failed(reply, "dense_forward", ("out", "cache")).feedback)
        return "reported error"
    for value in reply:
        compare("out", value, EXPECTED)
    return "values"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    console = Console(highlight=False)
    random_ = random.Random(options.seed)
    outcome(frame(random_))
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    counts: Counter[str] = Counter()
    for _ in range(options.frames):
        sent = frame(random_)
        try:
            counts[outcome(sent)] += 1
        except Exception as error:
            counts["anything else"] += 1
            console.print(f"{error!r} from {sent[:200].hex()}", markup=False)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    seconds = time.perf_counter() - start
    text = ", ".join(f"{count:,} {name}" for name, count in counts.most_common())
    console.print(f"{options.frames:,} frames (seed {options.seed}), {seconds:.0f} s: {text}")
    console.print(f"memory grew by {grown:.0f} MB at most; a frame may hold {protocol.MOST_BODY_BYTES >> 20}")
    sys.exit("anything else" in counts)


if __name__ == "__main__":
    main()
