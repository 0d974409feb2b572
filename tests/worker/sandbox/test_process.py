"""Workers: what they may use, what they see, and that nothing of them is left when they end."""

import dataclasses
import functools
import gc
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from marks import slowly

from grader.core.errors import CheckStoppedError, StartError
from grader.core.results import Status
from grader.submission.ingest import Submission
from grader.worker import protocol
from grader.worker.sandbox import THREADS, Limits, process, tree
from grader.worker.sandbox.process import WorkerProcess
from grader.worker.sandbox.tiers import problem_of
from grader.worker.session import Student

X = np.array([1.0, -2.0, 3.0])


@pytest.fixture
def start(tmp_path):
    """Write layers.py, and return its functions as they run in a worker."""
    students = []

    def write_and_start(source, limits=None, tier="process"):
        root = (tmp_path / "submission").resolve()
        root.mkdir(exist_ok=True)
        (root / "layers.py").write_text(f"import os\nimport numpy as np\n{source}", encoding="utf-8")
        students.append(Student(Submission("submission", root, {"layers": "layers.py"}), limits, tier=tier))
        return students[-1]

    yield write_and_start
    for student in students:
        student.close()


def relu(student, x=X):
    return student.call("relu_forward", (x,), ["out"]).values["out"]


def stopped(student):
    with pytest.raises(CheckStoppedError) as caught:
        relu(student)
    return caught.value


@functools.cache
def importable(names):
    """Return those of some modules that this Python can import, as told by one process of its own."""
    program = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException:
        continue
    print("found", name)
"""
    done = subprocess.run([sys.executable, "-c", program, *names], capture_output=True, encoding="utf-8")
    return [line.removeprefix("found ") for line in done.stdout.splitlines() if line.startswith("found ")]


def open_descriptors():
    gc.collect()
    return len(list(Path("/dev/fd").iterdir()))


@pytest.fixture
def witness(tmp_path):
    """Return a pipe that processes can hold open, and a function that waits until none of them lives."""
    path = tmp_path / "witness"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def all_gone():
        said = b""
        while select.select([reader], [], [], 120)[0]:
            if not (read := os.read(reader, 100)):
                return bool(said)
            said += read
        return False

    yield path, all_gone
    os.close(reader)


class TestLimits:
    def test_they_are_in_force_in_the_worker(self, start):
        pytest.importorskip("resource", reason="this platform has no resource limits")
        limits = Limits(address_space_bytes=3 << 30, cpu_seconds=77, file_bytes=5 << 20, descriptors=50)
        wanted = limits.as_resources()
        names = ("AS", "CPU", "FSIZE", "NOFILE", "CORE", "MSGQUEUE")
        assert set(wanted) == {f"RLIMIT_{name}" for name in names}
        student = start(
            f"""
import resource

def relu_forward(x):
    return np.array([resource.getrlimit(getattr(resource, name)) for name in {list(wanted)}]) * 1.0, None
""",
            limits,
        )
        in_force = dict(zip(wanted, relu(student).tolist(), strict=True))
        if sys.platform == "darwin":  # announces this one, and refuses to set it
            del in_force["RLIMIT_AS"], wanted["RLIMIT_AS"]
        assert in_force == {name: [value, value] for name, value in wanted.items()}

    @pytest.mark.skipif(sys.platform != "linux", reason="memory cannot be limited here")
    def test_too_much_memory_is_an_error_that_the_worker_survives(self, start):
        student = start(
            "def relu_forward(x):\n"
            "    return (np.ones(1 << 34) if x[0] else np.array([os.getpid()]) * 1.0), None"
        )
        before = relu(student, 0 * X)
        error = stopped(student)
        assert error.status is Status.STUDENT_ERROR
        assert "MemoryError" in error.feedback.headline
        assert relu(student, 0 * X) == before

    @pytest.mark.skipif(sys.platform == "win32", reason="files cannot be limited there")
    def test_too_large_a_file_is_an_error(self, start):
        student = start(
            "def relu_forward(x):\n    with open('large', 'wb') as file:\n        file.write(bytes(1 << 20))",
            Limits(file_bytes=1 << 16),
        )
        assert "OSError" in stopped(student).feedback.headline


class TestSurroundings:
    def test_variables_of_the_user_are_not_passed_on(self, start, monkeypatch):
        for name in ("API_TOKEN", "MNIST_DIR", "PYTHONPATH", "HOME"):
            monkeypatch.setenv(name, "a secret")
        student = start(
            "def relu_forward(x):\n"
            "    return np.array([float('secret' in value) for value in os.environ.values()]), None"
        )
        assert relu(student).sum() == 0

    def test_linear_algebra_has_one_thread(self, start, monkeypatch):
        for name in THREADS:
            monkeypatch.setenv(name, "2")
        student = start(
            f"def relu_forward(x):\n"
            f"    return np.array([float(os.environ[name]) for name in {list(THREADS)}]), None"
        )
        assert relu(student).tolist() == [1.0] * len(THREADS)

    def test_nothing_can_be_asked_of_the_user(self, start):
        error = stopped(start("def relu_forward(x):\n    return x * float(input('? ')), None"))
        assert "EOFError" in error.feedback.headline

    @pytest.mark.skipif(sys.platform == "win32", reason="descriptors are inherited otherwise there")
    def test_open_files_of_the_grader_are_not_passed_on(self, start, tmp_path):
        with (tmp_path / "answers").open("w") as answers:
            os.set_inheritable(answers.fileno(), True)
            secret = os.fstat(answers.fileno())
            student = start(f"""
