"""Submissions that misbehave, graded as a whole: a row for every check, and no point lost elsewhere."""

import os
import select
import sys
from collections import defaultdict

import pytest
from marks import slowly
from totals import BONUS, POINTS

from grader.core.assignment import FUNCTIONS, OPAQUE
from grader.core.results import Kind, Status
from grader.report.words import first_failures
from grader.run.grading import Options, grade

pytestmark = pytest.mark.usefixtures("impatient")

ERROR, FAILED, TIMEOUT = Status.STUDENT_ERROR, Status.FAILED, Status.TIMEOUT

ENDS = {
    "layers": """
import ctypes, os, sys

def dense_backward(dout, cache):
    return dense_backward(dout, cache)

def relu_forward(x):
    while True:
        pass

def conv2d_backward(dout, cache):
    raise Boom

class Boom(Exception):
    def __str__(self):
        os._exit(9)

def maxpool2d_forward(x, *, size=2, stride=None):
    ctypes.string_at(0)

def sigmoid_forward(x):
    os._exit(3)

def dropout_forward(x, *, p, train=True, seed=None):
    raise Strange

class Strange(Exception):
    def __str__(self):
        raise KeyboardInterrupt
""",
    "loss": """
def softmax_cross_entropy(logits, labels):
    return bytearray(1 << 40)

def l2_penalty(w, *, reg):
    print("x" * 10_000_000, flush=True)
    print("x" * 10_000_000, flush=True)
    return 0.0, w
""",
    "optim": """
import sys

def sgd_step(param, grad, *, lr):
    sys.exit(5)

def adam_step(param, grad, state=None, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    raise KeyboardInterrupt
""",
}
"""functions that do not come back"""

ENDINGS = {
    "dense_backward": (ERROR, "RecursionError"),
    "relu_forward": (TIMEOUT, "relu_forward did not return within 1 seconds."),
    "conv2d_backward": (ERROR, "it exited with code 9"),
    "maxpool2d_forward": (ERROR, "it was stopped by SIGSEGV"),
    "sigmoid_forward": (ERROR, "it exited with code 3"),
    "dropout_forward": (ERROR, "dropout_forward raised Strange"),
    "softmax_cross_entropy": (ERROR, "MemoryError"),
    "l2_penalty": (ERROR, "l2_penalty printed more than 16 MB, and was stopped."),
    "sgd_step": (ERROR, "sgd_step raised SystemExit: 5"),
    "adam_step": (ERROR, "adam_step raised KeyboardInterrupt"),
}

ANSWERS = {
    "layers": """
import os, stat
import numpy as np

_dense_forward = dense_forward
def dense_forward(x, w, b):
    out, cache = _dense_forward(x, w, b)
    return np.ma.masked_array(out, np.ones(out.shape)), cache

def relu_forward(x):
    return x > 0, x

def relu_backward(dout, cache):
    return np.broadcast_to(1.0, (10**6, 10**6))

class Array(np.ndarray):
    def __array__(self, *_, **__):
        os._exit(1)
    def __eq__(self, other):
        return True

_conv2d_forward = conv2d_forward
def conv2d_forward(x, w, b, *, stride=1, pad=0):
    out, cache = _conv2d_forward(x, w, b, stride=stride, pad=pad)
    return out.view(Array), cache

def maxpool2d_forward(x, *, size=2, stride=None):
    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, b"all checks passed" * 100)
        except OSError:
            pass
    return x, x

def sigmoid_forward(x):
    os.closerange(3, 64)
    return x, x

def conv2d_backward(dout, cache):
    return np.array(1.5), 2, np.float32(3)

def dropout_backward(dout, cache):
    return np.array([None, {}], object)
""",
    "loss": """
def softmax_cross_entropy(logits, labels):
    return logits[0, 0] * 1j, logits.tolist()

def l2_penalty(w, *, reg):
    return 1, 2, 3
""",
    "optim": """
def sgd_step(param, grad, *, lr):
    return dict().get(lr)

def sgd_momentum_step(param, grad, state=None, *, lr, momentum=0.9):
    return param.astype(np.float16), None

def adam_step(param, grad, state=None, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    return np.where(param > 0, 1.7e308, -1.7e308), None
""",
}
"""functions that come back with something that is no answer"""

ANSWERED = {
    "dense_forward": (FAILED, "dense_forward: out is a MaskedArray, not an array."),
    "relu_forward": (FAILED, "relu_forward: out has the type bool."),
    "relu_backward": (FAILED, "relu_backward: dx has the wrong shape."),
    "conv2d_forward": (FAILED, "conv2d_forward: out is a Array, not an array."),
    "conv2d_backward": (FAILED, "conv2d_backward: dx has the wrong shape."),
    "maxpool2d_forward": (ERROR, "broke the protocol (header too long), and was stopped."),
    "sigmoid_forward": (ERROR, "it exited with code 1"),
    "dropout_backward": (FAILED, "dropout_backward: dx has the wrong shape."),
    "softmax_cross_entropy": (FAILED, "softmax_cross_entropy: loss is a complex128, not a number."),
    "l2_penalty": (FAILED, "l2_penalty does not return 2 values."),
    "sgd_step": (FAILED, "sgd_step: param is None."),
    "sgd_momentum_step": (FAILED, "sgd_momentum_step: param has the type float16."),
    "adam_step": (FAILED, "adam_step: param has wrong values."),
}

