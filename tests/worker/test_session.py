"""Calling a submission: what comes back, what stays in the worker, and what each way of failing is called."""

import gc
import sys

import numpy as np
import pytest

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError
from grader.core.results import Status
from grader.submission.ingest import Submission
from grader.worker.program import Call
from grader.worker.sandbox import Limits
from grader.worker.session import Student
from grader.worker.values import NonArray

X = np.array([[1.0, -2.0], [3.0, 4.0]])
LABELS = np.array([0, 1])
QUICK = Limits(call_seconds=1.0, repeated_call_seconds=0.25)
"""for functions that hang"""

COUNTS = """
import os
import numpy as np
calls = 0

def relu_forward(x):
    global calls
    calls += 1
    return np.array([calls, os.getpid()]) * 1.0, x

def relu_backward(dout, cache):
    return dout * cache
"""
"""tells how often it was called, and in which process"""


@pytest.fixture
def start(tmp_path):
    """Write a submission, and return its functions as they run in a worker."""
    students = []

    def write_and_start(*, limits=None, **sources):
        root = (tmp_path / "submission").resolve()
        root.mkdir(exist_ok=True)
        for name, source in sources.items():
            (root / f"{name}.py").write_text(source, encoding="utf-8")
        modules = {name: f"{name}.py" for name in sources}
        students.append(Student(Submission("submission", root, modules), limits, tier="process"))
        return students[-1]

    yield write_and_start
    for student in students:
        student.close()


def relu(student, x=X):
    return student.call("relu_forward", (x,), ["out"]).values["out"]


def loss(student):
    return student.call("softmax_cross_entropy", (X, LABELS), ["loss"]).values["loss"]


def stopped(function, *arguments, **options):
    with pytest.raises(CheckStoppedError) as caught:
        function(*arguments, **options)
    return caught.value


class TestCall:
    def test_all_results_that_are_not_opaque_come_unless_some_are_named(self, start):
        student = start(layers="def dense_backward(dout, cache):\n    return dout, dout + 1, dout.sum()\n")
        assert list(student.call("dense_backward", (X, None)).values) == ["dx", "dw", "db"]
        assert student.call("dense_backward", (X, None), ["db"]).values == {"db": X.sum()}

    def test_options_and_none_arrive(self, start):
        student = start(
            optim="def sgd_momentum_step(param, grad, state=None, *, lr, momentum):\n"
            "    return param * lr * momentum * (state is None), 'state'\n"
        )
        values = student.call("sgd_momentum_step", (X, X, None), lr=0.5, momentum=0.25).values
        np.testing.assert_array_equal(values["param"], X * 0.125)

    def test_pairs_arrive_as_tuples(self, start):
        source = "def conv2d_forward(x, w, b, *, stride, pad):\n    return x * (stride == (1, 2)), None\n"
        values = start(layers=source).call("conv2d_forward", (X, X, X), stride=(1, 2), pad=0).values
        np.testing.assert_array_equal(values["out"], X)

    def test_arguments_can_be_looked_at_afterwards(self, start):
        student = start(layers="def relu_backward(dout, cache):\n    dout *= 2\n    return dout + 1\n")
        values = student.call("relu_backward", (X, X), ["argument0", "dx", "argument1"]).values
        np.testing.assert_array_equal(values["argument0"], 2 * X)
        np.testing.assert_array_equal(values["dx"], 2 * X + 1)
        np.testing.assert_array_equal(values["argument1"], X)

    def test_the_callers_array_stays_as_it_is(self, start):
        sent = X.copy()
        relu(start(layers="def relu_forward(x):\n    x *= 0\n    return x, None\n"), sent)
        np.testing.assert_array_equal(sent, X)

    @pytest.mark.parametrize("view", [X.T, X[::-1], X[:, :1], np.broadcast_to(X[0], (3, 2))])
    def test_views_arrive_whole(self, start, view):
        np.testing.assert_array_equal(
            relu(start(layers="def relu_forward(x):\n    return x, None\n"), view), view
        )

    def test_what_a_function_prints_is_taken_when_the_worker_has_ended(self, start):
        assert start(layers="").take_output() == ""


