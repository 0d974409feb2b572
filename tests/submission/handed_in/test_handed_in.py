"""Submissions as people hand them in, taken in and loaded in a real worker: what works, and what is told."""

import numpy as np
import pytest
from submission.handed_in.cases import CASES

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError
from grader.core.kit import kit_module
from grader.submission.ingest import ingest
from grader.worker.sandbox.limits import Limits
from grader.worker.session import Student

RANDOM = np.random.RandomState(1)
IMAGES = RANDOM.randn(2, 3, 6, 6)
ROWS = RANDOM.randn(4, 3)
ARGUMENTS = {
    "dense_forward": ((ROWS, RANDOM.randn(3, 2), RANDOM.randn(2)), {}),
    "relu_forward": ((ROWS,), {}),
    "softmax_cross_entropy": ((ROWS, np.array([0, 1, 2, 0])), {}),
    "conv2d_forward": ((IMAGES, RANDOM.randn(2, 3, 3, 3), RANDOM.randn(2)), {"stride": 1, "pad": 1}),
    "maxpool2d_forward": ((IMAGES,), {"size": 2, "stride": 2}),
    "sgd_step": ((ROWS, ROWS), {"lr": 0.5}),
    "sigmoid_forward": ((ROWS,), {}),
    "sgd_momentum_step": ((ROWS, ROWS, None), {"lr": 0.5}),
    "adam_step": ((ROWS, ROWS, None), {"lr": 0.5}),
    "dropout_forward": ((ROWS,), {"p": 0.5, "train": False}),
    "l2_penalty": ((ROWS,), {"reg": 0.1}),
}


def right(name):
    """The first result of the solution's function, and of its backward function."""
    function = FUNCTIONS[name]
    module = kit_module(f"solution.{function.module}")
    arguments, options = ARGUMENTS[name]
    out, cache = getattr(module, name)(*arguments, **options), None
    if function.returns[1:] == ("cache",):
        out, cache = out
        backward = getattr(module, name.replace("_forward", "_backward"))(np.ones_like(out), cache)
        return out, backward[0] if isinstance(backward, tuple) else backward
    return (out[0] if isinstance(out, tuple) else out), None


def working(student):
    """The functions that answer as the solution does."""
    found = set()
    for name, (arguments, options) in ARGUMENTS.items():
        expected, expected_back = right(name)
        first = FUNCTIONS[name].returns[0]
        kept = ["cache"] if expected_back is not None else []
        try:
            answer = student.call(name, arguments, [first], kept=kept, **options)
            np.testing.assert_allclose(answer.values[first], expected)
        except (CheckStoppedError, AssertionError):
            continue
        found.add(name)
        if expected_back is None:
            continue
        backward = name.replace("_forward", "_backward")
        try:
            dout = np.ones_like(expected)
            first = FUNCTIONS[backward].returns[0]
            answer = student.call(backward, (dout, answer.handles["cache"]), [first])
            np.testing.assert_allclose(answer.values[first], expected_back)
            found.add(backward)
        except (CheckStoppedError, AssertionError):
            continue
    return found


def test_there_are_enough():
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", CASES)
def test_what_can_be_used_works_and_what_cannot_is_told(name, tmp_path):
    case = CASES[name]
    with ingest(case.write(tmp_path)) as submission:
        if case.problem is not None:
            assert submission.modules == {}
            assert submission.problem is not None
            missing = [word for word in case.problem if word not in submission.problem]
            assert missing == [], submission.problem
            notes = submission.notes
        else:
            assert submission.problem is None
            with Student(submission, Limits(), tier="process") as student:
                assert FUNCTIONS.keys() - working(student) <= case.lost
                notes = (*submission.notes, *student.notes)
    told = "\n".join(notes)
    assert [word for word in case.notes if word not in told] == [], told
    assert "Traceback" not in told
