"""What comes through the pipe of a worker, and what else it uses, without a worker at its other end."""

import os
import sys

import pytest

from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.monitor import Monitor


@pytest.fixture
def printed():
    """Return a function that prints in chunks, and gives what read them and how often it cried stop."""

    def run(chunks, limits, scratch=None, process=0):
        reading, writing = os.pipe()
        stops = []
        watch = Monitor(os.fdopen(reading, "rb"), limits, lambda: stops.append(True), scratch, process)
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for chunk in chunks:
                pipe.write(chunk)
            if scratch is not None or process:
                # as long as the pipe is open it is watched
                watch._thread.join(timeout=120)
        watch.close()
        return watch, stops

    return run


class TestOutput:
    def test_what_was_printed_is_taken_once(self, printed):
        output, _ = printed([b"one\n", b"two\n"], Limits())
        assert output.take() == "one\ntwo\n"
        assert output.take() == ""

    def test_the_beginning_is_kept_and_the_rest_is_dropped(self, printed):
        output, stops = printed([b"a" * 500, b"b" * 500, b"c" * 500], Limits(kept_output_bytes=700))
        assert output.take() == "a" * 500 + "b" * 200
        assert stops == []
        assert output.exceeded is None

    def test_what_is_no_text_is_replaced(self, printed):
        output, _ = printed([b"\xff\xfe caf\xc3\xa9"], Limits())
        assert output.take() == "\ufffd\ufffd café"

    def test_a_flood_is_stopped_once(self, printed):
        # all of it fits into the pipe: nobody reads any more after the stop
        output, stops = printed(
            [b"x" * 900, b"x" * 900], Limits(kept_output_bytes=10, most_output_bytes=1000)
        )
        assert stops == [True]
        assert output.exceeded == "printed more than 0 MB"


@pytest.mark.skipif(sys.platform != "linux", reason="only there can it be seen from outside")
class TestUse:
    def test_files_that_are_too_many_are_too_much(self, printed, tmp_path):
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "large").write_bytes(bytes(3 << 20))
        watch, stops = printed([], Limits(scratch_bytes=2 << 20), scratch=tmp_path)
        assert stops == [True]
        assert watch.exceeded == "wrote more than 2 MB of files"

    def test_empty_files_count(self, printed, tmp_path):
        for number in range(300):
            (tmp_path / str(number)).touch()
        watch, _ = printed([], Limits(scratch_bytes=1 << 20), scratch=tmp_path)
        assert watch.exceeded == "wrote more than 1 MB of files"

    def test_threads_that_are_too_many_are_too_much(self, printed):
        watch, stops = printed([], Limits(threads=0), process=os.getpid())
        assert stops == [True]
        assert watch.exceeded == "started more than 0 threads"
