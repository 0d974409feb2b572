"""Trusted functions in a submission's place, and where they deviate from what was recorded."""

import numpy as np
import pytest

from grader.core.errors import CheckStoppedError
from grader.core.results import Status
from grader.core.seed import PUBLISHED
from grader.feedback.mistakes.base import mistaken
from grader.feedback.recording import RecordingCaller, run_and_record
from grader.feedback.simulation import LocalCaller, same, simulate
from grader.judging.runnable import RunnableCheck
from grader.reference.functions import reference
from grader.worker.program import Call
from grader.worker.values import NonArray

X = np.array([[1.0, -2.0], [3.0, -4.0]])


def local(**wrong):
    return LocalCaller(mistaken(reference, wrong))


def raising(error):
    def function(*_):
        raise error

    return function


class TestLocalCaller:
    def test_values_come_as_from_a_worker(self):
        values = local().call("relu_forward", (X,)).values
        np.testing.assert_array_equal(values["out"], np.maximum(X, 0))
        assert list(values) == ["out"]

    def test_caches_are_kept_for_later_calls(self):
        caller = local()
        cache = caller.call("relu_forward", (X,), [], kept=["cache"]).handles["cache"]
        dx = caller.call("relu_backward", (np.ones((2, 2)), cache)).values["dx"]
        np.testing.assert_array_equal(dx, X > 0)

    def test_what_is_kept_is_dropped_with_its_handle(self):
        caller = local()
        cache = caller.call("relu_forward", (X,), [], kept=["cache"]).handles["cache"]
        assert len(caller._store) == 1
        del cache
        assert caller._store == {}

    def test_arguments_are_copies(self):
        def in_place(_, x):
            x[:] = 0
            return x, None

        given = X.copy()
        local(relu_forward=in_place).call("relu_forward", (given,))
        np.testing.assert_array_equal(given, X)

    def test_later_changes_do_not_reach_what_was_received(self):
        def one_buffer(right, x):
            buffer = right.memory.setdefault("buffer", np.zeros((2, 2)))
            buffer[:] = x
            return buffer, None

        caller = local(relu_forward=one_buffer)
        first = caller.call("relu_forward", (X,)).values["out"]
        caller.call("relu_forward", (-X,))
        np.testing.assert_array_equal(first, X)

    def test_memory_is_empty_at_the_start_of_each_local(self):
        def count(right, x):
            right.memory["calls"] = right.memory.get("calls", 0) + 1
            return x * right.memory["calls"], None

        for _ in range(2):
            caller = local(relu_forward=count)
            assert [caller.call("relu_forward", (X,)).values["out"][0, 0] for _ in range(2)] == [1, 2]

    @pytest.mark.parametrize(
        ("error", "status", "headline"),
        [
            (ValueError("no"), Status.STUDENT_ERROR, "relu_forward raised ValueError: no"),
            (NotImplementedError(), Status.NOT_IMPLEMENTED, "relu_forward is not written yet."),
        ],
    )
    def test_errors_end_as_from_a_worker(self, error, status, headline):
        with pytest.raises(CheckStoppedError) as caught:
            local(relu_forward=raising(error)).call("relu_forward", (X,))
        assert caught.value.status is status
        assert str(caught.value) == headline

    def test_an_interruption_is_none_of_the_functions(self):
        with pytest.raises(KeyboardInterrupt):
            local(relu_forward=raising(KeyboardInterrupt())).call("relu_forward", (X,))

    def test_other_things_come_as_descriptions(self):
        values = local(relu_forward=lambda _, x: (x.tolist(), None)).call("relu_forward", (X,)).values
        assert values["out"] == NonArray("list")

    def test_too_few_results_are_reported(self):
        with pytest.raises(CheckStoppedError, match="does not return 2 values"):
            local(relu_forward=lambda _, x: x).call("relu_forward", (X,))


class TestRecordingCaller:
    def test_it_writes_down_calls_values_and_errors(self):
        recording = RecordingCaller(local(relu_backward=raising(ValueError("no"))))
        cache = recording.call("relu_forward", (X,), kept=["cache"]).handles["cache"]
        with pytest.raises(CheckStoppedError):
            recording.call("relu_backward", (X, cache))
        first, second = recording.recorded_calls
        assert first.calls == (Call("relu_forward", ("argument0",), ("out", "cache")),)
        np.testing.assert_array_equal(first.values["out"], np.maximum(X, 0))
        assert first.error is None
        assert second.values == {}
        assert str(second.error) == "relu_backward raised ValueError: no"


def two_calls(judge, draw):
    """A check that only calls."""
    judge.student.call("relu_forward", (X,))
    judge.student.call("dense_forward", (X, X, X[0]))


class TestSimulate:
    CHECK = RunnableCheck("dense_forward.two_calls", PUBLISHED, two_calls)

    def recorded(self, **wrong):
        return run_and_record(self.CHECK, local(**wrong)).recorded_calls

    def simulated(self, recorded_calls, names=None, **wrong):
        return simulate(self.CHECK, mistaken(reference, wrong), None, recorded_calls, names)

    def test_the_same_functions_agree(self):
        assert self.simulated(self.recorded()).agrees

    def test_other_values_deviate(self):
        assert not self.simulated(self.recorded(), relu_forward=lambda _, x: (x, None)).agrees

    def test_values_that_are_not_compared_may_differ(self):
        assert self.simulated(self.recorded(), {"dx"}, relu_forward=lambda _, x: (x, None)).agrees

    def test_an_error_where_there_was_none_deviates(self):
        assert not self.simulated(self.recorded(), set(), dense_forward=raising(ValueError("no"))).agrees

    def test_no_error_where_there_was_one_deviates(self):
        assert not self.simulated(self.recorded(dense_forward=raising(ValueError("no")))).agrees

    def test_the_same_error_is_the_end(self):
        wrong = {"dense_forward": raising(ValueError("no"))}
        outcome = self.simulated(self.recorded(**wrong), **wrong)
        assert outcome.agrees
        assert "ValueError: no" in str(outcome.stopped)

    def test_another_call_deviates(self):
        assert not self.simulated(self.recorded()[1:]).agrees

    def test_more_calls_than_were_recorded_deviate(self):
        assert not self.simulated(self.recorded()[:1]).agrees

    def test_fewer_calls_deviate(self):
        assert not self.simulated((*self.recorded(), self.recorded()[0])).agrees


class TestSame:
    @pytest.mark.parametrize(
        ("first", "second", "agree"),
        [
            (X, X * (1 + 1e-7), True),
            (X, X * 1.001, False),
            (X, X.astype(np.float32), True),
            (X, X.ravel(), False),
            (X, X.astype(int), False),
            (np.array([1, np.nan, np.inf]), np.array([1, np.nan, np.inf]), True),
            (np.array([1, np.nan, np.inf]), np.array([1, np.nan, -np.inf]), False),
            (np.array([1, np.nan]), np.array([1.0, 2]), False),
            (np.array([np.nan]), np.array([2.0]), False),
            (NonArray("list"), NonArray("list"), True),
            (NonArray("list"), NonArray("tuple"), False),
            (NonArray("list"), X, False),
            (X, NonArray("list"), False),
        ],
    )
    def test_it_tells_values_apart(self, first, second, agree):
        assert same(first, second) is agree
