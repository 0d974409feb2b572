"""Temporary folders, and that nothing of them outlives the process, however it ends."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader.core.workspace import TemporaryFolder, remove

HOLD = """
import signal, sys
# whatever started these tests may have told its children to ignore it
signal.signal(signal.SIGINT, signal.default_int_handler)
from grader.core.workspace import TemporaryFolder
folder = TemporaryFolder("held")
(folder.path / "file").write_text("content")
(folder.path / "locked").mkdir(0o000)
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(scratch):
    """Start a process that holds a folder; gives the process and the folder."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": os.pathsep.join(sys.path)},
            start_new_session=True,
            text=True,
        )
        started.append(process)
        return process, Path(process.stdout.readline().strip())

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def gone(folder):
    """Wait until another process has removed a folder."""
    if not folder.exists():
        return True
    # no sleeping: the janitor's process is not known here, but it changes the folder above
    watcher = subprocess.Popen(
        ["/bin/sh", "-c", 'while [ -e "$1" ]; do :; done', "sh", str(folder)], stdout=subprocess.PIPE
    )
    ended = select.select([watcher.stdout], [], [], 120)[0]
    watcher.kill()
    watcher.wait()
    watcher.stdout.close()
    return bool(ended)


class TestTemporaryFolder:
    def test_it_is_private_and_named_after_its_purpose(self, scratch):
        with TemporaryFolder("purpose") as folder:
            assert folder.name.startswith("purpose-")
            assert folder.stat().st_mode & 0o077 == 0
            assert scratch in folder.parents

    def test_with_the_last_one_nothing_is_left(self, scratch):
        first, second = TemporaryFolder("first"), TemporaryFolder("second")
        assert first.path.parent == second.path.parent
        first.close()
        assert not first.path.exists()
        assert second.path.exists()
        second.close()
        second.close()
        assert list(scratch.iterdir()) == []

    def test_what_has_no_permission_to_be_removed_is_removed(self, scratch):
        with TemporaryFolder("locked") as folder:
            (folder / "deep" / "deeper").mkdir(parents=True)
            (folder / "deep" / "deeper" / "file").touch()
            (folder / "deep" / "deeper").chmod(0)
            (folder / "deep").chmod(0)
        assert list(scratch.iterdir()) == []

    def test_a_link_is_removed_and_not_followed(self, scratch, tmp_path):
        (tmp_path / "kept").mkdir()
        (tmp_path / "kept" / "file").touch()
        with TemporaryFolder("links") as folder:
            (folder / "link").symlink_to(tmp_path / "kept")
        assert list(scratch.iterdir()) == []
        assert (tmp_path / "kept" / "file").exists()


def test_removing_what_is_not_there_is_fine(tmp_path):
    remove(tmp_path / "nothing")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no shell there to clean up")
class TestEnd:
    def test_the_end_of_the_process_removes_it(self, holder, scratch):
        process, folder = holder()
        assert folder.is_dir()
        process.stdin.close()
        assert process.wait(timeout=120) == 0
        assert list(scratch.iterdir()) == []

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_a_killed_process_leaves_nothing(self, holder, scratch, number):
        process, folder = holder()
        process.send_signal(number)
        process.wait(timeout=120)
        assert gone(folder.parent)
        assert list(scratch.iterdir()) == []

    def test_a_killed_process_group_leaves_nothing(self, holder, scratch):
        process, folder = holder()
        os.killpg(process.pid, signal.SIGKILL)
        assert gone(folder.parent)
        assert list(scratch.iterdir()) == []