def relu_forward(x):
    found = 0
    for number in range(1024):
        try:
            status = os.fstat(number)
        except OSError:
            continue
        found += (status.st_dev, status.st_ino) == ({secret.st_dev}, {secret.st_ino})
    return np.array([found]) * 1.0, None
""")
            assert relu(student).tolist() == [0]


@pytest.mark.skipif(
    sys.platform == "win32", reason="process groups and named pipes are of another kind there"
)
class TestEnd:
    def test_nothing_is_left(self, start, scratch):
        descriptors, threads = open_descriptors(), threading.active_count()
        student = start("def relu_forward(x):\n    open('file', 'w').close()\n    return x, None")
        relu(student)
        assert len(list(scratch.iterdir())) == 1
        student.close()
        assert list(scratch.iterdir()) == []
        assert threading.active_count() == threads
        assert open_descriptors() == descriptors

    def test_an_own_exit_code_is_told_and_a_signal_is_negative(self, tmp_path):
        for source, code in (
            ("os._exit(7)", 7),
            (f"os.kill(os.getpid(), {int(signal.SIGTERM)})", -signal.SIGTERM),
        ):
            (tmp_path / "layers.py").write_text(f"import os\n{source}\n")
            worker = WorkerProcess(tmp_path, Limits(), "process")
            soon = protocol.Deadline(120)
            protocol.send(
                worker.connection,
                1,
                protocol.encode({"load": ["layers", "layers.py", [], None, False, 100]}),
                [],
                soon,
            )
            with pytest.raises((EOFError, ConnectionError)):
                protocol.receive_header(worker.connection, soon)
            assert worker.end() == code

    def test_children_and_threads_end_with_the_worker(self, start, witness):
        path, all_gone = witness
        student = start(f"""
import subprocess, sys, threading

CHILD = "import threading; pipe = open({str(path)!r}, 'w'); print('up', flush=True); threading.Event().wait()"

def hold():
    pipe = open({str(path)!r}, "w")
    pipe.write("here")
    pipe.flush()
    threading.Event().wait()

def relu_forward(x):
    threading.Thread(target=hold).start()
    if os.fork() == 0:
        hold()
    subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE).stdout.readline()
    return x, None
""")
        np.testing.assert_array_equal(relu(student), X)
        student.close()
        assert all_gone()

    def test_a_worker_that_ignores_signals_ends_all_the_same(self, start, witness):
        path, all_gone = witness
        student = start(
            f"""
import signal
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
pipe = open({str(path)!r}, "w")
pipe.write("here")
pipe.flush()

def relu_forward(x):
    while True:
        pass
""",
            Limits(call_seconds=0.2),
        )
        assert stopped(student).status is Status.TIMEOUT
        assert all_gone()

    def test_a_stopped_worker_ends_all_the_same(self, start, witness):
        path, all_gone = witness
        student = start(
            f"""
import signal
pipe = open({str(path)!r}, "w")
pipe.write("here")
pipe.flush()

def relu_forward(x):
    os.kill(os.getpid(), signal.SIGSTOP)
