"""What a worker uses, as it is seen from outside; the processes looked at are those of the test itself."""

import mmap
import os
import subprocess
import sys
import threading

import pytest

from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.usage import MOST_DEPTH, Usage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there can it be seen from outside")

SMALL = Limits(scratch_bytes=1 << 20, threads=1000)
TOO_MUCH = "wrote more than 1 MB of files"


def written(folder, **others):
    return Usage(SMALL, os.getpid(), scratch=folder, **others).too_much()


class TestDisk:
    def test_an_empty_folder_is_not_too_much(self, tmp_path):
        assert written(tmp_path) is None

    def test_large_files_are(self, tmp_path):
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "large").write_bytes(os.urandom(3 << 20))
        assert written(tmp_path) == TOO_MUCH

    def test_empty_files_count(self, tmp_path):
        for number in range(300):
            (tmp_path / str(number)).touch()
        assert written(tmp_path) == TOO_MUCH

    def test_what_lies_behind_a_link_does_not_count(self, tmp_path):
        (tmp_path / "large").write_bytes(os.urandom(3 << 20))
        (tmp_path / "scratch").mkdir()
        (tmp_path / "scratch" / "link").symlink_to(tmp_path / "large")
        (tmp_path / "scratch" / "loop").symlink_to(tmp_path)
        assert written(tmp_path / "scratch") is None

    def test_folders_too_deep_for_a_name_are_too_much(self, tmp_path):
        (tmp_path / "/".join("x" * (MOST_DEPTH + 2))).mkdir(parents=True)
        assert written(tmp_path) == TOO_MUCH

    def test_names_that_are_too_long_are_too_much(self, tmp_path):
        folder = os.open(tmp_path, os.O_RDONLY)
        for _ in range(20):
            os.mkdir("x" * 250, dir_fd=folder)
            below = os.open("x" * 250, os.O_RDONLY, dir_fd=folder)
            os.close(folder)
            folder = below
        os.close(folder)
        assert written(tmp_path) == TOO_MUCH

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
    def test_a_folder_that_may_not_be_listed_is_too_much(self, tmp_path):
        (tmp_path / "folder").mkdir(mode=0)
        assert written(tmp_path) == TOO_MUCH

    def test_files_without_a_name_count_as_long_as_they_are_open(self, tmp_path):
        with (tmp_path / "file").open("wb") as file:
            (tmp_path / "file").unlink()
            assert written(tmp_path) is None
            file.write(os.urandom(3 << 20))
            file.flush()
            assert written(tmp_path) == TOO_MUCH
        assert written(tmp_path) is None

    def test_files_without_a_name_count_as_long_as_they_are_mapped(self, tmp_path):
        with (tmp_path / "file").open("w+b") as file:
            (tmp_path / "file").unlink()
            file.write(os.urandom(3 << 20))
            mapped = mmap.mmap(file.fileno(), 3 << 20)
        with mapped:
            assert written(tmp_path) == TOO_MUCH

    def test_memory_with_the_face_of_a_file_counts(self, tmp_path):
        descriptor = os.memfd_create("x")
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(3 << 20))
            file.flush()
            assert written(tmp_path) == TOO_MUCH


class TestEntries:
    def test_files_in_memory_are_counted(self, tmp_path):
        few = Usage(Limits(scratch_entries=1 << 60), os.getpid(), memory=tmp_path, counted=True)
        many = Usage(Limits(scratch_entries=-1), os.getpid(), memory=tmp_path, counted=True)
        assert few.too_much() is None
        assert many.too_much() == "made more than -1 files"


class TestProcesses:
    def test_threads_count(self):
        ending = threading.Event()
        threads = [threading.Thread(target=ending.wait) for _ in range(10)]
        usage = Usage(Limits(threads=10), os.getpid())
        for thread in threads:
            thread.start()
        try:
            assert usage.too_much() == "started more than 10 threads"
        finally:
            ending.set()
            for thread in threads:
                thread.join()

    def test_processes_below_it_count(self):
        line = "read -r _; exit"
        processes = [
            subprocess.Popen(["/bin/sh", "-c", f"/bin/sh -c '{line}'; exit"], stdin=subprocess.PIPE)
            for _ in range(4)
        ]
        try:
            assert Usage(Limits(threads=4), os.getpid()).too_much() == "started more than 4 threads"
        finally:
            for process in processes:
                process.communicate(b"\n")

    def test_where_the_kernel_counts_them_nobody_else_does(self):
        usage = Usage(Limits(threads=0), os.getpid(), counted=True)
        assert usage.bounded
        assert usage.too_much() is None

    def test_those_of_a_user_count_wherever_they_are(self):
        assert Usage(Limits(threads=0), 0, user=os.getuid()).too_much() == "started more than 0 threads"
        assert Usage(Limits(threads=0), 0, user=1_999_999_999).too_much() is None

    def test_a_process_that_is_gone_uses_nothing(self, tmp_path):
        process = subprocess.Popen(["/bin/true"])
        process.wait()
        assert Usage(Limits(threads=0), process.pid, scratch=tmp_path).too_much() is None
