"""What was handed in is opened without following links, and read from what was opened."""

import os
import threading
from pathlib import Path, PurePosixPath

import pytest

from grader.cli.grade import _is_own_solution
from grader.core.errors import IngestError
from grader.core.kit import HOME
from grader.submission import opening
from grader.submission.opening import open_submission

pytestmark = pytest.mark.skipif(not opening.HAS_DESCRIPTORS, reason="no descriptors of folders there")

RELU = b"def relu_forward(x):\n    return x, x\n"


@pytest.mark.parametrize("target", ["folder", "file.py"])
def test_an_argument_that_is_a_link_is_refused(tmp_path, target):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.py").write_bytes(RELU)
    link = tmp_path / "link.py"
    link.symlink_to(tmp_path / target)
    with pytest.raises(IngestError, match="is a symbolic link, which is not followed"):
        open_submission(link, "link.py")


def test_a_link_to_the_solution_is_not_the_solution(tmp_path, monkeypatch):
    link = tmp_path / "solution"
    link.symlink_to(HOME / "solution")
    assert not _is_own_solution(link)
    assert _is_own_solution(HOME / "solution")
    monkeypatch.chdir(HOME)
    assert _is_own_solution(Path("solution"))


def test_a_folder_on_the_way_may_be_a_link(tmp_path):
    (tmp_path / "real" / "work").mkdir(parents=True)
    (tmp_path / "real" / "work" / "layers.py").write_bytes(RELU)
    (tmp_path / "home").symlink_to(tmp_path / "real")
    found = open_submission(tmp_path / "home" / "work", "work")
    assert found.files == [(PurePosixPath("layers.py"), RELU)]


def test_what_is_swapped_for_a_link_while_it_is_read_is_never_followed(tmp_path):
    """Another thread replaces a file by a link to a secret, and back, all the time."""
    work, secret, own = tmp_path / "work", tmp_path / "secret.py", tmp_path / "own.py"
    work.mkdir()
    secret.write_bytes(b"SECRET = 1")
    own.write_bytes(RELU)
    over = threading.Event()

    def swap():
        while not over.is_set():
            for make in (os.symlink, os.link):
                source = secret if make is os.symlink else own
                make(source, tmp_path / "next")
                (tmp_path / "next").replace(work / "layers.py")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        contents = {content for _ in range(300) for _, content in open_submission(work, "work").files}
    finally:
        over.set()
        thread.join()
    assert contents <= {RELU}


def test_a_file_that_grows_while_it_is_read_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "most_bytes", lambda _: 10)
    (tmp_path / "layers.py").write_bytes(b"#" * 5)
    descriptor = os.open(tmp_path / "layers.py", os.O_RDONLY)
    size = os.fstat(descriptor).st_size
    (tmp_path / "layers.py").write_bytes(b"#" * 50)
    found = opening.HandedIn("work")
    with pytest.raises(IngestError, match="at most"):
        opening._keep(PurePosixPath("layers.py"), size, found, lambda most: os.read(descriptor, most))
    os.close(descriptor)