""",
            Limits(call_seconds=0.2),
        )
        assert stopped(student).status is Status.TIMEOUT
        assert all_gone()

    def test_output_held_open_by_a_daemon_does_not_keep_the_grader_waiting(self, start, witness):
        path, _ = witness
        threads = set(threading.enumerate())
        student = start(f"""
def relu_forward(x):
    if os.fork() == 0:
        os.setsid()
        pipe = open({str(path)!r}, "w")
        os.write(pipe.fileno(), str(os.getpid()).encode())
        while True:
            pass
    return x, None
""")
        relu(student)
        reader = os.open(path, os.O_RDONLY)
        daemon = int(os.read(reader, 100))
        try:
            student.close()
        finally:
            os.kill(daemon, signal.SIGKILL)
            os.close(reader)
        for thread in set(threading.enumerate()) - threads:
            thread.join(timeout=120)
            assert not thread.is_alive()


class TestStart:
    def test_a_python_that_cannot_be_started_is_an_error_that_leaves_nothing(
        self, tmp_path, scratch, monkeypatch
    ):
        nowhere = dataclasses.replace(process.visible(), interpreter=str(tmp_path / "nothing here"))
        monkeypatch.setattr(process, "visible", lambda: nowhere)
        descriptors = open_descriptors()
        with pytest.raises(StartError, match="the worker process cannot be started"):
            WorkerProcess(tmp_path, Limits(), "process")
        assert list(scratch.iterdir()) == []
        assert open_descriptors() == descriptors

    def test_the_connection_of_windows_carries_the_same(self, start, monkeypatch, scratch):
        monkeypatch.setattr(process, "ON_WINDOWS", True)
        student = start("def relu_forward(x):\n    return np.maximum(x, 0), None")
        np.testing.assert_array_equal(relu(student), np.maximum(X, 0))
        student.close()
        assert list(scratch.iterdir()) == []


ISOLATED = ("confined", "strict")
EVERYWHERE = ("process", "container", *ISOLATED)


@pytest.fixture(params=slowly(EVERYWHERE, quick=["process", "strict"]))
def tier(request):
    if problem := problem_of(request.param):
        pytest.skip(f"{request.param}: {problem}")
    return request.param


@pytest.fixture(params=ISOLATED)
def isolated(request):
    if problem := problem_of(request.param):
        pytest.skip(f"{request.param}: {problem}")
    return request.param


class TestTiers:
    """What holds in every tier."""

    @pytest.mark.parametrize("tier", EVERYWHERE, indirect=True)
    def test_functions_compute(self, start, tier):
        student = start("def relu_forward(x):\n    return np.maximum(x, 0), None", tier=tier)
        np.testing.assert_array_equal(relu(student), np.maximum(X, 0))

    def test_nothing_is_left(self, start, scratch, tier):
        # the folders that workers share are those of this process
        tree.close_trees()
        descriptors, threads = open_descriptors(), set(threading.enumerate())
        student = start("def relu_forward(x):\n    open('file', 'w').close()\n    return x, None", tier=tier)
        relu(student)
        student.close()
        tree.close_trees()
        assert list(scratch.iterdir()) == []
        started = set(threading.enumerate()) - threads
        assert all(thread.name.startswith("starter") for thread in started)
        assert open_descriptors() == descriptors

    def test_threads_compute(self, start, tier):
        student = start(
            """
from concurrent.futures import ThreadPoolExecutor

def relu_forward(x):
    with ThreadPoolExecutor(4) as pool:
        return np.array(list(pool.map(lambda value: max(value, 0.0), x))), None
""",
            tier=tier,
        )
        np.testing.assert_array_equal(relu(student), np.maximum(X, 0))

    def test_files_can_be_written_where_the_worker_runs(self, start, tier):
        student = start(
            """
import tempfile

def relu_forward(x):
    np.save("kept.npy", x)
    with tempfile.TemporaryFile(dir=".") as file:
        file.write(b"x" * 1000)
    return np.load("kept.npy"), None
""",
            tier=tier,
        )
        np.testing.assert_array_equal(relu(student), X)

    def test_too_many_files_are_too_much(self, start, tier):
        student = start(
            """
def relu_forward(x):
    try:
        for number in range(100):
            with open(f"file{number}", "wb") as file:
                file.write(bytes(1 << 20))
    except OSError:
        return np.array([number]) * 1.0, None
    while True:
        pass
