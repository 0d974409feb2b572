"""The grader inside a notebook: which cells count, and what comes back."""

import sys
import types

import pytest

from grader import notebook as api
from grader.core.errors import GraderError

SOLVED = "def relu_forward(x):\n    return x * (x > 0), x > 0\n"


@pytest.fixture
def notebook(monkeypatch):
    """Return a function that makes this process a notebook in which some cells were run."""

    def become(*sources):
        shell = types.SimpleNamespace(user_ns={"In": ["", *sources]})
        monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))

    return become


def test_the_cells_that_were_run_are_checked_without_saving(notebook, capsys):
    notebook("import numpy as np", SOLVED, "print('hello')", "check('relu')")
    assert api.points("relu") == 2.0
    out = capsys.readouterr().out
    assert "relu_backward" in out
    assert "hello" not in out


def test_the_last_run_of_a_function_counts(notebook, capsys):
    notebook(SOLVED.replace("x * (x > 0)", "x"), SOLVED)
    assert api.points("relu") == 2.0
    notebook(SOLVED, SOLVED.replace("x * (x > 0)", "-x"))
    assert api.points("relu") < 2.0
    capsys.readouterr()


def test_check_prints_the_scorecard(notebook, capsys):
    notebook(SOLVED)
    api.check("relu")
    assert "2/6" in capsys.readouterr().out


def test_a_notebook_without_any_function_earns_nothing_and_says_so(notebook, capsys):
    notebook("1 + 1")
    assert api.points("relu") == 0.0
    assert "defines none of the functions" in capsys.readouterr().out


@pytest.mark.parametrize("call", [api.check, api.points])
def test_a_task_that_does_not_exist_is_refused(notebook, call):
    notebook(SOLVED)
    with pytest.raises(GraderError, match="'lstm' is not a task; choose from dense"):
        call("lstm")
    with pytest.raises(GraderError, match=r"'conv' is not a task; did you mean 'conv2d'\?"):
        call("conv")


def test_outside_of_a_notebook_it_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    with pytest.raises(GraderError, match="grader check --path"):
        api.check("relu")


def test_a_grader_that_fails_is_reported(notebook, monkeypatch, capsys):
    notebook(SOLVED)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(GraderError, match="wrote no report"):
        api.points("relu")
    capsys.readouterr()
