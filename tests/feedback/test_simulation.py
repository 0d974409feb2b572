"""Checks that are run again: recordings, rehearsals, and where the two part."""

import numpy as np
import pytest

from grader.core.errors import CheckStoppedError, DeviationError
from grader.core.results import Status
from grader.feedback.mistakes.base import mistaken
from grader.feedback.simulation import ComparingCaller, LocalCaller, RecordingCaller, same
from grader.reference.functions import reference
from grader.worker.program import Call
from grader.worker.values import NonArray

X = np.array([[1.0, -2.0], [3.0, -4.0]])


def rehearsal(**wrong):
    return LocalCaller(mistaken(reference, wrong))


def raising(error):
    def function(*_):
        raise error

    return function


class TestRehearsal:
    def test_values_come_as_from_a_worker(self):
        values = rehearsal().call("relu_forward", (X,)).values
        np.testing.assert_array_equal(values["out"], np.maximum(X, 0))
        assert list(values) == ["out"]

    def test_caches_are_kept_for_later_calls(self):
        caller = rehearsal()
        cache = caller.call("relu_forward", (X,), [], kept=["cache"]).handles["cache"]
        dx = caller.call("relu_backward", (np.ones((2, 2)), cache)).values["dx"]
        np.testing.assert_array_equal(dx, X > 0)

    def test_what_is_kept_is_dropped_with_its_handle(self):
        caller = rehearsal()
        cache = caller.call("relu_forward", (X,), [], kept=["cache"]).handles["cache"]
        assert len(caller._store) == 1
        del cache
        assert caller._store == {}

    def test_arguments_are_copies(self):
        def in_place(_, x):
            x[:] = 0
            return x, None

        given = X.copy()
        rehearsal(relu_forward=in_place).call("relu_forward", (given,))
        np.testing.assert_array_equal(given, X)

    def test_later_changes_do_not_reach_what_was_received(self):
        def one_buffer(right, x):
            buffer = right.memory.setdefault("buffer", np.zeros((2, 2)))
            buffer[:] = x
            return buffer, None

        caller = rehearsal(relu_forward=one_buffer)
        first = caller.call("relu_forward", (X,)).values["out"]
        caller.call("relu_forward", (-X,))
        np.testing.assert_array_equal(first, X)

    def test_memory_is_empty_at_the_start_of_each_rehearsal(self):
        def count(right, x):
            right.memory["calls"] = right.memory.get("calls", 0) + 1
            return x * right.memory["calls"], None

        for _ in range(2):
            caller = rehearsal(relu_forward=count)
            assert [caller.call("relu_forward", (X,)).values["out"][0, 0] for _ in range(2)] == [1, 2]

    @pytest.mark.parametrize(
        ("error", "status", "told"),
        [
            (ValueError("no"), Status.STUDENT_ERROR, "relu_forward raised ValueError: no"),
            (NotImplementedError(), Status.NOT_IMPLEMENTED, "relu_forward is not written yet."),
        ],
    )
    def test_errors_end_as_from_a_worker(self, error, status, told):
        with pytest.raises(CheckStoppedError) as caught:
            rehearsal(relu_forward=raising(error)).call("relu_forward", (X,))
        assert caught.value.status is status
        assert str(caught.value) == told

    def test_an_interruption_is_none_of_the_functions(self):
        with pytest.raises(KeyboardInterrupt):
            rehearsal(relu_forward=raising(KeyboardInterrupt())).call("relu_forward", (X,))

    def test_other_things_come_as_descriptions(self):
        values = rehearsal(relu_forward=lambda _, x: (x.tolist(), None)).call("relu_forward", (X,)).values
        assert values["out"] == NonArray("list")

    def test_too_few_results_are_told(self):
        with pytest.raises(CheckStoppedError, match="does not return 2 values"):
            rehearsal(relu_forward=lambda _, x: x).call("relu_forward", (X,))


class TestRecording:
    def test_it_writes_down_calls_values_and_errors(self):
        recording = RecordingCaller(rehearsal(relu_backward=raising(ValueError("no"))))
        cache = recording.call("relu_forward", (X,), kept=["cache"]).handles["cache"]
        with pytest.raises(CheckStoppedError):
            recording.call("relu_backward", (X, cache))
        first, second = recording.recorded_calls
        assert first.calls == (Call("relu_forward", ("argument0",), ("out", "cache")),)
        np.testing.assert_array_equal(first.values["out"], np.maximum(X, 0))
        assert first.error is None
        assert second.values == {}
        assert str(second.error) == "relu_backward raised ValueError: no"


class TestComparison:
    def recorded(self, **wrong):
        recording = RecordingCaller(rehearsal(**wrong))
        try:
            recording.call("relu_forward", (X,))
            recording.call("dense_forward", (X, X, X[0]))
        except CheckStoppedError:
            pass
        return recording.recorded_calls

    def play(self, recorded_calls, names=None, **wrong):
        comparison = ComparingCaller(rehearsal(**wrong), recorded_calls, names)
        comparison.call("relu_forward", (X,))
        comparison.call("dense_forward", (X, X, X[0]))
        return comparison

    def test_the_same_functions_go_through(self):
        assert self.play(self.recorded()).complete

    def test_other_values_deviate(self):
        with pytest.raises(DeviationError):
            self.play(self.recorded(), relu_forward=lambda _, x: (x, None))

    def test_values_that_nobody_asks_for_may_differ(self):
        assert self.play(self.recorded(), {"dx"}, relu_forward=lambda _, x: (x, None)).complete

    def test_an_error_where_there_was_none_deviates(self):
        with pytest.raises(DeviationError):
            self.play(self.recorded(), set(), dense_forward=raising(ValueError("no")))

    def test_no_error_where_there_was_one_deviates(self):
        with pytest.raises(DeviationError):
            self.play(self.recorded(dense_forward=raising(ValueError("no"))))

    def test_the_same_error_is_the_end(self):
        wrong = {"dense_forward": raising(ValueError("no"))}
        with pytest.raises(CheckStoppedError, match="ValueError: no"):
            self.play(self.recorded(**wrong), **wrong)

    def test_another_call_deviates(self):
        comparison = ComparingCaller(rehearsal(), self.recorded()[1:])
        with pytest.raises(DeviationError):
            comparison.call("relu_forward", (X,))

    def test_more_calls_than_were_recorded_deviate(self):
        with pytest.raises(DeviationError):
            self.play(self.recorded()[:1])

    def test_fewer_are_not_complete(self):
        comparison = ComparingCaller(rehearsal(), self.recorded())
        comparison.call("relu_forward", (X,))
        assert not comparison.complete


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