class TestHandles:
    def test_what_is_kept_is_given_to_the_next_call(self, start):
        student = start(layers=COUNTS)
        cache = student.call("relu_forward", (X,), [], kept=["cache"]).handles["cache"]
        np.testing.assert_array_equal(student.call("relu_backward", (X, cache)).values["dx"], X * X)

    def test_several_can_be_kept_at_once(self, start):
        student = start(layers=COUNTS)
        first, second = (
            student.call("relu_forward", (factor * X,), [], kept=["cache"]).handles["cache"]
            for factor in (2, 3)
        )
        np.testing.assert_array_equal(student.call("relu_backward", (X, second)).values["dx"], 3 * X * X)
        np.testing.assert_array_equal(student.call("relu_backward", (X, first)).values["dx"], 2 * X * X)

    def test_what_nobody_holds_is_dropped_in_the_worker(self, start):
        student = start(
            layers="""
import gc
import numpy as np

class Cache:
    pass

def relu_forward(x):
    alive = sum(type(thing) is Cache for thing in gc.get_objects())
    return np.array([alive]) * 1.0, Cache()
"""
        )
        handles = [student.call("relu_forward", (X,), [], kept=["cache"]).handles for _ in range(3)]
        assert relu(student) == [3]
        del handles[:2]
        gc.collect()
        assert relu(student) == [1]

    def test_what_went_with_its_process_is_said_to_be_lost(self, start):
        student = start(layers=COUNTS + "\ndef sigmoid_forward(x):\n    os._exit(1)\n")
        cache = student.call("relu_forward", (X,), [], kept=["cache"]).handles["cache"]
        stopped(student.call, "sigmoid_forward", (X,))
        error = stopped(student.call, "relu_backward", (X, cache))
        assert error.status is Status.STUDENT_ERROR
        assert "lost when its process ended" in error.feedback.headline

    def test_a_handle_may_outlive_its_student(self, start):
        student = start(layers=COUNTS)
        handle = student.call("relu_forward", (X,), [], kept=["cache"]).handles["cache"]
        student.close()
        del handle
        gc.collect()


