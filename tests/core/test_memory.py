"""The bound holds while it is set, and is lifted afterwards."""

import sys

import numpy as np
import pytest

from grader.core.memory import bounded_memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has this bound")


def test_what_would_take_more_raises_and_what_was_there_stays():
    kept = np.arange(1000)
    with bounded_memory(64 << 20):
        np.ones(4 << 20)
        with pytest.raises(MemoryError):
            np.ones(16 << 20)
        assert kept.sum() == 499500
    assert np.ones(16 << 20).any()


def test_small_objects_count():
    with bounded_memory(64 << 20), pytest.raises(MemoryError):
        list(range(100_000_000))


def test_a_tighter_bound_stays():
    with bounded_memory(64 << 20), bounded_memory(1 << 30), pytest.raises(MemoryError):
        np.ones(16 << 20)
