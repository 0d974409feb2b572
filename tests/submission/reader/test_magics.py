"""Magics, shell lines, help and prompts: what IPython takes out of Python is taken out here, and no more."""

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from grader.submission.reader.magics import cell_magic, logical_lines, without_magics, without_prompts
from grader.submission.reader.source import read_source

CELLS = [
    "%matplotlib inline",
    "!wget -q \\\n    https://example.org/x\nx = 1",
    "files = !ls *.py",
    "took = %timeit -o f()",
    "a, b = !ls",
    "x = y % 2\nz = x != 1",
    "f(a)[\n    1 % 2\n]",
    "np.maximum?",
    "np.maximum??\nx = 1",
    "?np.maximum",
    "x = 'what?'\ny = 1  # really?",
    "text = '''\n%not a magic\n!nor this\n'''",
    "if True:\n    !ls\n    %cd ..\n    x = 1",
    "x = [\n    1,\n    2,\n]\n!echo it's (\ny = 2",
    "def f():\n    '''doc\n    !no\n    '''\n    return 1",
    "%load_ext autoreload\n%autoreload 2\nimport os",
    "x = 1; y = 2\n!pip install 'a>1'",
    "!ls\\\n -l\\\n -a\nx = 1",
    "x = 3 \\\n    % 2",
    "d = {'a': 1,\n     'b': 2}\n%who",
]


def statements_that_ipython_adds(cell):
    """How many lines of a cell become calls of IPython."""
    return TransformerManager().transform_cell(cell).count("get_ipython()")


@pytest.mark.parametrize("cell", CELLS)
def test_as_many_magics_are_found_as_by_ipython(cell):
    text, magics = without_magics(cell)
    assert len(magics) == statements_that_ipython_adds(cell)
    assert text.count("\n") == cell.count("\n")
    compile(text, "cell", "exec")


@pytest.mark.parametrize("cell", CELLS)
def test_nothing_but_magics_is_changed(cell):
    text, _ = without_magics(cell)
    for before, after in zip(cell.split("\n"), text.split("\n"), strict=True):
        assert after in (before, "", f"{before[: len(before) - len(before.lstrip())]}pass")


def test_time_runs_its_statement():
    assert without_magics("%time x = f()\ny = 1") == ("x = f()\ny = 1", [1])


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        (">>> x = 1\n>>> if x:\n...     y = 2", "x = 1\nif x:\n    y = 2"),
        ("In [1]: x = 1\n   ...: y = 2", "x = 1\ny = 2"),
        ("    x = 1\n    if x:\n        y = 2", "x = 1\nif x:\n    y = 2"),
        ("x = 1", "x = 1"),
        ("...\nx = 1", "...\nx = 1"),
    ],
)
def test_prompts_and_common_indentation_are_taken_off(pasted, expected):
    assert without_prompts(pasted) == expected


def test_cell_magics_are_told_with_their_arguments():
    assert cell_magic("# first\n%%capture out\n%%writefile -a net.py\nx = 1") == (
        ("capture", "writefile"),
        "-a net.py",
        3,
    )
    assert cell_magic("x = 1\n%%time").names == ()


@pytest.mark.parametrize(
    "unit",
    ["!echo (\n", "x = '''\n", '"', "(", "[1,\n", " " * 50, "= ", "\\\n", "x = !ls\n", "a?\n", "#\n", "'\\"],
)
def test_the_work_grows_with_the_length_alone(unit):
    """Every character is looked at a bounded number of times, whatever is repeated."""
    few, many = (_steps(unit * count) for count in (500, 4000))
    assert many <= 12 * max(few, 1)


def _steps(text):
    """The lines that were yielded, and the characters that they span."""
    return sum(1 + line.last - line.first for line in logical_lines(text))


def test_a_broken_statement_takes_no_other_along():
    source = read_source("a = 1\nprint(max(1)\nb = 2\ndef f():\n    return b\n")
    names = {name for node in source.tree.body for name in (getattr(node, "name", None),)}
    assert "f" in names
    assert source.text.split("\n")[0] == "a = 1"
    (loss,) = source.losses
    assert (loss.line, loss.message, loss.shown, loss.column) == (
        2,
        "'(' was never closed",
        "print(max(1)",
        6,
    )


def test_half_a_function_is_no_function():
    source = read_source("def f(x):\n    y = x\nz = 3\n    return y\ndef g():\n    return 1\n")
    assert [node.name for node in source.tree.body] == ["g"]
    assert source.losses[0].name == "f"