class TestFailures:
    """Each names what happened and whose fault it is; the next call finds a worker that answers."""

    @pytest.mark.parametrize(
        ("ending", "told", "hint"),
        [
            ("os._exit(3)", "it exited with code 3", "exit() or quit()"),
            ("os._exit(0)", "it exited with code 0", "exit() or quit()"),
            pytest.param(
                "os.kill(os.getpid(), 9)",
                "it was stopped by SIGKILL",
                None,
                marks=pytest.mark.skipif(sys.platform == "win32", reason="no signals there"),
            ),
            pytest.param(
                "ctypes.string_at(0)",
                "it was stopped by SIGSEGV",
                None,
                marks=pytest.mark.skipif(sys.platform == "win32", reason="no signals there"),
            ),
        ],
    )
    def test_a_process_that_ends_says_how(self, start, ending, told, hint):
        student = start(layers=f"import ctypes\n{COUNTS}\ndef sigmoid_forward(x):\n    {ending}\n")
        before = relu(student)
        error = stopped(student.call, "sigmoid_forward", (X,))
        assert error.status is Status.STUDENT_ERROR
        assert error.function == "sigmoid_forward"
        assert error.feedback.headline == f"The process ended while it ran sigmoid_forward: {told}."
        assert any(hint in fact for fact in error.feedback.facts) if hint else error.feedback.facts == ()
        after = relu(student)
        assert after[0] == 1
        assert after[1] != before[1]

    def test_a_closed_connection_is_the_end_of_the_process(self, start):
        source = "def sigmoid_forward(x):\n    os.closerange(3, 64)\n    return x, x\n"
        student = start(layers=COUNTS + source)
        error = stopped(student.call, "sigmoid_forward", (X,))
        assert error.feedback.headline.startswith("The process ended while it ran sigmoid_forward: it exited")
        assert relu(student)[0] == 1

    @pytest.mark.parametrize(
        ("written", "told"),
        [
            ("b'garbage' * 1000", "header too long"),
            ("bytes(8) + (2).to_bytes(4, 'little') + b'{}'", "answer to another request"),
        ],
    )
    def test_garbage_on_the_connection_breaks_the_protocol(self, start, written, told):
        source = f"""
import stat
def sigmoid_forward(x):
    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, {written})
        except OSError:
            pass
    return x, x
"""
        student = start(layers=COUNTS + source)
        error = stopped(student.call, "sigmoid_forward", (X,))
        assert error.status is Status.STUDENT_ERROR
        assert error.feedback.headline == (
            f"The process that ran sigmoid_forward broke the protocol ({told}), and was stopped."
        )
        assert relu(student)[0] == 1

    def test_a_flood_of_output_is_stopped(self, start):
        source = "def sigmoid_forward(x):\n    while True:\n        print('x' * 100_000)\n"
        student = start(layers=COUNTS + source, limits=Limits(most_output_bytes=1 << 20))
        error = stopped(student.call, "sigmoid_forward", (X,))
        assert error.feedback.headline == "sigmoid_forward printed more than 1 MB, and was stopped."
        assert relu(student)[0] == 1

    def test_much_output_in_many_calls_is_no_flood(self, start):
        source = "def relu_forward(x):\n    print('x' * 700_000)\n    return x, None\n"
        student = start(layers=source, limits=Limits(most_output_bytes=1 << 20))
        for _ in range(4):
            np.testing.assert_array_equal(relu(student), X)

    def test_a_function_that_is_missing_waits_for_its_task(self, start):
        error = stopped(start(layers="").call, "conv2d_forward", (X, X, X))
        assert error.status is Status.NOT_IMPLEMENTED
        assert error.feedback.headline == "conv2d_forward is missing."
        assert error.feedback.facts == ("It waits for task 4, Convolution.",)

    def test_a_module_that_is_missing_is_named(self, start):
        error = stopped(start(layers="").call, "sgd_step", (X, X), lr=1)
        assert error.status is Status.NOT_IMPLEMENTED
        assert error.feedback.facts == ("The submission has no optim.py.", "It waits for task 6, SGD.")

    def test_an_unusable_submission_starts_no_process(self, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "executable", "nothing here")
        with Student(Submission("x", tmp_path, problem="It is a photograph.")) as student:
            for function in FUNCTIONS:
                error = stopped(student.call, function, (X,))
                assert error.feedback.headline == "There is nothing to check: It is a photograph."

    @pytest.mark.parametrize(
        ("returned", "status", "told"),
        [
            ("None", Status.FAILED, "It must return out, cache: 2 values expected, got one NoneType."),
            ("x", Status.FAILED, "It must return out, cache: 2 values expected, got one ndarray."),
            ("(x,)", Status.FAILED, "It must return out, cache: 2 values expected, got 1."),
            ("x, x, x", Status.FAILED, "It must return out, cache: 2 values expected, got 3."),
        ],
    )
    def test_a_wrong_number_of_values_is_counted(self, start, returned, status, told):
        error = stopped(relu, start(layers=f"def relu_forward(x):\n    return {returned}\n"))
        assert error.status is status
        assert error.feedback.headline == "relu_forward does not return 2 values."
        assert error.feedback.facts[0] == told

    def test_a_list_of_the_right_number_of_values_is_as_good_as_a_tuple(self, start):
        np.testing.assert_array_equal(relu(start(layers="def relu_forward(x):\n    return [x, None]\n")), X)

    def test_the_function_that_failed_within_a_program_is_named(self, start):
        student = start(layers=COUNTS + "\ndef sigmoid_forward(x):\n    return 1 / 0, x\n")
        calls = [
            Call("relu_forward", ("x",), ("a", "b")),
            Call("sigmoid_forward", ("x",), ("c", "d")),
            Call("relu_forward", ("x",), ("e", "f")),
        ]
        error = stopped(student.run, calls, {"x": X}, ["e"])
        assert error.function == "sigmoid_forward"
        assert "ZeroDivisionError" in error.feedback.headline


HANGS = COUNTS + "\ndef sigmoid_forward(x):\n    while True:\n        pass\n"


