"""Workers: what they may use, what they see, and that nothing of them is left when they end."""

import gc
import os
import select
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from grader import protocol, sandbox
from grader.ingest import Submission
from grader.results import CheckStoppedError, GraderError, Status
from grader.sandbox import THREADS, TIERS, IsolationError, Limits, Output, WorkerProcess, choose_isolation
from grader.student import Student

X = np.array([1.0, -2.0, 3.0])


@pytest.fixture
def start(tmp_path):
    """Write layers.py, and return its functions as they run in a worker."""
    students = []

    def write_and_start(source, limits=None):
        root = (tmp_path / "submission").resolve()
        root.mkdir(exist_ok=True)
        (root / "layers.py").write_text(f"import os\nimport numpy as np\n{source}", encoding="utf-8")
        students.append(Student(Submission("submission", root, {"layers": "layers.py"}), limits))
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
        while select.select([reader], [], [], 20)[0]:
            if not (read := os.read(reader, 100)):
                return bool(said)
            said += read
        return False

    yield path, all_gone
    os.close(reader)


class TestChooseIsolation:
    @pytest.mark.parametrize("floor", [None, "process"])
    def test_there_is_a_process_which_says_what_it_lacks(self, floor):
        isolation = choose_isolation(floor)
        assert isolation.tier == "process"
        assert isolation.missing

    @pytest.mark.parametrize("floor", [tier for tier in TIERS if tier != "process"])
    def test_more_is_refused_with_what_to_do(self, floor):
        with pytest.raises(IsolationError, match=f"'{floor}' was asked for.*--isolation process") as caught:
            choose_isolation(floor)
        assert "nothing is secret" in str(caught.value)


class TestLimits:
    def test_they_are_in_force_in_the_worker(self, start):
        pytest.importorskip("resource", reason="this platform has no resource limits")
        limits = Limits(address_space_bytes=3 << 30, cpu_seconds=77, file_bytes=5 << 20, descriptors=50)
        wanted = limits.as_resources()
        assert set(wanted) == {f"RLIMIT_{name}" for name in ("AS", "CPU", "FSIZE", "NOFILE", "CORE")}
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


class TestOutput:
    """What comes through the pipe, without a worker at its other end."""

    @pytest.fixture
    def printed(self):
        """Return a function that prints in chunks, and gives what read them and how often it cried stop."""

        def run(chunks, limits):
            reading, writing = os.pipe()
            stops = []
            output = Output(os.fdopen(reading, "rb"), limits, lambda: stops.append(True))
            with os.fdopen(writing, "wb", buffering=0) as pipe:
                for chunk in chunks:
                    pipe.write(chunk)
            output.close()
            return output, stops

        return run

    def test_what_was_printed_is_taken_once(self, printed):
        output, _ = printed([b"one\n", b"two\n"], Limits())
        assert output.take() == "one\ntwo\n"
        assert output.take() == ""

    def test_the_beginning_is_kept_and_the_rest_is_dropped(self, printed):
        output, stops = printed([b"a" * 500, b"b" * 500, b"c" * 500], Limits(kept_output_bytes=700))
        assert output.take() == "a" * 500 + "b" * 200
        assert stops == []
        assert not output.flooded

    def test_what_is_no_text_is_replaced(self, printed):
        output, _ = printed([b"\xff\xfe caf\xc3\xa9"], Limits())
        assert output.take() == "\ufffd\ufffd café"

    def test_a_flood_is_stopped_once(self, printed):
        # all of it fits into the pipe: nobody reads any more after the stop
        output, stops = printed(
            [b"x" * 900, b"x" * 900], Limits(kept_output_bytes=10, most_output_bytes=1000)
        )
        assert stops == [True]
        assert output.flooded


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
            worker = WorkerProcess(tmp_path, Limits())
            soon = protocol.Deadline(30)
            protocol.send(
                worker.connection, 1, protocol.encode({"load": ["layers", "layers.py", []]}), [], soon
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
            thread.join(timeout=20)
            assert not thread.is_alive()


class TestStart:
    def test_a_python_that_cannot_be_started_is_an_error_that_leaves_nothing(
        self, tmp_path, scratch, monkeypatch
    ):
        monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing here"))
        descriptors = open_descriptors()
        with pytest.raises(GraderError, match="the worker process cannot be started"):
            WorkerProcess(tmp_path, Limits())
        assert list(scratch.iterdir()) == []
        assert open_descriptors() == descriptors

    def test_the_connection_of_windows_carries_the_same(self, start, monkeypatch, scratch):
        monkeypatch.setattr(sandbox, "ON_WINDOWS", True)
        student = start("def relu_forward(x):\n    return np.maximum(x, 0), None")
        np.testing.assert_array_equal(relu(student), np.maximum(X, 0))
        student.close()
        assert list(scratch.iterdir()) == []
