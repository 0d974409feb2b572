"""The corpus of attacks: load one, plant what it looks for, grade it in a tier, and see what came of it.

An attack is a file below this folder. It stands behind a copy of the solution with a wrong ReLU, and wins
if it earns a point more than that, reads what was planted, changes something, or leaves something behind.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import select
import shutil
import socket
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from rich.console import Console

from grader.core.kit import HOME
from grader.core.results import Report, Status
from grader.report.json import render
from grader.report.scorecard import scorecard
from grader.run.grading import Options, grade
from grader.worker.sandbox import tiers
from grader.worker.sandbox.limits import Limits

HERE = Path(__file__).parent
TRAINING = "training"
TIERS = ("strict", "confined")
RESPONSES = {
    "W": "the wrong answer is scored as such",
    "D": "denied: an exception in the submission",
    "K": "stopped, and said so",
    "T": "out of time",
    "S": "without effect",
    "F": "found by the audit of the training, for a person to see",
}
LIMITS = Limits(import_seconds=3.0, call_seconds=1.0, repeated_call_seconds=0.25, scratch_bytes=40 << 20)
SECRET = "convgrade-secret-7f3a91"  # nothing is kept with it
MARK = "ATTACK SUCCEEDED"

PRELUDE = f"""
import os as _os, stat as _stat, socket as _socket, sys as _sys


def succeeded(what):
    raise RuntimeError("{MARK}: " + str(what))


def connection():
    for number in range(3, 64):
        try:
            if _stat.S_ISSOCK(_os.fstat(number).st_mode):
                return _socket.socket(fileno=number)
        except OSError:
            pass
    raise LookupError("no connection")


def send_reply(wire, header, body):
    frame = _sys._getframe()
    while "asked" not in frame.f_locals:
        frame = frame.f_back
    text = header.encode()
    number = frame.f_locals["number"]
    wire.sendall(number.to_bytes(8, "little") + len(text).to_bytes(4, "little") + text + body)


def hang():
    while True:
        pass
"""
WRONG = """

def relu_forward(x):
    return x * 0 + 7, x


def relu_backward(dout, cache):
    return dout * 0 + 7
"""


@dataclass(frozen=True)
class Attack:
    """One attack: which responses are right, and its source."""

    family: str
    name: str
    sentence: str
    responses: str
    source: str

    @property
    def id(self) -> str:
        """Family and name."""
        return f"{self.family}/{self.name}"


@dataclass
class Ground:
    """What attacks look for: a secret, a folder for everybody, a server."""

    folder: Path
    port: int
    server: socket.socket
    connections: int = 0
    places: dict[str, str] = field(default_factory=dict)
    before: set[int] = field(default_factory=lambda: _workers())

    def prepare(self, source: str) -> str:
        """Return a source in which the places of this machine are named."""
        for name, value in self.places.items():
            source = source.replace(f"@{name}@", value)
        return source

    def harm(self) -> list[str]:
        """Return what was done to what lies here."""
        found = []
        if (self.folder / "secret").read_text() != SECRET or (self.folder / "precious").read_text() != "kept":
            found.append("changed a file")
        if sorted(path.name for path in self.folder.iterdir()) != ["precious", "scratch", "secret"]:
            found.append("made or removed a file")
        with contextlib.suppress(BlockingIOError):
            self.server.accept()[0].close()
            found.append("connected")
        return found

    def left(self) -> list[str]:
        """Return what outlives the run: files in the temporary folder, and processes of workers."""
        found = [f"file {path.name}" for path in (self.folder / "scratch").iterdir()]
        workers = sorted(worker for worker in _workers() - self.before if not _is_ending(worker))
        return found + [f"process {worker}" for worker in workers]


def _workers() -> set[int]:
    """Return the workers that are ours, or nobody's: other graders of this machine may have some, too."""
    parents: dict[int, int] = {}
    workers = set()
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                parents[int(entry.name)] = _parent(int(entry.name))
                if b"launch.py" in (entry / "cmdline").read_bytes():
                    workers.add(int(entry.name))
    found = set()
    for worker in workers:
        ancestor = worker
        while ancestor not in {os.getpid(), 1, 0}:
            ancestor = parents.get(ancestor, 1)
        if ancestor == os.getpid() or parents[worker] == 1:
            found.add(worker)
    return found


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def _is_ending(worker: int) -> bool:
    """Whether a worker is nobody's and about to end: another grader, which was killed, may have left it."""
    try:
        descriptor = os.pidfd_open(worker)
    except OSError:
        return True
    try:
        return _parent(worker) == 1 and bool(select.select([descriptor], [], [], 10)[0])
    except OSError:
        return True
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class Result:
    """What came of an attack."""

    response: str
    earned: float
    problems: tuple[str, ...]
    report: Report


