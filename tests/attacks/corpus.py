"""The corpus of attacks: load one, plant what it looks for, grade it in a tier, and see what came of it.

An attack is a file below this folder. Most stand behind a copy of the solution with a wrong ReLU; those
that define ``build`` make the whole submission themselves, in the process of the test. An attack has an
effect if it earns a point more than it should, reads what was planted, changes or leaves something, keeps a
report from being written, or takes longer than there is time.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import re
import select
import shutil
import signal
import socket
import sysconfig
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from rich.console import Console

from grader.core.kit import HOME
from grader.core.results import Report, Status
from grader.core.seed import Seed
from grader.report.json import render
from grader.report.junit import junit
from grader.report.scorecard import scorecard
from grader.run.grading import Options, grade
from grader.worker.failures import MOST_EXCERPT
from grader.worker.sandbox import tiers, tree
from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.process import FIRST_FREE_USER

HERE = Path(__file__).parent
TRAINING = "training"
TIERS = ("strict", "confined", "container")
RESPONSES = {
    "W": "the wrong answer is scored as such",
    "D": "denied: an exception in the submission",
    "K": "stopped, and said so",
    "T": "out of time",
    "R": "refused before anything ran",
    "S": "without effect",
    "F": "found by the audit of the training, for a person to see",
}
EFFECTS = ("gain", "secret read", "changed", "left behind", "no report", "over the time", "unsafe report")
"""what must not come of an attack, in the order of the tables"""
LIMITS = Limits(import_seconds=3.0, call_seconds=1.0, repeated_call_seconds=0.25, scratch_bytes=40 << 20)
"""a tenth of the usual, so that a corpus takes minutes and not hours"""
TIME_LIMIT = 60.0
"""of a submission: a tenth of the usual, for the same reason"""
LONGEST_SECONDS = 75.0
"""of a whole run: what ends at its limit still needs a report"""
LEAST_ROWS = 60
SEED = Seed("a5" * 16)
"""secret, as far as an attack knows"""
SECRET = "convgrade-secret-7f3a91"  # nothing is kept with it
MARK = "ATTACK SUCCEEDED"
OWN_TEXT = "LEAK"
"""what an attack on reports fills its messages with, to see how much of them is shown"""

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
    text = header.encode() if isinstance(header, str) else header
    number = frame.f_locals["number"]
    wire.sendall(number.to_bytes(8, "little") + len(text).to_bytes(4, "little") + text + body)


def system_call(number, *arguments):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), _os.strerror(ctypes.get_errno()))
    return result


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
    """One attack: which responses are right, and its source.

    ``tasks`` are graded. ``open_at`` are the tiers that do not promise to keep it from its aim.
    """

    family: str
    name: str
    sentence: str
    responses: str
    source: str
    tasks: tuple[str, ...] = ("relu",)
    open_at: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """Family and name."""
        return f"{self.family}/{self.name}"

    @property
    def builds(self) -> bool:
        """Whether it makes the whole submission itself."""
        return "\ndef build(" in self.source

    @property
    def trains(self) -> bool:
        """Whether it is after the points of the training."""
        return self.family == TRAINING


@dataclass
class Ground:
    """What attacks look for: a secret in a file and in shared memory, a folder for everybody, two servers."""

    folder: Path
    port: int
    servers: tuple[socket.socket, ...]
    places: dict[str, str] = field(default_factory=dict)
    before: set[str] = field(default_factory=lambda: _living() | _segments())

    def prepare(self, source: str) -> str:
        """Return a source in which the places of this machine are named."""
        for name, value in self.places.items():
            source = source.replace(f"@{name}@", value)
        return source

    def harm(self) -> list[str]:
        """Return what was done to what lies here."""
        found = []
        if (self.folder / "secret").read_text() != SECRET or (self.folder / "precious").read_text() != "kept":
            found.append("a file")
        names = sorted(path.name for path in self.folder.iterdir())
        if names != ["precious", "scratch", "secret", "socket"]:
            found.append("the files in a folder")
        for server in self.servers:
            with contextlib.suppress(BlockingIOError):
                # all of them, so that the next attack is not blamed
                while True:
                    server.accept()[0].close()
                    found.append("connected to a server")
        return list(dict.fromkeys(found))

    def left(self) -> list[str]:
        """Return what outlives the run: files, processes of workers, memory that needs no process."""
        found = [
            f"file {path.name}" for home in (self.folder / "scratch").iterdir() for path in _guests(home)
        ]
        # memory stays until it is removed: what goes away by itself is of another grader of this machine
        end = time.monotonic() + 10
        while (segments := _segments() - self.before) and time.monotonic() < end:
            select.select([], [], [], 0.02)
        return found + sorted(_living() - self.before) + sorted(segments)


def _guests(home: Path) -> Iterator[Path]:
    """Yield what lies in a temporary folder, but for the folders that workers share: these go at the end."""
    entries = list(home.iterdir()) if home.is_dir() else []
    for entry in entries:
        workers = entry / tree.WORKERS.lstrip("/")
        yield from workers.iterdir() if entry.name.startswith("tree-") else [entry]
    if not entries:
        yield home


def _living() -> set[str]:
    """Return workers that are ours or nobody's: other graders of this machine may have some."""
    return {f"process {worker}" for worker in _workers() if not _is_ending(worker)}