HARMLESS = {
    "layers": """
import sys, threading

_dense_forward = dense_forward
def dense_forward(x, w, b):
    for _ in range(10):
        print("x\\n" * 100_000)
    return _dense_forward(x, w, b)

_relu_forward = relu_forward
def relu_forward(x):
    threading.Thread(target=threading.Event().wait).start()
    return _relu_forward(x)

_conv2d_forward = conv2d_forward
def conv2d_forward(x, w, b, *, stride=1, pad=0):
    out, cache = _conv2d_forward(x, w, b, stride=stride, pad=pad)
    return out.astype(">f8"), cache

_maxpool2d_forward = maxpool2d_forward
def maxpool2d_forward(x, *, size=2, stride=None):
    sys.stdout.close()
    sys.stderr = None
    return _maxpool2d_forward(x, size=size, stride=stride)

_dense_backward = dense_backward
def dense_backward(dout, cache):
    dx, dw, db = _dense_backward(dout, cache)
    return [np.asfortranarray(dx), np.repeat(dw, 2, axis=0)[::2], np.broadcast_to(db, db.shape)]
""",
}
"""odd, but every answer is right"""


def by_function(report):
    rows = defaultdict(list)
    for row in report.results:
        rows[row.check.function].append(row)
    return rows


@pytest.fixture(scope="module")
def graded(tmp_path_factory, write_submission):
    """Return a function that grades a copy of the solution with other functions, and its rows by function."""

    def run(tasks=(), **appended):
        folder = write_submission(tmp_path_factory.mktemp("hostile") / "submission", **appended)
        outcome = grade(folder, Options(mnist=False, tasks=tasks))
        assert outcome.internal_errors == ()
        assert (outcome.report.score.points, outcome.report.score.bonus_points) == (POINTS, BONUS)
        return by_function(outcome.report)

    return run


def assert_only_these_fail(rows, expected):
    for function, its_rows in rows.items():
        forward = function.replace("_backward", "_forward")
        for row in its_rows:
            if function == "mnist":
                assert row.status is Status.NOT_RUN
            elif function in expected:
                assert row.status is not Status.PASSED, row.check.id
            elif forward in expected and row.status is Status.BLOCKED:
                assert f"needs the cache of {forward}" in row.feedback.headline
            else:
                assert row.status is Status.PASSED, row


def assert_told(rows, expected, function):
    status, told = expected[function]
    # what waits for the forward function, or for the plain case, is still to earn
    statuses = {row.status for row in rows[function]} - {Status.BLOCKED}
    assert rows[function][0].status is status
    assert told in rows[function][0].feedback.headline
    assert statuses == {status}
    assert all(row.earned == 0 for row in rows[function])


@pytest.fixture(scope="module")
def ended(graded):
    return graded(**ENDS)


@pytest.mark.slow
class TestFunctionsThatDoNotComeBack:
    @pytest.mark.parametrize("function", ENDINGS)
    def test_every_row_says_how_it_ended(self, ended, function):
        assert_told(ended, ENDINGS, function)

    def test_no_other_function_loses_anything(self, ended):
        assert_only_these_fail(ended, ENDINGS)


@pytest.fixture(scope="module")
def answered(graded):
    return graded(**ANSWERS)


@pytest.mark.slow
class TestFunctionsThatComeBackWithNoAnswer:
    @pytest.mark.parametrize("function", ANSWERED)
    def test_every_row_says_what_came(self, answered, function):
        assert_told(answered, ANSWERED, function)

    def test_no_other_function_loses_anything(self, answered):
        assert_only_these_fail(answered, ANSWERED)


def test_odd_but_right_answers_earn_every_point(graded):
    assert_only_these_fail(graded(**HARMLESS), {})


def replaced(expression):
    """Return sources that put another array in the place of every array that a function returns."""
    sources = dict.fromkeys(("layers", "loss", "optim"), f"def _replaced(a):\n    return {expression}\n")
    for name, function in FUNCTIONS.items():
        sources[function.module] += f"""
def _wrap_{name}(right):
    def wrapped(*arguments, **options):
        returned = right(*arguments, **options)
        if not isinstance(returned, tuple):
            return _replaced(returned)
        opaque = {[name in OPAQUE for name in function.returns]}
        return tuple(old if kept else _replaced(np.asarray(old)) for old, kept in zip(returned, opaque))
    return wrapped

{name} = _wrap_{name}({name})
"""
    return sources


