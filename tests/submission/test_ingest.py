"""Whatever is handed in becomes a private folder of sources, or one sentence that says why not."""

import errno
import hashlib
import io
import json
import os
import stat
import struct
import tempfile
import tracemalloc
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.submission.ingest import ingest
from grader.submission.limits import MOST_DEPTH, MOST_FILE_BYTES, MOST_FILES, MOST_RAW_BYTES
from grader.submission.reader import reading, unpack

pytestmark = pytest.mark.usefixtures("in_process")

LAYERS = b"def relu_forward(x):\n    return x, x\n"
LOSS = b"# loss\n"
OPTIM = b"# optim\n"
THREE = {"layers.py": LAYERS, "loss.py": LOSS, "optim.py": OPTIM}
OF_THREE = {"layers": "layers.py", "loss": "loss.py", "optim": "optim.py"}


RELU = LAYERS.decode()


def notebook(source=RELU):
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}).encode()


def write(folder, files):
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def pack(path, files, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            # given as an entry the name is not tidied up
            entry = zipfile.ZipInfo(name)
            entry.filename = name
            entry.compress_type = compression
            archive.writestr(entry, content)
    return path


@pytest.fixture
def take():
    """Read a submission that is closed at the end of the test."""
    taken = []

    def ingest_and_remember(path):
        taken.append(ingest(path))
        return taken[-1]

    yield ingest_and_remember
    for submission in taken:
        submission.close()


@pytest.fixture(params=["folder", "zip"])
def hand_in(request, take, tmp_path):
    """Hand in files, once in a folder and once in a zip archive."""

    def hand_in(files):
        if request.param == "folder":
            folder = tmp_path / "handed in"
            folder.mkdir()
            return take(write(folder, files))
        return take(pack(tmp_path / "handed in.zip", files))

    return hand_in


def contents(submission):
    """The files of the private copy."""
    files = (file for file in submission.root.rglob("*") if file.is_file())
    return {file.relative_to(submission.root).as_posix(): file.read_bytes() for file in files}


def problem_of(submission):
    """The problem, which is one sentence; and nothing else is there."""
    assert submission.problem is not None
    assert submission.problem.endswith(".")
    assert "\n" not in submission.problem
    assert len(submission.problem) < 400
    assert (submission.modules, submission.files, submission.digest) == ({}, (), "")
    assert submission.info.problem == submission.problem
    return submission.problem


class TestFolders:
    def test_the_three_modules_are_taken(self, hand_in):
        submission = hand_in(THREE)
        assert submission.problem is None
        assert submission.modules == OF_THREE
        assert submission.files == ("layers.py", "loss.py", "optim.py")
        assert contents(submission) == THREE
        assert submission.notes == ()

    def test_helper_modules_and_packages_come_along(self, hand_in):
        files = THREE | {"data.py": b"", "maths/__init__.py": b"", "maths/deep/er.py": b"x = 1\n"}
        submission = hand_in(files)
        assert submission.modules == OF_THREE
        assert contents(submission) == files

    def test_a_folder_that_holds_the_folder_is_opened(self, hand_in):
        files = {f"Ada's work (final)/src/{name}": content for name, content in THREE.items()}
        submission = hand_in(files | {"plot.py": b"", "README.md": b"hello"})
        assert submission.modules == OF_THREE
        assert contents(submission) == THREE

    def test_of_several_such_folders_the_one_called_student_counts(self, hand_in):
        names = ("solution", "student", "old/student2")
        files = {f"{folder}/{name}": content for folder in names for name, content in THREE.items()}
        submission = hand_in(files | {"student/layers.py": LAYERS + b"mine = 1\n"})
        assert submission.problem is None
        assert contents(submission)["layers.py"] == LAYERS + b"mine = 1\n"
        assert submission.notes == ("student/ is graded; old/student2/ and solution/ left aside",)

    def test_several_such_folders_are_a_question_that_names_them(self, hand_in):
        files = {f"{folder}/{name}": content for folder in ("old", "new") for name, content in THREE.items()}
        assert "(new, old)" in problem_of(hand_in(files))

    def test_a_package_inside_that_has_the_same_names_is_a_helper(self, hand_in):
        files = THREE | {"parts/layers.py": b"# part\n"}
        submission = hand_in(files)
        assert submission.modules == OF_THREE
        assert contents(submission) == files

    def test_a_missing_module_is_noted(self, hand_in):
        submission = hand_in({"layers.py": LAYERS, "helper.py": b""})
        assert submission.problem is None
        assert submission.modules == {"layers": "layers.py"}
        assert submission.notes == ("loss.py and optim.py not found",)

    @pytest.mark.parametrize(
        "name",
        [
            "conftest.py",
            "sitecustomize.py",
            "usercustomize.py",
            "setup.py",
            "maths/conftest.py",
            "__pycache__/layers.py",
            "__MACOSX/._layers.py",
            "__MACOSX/layers.py",
            "._layers.py",
            ".hidden.py",
            ".git/layers.py",
            ".ipynb_checkpoints/layers.py",
            "venv/lib/layers.py",
            "node_modules/layers.py",
            "tests/layers.py",
            "pytest.ini",
            "pyproject.toml",
            "numpy.so",
            "layers.pyc",
            "__pycache__/layers.cpython-311.pyc",
            "weights.npz",
        ],
    )
    def test_what_is_no_source_of_the_student_is_left_out(self, hand_in, name):
        submission = hand_in(THREE | {name: b"raise SystemExit"})
        assert submission.problem is None
        assert contents(submission) == THREE

    def test_files_as_deep_as_allowed_are_read_and_deeper_ones_are_not(self, hand_in):
        deep = "/".join("abcdefgh"[:MOST_DEPTH])
        submission = hand_in(THREE | {f"{deep}/in.py": b"", f"{deep}/z/out.py": b""})
        assert set(submission.files) == {*THREE, f"{deep}/in.py"}

    def test_contents_are_copied_byte_by_byte(self, hand_in):
        files = THREE | {
            "layers.py": "# café\r\n".encode() + LAYERS.replace(b"\n", b"\r\n"),
            "loss.py": b"\xef\xbb\xbfx = 1",
            "empty.py": b"",
        }
        assert contents(hand_in(files)) == files

    def test_spaces_and_other_alphabets_in_names_are_no_trouble(self, hand_in):
        files = {f"Übung 3 - 数学/{name}": content for name, content in THREE.items()}
        submission = hand_in(files | {"Übung 3 - 数学/größe.py": b"", "Übung 3 - 数学/my net.py": b""})
        assert submission.problem is None
        assert set(submission.files) == {*THREE, "größe.py", "my net.py"}

    def test_names_are_those_that_an_import_statement_looks_for(self, hand_in):
        decomposed = unicodedata.normalize("NFD", "größe.py")
        assert "größe.py" in contents(hand_in(THREE | {decomposed: b""}))

    def test_names_that_differ_by_case_alone_are_a_problem(self, hand_in, tmp_path):
        if (tmp_path / "HANDED IN").exists() or (write(tmp_path, {"a": b""}) / "A").exists():
            pytest.skip("this file system does not tell case apart")
        assert "more than once" in problem_of(hand_in(THREE | {"Layers.py": b""}))

    def test_a_module_of_another_case_is_recognised_and_noted(self, hand_in):
        submission = hand_in({"Layers.py": LAYERS, "loss.py": LOSS, "optim.py": OPTIM})
        assert submission.modules == OF_THREE
        assert submission.notes == ("Layers.py is taken as layers.py, by what it defines",)


class TestSingleFiles:
    @pytest.mark.parametrize(
        "name", ["net.py", "NET.PY", "my net (1).py", "layers.py", "größe.py", "v1.2.py"]
    )
    def test_a_python_file_stands_for_all_modules(self, take, tmp_path, name):
        (tmp_path / name).write_bytes(LAYERS)
        submission = take(tmp_path / name)
        # an import needs the suffix in lower case
        file = Path(name.replace(" (1)", "")).with_suffix(".py").name
        assert submission.modules == dict.fromkeys(OF_THREE, file)
        assert contents(submission) == {file: LAYERS}
        assert submission.name == name

    @pytest.mark.parametrize("name", ["net.ipynb", "NET.IPYNB"])
    def test_a_notebook_becomes_one_module(self, take, tmp_path, name):
        (tmp_path / name).write_bytes(notebook())
        submission = take(tmp_path / name)
        assert submission.modules == dict.fromkeys(OF_THREE, "notebook.py")
        assert contents(submission) == {"notebook.py": LAYERS}

    def test_notes_on_a_notebook_are_kept(self, take, tmp_path):
        (tmp_path / "net.ipynb").write_bytes(notebook(f"%pylab\n{RELU}"))
        assert take(tmp_path / "net.ipynb").notes == ("cell 1: magics and shell lines are left out",)

    @pytest.mark.parametrize("folder", ["", "work/"])
    @pytest.mark.parametrize(
        ("name", "content", "file"),
        [
            ("net.py", LAYERS, "net.py"),
            ("net.ipynb", notebook(), "notebook.py"),
            ("layers.py", LAYERS, "layers.py"),
        ],
    )
    def test_a_folder_with_one_of_them_is_as_good(self, hand_in, folder, name, content, file):
        submission = hand_in({f"{folder}{name}": content, f"{folder}README.md": b""})
        assert submission.modules == dict.fromkeys(OF_THREE, file)
        assert contents(submission) == {file: LAYERS}

    def test_a_notebook_may_import_modules_beside_it(self, hand_in):
        files = {
            "work/net.ipynb": notebook(),
            "work/helper.py": b"x = 1\n",
            "work/maths/a.py": b"",
            "b.py": b"",
        }
        submission = hand_in(files)
        assert submission.modules == dict.fromkeys(OF_THREE, "notebook.py")
        assert set(submission.files) == {"notebook.py", "helper.py", "maths/a.py"}

    @pytest.mark.parametrize(("suffix", "content"), [(".py", LAYERS), (".ipynb", notebook())])
    def test_several_of_a_kind_are_a_question_that_names_them(self, hand_in, suffix, content):
        problem = problem_of(hand_in(dict.fromkeys((f"a{suffix}", f"b{suffix}"), content)))
        assert f"a{suffix}, b{suffix}" in problem

    def test_a_notebook_without_the_functions_is_a_problem(self, take, tmp_path):
        (tmp_path / "net.ipynb").write_bytes(notebook("x = 1"))
        assert "defines none of the functions" in problem_of(take(tmp_path / "net.ipynb"))

    def test_an_empty_file_is_a_problem(self, take, tmp_path):
        (tmp_path / "net.py").touch()
        problem = problem_of(take(tmp_path / "net.py"))
        assert problem == "net.py defines none of the functions of the assignment."


class TestDigest:
    def test_it_is_the_same_however_the_files_were_handed_in(self, take, tmp_path):
        files = THREE | {"maths/größe.py": b"x"}
        backwards = dict(reversed(files.items()))
        nested = {f"a/b/{name}": content for name, content in files.items()}
        surrounded = files | {"README.md": b"", ".git/x.py": b"", "__pycache__/y.py": b""}
        digests = {
            take(path).digest
            for path in (
                write(tmp_path / "1", files),
                write(tmp_path / "2", nested),
                write(tmp_path / "3", surrounded),
                pack(tmp_path / "4.zip", backwards),
                pack(tmp_path / "5.zip", nested, zipfile.ZIP_STORED),
                pack(tmp_path / "6.zip", {name.replace("/", "\\"): nested[name] for name in nested}),
            )
        }
        assert len(digests) == 1
        (digest,) = digests
        assert digest.startswith("sha256:")
        assert len(digest) == len("sha256:") + hashlib.sha256().digest_size * 2

    @pytest.mark.parametrize(
        "changed",
        [
            {"layers.py": LAYERS + b" "},
            {"layers.py": LAYERS.replace(b"x, x", b"x, y")},
            {"layers.py": LAYERS.replace(b"\n", b"\r\n")},
            {"more.py": b""},
            {"layers.py": LAYERS + LOSS, "loss.py": b""},
        ],
    )
    def test_it_changes_with_every_byte_and_every_file(self, take, tmp_path, changed):
        original = take(write(tmp_path / "1", THREE))
        assert take(write(tmp_path / "2", THREE | changed)).digest != original.digest


class TestPrivateCopy:
    def test_later_edits_do_not_matter(self, take, tmp_path):
        submission = take(write(tmp_path / "work", THREE))
        (tmp_path / "work" / "layers.py").write_bytes(b"changed")
        (tmp_path / "work" / "loss.py").unlink()
        assert contents(submission) == THREE

    def test_nothing_is_written_into_the_students_folder(self, take, tmp_path):
        take(write(tmp_path, THREE))
        assert {file.name for file in tmp_path.iterdir()} == set(THREE)

    def test_it_is_removed_on_close_and_closing_twice_is_no_error(self, tmp_path):
        with ingest(write(tmp_path, THREE)) as submission:
            assert submission.root.is_dir()
        assert not submission.root.exists()
        submission.close()

    def test_its_path_is_absolute_and_resolved(self, take, tmp_path):
        root = take(write(tmp_path, THREE)).root
        assert root.is_absolute()
        assert root == root.resolve()

    def test_nothing_is_left_behind_where_there_is_a_problem(self, take, tmp_path, monkeypatch):
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(scratch))
        problem_of(take(pack(tmp_path / "a.zip", {f"{'a' * 300}.py": b"", **THREE})))
        assert list(scratch.iterdir()) == []