def _is_ending(worker: str) -> bool:
    """Whether a worker is nobody's and about to end: another grader, which was killed, may have left it."""
    try:
        descriptor = os.pidfd_open(int(worker))
    except OSError:
        return True
    try:
        parent = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1]
        return parent == "1" and bool(select.select([descriptor], [], [], 10)[0])
    except OSError:
        return True
    finally:
        os.close(descriptor)


def _workers() -> set[str]:
    parents, workers = {}, set()
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                parents[entry.name] = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                if b"launch.py" in (entry / "cmdline").read_bytes():
                    workers.add(entry.name)
    found = set()
    for worker in workers:
        ancestor = worker
        while ancestor not in {str(os.getpid()), "1", "0"}:
            ancestor = parents.get(ancestor, "1")
        if ancestor == str(os.getpid()) or parents[worker] == "1":
            found.add(worker)
    return found


def _segments() -> set[str]:
    """Return shared memory, semaphores and queues of workers of any grader."""
    found = set()
    for kind in ("shm", "sem", "msg"):
        header, *rows = Path(f"/proc/sysvipc/{kind}").read_text(encoding="ascii").splitlines()
        for row in rows:
            fields = dict(zip(header.split(), row.split(), strict=False))
            if int(fields["cuid"]) >= FIRST_FREE_USER:
                found.add(f"{kind} {row.split()[1]}")
    return found


@dataclass(frozen=True)
class Result:
    """What came of an attack: ``effects`` are what must not come of one, by their kind in ``EFFECTS``."""

    response: str
    earned: float
    effects: dict[str, str]
    seconds: float

    def beyond(self, points: float) -> dict[str, str]:
        """Return the effects, with the gain if more was earned than an attack may."""
        gain = {"gain": f"{self.earned:g} points instead of {points:g}"} if self.earned > points else {}
        return {**gain, **self.effects}


def attacks() -> list[Attack]:
    """Return the corpus, in order."""
    return [_load(path) for path in sorted(HERE.glob("*/*.py"))]


def _load(path: Path) -> Attack:
    source = path.read_text(encoding="utf-8")

    def noted(name: str, default: str) -> str:
        found = re.search(rf"^# {name}: (.+)$", source, re.MULTILINE)
        return found[1] if found else default

    responses = noted("response", "")
    assert responses, path
    return Attack(
        path.parent.name,
        path.stem,
        source.split('"""')[1],
        responses,
        source,
        tuple(noted("tasks", "mnist" if path.parent.name == TRAINING else "relu").split(",")),
        frozenset(filter(None, noted("open at", "").split(","))),
    )