""",
            Limits(scratch_bytes=20 << 20),
            tier=tier,
        )
        if tier in ISOLATED:
            assert relu(student)[0] in (19, 20)
        else:
            assert "relu_forward wrote more than 20 MB of files" in stopped(student).feedback.headline

    def test_too_many_threads_are_too_much(self, start, tier):
        student = start(
            """
import threading

def relu_forward(x):
    ending = threading.Event()
    threading.stack_size(1 << 16)
    try:
        for number in range(100):
            threading.Thread(target=ending.wait, daemon=True).start()
    except RuntimeError:
        return np.array([number]) * 1.0, None
    while True:
        pass
""",
            Limits(threads=50),
            tier=tier,
        )
        if tier == "process":
            assert "relu_forward started more than 50 threads" in stopped(student).feedback.headline
        else:
            # the first is its own; the kernel also counts what is just about to end, such as who started it
            assert 45 <= relu(student)[0] <= 49

    def test_output_all_the_time_hides_nothing(self, start, tier):
        student = start(
            """
def relu_forward(x):
    try:
        for number in range(100):
            with open(f"file{number}", "wb") as file:
                file.write(bytes(1 << 20))
            print("a heartbeat", flush=True)
    except OSError:
        return np.array([number]) * 1.0, None
    while True:
        print("a heartbeat", flush=True)
""",
            Limits(scratch_bytes=20 << 20),
            tier=tier,
        )
        if tier in ISOLATED:
            assert relu(student)[0] in (19, 20)
        else:
            assert "relu_forward wrote more than 20 MB of files" in stopped(student).feedback.headline

    def test_many_small_files_are_too_much(self, start, tier):
        student = start(
            """
def relu_forward(x):
    try:
        for number in range(1 << 20):
            open(f"file{number}", "wb").close()
    except OSError:
        return np.array([number]) * 1.0, None
""",
            Limits(scratch_entries=5000),
            tier=tier,
        )
        if tier == "confined":
            assert 4990 < relu(student)[0] < 5000
        elif tier == "strict":
            assert "relu_forward made more than 5000 files" in stopped(student).feedback.headline
        else:
            assert "relu_forward wrote more than 64 MB of files" in stopped(student).feedback.headline

    def test_a_thread_does_not_go_on_between_calls(self, start, tier):
        student = start(
            """
import threading, time
looks, seen = [0.0], threading.Event()

def watch_the_clock():
    while True:
        if time.monotonic() - looks[-1] > 0.001:
            looks.append(time.monotonic())
        seen.set()

def relu_forward(x):
    if len(looks) == 1:
        threading.Thread(target=watch_the_clock, daemon=True).start()
    seen.clear()
    seen.wait()
    between = [look for look in looks if x[0] < look < x[1]]
    return np.array([len(looks), len(between)]) * 1.0, None
""",
            tier=tier,
        )
        assert relu(student)[0] > 1
        start = time.monotonic()
        while time.monotonic() < start + 0.3:
            pass
        # a moment for the signal to arrive
        interval = np.array([start + 0.1, time.monotonic()])
        assert relu(student, interval).tolist()[1] == 0

    def test_an_exit_code_and_a_signal_are_told(self, start, tier):
        error = stopped(start("def relu_forward(x):\n    os._exit(7)", tier=tier))
        assert "it exited with code 7" in error.feedback.headline
        student = start("import ctypes\n\ndef relu_forward(x):\n    ctypes.string_at(0)", tier=tier)
        assert "it was stopped by SIGSEGV" in stopped(student).feedback.headline

    def test_a_worker_that_hangs_ends(self, start, tier):
        student = start(
            "def relu_forward(x):\n    while True:\n        pass", Limits(call_seconds=0.2), tier=tier
        )
        assert stopped(student).status is Status.TIMEOUT
        assert not student.running

    def test_a_module_of_the_standard_library_that_is_there_can_be_imported(self, start, tier):
        left_out = {"antigravity", "idlelib", "test", "this", "turtle", "turtledemo"}
        names = importable(tuple(sorted(sys.stdlib_module_names - left_out)))
        assert len(names) > 150
        student = start(
            f"""
import importlib
wrong = []
for name in {names}:
    try:
        importlib.import_module(name)
    except BaseException as error:
        wrong.append(f"{{name}} ({{error}})")

def relu_forward(x):
    assert not wrong, ", ".join(wrong)
    return x, None
""",
            tier=tier,
        )
        np.testing.assert_array_equal(relu(student), X)
