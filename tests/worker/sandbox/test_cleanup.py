"""However a run of the grader ends, no process and no file of a submission outlives it."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.worker.sandbox.tiers import problem_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found through /proc")

HANGING = {
    "endless": "def relu_forward(x):\n    while True:\n        pass",
    "deaf": """
import signal
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)

def relu_forward(x):
    while True:
        pass
""",
    "threads": """
import threading

def work():
    while True:
        open("file", "w").close()

def relu_forward(x):
    for _ in range(5):
        threading.Thread(target=work).start()
    threading.Event().wait()
""",
    "forks": """
import os

def relu_forward(x):
    try:
        if os.fork() == 0:
            os.setsid()
            os.fork()
    except OSError:
        pass
    while True:
        pass
""",
}


HEEDING = """
import signal
# a run in the background may have been told to ignore them, and hands that down
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
from grader.__main__ import main
main()
"""


def status(process):
    """Return the parent of a process and the seconds that it has computed."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descendants(process):
    """Return the numbers of all processes below one, with their computing time."""
    parents, seconds = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)], seconds[int(entry.name)] = status(entry.name)
            except OSError:
                continue
    found, generation = {}, [process]
    while generation:
        generation = [child for child, parent in parents.items() if parent in generation]
        found.update((child, seconds[child]) for child in generation)
    return found


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        select.select([], [], [], 0.02)
    return False


@pytest.fixture(params=["strict", "confined"])
def tier(request):
    if problem := problem_of(request.param):
        pytest.skip(f"{request.param}: {problem}")
    return request.param


@pytest.fixture
def grading(submission, tmp_path, tier):
    """Return a function that starts to grade a submission that hangs, and waits until it does."""
    started = []

    def start(source):
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        path = os.environ["PATH"] if tier == "strict" else str(tmp_path / "no bubblewrap here")
        process = subprocess.Popen(
            [sys.executable, "-c", HEEDING, "grade", submission(layers=source), "--tasks", "relu"],
            env={**os.environ, "TMPDIR": str(scratch), "PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            start_new_session=True,
        )
        started.append(process)
        # a worker that has computed for so long does not import NumPy any more
        assert wait_for(lambda: max(descendants(process.pid).values(), default=0) > 0.5)
        return process, scratch, [os.pidfd_open(child) for child in descendants(process.pid)]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def all_ended(descriptors):
    try:
        return all(select.select([descriptor], [], [], 120)[0] for descriptor in descriptors)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def quick(chosen, all_of_them):
    """Return cases with their ids, the others of which are slow tests."""
    return [
        pytest.param(case, id=name, marks=() if name == chosen else pytest.mark.slow)
        for name, case in all_of_them.items()
    ]


@pytest.mark.parametrize("source", quick("forks", HANGING))
def test_a_killed_grader_leaves_nothing(grading, source):
    process, scratch, descriptors = grading(source)
    process.kill()
    process.wait()
    assert len(descriptors) >= 2
    assert all_ended(descriptors)
    assert wait_for(lambda: list(scratch.iterdir()) == [])


@pytest.mark.parametrize(
    "number",
    quick("SIGINT", {number.name: number for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}),
)
def test_a_grader_that_is_asked_to_end_leaves_nothing(grading, number):
    process, scratch, descriptors = grading(HANGING["threads"])
    process.send_signal(number)
    assert process.wait(timeout=120) != 0
    assert all_ended(descriptors)
    assert wait_for(lambda: list(scratch.iterdir()) == [])


def test_a_killed_group_leaves_nothing(grading):
    process, scratch, descriptors = grading(HANGING["endless"])
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert all_ended(descriptors)
    assert wait_for(lambda: list(scratch.iterdir()) == [])
