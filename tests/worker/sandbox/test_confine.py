"""What a worker gives up, tried in processes of their own."""

import json
import os
import subprocess
import sys

import pytest

from grader.worker.sandbox import confine, seccomp
from grader.worker.sandbox.visible import DEVICES, visible

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has these rules")

CHILD = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("confine", sys.argv[1])
confine = importlib.util.module_from_spec(spec)
spec.loader.exec_module(confine)
settings = json.loads(sys.argv[2])
confine.confine(settings)
"""


@pytest.fixture
def after(tmp_path):
    """Return a function that runs a program after the rights in its settings were given up."""

    def run(program, **settings):
        seen = visible()
        readable = [*seen.readable, *(f"{path}/." for path in seen.listed), *DEVICES, confine.__file__]
        given = {
            "limits": {},
            "processes": 1000,
            "own_count": False,
            "user": None,
            "reads_all": True,
            "tree": None,
            "scratch": str(tmp_path),
            "scratch_bounds": None,
            "dies_with_parent": False,
            "readable": readable,
            "writable": [],
            "filter": None,
            **settings,
        }
        line = [seen.interpreter, "-I", "-S", "-c", CHILD + program, confine.__file__, json.dumps(given)]
        done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=tmp_path)
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

    return run


class TestLandlock:
    def test_what_is_listed_can_be_read_and_nothing_else(self, after, tmp_path):
        for name in ("allowed", "forbidden"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "file").write_text(name)
        program = "print(open({!r}).read())"
        readable = [*visible().readable, str(tmp_path / "allowed")]
        for name, told in (("allowed", "allowed"), ("forbidden", "PermissionError")):
            assert told in after(program.format(str(tmp_path / name / "file")), readable=readable)

    def test_a_listed_folder_shows_names_and_not_contents(self, after, tmp_path):
        (tmp_path / "file").write_text("secret")
        readable = [*visible().readable, f"{tmp_path}/."]
        assert after(f"import os; print(os.listdir({str(tmp_path)!r}))", readable=readable) == "['file']"
        assert "PermissionError" in after(f"open({str(tmp_path / 'file')!r})", readable=readable)

    def test_files_are_written_where_that_is_allowed(self, after, tmp_path):
        (tmp_path / "scratch").mkdir()
        for place, told in (("scratch", "written"), (".", "PermissionError")):
            path = str(tmp_path / place / "new")
            said = after(
                f"open({path!r}, 'w').close(); print('written')", writable=[str(tmp_path / "scratch")]
            )
            assert told in said

    def test_a_place_that_does_not_exist_is_passed_over(self, after):
        assert after("print('up')", readable=[*visible().readable, "/nowhere/at all"]) == "up"

    def test_its_version_is_told(self):
        assert confine.landlock_version() >= 1


class TestSeccomp:
    @pytest.mark.parametrize(
        "statement",
        [
            "import os; os.fork()",
            "import os; os.kill(os.getppid(), 0)",
            "import os; os.execv('/bin/true', ['true'])",
            "import socket; socket.socket()",
            "import os; os.memfd_create('x')",
            "import os; os.setsid()",
            "import signal; signal.raise_signal(signal.SIGTERM)",
        ],
    )
    def test_what_is_not_listed_is_not_permitted(self, after, statement):
        assert "PermissionError" in after(statement, filter=seccomp.program().hex())

    @pytest.mark.parametrize(
        "statement",
        [
            "import threading; t = threading.Thread(target=print, args=('done',)); t.start(); t.join()",
            "import os; os.pipe(); os.getrandom(5); print('done')",
            "import asyncio; asyncio.run(asyncio.sleep(0)); print('done')",
            "import time; time.sleep(0.001); print('done')",
        ],
    )
    def test_what_computing_needs_is_permitted(self, after, statement):
        assert after(statement, filter=seccomp.program().hex()) == "done"


class TestScratch:
    """A folder in memory, where the kernel lets this user mount one."""

    PROGRAM = """
import os
found = os.statvfs(".")
print(found.f_blocks * found.f_frsize, found.f_files, os.geteuid())
try:
    for number in range(20):
        open(str(number), "w").close()
except OSError as error:
    print(number, error.errno == 28)
"""

    def test_it_is_bounded_in_bytes_and_in_entries(self, after, tmp_path):
        (tmp_path / "scratch").mkdir()
        settings = {"scratch": str(tmp_path / "scratch"), "scratch_bounds": [1 << 20, 12]}
        said = after(self.PROGRAM, **settings, writable=[str(tmp_path / "scratch")]).splitlines()
        assert said[0] == f"{1 << 20} 12 {os.geteuid()}"
        assert said[1].endswith("True")
        assert list((tmp_path / "scratch").iterdir()) == []

    def test_where_it_cannot_be_mounted_nothing_changes(self, after, tmp_path):
        settings = {"scratch": str(tmp_path), "scratch_bounds": [-1, 12]}
        said = after("import os; print(os.getcwd(), os.geteuid())", **settings, writable=[str(tmp_path)])
        assert said == f"{tmp_path} {os.geteuid()}"


class TestProcesses:
    PROGRAM = """
import threading
ending = threading.Event()
threading.stack_size(1 << 16)
started = 0
try:
    for _ in range(50):
        threading.Thread(target=ending.wait).start()
        started += 1
except RuntimeError:
    pass
ending.set()
print(started)
"""

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
    def test_the_kernel_counts_those_of_a_user_of_its_own(self, after):
        given = {"processes": 10, "own_count": True, "user": 2_000_000_001}
        assert after(self.PROGRAM, **given) == "9"

    @pytest.mark.skipif(os.geteuid() == 0, reason="root mounts without a namespace of users")
    def test_the_kernel_counts_those_of_a_namespace_of_its_own(self, after, tmp_path):
        given = {"processes": 10, "scratch_bounds": [1 << 20, 100]}
        assert after(self.PROGRAM, **given, writable=[str(tmp_path)]) == "9"

    def test_where_others_would_be_counted_nothing_is(self, after):
        assert after(self.PROGRAM, processes=10) == "50"


class TestTree:
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root has another root")
    def test_nothing_outside_of_it_has_a_name(self, after, tmp_path):
        (tmp_path / "tree" / "inside").mkdir(parents=True)
        given = {"tree": str(tmp_path / "tree"), "scratch": "/inside", "readable": None}
        program = "import os; print(os.listdir('/'), os.getcwd(), os.path.exists('/etc'))"
        assert after(program, **given) == "['inside'] /inside False"


class TestBecome:
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
    def test_root_becomes_another_who_can_read_what_the_rules_allow(self, after, tmp_path):
        (tmp_path / "own").write_text("readable")
        (tmp_path / "own").chmod(0o600)
        program = f"import os; print(os.getresuid(), os.getgroups(), open({str(tmp_path / 'own')!r}).read())"
        readable = [*visible().readable, str(tmp_path)]
        said = after(program, user=2_000_000_001, readable=readable)
        assert said == "(2000000001, 2000000001, 2000000001) [] readable"
        assert "PermissionError" in after("import os; os.setuid(0)", user=2_000_000_001)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
    def test_or_who_can_read_what_everybody_can(self, after, tmp_path):
        (tmp_path / "own").write_text("readable")
        (tmp_path / "own").chmod(0o600)
        program = f"open({str(tmp_path / 'own')!r})"
        given = {"user": 2_000_000_001, "reads_all": False, "readable": None}
        assert "PermissionError" in after(program, **given)