class TestName:
    def test_it_is_that_of_what_was_handed_in(self, take, tmp_path):
        assert take(write(tmp_path / "ada", THREE)).name == "ada"
        assert take(pack(tmp_path / "ada v2.zip", THREE)).name == "ada v2.zip"

    @pytest.mark.parametrize("path", [".", "", "../ada"])
    def test_the_current_folder_has_its_name_too(self, take, tmp_path, monkeypatch, path):
        monkeypatch.chdir(write(tmp_path / "ada", THREE))
        assert take(Path(path)).name == "ada"

    def test_problems_in_the_current_folder_are_told_with_its_name(self, take, tmp_path, monkeypatch):
        files = {f"{number}.py": b"" for number in range(MOST_FILES + 1)}
        monkeypatch.chdir(write(tmp_path / "ada", files))
        assert problem_of(take(Path())).startswith("ada holds more than")

    def test_info_repeats_what_a_report_shows(self, take, tmp_path):
        submission = take(write(tmp_path / "ada", {"layers.py": LAYERS, "helper.py": b""}))
        info = submission.info
        assert (info.name, info.digest, info.files) == ("ada", submission.digest, ("helper.py", "layers.py"))
        assert info.notes == ("loss.py and optim.py not found",)
        assert info.problem is None


class TestUnusable:
    def test_a_path_that_does_not_exist(self, take, tmp_path):
        assert "does not exist" in problem_of(take(tmp_path / "nothing"))

    @pytest.mark.parametrize("name", ["a" * 5000, "\0.py", "x/y" * 2000])
    def test_a_path_that_cannot_exist(self, take, tmp_path, name):
        problem_of_long = take(tmp_path / name).problem
        assert problem_of_long

    @pytest.mark.parametrize("files", [{}, {"README.md": b""}, {"__pycache__/layers.py": b""}])
    def test_nothing_of_use(self, hand_in, files):
        assert problem_of(hand_in(files)).startswith("handed in")

    @pytest.mark.parametrize("name", ["net.rst", "net", "layers.pyc", ".py"])
    def test_a_file_of_another_kind(self, take, tmp_path, name):
        (tmp_path / name).write_bytes(LAYERS)
        assert f"{name} is not a submission" in problem_of(take(tmp_path / name))

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    @pytest.mark.parametrize("name", ["net.py", "net.zip", "net.ipynb"])
    def test_a_pipe_is_not_waited_for(self, take, tmp_path, name):
        os.mkfifo(tmp_path / name)
        assert "is not a submission" in problem_of(take(tmp_path / name))

    def test_pipes_in_a_folder_are_passed_over(self, take, tmp_path):
        if not hasattr(os, "mkfifo"):
            pytest.skip("this system has no named pipes")
        os.mkfifo(write(tmp_path, THREE) / "helper.py")
        assert contents(take(tmp_path)) == THREE

    def test_a_folder_may_be_named_like_a_file(self, take, tmp_path):
        assert take(write(tmp_path / "net.zip", THREE)).modules == OF_THREE

    def test_too_many_files(self, hand_in):
        files = {f"helper{number}.py": b"" for number in range(MOST_FILES - 2)}
        assert f"more than {MOST_FILES}" in problem_of(hand_in(THREE | files))

    def test_as_many_files_as_allowed(self, hand_in):
        files = {f"helper{number}.py": b"" for number in range(MOST_FILES - 3)}
        assert len(hand_in(THREE | files).files) == MOST_FILES

    def test_a_file_too_large(self, hand_in):
        problem = problem_of(hand_in(THREE | {"weights.py": b"#" * (MOST_FILE_BYTES + (1 << 19))}))
        assert problem == "weights.py holds 1.5 MB; at most 1 MB are read."

    def test_a_single_file_too_large(self, take, tmp_path):
        (tmp_path / "net.py").write_bytes(b"#" * (MOST_FILE_BYTES + 1))
        assert "at most 1 MB" in problem_of(take(tmp_path / "net.py"))

    @pytest.mark.parametrize("name", ["net.ipynb", "NET.IPYNB"])
    def test_notebooks_may_be_larger_for_their_pictures(self, take, tmp_path, name):
        (tmp_path / name).write_bytes(b" " * (MOST_FILE_BYTES + 1))
        assert "at most" not in problem_of(take(tmp_path / name))
        with (tmp_path / name).open("r+b") as file:
            file.truncate(MOST_RAW_BYTES + 1)
        assert "at most 128 MB" in problem_of(take(tmp_path / name))

    def test_too_much_together(self, hand_in, monkeypatch):
        monkeypatch.setattr(reading, "MOST_TOTAL_BYTES", 1 << 20)
        files = {f"helper{number}.py": b"#" * 300_000 for number in range(4)}
        assert "more than 1 MB of sources" in problem_of(hand_in(THREE | files))

    def test_what_may_not_be_read(self, take, tmp_path, monkeypatch):
        def refuse(*_):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        write(tmp_path, THREE)
        monkeypatch.setattr(os, "read", refuse)  # root may read everything
        assert "cannot be read: Permission denied" in problem_of(take(tmp_path))