@pytest.mark.slow
class TestPatience:
    def test_it_shrinks_and_ends_for_a_function_that_hangs(self, start):
        student = start(layers=HANGS, limits=QUICK)
        told = [stopped(student.call, "sigmoid_forward", (X,)) for _ in range(4)]
        assert {error.status for error in told} == {Status.TIMEOUT}
        assert [error.feedback.headline for error in told] == [
            "sigmoid_forward did not return within 1 seconds.",
            "sigmoid_forward did not return within 0.25 seconds.",
            "sigmoid_forward was not called again: it ran out of time in 2 earlier checks.",
            "sigmoid_forward was not called again: it ran out of time in 2 earlier checks.",
        ]
        assert all(error.function == "sigmoid_forward" for error in told)

    def test_it_stays_the_same_for_every_other_function(self, start):
        source = HANGS + "\ndef dense_backward(dout, cache):\n    while True:\n        pass\n"
        student = start(layers=source, limits=QUICK)
        for _ in range(2):
            stopped(student.call, "sigmoid_forward", (X,))
        assert relu(student)[0] == 1
        error = stopped(student.call, "dense_backward", (X, None))
        assert error.feedback.headline == "dense_backward did not return within 1 seconds."

    def test_a_program_may_be_given_its_own_time(self, start):
        call = Call("sigmoid_forward", ("x",), ("out", "cache"))
        error = stopped(start(layers=HANGS).run, [call], {"x": X}, ["out"], seconds=0.125)
        assert error.feedback.headline == "sigmoid_forward did not return within 0.125 seconds."

    def test_a_program_of_several_functions_blames_none(self, start):
        calls = [Call("relu_forward", ("x",), ("a", "b")), Call("sigmoid_forward", ("a",), ("c", "d"))]
        error = stopped(start(layers=HANGS).run, calls, {"x": X}, ["c"], seconds=0.25)
        assert error.feedback.headline == "the network did not return within 0.25 seconds."


