"""What comes through the pipe of a worker, and what else it uses, without a worker at its other end."""

import contextlib
import itertools
import os
import threading
from types import SimpleNamespace

import pytest

from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.monitor import Monitor


@pytest.fixture
def printed():
    """Return a function that prints in chunks, and gives what read them and how often it cried stop."""

    def run(chunks, limits, usage=None):
        reading, writing = os.pipe()
        stops = []
        watch = Monitor(os.fdopen(reading, "rb"), limits, lambda: stops.append(True), usage)
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for chunk in chunks:
                pipe.write(chunk)
            if usage is not None:
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


def never(number):
    """Return what finds something too much when it is looked at for the nth time."""
    looks = itertools.count(1)
    return SimpleNamespace(too_much=lambda: "did too much" if next(looks) == number else None)


class TestLooks:
    def test_what_is_used_is_looked_at_while_nothing_is_printed(self, printed):
        watch, stops = printed([], Limits(), never(3))
        assert (watch.exceeded, stops) == ("did too much", [True])

    def test_what_is_used_is_looked_at_while_something_is_printed_all_the_time(self):
        reading, writing = os.pipe()
        stops = threading.Event()
        limits = Limits(most_output_bytes=1 << 40)
        watch = Monitor(os.fdopen(reading, "rb"), limits, stops.set, never(2))
        with os.fdopen(writing, "wb", buffering=0) as pipe, contextlib.suppress(BrokenPipeError):
            while not stops.is_set():
                pipe.write(b"a heartbeat")
        watch.close()
        assert watch.exceeded == "did too much"

    def test_a_worker_that_closes_its_output_is_looked_at_further(self):
        reading, writing = os.pipe()
        stops = threading.Event()
        watch = Monitor(os.fdopen(reading, "rb"), Limits(), stops.set, never(3))
        os.close(writing)
        assert stops.wait(timeout=20)
        watch.close()
        assert watch.exceeded == "did too much"

    def test_it_ends_with_the_worker(self, printed):
        reading, writing = os.pipe()
        watch = Monitor(os.fdopen(reading, "rb"), Limits(), lambda: None, never(0))
        os.close(writing)
        watch.close()
        assert not watch._thread.is_alive()
