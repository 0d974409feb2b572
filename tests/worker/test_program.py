"""Programs of calls: the interpreter, what it frees on the way, and how calls travel."""

import gc
import json
import weakref

import numpy as np
import pytest

from grader.core.assignment import FUNCTIONS
from grader.worker.program import BUILTINS, Call, Failure, ReturnedError, execute, last_uses, take_images


class Value:
    """Something that a weak reference can watch."""


def run(calls, variables=None, lasting=(), **functions):
    variables = {} if variables is None else variables
    execute(calls, last_uses(calls, lasting), variables, functions.__getitem__)
    return variables


def failure_of(calls, **functions):
    with pytest.raises(Failure) as caught:
        run(calls, **functions)
    return caught.value


class TestCall:
    def test_it_survives_the_way_through_json(self):
        call = Call(
            "conv2d_forward", ("x", None, "b"), ("out", "cache"), {"stride": (2, 1), "pad": 0, "lr": 0.1}
        )
        assert Call.from_json(json.loads(json.dumps(call.to_json()))) == call

    def test_pairs_in_options_become_tuples_again(self):
        assert Call.from_json(["f", [], ["y"], {"stride": [2, 1]}]).options == {"stride": (2, 1)}

    def test_options_are_empty_unless_given(self):
        assert Call("f", (), ("y",)) == Call.from_json(["f", [], ["y"], {}])


class TestLastUses:
    def test_a_variable_is_dropped_with_the_last_call_that_reads_it(self):
        calls = [Call("f", ("x",), ("a",)), Call("f", ("a",), ("b",)), Call("g", ("a", "b"), ("c",))]
        assert last_uses(calls, ["c"]) == [("x",), (), ("a", "b")]

    def test_what_nothing_reads_is_dropped_at_once(self):
        assert last_uses([Call("f", (), ("out", "cache"))], ["out"]) == [("cache",)]

    def test_what_must_last_is_never_dropped(self):
        assert last_uses([Call("f", ("x",), ("y",))], ["x", "y"]) == [()]

    def test_a_name_that_occurs_twice_is_dropped_once(self):
        assert last_uses([Call("f", ("x", "x"), ("y",))], ["y"]) == [("x",)]

    def test_none_is_no_variable(self):
        assert last_uses([Call("f", ("x", None), ("y",))], []) == [("x", "y")]

    def test_a_name_that_is_bound_again_lives_until_its_last_use(self):
        calls = [Call("f", ("a",), ("a",)), Call("f", ("a",), ("a",)), Call("f", ("a",), ("b",))]
        assert last_uses(calls, ["b"]) == [(), (), ("a",)]

    def test_an_empty_program_drops_nothing(self):
        assert last_uses([], ["x"]) == []