class TestImports:
    @pytest.mark.slow
    def test_one_that_does_not_end_is_not_tried_again_and_harms_no_other_module(self, start, tmp_path):
        tally = tmp_path / "tally"
        student = start(
            layers=f"""
def spin():
    with open({str(tally)!r}, "a") as file:
        file.write("x")
    while True:
        try:
            while True:
                pass
        except:
            pass

class Table:
    rows = spin()
""",
            loss="def softmax_cross_entropy(x, labels):\n    return 2.5, x\n",
            limits=Limits(import_seconds=2.0),
        )
        told = [
            stopped(student.call, name, (X,)) for name in ("relu_forward", "relu_forward", "sigmoid_forward")
        ]
        assert {error.status for error in told} == {Status.TIMEOUT}
        assert {error.feedback.headline for error in told} == {
            "layers.py could not be imported in 2 seconds."
        }
        assert loss(student) == 2.5
        # once as a whole, once for what the functions need
        assert tally.read_text() == "xx"

    def test_a_package_that_is_not_there_is_told_what_is(self, start):
        source = "def relu_forward(x):\n    import torch_is_not_here\n"
        told = stopped(start(layers=source).call, "relu_forward", (X,)).feedback.facts
        assert told[-1].startswith("There is nothing but NumPy, the standard library and your own files")

    def test_a_name_that_an_import_would_have_bound_is_explained(self, start):
        source = "import torch_is_not_here as torch\ndef relu_forward(x):\n    return torch.relu(x)\n"
        error = stopped(start(layers=source).call, "relu_forward", (X,))
        assert error.feedback.headline == "relu_forward raised NameError: name 'torch' is not defined"
        assert error.feedback.facts == (
            "layers.py, line 3",
            "torch is not defined because layers.py, line 1 was left out: "
            "torch_is_not_here is not there while grading.",
        )

    @pytest.mark.parametrize(
        ("statement", "told"),
        [
            (
                "class A:\n    import os; os._exit(4)",
                "The process ended while it ran layers.py: it exited with",
            ),
            ("def f(:", "layers.py cannot be imported: SyntaxError: "),
        ],
    )
    def test_one_that_fails_is_told_for_every_function_and_harms_no_other_module(
        self, start, statement, told
    ):
        student = start(
            layers=f"{statement}\n", loss="def softmax_cross_entropy(x, labels):\n    return 2.5, x\n"
        )
        for function in ("relu_forward", "conv2d_backward"):
            error = stopped(student.call, function, (X, X))
            assert error.status is Status.STUDENT_ERROR
            assert error.function is None
            assert error.feedback.headline.startswith(told)
        assert loss(student) == 2.5

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            (
                "import matplotlib_is_not_here.pyplot as plt",
                "matplotlib_is_not_here is not there while grading",
            ),
            ("get_ipython().run_line_magic('pylab', 'inline')", "name 'get_ipython' is not defined"),
            ("n = int(input('epochs? '))", "nobody answers an input() while grading"),
            ("import argparse; argparse.ArgumentParser().parse_args(['--lr', '1'])", "it ends the program"),
            ("open('mnist.npz')", "it reads a file that is not there while grading"),
            ("raise NotImplementedError", "it raised NotImplementedError"),
            ("x = 1 / 0", "it raised ZeroDivisionError: division by zero"),
            ("breakpoint()", "a breakpoint was left in"),
            ("import pdb; pdb.set_trace()", "a breakpoint was left in"),
            ("raise SystemExit(4)", "it ends the program"),
            ("for _ in iter(int, 1): pass", "it took too long"),
            ("import time; time.sleep(1000)", "it took too long"),
            ("assert [] == [1]", "it raised AssertionError"),
        ],
    )
    @pytest.mark.parametrize("position", [0, 1])
    def test_a_line_that_acts_costs_itself_alone(self, start, line, told, position):
        lines = [
            "def relu_forward(x):\n    return x, None",
            "def relu_backward(dout, cache):\n    return dout",
        ]
        lines.insert(position, line)
        student = start(layers="\n".join(lines))
        np.testing.assert_array_equal(relu(student), X)
        np.testing.assert_array_equal(student.call("relu_backward", (X, X)).values["dx"], X)
        number = 1 + 2 * position
        assert student.notes == (f"layers.py, line {number}: left out, because {told}: {line}",)

    def test_an_import_that_ends_the_process_leaves_the_functions(self, start):
        source = "import os\nos._exit(4)\ndef relu_forward(x):\n    return x, None\n"
        student = start(layers=source)
        np.testing.assert_array_equal(relu(student), X)
        assert student.notes == (
            "layers.py: only what its functions need is taken, because importing it went wrong "
            "(The process ended while it ran layers.py: it exited with code 4)",
        )

    def test_modules_that_import_one_another_are_both_there(self, start):
        student = start(
            layers="from loss import scale\ndef relu_forward(x):\n    return scale * x, None\n",
            loss="from layers import relu_forward\nscale = 2\n"
            "def softmax_cross_entropy(x, labels):\n    return relu_forward(x)[0].sum(), x\n",
        )
        np.testing.assert_array_equal(relu(student), 2 * X)
        assert loss(student) == 2 * X.sum()
        assert student.notes == ()

    def test_annotations_and_decorators_of_what_is_not_there_cost_nothing(self, start):
        student = start(
            layers="""
import torch_is_not_here as torch
from numba_is_not_here import njit

@njit(cache=True)
def relu_forward(x: torch.Tensor) -> torch.Tensor:
    return x, None
"""
        )
        np.testing.assert_array_equal(relu(student), X)
        assert student.notes[-1] == (
            "layers.py, line 6: its decorator njit(cache=True) is left out, "
            "because it is not there while grading"
        )

    def test_a_helper_with_the_name_of_a_standard_module_is_found_by_the_submission_alone(self, start):
        student = start(
            random="SEED = 3\n",
            layers="import random\nfrom random import SEED\nimport tempfile\n"
            "def relu_forward(x):\n    return x * SEED * (random.SEED == SEED), tempfile.gettempdir()\n",
        )
        np.testing.assert_array_equal(relu(student), 3 * X)

    def test_a_helper_that_fails_is_as_tolerant(self, start):
        student = start(
            helper="import matplotlib_is_not_here\ndef twice(x):\n    return 2 * x\n",
            layers="from helper import twice\ndef relu_forward(x):\n    return twice(x), None\n",
        )
        np.testing.assert_array_equal(relu(student), 2 * X)

    def test_what_works_works_again_after_a_crash_elsewhere(self, start):
        student = start(
            layers=COUNTS, loss="import os\ndef softmax_cross_entropy(x, labels):\n    os._exit(1)\n"
        )
        relu(student)
        stopped(loss, student)
        assert relu(student)[0] == 1


def test_foreign_values_are_described(start):
    values = (
        start(layers="def dense_backward(dout, cache):\n    return [1], {}, dout.astype('f2')\n")
        .call("dense_backward", (X, None))
        .values
    )
    assert values == {
        "dx": NonArray("list"),
        "dw": NonArray("dict"),
        "db": NonArray("ndarray", "float16", (2, 2)),
    }