@pytest.mark.parametrize(
    "expression",
    [
        "np.where(a > 0, 1.7e308, -1.7e308)",
        "a.astype(np.uint8)",
        *slowly(
            [
                "np.where(a > 0, 3e38, -3e38).astype(np.float32)",
                "a * 1e300",
                "np.full(a.shape, np.nan)",
                "a > 0",
            ]
        ),
    ],
)
def test_numbers_out_of_all_proportion_are_wrong_values_and_nothing_worse(graded, expression):
    values = {Kind.VALUES, Kind.GRADIENTS, Kind.ACCURACY}
    for rows in graded(**replaced(expression)).values():
        for row in rows:
            assert row.status in {FAILED, Status.BLOCKED, Status.PASSED, Status.NOT_RUN}
            assert row.status is not Status.PASSED or row.check.kind not in values, row


def test_numpy_that_was_changed_in_the_worker_judges_nothing(graded):
    """What is broken there breaks its own answers; every forged verdict stays where it was made."""
    rows = graded(
        layers="""
for name in ("allclose", "array_equal", "isclose", "isfinite", "abs"):
    setattr(np, name, lambda *_, **__: np.True_)
np.testing.assert_allclose = lambda *_, **__: None

def relu_forward(x):
    return x, x
"""
    )
    assert {row.status for row in rows["relu_forward"] if row.check.id != "relu_forward.shape"} >= {FAILED}
    assert rows["relu_forward"][1].check.id == "relu_forward.values"
    assert rows["relu_forward"][1].status is FAILED
    assert {row.status for row in rows["dense_forward"]} == {Status.PASSED}


class TestLinesThatFailAtImport:
    TASKS = ("relu", "softmax", "sgd", "l2")

    @pytest.mark.parametrize("module", slowly(["layers", "loss", "optim"], quick=["loss"]))
    @pytest.mark.parametrize(
        ("source", "told"),
        [
            ("def f(:", '"invalid syntax": def f(:'),
            ("while True:\n    pass", "it took too long: while True:"),
            ("import os\nos._exit(0)", "it exited with code 0"),
            ("import sys\nsys.exit()", "it ends the program: sys.exit()"),
            ("import torch_is_not_here", "torch_is_not_here is not there while grading"),
            ("raise NotImplementedError", "it raised NotImplementedError"),
        ],
    )
    def test_they_cost_nothing_in_any_function(self, submission, module, source, told):
        folder = submission(**{module: source})
        report = grade(folder, Options(mnist=False, tasks=self.TASKS)).report
        rows = [row for row in report.results if row.check.task in self.TASKS]
        assert {row.status for row in rows} == {Status.PASSED}
        assert [note for note in report.submission.notes if told in note and f"{module}.py" in note]


class TestAModuleThatCannotBeUsed:
    def test_it_is_told_first_and_its_checks_are_a_row_each(self, submission):
        folder = submission()
        (folder / "loss.py").write_text("x = 1", encoding="utf-16")
        report = grade(folder, Options(mnist=False)).report
        lost = {name for name, function in FUNCTIONS.items() if function.module == "loss"}
        for function, rows in by_function(report).items():
            if function in lost:
                assert {row.status for row in rows} == {ERROR}
                assert {row.feedback.headline for row in rows} == {f"{report.submission.notes[0]}."}
        first, others = first_failures(report)[0]
        assert first.feedback.headline.startswith("loss.py is UTF-16, not UTF-8: save it as UTF-8")
        assert {row.check.function for row in others} == lost


@pytest.mark.usefixtures("process_only")
@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are of another kind there")
def test_nothing_is_left_of_a_submission_that_leaves_everything(submission, scratch, tmp_path):
    pipe = tmp_path / "witness"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    folder = submission(
        layers=f"""
import os, pathlib, threading

def hold():
    pipe = open({str(pipe)!r}, "w")
    pipe.write("here")
    pipe.flush()
    threading.Event().wait()

def relu_forward(x):
    pathlib.Path("folder").mkdir(exist_ok=True)
    pathlib.Path("folder/file").write_text("x")
    pathlib.Path("folder").chmod(0)
    threading.Thread(target=hold).start()
    if os.fork() == 0:
        hold()
    os.write(1, b"written\\n")
    return x * 1.0, None
"""
    )
    before = sorted(folder.rglob("*"))
    outcome = grade(folder, Options(mnist=False, tasks=("relu",)))
    assert len(outcome.report.results) > 60
    said = b""
    while select.select([reader], [], [], 120)[0] and (read := os.read(reader, 1000)):
        said += read
    assert said.startswith(b"here")
    assert not select.select([reader], [], [], 0)[0] or os.read(reader, 1) == b""
    os.close(reader)
    assert list(scratch.iterdir()) == []
    assert sorted(folder.rglob("*")) == before