@contextlib.contextmanager
def ground() -> Iterator[Ground]:
    """Plant what attacks look for."""
    with (
        tempfile.TemporaryDirectory(prefix="ground-") as name,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as local,
        _shared_memory() as segment,
    ):
        folder = Path(name)
        local.bind(str(folder / "socket"))
        local.listen()
        # permissions keep nobody away: what does must be the tier
        folder.chmod(0o777)
        (folder / "socket").chmod(0o777)
        for file, content in (("secret", SECRET), ("precious", "kept")):
            (folder / file).write_text(content)
            (folder / file).chmod(0o666)
        (folder / "scratch").mkdir()
        for each in (server, local):
            each.setblocking(False)
        planted = Ground(folder, server.getsockname()[1], (server, local))
        planted.places = {
            "SECRET": str(folder / "secret"),
            "FOLDER": name,
            "SOCKET": str(folder / "socket"),
            "SEGMENT": str(segment),
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
            tree.close_trees()
            assert list((folder / "scratch").iterdir()) == []


@contextlib.contextmanager
def _shared_memory() -> Iterator[int]:
    """Plant a segment of memory that everybody may read; yield its number."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    segment = libc.shmget(0, 4096, 0o1666)
    address = libc.shmat(segment, None, 0)
    ctypes.memmove(address, SECRET.encode(), len(SECRET))
    try:
        yield segment
    finally:
        libc.shmdt(ctypes.c_void_p(address))
        libc.shmctl(segment, 0, None)


def write(attack: Attack | None, where: Path, planted: Ground) -> Path:
    """Write an attack as a submission; without one, the wrong submission that it stands behind.

    Returns
    -------
    Path
        What to hand in.
    """
    if attack is not None and attack.builds:
        scope: dict[str, object] = {}
        exec(compile(planted.prepare(attack.source), attack.id, "exec"), scope)  # our own text
        where.mkdir()
        built = scope["build"](where)  # type: ignore[operator]
        assert isinstance(built, Path)
        return built
    shutil.copytree(HOME / "solution", where, ignore=shutil.ignore_patterns("__pycache__"))
    with (where / "layers.py").open("a", encoding="utf-8") as file:
        file.write(PRELUDE + ("" if attack is not None and attack.trains else WRONG))
        if attack is not None:
            file.write(f"\n\n{planted.prepare(attack.source)}\n")
    return where


def run(attack: Attack | None, tier: str, planted: Ground, tasks: tuple[str, ...] = ("relu",)) -> Result:
    """Grade an attack in one tier, and look around; without one, what the attacks stand behind."""
    tasks = tasks if attack is None else attack.tasks
    options = Options(SEED, tasks, "mnist" in tasks, isolation=tier, time_limit=TIME_LIMIT)
    only = patch.object(tiers, "problem_of", lambda other: None if other == tier else "not in this run")
    with (
        tempfile.TemporaryDirectory(prefix="attack-", dir="/var/tmp", ignore_cleanup_errors=True) as name,
        only,
        patch("grader.worker.session.Limits", lambda: LIMITS),
    ):
        path = write(attack, Path(name) / "submission", planted)
        start = time.perf_counter()
        try:
            with _no_longer_than(2 * TIME_LIMIT):
                outcome = grade(path, options)
        except (Exception, KeyboardInterrupt) as error:
            return Result("?", 0.0, {"no report": repr(error)[:200]}, time.perf_counter() - start)
    seconds = time.perf_counter() - start
    missing = ["rows are missing"] if len(outcome.report.results) < LEAST_ROWS or outcome.interrupted else []
    effects = {
        "changed": planted.harm(),
        "left behind": planted.left(),
        "no report": [*missing, *(found[-200:] for found in outcome.internal_errors)],
        "over the time": [f"{seconds:.0f} s"] if seconds > LONGEST_SECONDS else [],
        **_shown_badly(outcome.report),
    }
    told = {kind: "; ".join(found) for kind, found in effects.items() if found}
    report = outcome.report
    return Result(_response(report, attack), report.score.total, told, seconds)


def may_earn(attack: Attack, response: str, tier: str, planted: Ground) -> float:
    """Return the points that an attack may earn, by what it is: what it stands behind earns them as well."""
    if attack.trains:
        # replaced functions cost their share, an audit everything
        return {"F": 0.0, "W": 9.0}.get(response, 10.0)
    if attack.builds:
        # as stubs
        return 0.0
    return _honest(tier, attack.tasks, planted)


_honest_points: dict[tuple[str, tuple[str, ...]], float] = {}


def _honest(tier: str, tasks: tuple[str, ...], planted: Ground) -> float:
    key = tier, tasks
    if key not in _honest_points:
        _honest_points[key] = run(None, tier, planted, tasks).earned
    return _honest_points[key]


@contextlib.contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """Interrupt a grader that goes on and on, as its user would."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _shown_badly(report: Report) -> dict[str, list[str]]:
    """Return what a report must not show."""
    text = render(report)
    json.loads(text)
    shown = {"JSON": text, "scorecard": _shown(report), "JUnit": junit(report)}
    found: dict[str, list[str]] = {"secret read": [], "unsafe report": []}
    for where, content in shown.items():
        if MARK in content or SECRET in content:
            found["secret read"].append(where)
        found["unsafe report"] += [f"{problem} in the {where}" for problem in _unsafe(content)]
    for row in report.results:
        told = "" if row.feedback is None else " ".join([row.feedback.headline, *row.feedback.facts])
        if told.count(OWN_TEXT) * len(OWN_TEXT) > MOST_EXCERPT:
            found["unsafe report"].append(f"more than one excerpt in {row.check.id}")
    return found


def _shown(report: Report) -> str:
    stream = io.StringIO()
    Console(file=stream, width=100, color_system=None, force_terminal=False).print(scorecard(report))
    return stream.getvalue()


def _unsafe(text: str) -> list[str]:
    """Return what a terminal, a browser, a reader or a runner of workflows would be fooled by."""
    found = []
    categories = {unicodedata.category(sign) for sign in set(text) - {"\n", "\t"}}
    if categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        found.append("a character that nobody sees")
    if re.search(r"^\s*::", text, re.MULTILINE) or re.search(r"##(vso|teamcity)?\[", text):
        found.append("a command for a runner")
    return found


def _response(report: Report, attack: Attack | None) -> str:
    """Return in a letter how the grader responded."""
    if report.submission.problem is not None:
        return "R"
    if attack is not None and attack.trains:
        row = next(row for row in report.results if row.check.task == "mnist")
        if report.training is not None and report.training.stopped == "audit":
            return "F"
        return "S" if row.status is Status.PASSED else "W"
    tasks = {"relu"} if attack is None else set(attack.tasks)
    rows = [row for row in report.results if row.check.task in tasks]
    statuses = {row.status for row in rows}
    told = " ".join(row.feedback.headline for row in rows if row.feedback is not None)
    if re.search("process that ran|process ended|and was stopped", told):
        return "K"
    if Status.TIMEOUT in statuses:
        return "T"
    if Status.STUDENT_ERROR in statuses:
        return "D"
    return "W" if statuses & {Status.FAILED, Status.NOT_IMPLEMENTED} else "S"