def attacks() -> list[Attack]:
    """Return the corpus, in order."""
    found = []
    for path in sorted(HERE.glob("*/*.py")):
        source = path.read_text(encoding="utf-8")
        sentence = source.split('"""')[1]
        responses = re.search(r"^# response: ([A-Z]+)$", source, re.MULTILINE)
        assert responses is not None, path
        found.append(Attack(path.parent.name, path.stem, sentence, responses[1], source))
    return found


@contextlib.contextmanager
def ground() -> Iterator[Ground]:
    """Plant what attacks look for."""
    with (
        tempfile.TemporaryDirectory(prefix="ground-") as name,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        folder = Path(name)
        # permissions keep nobody away: what does must be the tier
        folder.chmod(0o777)
        for file, content in (("secret", SECRET), ("precious", "kept")):
            (folder / file).write_text(content)
            (folder / file).chmod(0o666)
        (folder / "scratch").mkdir()
        server.setblocking(False)
        planted = Ground(folder, server.getsockname()[1], server)
        planted.places = {
            "SECRET": str(folder / "secret"),
            "FOLDER": name,
            "PORT": str(planted.port),
            "GRADER": str(os.getpid()),
            "SOLUTION": str(HOME / "solution"),
            "PACKAGES": sysconfig.get_path("purelib"),
            "MNIST": os.environ.get("MNIST_DIR", "/nowhere"),
        }
        with (
            patch.dict(os.environ, {"CONVGRADE_TEST_SECRET": SECRET}),
            patch.object(tempfile, "tempdir", str(folder / "scratch")),
        ):
            yield planted


def write(attack: Attack | None, where: Path, planted: Ground) -> Path:
    """Write an attack as a submission; without one, the wrong submission that it stands behind."""
    shutil.copytree(HOME / "solution", where, ignore=shutil.ignore_patterns("__pycache__"))
    training = attack is not None and attack.family == TRAINING
    with (where / "layers.py").open("a", encoding="utf-8") as file:
        file.write(PRELUDE + ("" if training else WRONG))
        if attack is not None:
            file.write(f"\n\n{planted.prepare(attack.source)}\n")
    return where


def run(attack: Attack | None, tier: str, planted: Ground) -> Result:
    """Grade an attack in one tier, and look around."""
    training = attack is not None and attack.family == TRAINING
    options = Options(mnist=training, tasks=("mnist",) if training else ("relu", "dense"), isolation=tier)
    only = patch.object(tiers, "problem_of", lambda other: None if other == tier else "not in this run")
    with (
        tempfile.TemporaryDirectory(prefix="attack-", dir=Path("/var/tmp")) as name,
        only,
        patch("grader.worker.session.Limits", lambda: LIMITS),
    ):
        path = write(attack, Path(name) / "submission", planted)
        junit = Path(name) / "junit.xml"
        outcome = grade(path, Options(**{**vars(options), "junit": junit}))
        xml = junit.read_text(encoding="utf-8")
    report = outcome.report
    problems = [*planted.harm(), *(f"left {thing}" for thing in planted.left())]
    if outcome.internal_errors:
        problems.append(f"the grader failed: {outcome.internal_errors[0][-300:]}")
    text = render(report)
    shown = _shown(report)
    for where, content in (("JSON", text), ("scorecard", shown), ("JUnit", xml)):
        if MARK in content or SECRET in content:
            problems.append(f"succeeded, as the {where} tells")
        problems += [f"{problem} in the {where}" for problem in _unsafe(content)]
    json.loads(text)
    earned = report.score.earned
    return Result(_response(report, training=training), earned, tuple(problems), report)


def _shown(report: Report) -> str:
    stream = io.StringIO()
    Console(file=stream, width=100, color_system=None, force_terminal=False).print(scorecard(report))
    return stream.getvalue()


def _unsafe(text: str) -> list[str]:
    """Return what a terminal, a workflow or a browser would obey."""
    found = []
    if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text):
        found.append("a control character")
    if re.search(r"^\s*::", text, re.MULTILINE):
        found.append("a command for a workflow")
    return found


def _response(report: Report, *, training: bool) -> str:
    """Return in a letter how the grader responded."""
    if training:
        row = next(row for row in report.results if row.check.task == "mnist")
        if report.training is not None and report.training.stopped == "audit":
            return "F"
        return "S" if row.status is Status.PASSED else "W"
    rows = [row for row in report.results if row.check.task == "relu"]
    statuses = {row.status for row in rows}
    told = " ".join(row.feedback.headline for row in rows if row.feedback is not None)
    if re.search("process that ran|process ended|and was stopped", told):
        return "K"
    if Status.TIMEOUT in statuses:
        return "T"
    if Status.STUDENT_ERROR in statuses:
        return "D"
    return "W" if statuses & {Status.FAILED, Status.NOT_IMPLEMENTED} else "S"
