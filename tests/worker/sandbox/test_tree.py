"""The folders of a worker that no rules of the kernel keep from files: what it needs, and no more."""

import os
import stat
import sys
from pathlib import Path

import pytest

from grader.worker.sandbox.process import OWN_FILES
from grader.worker.sandbox.tree import HOME, WORKERS, Tree
from grader.worker.sandbox.visible import visible

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has these worlds")


@pytest.fixture(scope="module")
def made():
    folders = Tree(OWN_FILES.items())
    yield folders
    folders.close()


def entries(folder):
    return [path for path in folder.rglob("*") if not path.is_symlink()]


def test_it_holds_the_interpreter_numpy_and_the_files_of_the_worker(made):
    for path in (visible().interpreter, f"{HOME}/child.py", f"{HOME}/packages/numpy/__init__.py"):
        assert (made.path / path.lstrip("/")).is_file()


def test_it_holds_no_installed_package_but_numpy(made):
    names = {path.name for path in entries(made.path)}
    assert not {"site-packages", "dist-packages", "grader", "solution", "pytest"} & names
    assert sorted(path.name for path in (made.path / HOME.lstrip("/") / "packages").iterdir()) in (
        ["numpy"],
        ["numpy", "numpy.libs"],
    )


def test_everybody_can_read_it_and_nobody_else_can_write(made):
    for path in entries(made.path):
        mode = path.stat().st_mode
        assert not mode & (stat.S_IWGRP | stat.S_IWOTH)
        assert path.name == "workers" or mode & stat.S_IROTH


def test_what_its_links_lead_to_keeps_its_permissions(made):
    loader = Path("/lib64/ld-linux-x86-64.so.2")
    if loader.exists():
        assert loader.stat().st_mode & stat.S_IXOTH


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_worker_has_folders_of_its_own_until_it_ends(made, tmp_path):
    (tmp_path / "layers.py").write_text("x = 1")
    (tmp_path / "layers.py").chmod(0o600)
    submission, scratch = made.add("worker-x", tmp_path, 2_000_000_001)
    assert submission.startswith(f"{WORKERS}/worker-x/")
    inside = made.path / submission.lstrip("/") / "layers.py"
    assert inside.read_text() == "x = 1"
    assert inside.stat().st_mode & stat.S_IROTH
    found = (made.path / scratch.lstrip("/")).stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (2_000_000_001, 0o700)
    made.remove("worker-x")
    assert not inside.exists()


def test_nothing_is_left_when_it_is_closed():
    folders = Tree(OWN_FILES.items())
    folders.close()
    assert not folders.path.exists()
