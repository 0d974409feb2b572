"""One program in two places gives what it gives in one, whichever functions run where."""

import types

import numpy as np
import pytest

from grader.core.errors import CheckStoppedError
from grader.core.results import Status
from grader.submission.ingest import Submission
from grader.training.layers import Dense, Flatten, ReLU
from grader.training.network import Network, initial_parameters, parameter_names, step_calls
from grader.worker.placement import PlacedProgram
from grader.worker.program import Call
from grader.worker.session import Student
from grader.worker.values import NonArray

FUNCTIONS = '''
"""Every function, with caches that only functions of the same make can read."""
import numpy as np

MAKE = "{make}"

def opened(cache):
    make, *values = cache
    assert make == MAKE, f"a cache from {{make}}"
    return values

def dense_forward(x, w, b):
    return x @ w + b, (MAKE, x, w)

def dense_backward(dout, cache):
    x, w = opened(cache)
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)

def relu_forward(x):
    return np.maximum(x, 0), (MAKE, x > 0)

def relu_backward(dout, cache):
    (positive,) = opened(cache)
    return dout * positive

def softmax_cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return float(-log_p[rows, labels].mean()), dlogits / len(labels)

def sgd_step(param, grad, *, lr):
    return param - lr * grad

def sigmoid_forward(x):
    return x.tolist(), None

def sigmoid_backward(dout, cache):
    raise ValueError("never right")
'''

NETWORK = Network("small", (Flatten(), Dense(6), ReLU(), Dense(5), ReLU(), Dense(10)), learning_rate=0.1)
BATCH = 3
CALLS = step_calls(NETWORK, BATCH)
NAMES = parameter_names(NETWORK)
WANTED = ["loss", *(f"d{name}" for name in NAMES), *(f"new {name}" for name in NAMES)]

RANDOM = np.random.RandomState(3)
ARRAYS = {
    "images": RANDOM.randint(0, 256, (7, 28, 28)).astype(np.uint8),
    "indices": np.array([6, 1, 1]),
    "labels": np.array([0, 9, 4]),
    **initial_parameters(NETWORK, RANDOM),
}

ALL = frozenset(call.function for call in CALLS if not call.function.startswith("@"))

HERE = types.ModuleType("here")
exec(FUNCTIONS.format(make="here"), vars(HERE))  # the text of the submission, so that both are the same


def here(name):
    return getattr(HERE, name)


def nowhere(name):
    raise AssertionError(f"{name} was looked for in this process")


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    root = tmp_path_factory.mktemp("submission").resolve()
    (root / "net.py").write_text(FUNCTIONS.format(make="there"))
    submission = Submission("net", root, dict.fromkeys(("layers", "loss", "optim"), "net.py"))
    with Student(submission) as student:
        yield student


@pytest.fixture(scope="module")
def alone():
    """What one run in this process alone gives."""
    return PlacedProgram(CALLS, WANTED, here, student=None).run(ARRAYS, {})


def assert_same(values, expected):
    assert values.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(values[name], value, rtol=1e-5, atol=1e-7, err_msg=name)


class TestWhereItRuns:
    @pytest.mark.parametrize(
        ("replaced", "messages"),
        [
            (set(), 1),
            ({"softmax_cross_entropy"}, 2),
            ({"sgd_step"}, 1),
            ({"relu_forward"}, 3),
            ({"relu_backward"}, 5),
            ({"dense_forward"}, 4),
            ({"dense_backward"}, 7),
            ({"relu_forward", "relu_backward"}, 5),
            ({"dense_forward", "dense_backward"}, 7),
            ({"dense_forward", "relu_backward"}, 6),
            (ALL - {"dense_backward"}, 7),
            (ALL - {"softmax_cross_entropy"}, 3),
            (ALL, 2),
        ],
        ids=lambda value: str(value) if type(value) is int else " ".join(sorted(value)) or "none",
    )
    def test_the_values_are_the_same_whichever_functions_are_replaced(
        self, student, alone, replaced, messages
    ):
        program = PlacedProgram(CALLS, WANTED, here, student=student, replaced=frozenset(replaced))
        assert program.messages == messages
        assert_same(program.run(ARRAYS, {}), alone)

    def test_without_replacements_this_process_looks_for_no_function(self, student, alone):
        assert_same(PlacedProgram(CALLS, WANTED, nowhere, student=student).run(ARRAYS, {}), alone)

    def test_without_a_student_no_message_is_sent_whatever_is_replaced(self, alone):
        program = PlacedProgram(CALLS, WANTED, here, student=None, replaced=frozenset({"sgd_step"}))
        assert program.messages == 0
        assert_same(program.run(ARRAYS, {}), alone)