class TestExecute:
    def test_results_get_the_names_of_the_call(self):
        calls = [Call("pair", ("x",), ("a", "b")), Call("add", ("a", "b"), ("sum",))]
        variables = run(calls, {"x": 3}, ["a", "b", "sum"], pair=lambda x: (x, 2 * x), add=lambda a, b: a + b)
        assert (variables["a"], variables["b"], variables["sum"]) == (3, 6, 9)

    def test_options_are_passed_by_keyword(self):
        def scaled(x, *, by):
            return x * by

        assert run([Call("scaled", ("x",), ("y",), {"by": 5})], {"x": 2}, ["y"], scaled=scaled)["y"] == 10

    def test_none_stands_for_the_value_none(self):
        seen = []
        run([Call("f", (None, "x"), ("y",))], {"x": 1}, f=lambda *arguments: seen.extend(arguments))
        assert seen == [None, 1]

    def test_a_single_result_is_taken_whole(self):
        assert run([Call("f", (), ("y",))], lasting=["y"], f=lambda: (1, 2))["y"] == (1, 2)

    def test_a_list_is_as_good_as_a_tuple(self):
        assert run([Call("f", (), ("a", "b"))], lasting=["b"], f=lambda: [1, 2])["b"] == 2

    def test_only_what_lasts_is_left(self):
        calls = [Call("f", ("x",), ("a", "unused")), Call("g", ("a",), ("y",))]
        variables = run(calls, {"x": 1, "other": 2}, ["y"], f=lambda x: (x, x), g=lambda a: a)
        assert variables == {"y": 1, "other": 2}

    def test_a_value_is_freed_before_the_call_after_its_last_use(self):
        alive = []

        def make():
            value = Value()
            alive.append(weakref.ref(value))
            return value

        def use(value):
            assert value is alive[0]()
            return 1

        def look(_):
            gc.collect()
            return alive[0]() is None

        calls = [Call("make", (), ("a",)), Call("use", ("a",), ("b",)), Call("look", ("b",), ("freed",))]
        assert run(calls, lasting=["freed"], make=make, use=use, look=look)["freed"]

    def test_a_failing_call_is_named_by_its_index(self):
        def fails():
            raise ValueError("no")

        calls = [Call("fine", (), ("a",)), Call("fails", (), ("b",)), Call("fine", (), ("c",))]
        failure = failure_of(calls, fine=lambda: 1, fails=fails)
        assert failure.index == 1
        assert isinstance(failure.error, ValueError)
        assert failure.__cause__ is failure.error

    @pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError])
    def test_what_would_end_the_process_is_a_failure_of_the_call(self, kind):
        def leaves():
            raise kind

        assert isinstance(failure_of([Call("leaves", (), ("y",))], leaves=leaves).error, kind)

    def test_an_unknown_function_is_a_failure_of_its_call(self):
        assert isinstance(failure_of([Call("missing", (), ("y",))]).error, KeyError)

    def test_an_unknown_variable_is_a_failure_of_its_call(self):
        assert isinstance(failure_of([Call("f", ("x",), ("y",))], f=lambda x: x).error, KeyError)

    @pytest.mark.parametrize(
        ("returned", "text"),
        [
            (None, "2 values expected, got one NoneType"),
            (np.ones(2), "2 values expected, got one ndarray"),
            ((1,), "2 values expected, got 1"),
            ((1, 2, 3), "2 values expected, got 3"),
        ],
        ids=["none", "array of two", "one", "three"],
    )
    def test_another_number_of_results_is_told(self, returned, text):
        error = failure_of([Call("f", (), ("a", "b"))], f=lambda: returned).error
        assert isinstance(error, ReturnedError)
        assert str(error) == text

    def test_what_was_computed_before_a_failure_is_still_there(self):
        variables = {}
        with pytest.raises(Failure):
            execute(
                [Call("f", (), ("a",)), Call("g", (), ("b",))], [(), ()], variables, {"f": int}.__getitem__
            )
        assert variables == {"a": 0}


class TestBuiltins:
    def test_their_names_cannot_be_those_of_functions(self):
        assert not BUILTINS.keys() & FUNCTIONS.keys()
        assert not any(name.isidentifier() for name in BUILTINS)

    def test_images_are_picked_scaled_and_given_a_channel(self):
        images = np.arange(4 * 28 * 28, dtype=np.int64).reshape(4, 28, 28).astype(np.uint8)
        picked = take_images(images, np.array([2, 0, 2]))
        assert picked.shape == (3, 1, 28, 28)
        assert picked.dtype == np.float32
        np.testing.assert_allclose(picked[:, 0], images[[2, 0, 2]] / 255, rtol=1e-6)

    def test_white_is_one(self):
        assert take_images(np.full((1, 28, 28), 255, np.uint8), np.array([0])).max() == 1

    def test_a_program_calls_them_without_looking_for_a_function(self):
        calls = [Call("@reshape", ("x",), ("y",), {"shape": (3, 2)})]
        assert run(calls, {"x": np.ones(6)}, ["y"])["y"].shape == (3, 2)

    def test_they_cannot_be_replaced(self):
        calls = [Call("@reshape", ("x",), ("y",), {"shape": (3, 2)})]
        assert run(calls, {"x": np.ones(6)}, ["y"], **{"@reshape": None})["y"].shape == (3, 2)