class TestLinks:
    def link(self, folder, name, target):
        try:
            (folder / name).symlink_to(target)
        except OSError:
            pytest.skip("links cannot be made here")

    def test_links_in_a_folder_are_not_followed(self, take, tmp_path):
        secret = write(tmp_path / "elsewhere", {"secret.py": b"SECRET = 1", "more/layers.py": b""})
        work = write(tmp_path / "work", THREE)
        self.link(work, "helper.py", secret / "secret.py")
        self.link(work, "more", secret / "more")
        self.link(work, "around", work)
        self.link(work, "dangling.py", tmp_path / "nothing")
        assert contents(take(work)) == THREE

    def test_a_module_that_is_a_link_is_not_found(self, take, tmp_path):
        work = write(
            tmp_path / "work", {"loss.py": b"def l2_penalty(w):\n    return 0, w\n", "optim.py": OPTIM}
        )
        self.link(work, "layers.py", "loss.py")
        assert take(work).notes == ("layers.py not found",)

    def test_links_in_a_zip_are_left_out(self, take, tmp_path):
        link = zipfile.ZipInfo("helper.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        path = pack(tmp_path / "work.zip", THREE)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(link, "/etc/passwd")
        assert contents(take(path)) == THREE


class TestZip:
    @pytest.mark.parametrize("name", ["net.zip", "NET.ZIP"])
    def test_the_suffix_may_be_in_capitals(self, take, tmp_path, name):
        assert take(pack(tmp_path / name, THREE)).modules == OF_THREE

    def test_entries_for_folders_are_passed_over(self, take, tmp_path):
        files = {"work/": b"", "work/odd.py/": b"", **{f"work/{name}": THREE[name] for name in THREE}}
        assert contents(take(pack(tmp_path / "a.zip", files))) == THREE

    def test_backslashes_separate_folders(self, take, tmp_path):
        files = {f"work\\{name}": content for name, content in THREE.items()} | {"work\\maths\\a.py": b""}
        submission = take(pack(tmp_path / "a.zip", files))
        assert set(submission.files) == {*THREE, "maths/a.py"}

    @pytest.mark.parametrize(
        "name",
        [
            "../evil.py",
            "a/../../evil.py",
            "a/..",
            "..\\evil.py",
            "/etc/evil.py",
            "//host/share/evil.py",
            "\\\\host\\share\\evil.py",
            "C:\\evil.py",
            "c:evil.py",
            "C:/evil.py",
        ],
    )
    def test_paths_that_lead_outside_are_refused(self, take, tmp_path, name):
        problem = problem_of(take(pack(tmp_path / "a.zip", THREE | {name: b""})))
        assert "leads outside the archive" in problem
        assert repr(name) in problem

    @pytest.mark.parametrize(
        "name", ["Screenshot 12:30.png", "notes...txt", "a..b/c.md", "~/x.txt", "aux.txt"]
    )
    def test_odd_names_beside_the_sources_do_not_matter(self, take, tmp_path, name):
        assert contents(take(pack(tmp_path / "a.zip", THREE | {name: b""}))) == THREE

    def test_the_same_name_twice_is_a_problem(self, take, tmp_path):
        path = pack(tmp_path / "a.zip", THREE)
        with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("layers.py", b"second")
        assert "more than once" in problem_of(take(path))

    def test_a_file_in_the_place_of_a_folder_is_a_problem(self, take, tmp_path):
        problem_of(take(pack(tmp_path / "a.zip", THREE | {"layers.py/inner.py": b""})))

    def test_a_name_that_no_file_can_have_is_a_problem(self, take, tmp_path):
        problem_of(take(pack(tmp_path / "a.zip", THREE | {f"{'a' * 300}.py": b""})))

    @pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", LAYERS, b"PK\x05\x06" + b"\xff" * 18])
    def test_what_is_no_archive_is_a_problem(self, take, tmp_path, content):
        (tmp_path / "a.zip").write_bytes(content)
        assert "a.zip is not a readable zip archive" in problem_of(take(tmp_path / "a.zip"))

    def test_a_damaged_archive_is_a_problem(self, take, tmp_path):
        path = pack(tmp_path / "a.zip", {"layers.py": LAYERS * 100})
        content = bytearray(path.read_bytes())
        content[45:60] = b"\xff" * 15
        path.write_bytes(content)
        assert "a.zip is not a readable zip archive" in problem_of(take(path))

    def test_an_encrypted_archive_is_a_problem_that_says_so(self, take, tmp_path):
        path = pack(tmp_path / "a.zip", THREE)
        content = bytearray(path.read_bytes())
        # the lowest bit of the flags, in the local header and in the directory
        content[6] |= 1
        content[content.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(content)
        assert "encrypted" in problem_of(take(path))

    @pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_other_compressions_are_refused_and_not_unpacked(self, take, tmp_path, compression):
        path = pack(tmp_path / "a.zip", THREE | {"helper.py": b"#" * (20 << 20)}, compression)
        lie_about_size(path, 20 << 20, 10)
        tracemalloc.start()
        assert "plain zip" in problem_of(take(path))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 5 << 20

    def test_a_bomb_is_refused_before_it_goes_off(self, take, tmp_path):
        path = pack(tmp_path / "a.zip", THREE | {"helper.py": b"#" * (20 << 20)})
        assert path.stat().st_size < 1 << 20
        tracemalloc.start()
        assert "at most 1 MB are read" in problem_of(take(path))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 5 << 20

    @pytest.mark.parametrize("announced", [0, 10, 1 << 20])
    def test_a_bomb_that_lies_about_its_size_is_bounded(self, take, tmp_path, announced):
        path = pack(tmp_path / "a.zip", {"layers.py": b"#" * (20 << 20)})
        lie_about_size(path, 20 << 20, announced)
        tracemalloc.start()
        submission = take(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 8 << 20
        if submission.problem is None:
            assert len(contents(submission)["layers.py"]) == announced

    def test_too_many_entries_are_a_problem_whatever_they_are(self, take, tmp_path, monkeypatch):
        monkeypatch.setattr(unpack, "MOST_ENTRIES", 50)
        problem = problem_of(take(pack(tmp_path / "a.zip", THREE | {f"{n}.txt": b"" for n in range(50)})))
        assert "53 entries" in problem

    @settings(derandomize=True, database=None, deadline=None, max_examples=300)
    @given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=12))
    def test_damage_anywhere_raises_nothing(self, changes):
        buffer = io.BytesIO()
        pack(buffer, {"work/layers.py": LAYERS, "work/loss.py": LOSS})
        content = bytearray(buffer.getvalue())
        for position, value in changes:
            content[position % len(content)] = value
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.zip"
            path.write_bytes(content)
            with ingest(path) as submission:
                assert submission.problem or submission.modules

    @settings(derandomize=True, database=None, deadline=None, max_examples=100)
    @given(st.lists(st.text(st.sampled_from("a./\\:~ \n\0é"), max_size=8), max_size=4))
    def test_names_of_every_kind_raise_nothing_and_stay_below_the_root(self, names):
        with tempfile.TemporaryDirectory() as folder:
            path = pack(
                Path(folder) / "a.zip", {f"{name}{n}.py": b"" for n, name in enumerate(names)} | THREE
            )
            with ingest(path) as submission:
                assert submission.problem or set(contents(submission)) == set(submission.files)
            assert [file.name for file in Path(folder).iterdir()] == ["a.zip"]


def lie_about_size(path, true, announced):
    """Change the unpacked size that the directory of an archive gives for an entry."""
    content = path.read_bytes()
    directory = content.index(b"PK\x01\x02")
    start = content.index(struct.pack("<L", true), directory)
    path.write_bytes(content[:start] + struct.pack("<L", announced) + content[start + 4 :])
