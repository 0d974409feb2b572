"""Names that NumPy has removed, as the installed version has it."""

import re

import numpy as np
import pytest

from grader.worker.numpy_names import ARGUMENTS, METHODS, RENAMED, renamed


def error_of(call):
    with pytest.raises((AttributeError, TypeError, ValueError)) as caught:
        call()
    return renamed(type(caught.value).__name__, str(caught.value))


@pytest.mark.parametrize("name", RENAMED)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_removed_name_is_told_with_the_one_of_today(name):
    if hasattr(np, name):
        return  # an older NumPy, which has it still
    assert error_of(lambda: getattr(np, name)) == f"NumPy has removed np.{name}: use {RENAMED[name]} instead."


@pytest.mark.parametrize("name", METHODS)
def test_a_removed_method_is_told_with_what_takes_its_place(name):
    if hasattr(np.ndarray, name):
        return
    assert METHODS[name] in error_of(lambda: getattr(np.ones(2), name))


@pytest.mark.parametrize("text", [*RENAMED.values(), *METHODS.values()])
def test_what_takes_its_place_is_there(text):
    # the names of today are those of NumPy 2
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        assert all(hasattr(np, name) for name in re.findall(r"np\.(\w+)", text))


@pytest.mark.parametrize(
    ("function", "old"), [("quantile", "interpolation"), ("reshape", "newshape"), ("histogram", "normed")]
)
def test_a_renamed_argument_is_told_with_the_name_of_today(function, old):
    sentence = renamed("TypeError", f"{function}() got an unexpected keyword argument '{old}'")
    assert sentence == (f"NumPy has renamed the argument {old} of {function}: it is {ARGUMENTS[old]} today.")


def test_a_copy_that_is_forbidden_is_explained():
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        assert "np.asarray" in error_of(lambda: np.array([1.0], copy=False))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("AttributeError", "module 'numpy' has no attribute 'zeroes'"),
        ("AttributeError", "'tuple' object has no attribute 'ptp'"),
        ("TypeError", "dense_forward() got an unexpected keyword argument 'bias'"),
        ("ValueError", "module 'numpy' has no attribute 'int'"),
    ],
)
def test_other_exceptions_are_left_alone(kind, text):
    assert renamed(kind, text) is None