class TestRun:
    def test_it_can_be_repeated_with_what_it_returned(self, student):
        replaced = frozenset({"dense_forward", "relu_backward"})
        mixed = PlacedProgram(CALLS, WANTED, here, student=student, replaced=replaced)
        local = PlacedProgram(CALLS, WANTED, here, student=None)
        ours = theirs = ARRAYS
        for _ in range(3):
            ours = ARRAYS | {name: local.run(ours, {})[f"new {name}"] for name in NAMES}
            theirs = ARRAYS | {name: mixed.run(theirs, {})[f"new {name}"] for name in NAMES}
        assert_same(theirs, ours)

    @pytest.mark.parametrize("replaced", [set(), {"dense_forward"}, ALL], ids=["none", "some", "all"])
    def test_a_variable_that_the_worker_keeps_is_not_sent_again(self, student, alone, replaced):
        handles = student.run([], {"images": ARRAYS["images"]}, [], kept=["images"]).handles
        program = PlacedProgram(CALLS, WANTED, here, student=student, replaced=frozenset(replaced))
        # what would be sent is wrong: it must not matter
        arrays = ARRAYS | {"images": np.zeros((7, 28, 28), np.uint8)}
        for _ in range(2):
            assert_same(program.run(arrays, handles), alone)

    @pytest.mark.parametrize("replaced", [set(), {"dense_backward"}, ALL], ids=["none", "some", "all"])
    def test_inputs_are_left_as_they_are(self, student, replaced):
        before = {name: array.copy() for name, array in ARRAYS.items()}
        PlacedProgram(CALLS, WANTED, here, student=student, replaced=frozenset(replaced)).run(ARRAYS, {})
        for name, array in before.items():
            np.testing.assert_array_equal(ARRAYS[name], array)

    @pytest.mark.parametrize("name", ["a1", "d2", "a0"])
    def test_variables_in_between_can_be_wanted_too(self, student, name):
        local = PlacedProgram(CALLS, [name], here, student=None).run(ARRAYS, {})
        replaced = frozenset({"dense_forward"})
        mixed = PlacedProgram(CALLS, [name], here, student=student, replaced=replaced)
        assert_same(mixed.run(ARRAYS, {}), local)


FOREIGN = [
    Call("sigmoid_forward", ("x",), ("list", "c")),
    Call("dense_forward", ("list", "w", "b"), ("out", "c2")),
]
XWB = {"x": np.ones((2, 3)), "w": np.ones((3, 4)), "b": np.ones(4)}


class TestFailures:
    def test_what_the_student_returns_instead_of_an_array_reaches_no_function_of_this_process(self, student):
        replaced = frozenset({"dense_forward", "dense_backward"})
        program = PlacedProgram(FOREIGN, ["out"], here, student=student, replaced=replaced)
        with pytest.raises(CheckStoppedError, match="list") as caught:
            program.run(XWB, {})
        assert caught.value.status is Status.FAILED

    def test_it_is_returned_as_its_description_where_it_is_wanted(self, student):
        program = PlacedProgram(FOREIGN[:1], ["list"], nowhere, student=student)
        assert program.run(XWB, {}) == {"list": NonArray("list")}

    def test_a_failure_of_the_student_is_told_as_such(self, student):
        calls = [Call("sigmoid_backward", ("x", "w"), ("dx",))]
        with pytest.raises(CheckStoppedError, match="sigmoid_backward raised ValueError: never right"):
            PlacedProgram(calls, ["dx"], nowhere, student=student).run(XWB, {})

    def test_an_array_that_fits_nowhere_is_held_against_the_student(self, student):
        calls = [
            Call("relu_forward", ("x",), ("a", "c")),
            Call("dense_forward", ("a", "w", "b"), ("out", "c2")),
        ]
        program = PlacedProgram(calls, ["out"], here, student=student, replaced=frozenset({"dense_forward"}))
        with pytest.raises(CheckStoppedError, match="dense_forward") as caught:
            program.run(XWB | {"x": np.ones((2, 5))}, {})
        assert caught.value.status is Status.FAILED

    @pytest.mark.parametrize("shape", [(4, 1, 1, 1, 1, 1), (1, 4), (4, 1), (1,), (2, 2)])
    def test_an_array_that_would_broadcast_reaches_no_function_of_this_process(self, student, shape):
        def right(name):
            # the student's returns what it is given
            return here(name) if name == "sgd_step" else lambda _: (np.ones(4), None)

        calls = [
            Call("relu_forward", ("x",), ("db", "c")),
            Call("sgd_step", ("b", "db"), ("new b",), {"lr": 0.1}),
        ]
        program = PlacedProgram(calls, ["new b"], right, student=student, replaced=frozenset({"sgd_step"}))
        assert program.run({"x": np.ones(4), "b": np.ones(4)}, {})["new b"].shape == (4,)
        with pytest.raises(CheckStoppedError, match="db came with the shape") as caught:
            program.run({"x": np.ones(shape), "b": np.ones(4)}, {})
        assert caught.value.status is Status.FAILED

    def test_without_a_student_an_error_comes_as_it_is(self):
        program = PlacedProgram(CALLS, WANTED, here, student=None)
        with pytest.raises(IndexError):
            program.run(ARRAYS | {"indices": np.array([70, 0, 0])}, {})

    def test_an_interrupt_is_not_taken_for_a_failure(self, student):
        def interrupted(_):
            def function(*_):
                raise KeyboardInterrupt

            return function

        program = PlacedProgram(
            FOREIGN[1:], ["out"], interrupted, student=student, replaced=frozenset({"dense_forward"})
        )
        with pytest.raises(KeyboardInterrupt):
            program.run(XWB | {"list": np.ones((2, 3))}, {})
