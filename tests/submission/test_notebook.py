"""What is taken out of a notebook: the functions, all they need, and nothing that merely ran."""

import json
import types
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.core.errors import NotebookError
from grader.submission.notebook import definitions

RELU = "def relu_forward(x):\n    return np.maximum(x, 0), x"
NUMPY = "import numpy as np"


def notebook(*cells, minor=4, **changed):
    """The bytes of a notebook with these cells."""
    content = {
        "nbformat": 4,
        "nbformat_minor": minor,
        "metadata": {},
        "cells": [
            {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": cell}
            for cell in cells
        ],
    }
    return json.dumps(content | changed).encode()


def source_of(*cells, **changed):
    return definitions(notebook(*cells, **changed), "net.ipynb")[0]


def notes_of(*cells):
    return definitions(notebook(*cells), "net.ipynb")[1]


def imported(*cells):
    """The module that is taken out of a notebook, executed."""
    module = types.ModuleType("taken")
    exec(source_of(*cells), vars(module))  # the tests' own cells
    return module


def lines_of(*cells):
    return [line for line in source_of(*cells).splitlines() if line]


def tagged(*cells):
    """The source and notes of a notebook whose cells are pairs: source and metadata."""
    content = json.loads(notebook(*(source for source, _ in cells)))
    for cell, (_, metadata) in zip(content["cells"], cells, strict=True):
        cell["metadata"] = metadata
    return definitions(json.dumps(content).encode(), "net.ipynb")


class TestTags:
    OTHER = "def relu_forward(x):\n    return x, x"

    def test_a_cell_that_is_tagged_ignore_is_left_out(self):
        source, notes = tagged((RELU, {}), (self.OTHER, {"tags": ["ignore"]}))
        assert "maximum" in source
        assert "return x, x" not in source
        assert notes == ["cell 2 is tagged 'ignore', and is left out"]

    def test_a_function_in_its_own_cell_is_no_oddity(self):
        assert tagged((RELU, {"tags": ["function:relu_forward"]}))[1] == []

    def test_a_function_that_is_taken_from_another_cell_is_noted(self):
        _, notes = tagged(("pass", {"tags": ["function:relu_forward"]}), (RELU, {"tags": ["mine"]}))
        assert notes == ["relu_forward is taken from cell 2, not from the one that is tagged for it, 1"]

    @pytest.mark.parametrize(
        "metadata", [{"tags": None}, {"tags": "ignore"}, {"tags": [1, {}]}, {"tags": {}}]
    )
    def test_tags_of_another_kind_are_none(self, metadata):
        try:
            source, notes = tagged((RELU, metadata))
        except NotebookError:
            return
        assert "maximum" in source
        assert notes == []


class TestWhatIsTaken:
    def test_functions_of_several_cells_come_in_their_order(self):
        module = imported(NUMPY, RELU, "def relu_backward(dout, cache):\n    return dout * (cache > 0)")
        x = np.array([-1.0, 2.0])
        out, cache = module.relu_forward(x)
        assert out.tolist() == [0, 2]
        assert module.relu_backward(x, cache).tolist() == [0, 2]

    def test_what_a_function_needs_comes_with_it_and_what_that_needs_too(self):
        module = imported(
            "from math import sqrt as root\nimport os.path",
            "BASE = 2\nSCALE = root(BASE * 8)",
            "class Cache:\n    scale = SCALE",
            "def helper(x):\n    return Cache(), x * SCALE",
            "def relu_forward(x):\n    cache, out = helper(x)\n    return out, cache",
        )
        out, cache = module.relu_forward(3)
        assert (out, cache.scale) == (12, 4)
        assert not hasattr(module, "os")

    @pytest.mark.parametrize(
        "function",
        [
            "def relu_forward(x):\n    return [NEEDED for _ in range(3)], x",
            "def relu_forward(x):\n    def inner():\n        return NEEDED\n    return inner(), x",
            "def relu_forward(x, *, scale=NEEDED):\n    return x * scale, x",
            "@NEEDED\ndef relu_forward(x):\n    return x, x",
            "def relu_forward(x: NEEDED):\n    return x, x",
            "def relu_forward(x):\n    return (lambda: NEEDED)(), x",
            "def relu_forward(x):\n    global NEEDED\n    NEEDED += 1\n    return x, x",
            "relu_forward = NEEDED",
            "class C:\n    rate = NEEDED\nrelu_forward = C",
        ],
    )
    def test_needs_are_found_wherever_a_function_has_them(self, function):
        assert "NEEDED = 5" in source_of("NEEDED = 5", function)

    def test_decorated_functions_come_with_their_decorators(self):
        module = imported(
            "import functools",
            "def twice(function):\n"
            "    @functools.wraps(function)\n"
            "    def wrapped(x):\n        return function(function(x)[0])\n    return wrapped",
            "@twice\n@functools.lru_cache(\n    maxsize=None,\n)\ndef relu_forward(x):\n    return x + 1, x",
        )
        assert module.relu_forward(1) == (3, 2)

    def test_a_function_that_is_wrapped_later_is_taken_with_its_wrapping(self):
        module = imported(
            "def relu_forward(x):\n    return x, x",
            "def negated(f):\n    return lambda x: f(-x)",
            "relu_forward = negated(relu_forward)",
        )
        assert module.relu_forward(2) == (-2, -2)

    def test_other_names_for_a_function_count(self):
        module = imported("def my_relu(x):\n    return x, x", "relu_forward = my_relu")
        assert module.relu_forward(1) == (1, 1)

    @pytest.mark.parametrize(
        "definition",
        [
            "if True:\n    import numpy as np\nelse:\n    import cupy as np",
            "try:\n    import numba\nexcept ImportError:\n    import numpy as np",
            "with open(__file__ if False else '/dev/null'):\n    import numpy as np",
        ],
        ids=["if", "try", "with"],
    )
    def test_conditional_definitions_come_whole(self, definition):
        assert definition in source_of(definition, RELU)

    def test_a_table_comes_with_what_fills_it(self):
        module = imported(
            "TABLE = {}",
            "TABLE['a'] = 1\nTABLE['b'], rest = 2, 0",
            "def relu_forward(x):\n    return TABLE, x",
        )
        assert module.relu_forward(0)[0]["a"] == 1

    def test_a_constant_that_grows_comes_with_every_step(self):
        assert imported("N = 1", "N += 2", "def relu_forward(x):\n    return N, x").relu_forward(0)[0] == 3

    def test_star_imports_always_come(self):
        assert imported("from math import *", "def relu_forward(x):\n    return floor(x), x").relu_forward(
            1.5
        ) == (1, 1.5)

    def test_statements_that_share_a_line_are_taken_together(self):
        lines = lines_of(
            "é = 'ä'; RATE = 2; print(é)", "def relu_forward(x):\n    return RATE, x; print('inside')"
        )
        assert lines == [
            "é = 'ä'; RATE = 2; print(é)",
            "def relu_forward(x):",
            "    return RATE, x; print('inside')",
        ]

    @pytest.mark.parametrize("separator", ["\x0c", "\u2028", "\x1d", "\x85"])
    def test_characters_that_end_a_line_only_elsewhere_do_not_shift_what_is_taken(self, separator):
        cell = f"# one{separator}comment\nTEXT = 'a{separator}b'\ndef relu_forward(x):\n    return TEXT, x"
        assert imported(cell).relu_forward(0)[0] == f"a{separator}b"

    @pytest.mark.parametrize("newline", ["\r\n", "\r"])
    def test_every_kind_of_newline_is_read(self, newline):
        assert imported(NUMPY, RELU.replace("\n", newline)).relu_forward(-1)[0] == 0

    def test_text_stays_as_it_was_written(self):
        function = 'def relu_forward(x):\n    """Sinn: größer\n\n      als %d."""\n    # why\n    return x,x'
        assert source_of(function) == function + "\n"


class TestWhatIsLeftOut:
    def test_training_and_plots_are_left_out_though_their_names_occur_in_functions(self):
        lines = lines_of(
            NUMPY,
            "import matplotlib.pyplot as plt",
            "x = np.random.randn(10**6, 3)\nlosses = []",
            "def relu_forward(x):\n    out = np.maximum(x, 0)\n    cache = x\n    return out, cache",
            "out, cache = relu_forward(x)\nlosses.append(out.sum())",
            "for step in range(10**9):\n    x = train(x)\n    losses.append(x)",
            "plt.plot(losses)\nassert out.sum() == 3\nprint(out)\nwhile True: pass",
        )
        assert lines == [
            NUMPY,
            "def relu_forward(x):",
            "    out = np.maximum(x, 0)",
            "    cache = x",
            "    return out, cache",
        ]

    def test_functions_of_ones_own_that_nothing_needs_are_left_out(self):
        assert "accuracy" not in source_of("def accuracy(p):\n    return p.mean()", NUMPY, RELU)

    def test_markdown_and_raw_cells_are_no_code(self):
        content = json.loads(notebook(NUMPY, RELU))
        content["cells"] += [
            {"cell_type": "markdown", "metadata": {}, "source": "def relu_forward(x): markdown"},
            {"cell_type": "raw", "metadata": {}, "source": "def relu_forward(x): raw"},
        ]
        source, notes = definitions(json.dumps(content).encode(), "net.ipynb")
        assert "markdown" not in source
        assert "raw" not in source
        assert notes == []

    def test_nothing_is_executed(self, tmp_path):
        trace = tmp_path / "trace"
        effect = f"open({str(trace)!r}, 'w')"
        source_of(
            effect, f"A = {effect}", f"def relu_forward(x, y={effect}):\n    return A, x", f"!touch {trace}"
        )
        assert not trace.exists()


class TestDuplicates:
    def test_the_last_definition_counts_and_it_is_noted(self):
        first, last = (
            "def relu_forward(x):\n    return 'first', x",
            "def relu_forward(x):\n    return 'last', x",
        )
        assert imported(first, last).relu_forward(0)[0] == "last"
        assert "first" not in source_of(first, last)
        assert notes_of(first, last) == [
            "relu_forward is defined in cells 1 and 2: cell 2 counts, the last one"
        ]

    def test_the_last_definition_of_a_helper_counts_too(self):
        use = "def relu_forward(x):\n    return helper(), x"
        module = imported("def helper():\n    return 1", use, "def helper():\n    return 2")
        assert module.relu_forward(0)[0] == 2


class TestMagics:
    @pytest.mark.parametrize(
        "line",
        [
            "%matplotlib inline",
            "%%html",
            "!pip install numpy",
            "!ls *.py | head",
            "files = !ls",
            "took = %timeit -o f()",
            "?relu_forward",
            "relu_forward?",
            "np.maximum??",
        ],
    )
    def test_such_a_line_is_left_out_and_noted(self, line):
        cell = f"import numpy as np\n{line}\n{RELU}"
        assert imported(cell).relu_forward(-1)[0] == 0
        assert notes_of(cell) == ["cell 1: magics and shell lines are left out"]

    def test_a_block_of_nothing_else_stays_a_block(self):
        cell = f"import numpy as np\nif colab:\n    !pip install numpy\n    %cd ..\n{RELU}"
        assert imported(cell).relu_forward(-1)[0] == 0

    @pytest.mark.parametrize(
        "function",
        [
            'def relu_forward(x):\n    """What does it do?\n\n    Below zero: 0.\n    """\n    return x, x',
            "def relu_forward(x):\n    return ('%d'\n            % x), x",
            "def relu_forward(x):\n    # is it?\n    return (x\n            != x), x",
        ],
        ids=["docstring", "remainder", "unequal"],
    )
    def test_python_in_the_same_cell_is_not_taken_for_one(self, function):
        assert function in source_of(f"%matplotlib inline\n{function}")

    @pytest.mark.parametrize("magic", ["%%time", "%%capture output", "%%timeit -n 1", "%%prun", "\n%%time"])
    def test_cells_that_run_python_are_read(self, magic):
        assert RELU in source_of(f"{magic}\n{RELU}")

    @pytest.mark.parametrize("magic", ["%%bash", "%%html", "%%javascript", "%%capture\n%%bash"])
    def test_cells_of_another_kind_are_left_out(self, magic):
        cell = f"{magic}\ndef relu_forward(x):\n    return 'wrong', x"
        assert "wrong" not in source_of(cell, RELU)
        name = magic.rpartition("%")[2]
        assert notes_of(cell, RELU) == [f"cell 1 begins with %%{name}, and is left out"]

    def test_a_cell_magic_over_line_magics_is_read(self):
        assert RELU in source_of(f"%%time\n%matplotlib inline\n{RELU}")


DEEP = {
    "minus": "-" * 100_000 + "1",
    "brackets": "(" * 10_000 + "1" + ")" * 10_000,
    "attributes": "x" + ".a" * 100_000,
    "calls": "f" + "()" * 10_000,
    "sum": "+".join("1" * 50_000),
}


class TestCellsThatAreNotPython:
    @pytest.mark.parametrize(
        "cell",
        [
            "print 'Python 2'",
            "def broken(:",
            "return = 5",
            "Some notes in plain words.",
            "x = 1\0",
            "def f(x, x): pass",
            "def f():\n    from math import *",
        ],
    )
    def test_they_are_left_out_and_noted_by_number(self, cell):
        source, notes = definitions(notebook(RELU, cell), "net.ipynb")
        assert source == RELU + "\n"
        assert len(notes) == 1
        assert notes[0].startswith("cell 2 is not Python, and is left out (line ")

    def test_the_line_is_noted(self):
        assert notes_of("x = 1\ny = = 2", RELU) == [
            'cell 1, line 2: left out, because of "invalid syntax": y = = 2'
        ]

    @pytest.mark.parametrize("cell", DEEP.values(), ids=DEEP.keys())
    def test_cells_that_break_parsers_break_nothing(self, cell):
        assert source_of(RELU, cell) == RELU + "\n"

    def test_warnings_of_the_parser_are_kept_quiet(self):
        assert "relu_forward" in source_of("def relu_forward(x):\n    '\\d'\n    return x is 3, x")

    def test_an_empty_cell_is_nothing_to_note(self):
        assert notes_of(RELU, "", "  \n", "# a comment") == []


class TestFormats:
    def test_the_source_may_be_a_list_of_lines(self):
        assert source_of(RELU.splitlines(keepends=True)) == RELU + "\n"

    def test_a_byte_order_mark_is_passed_over(self):
        assert definitions(b"\xef\xbb\xbf" + notebook(RELU), "net.ipynb")[0] == RELU + "\n"

    def test_version_3_is_read(self):
        cell = {
            "cell_type": "code",
            "language": "python",
            "input": RELU,
            "outputs": [],
            "metadata": {},
            "collapsed": False,
        }
        content = {
            "nbformat": 3,
            "nbformat_minor": 0,
            "metadata": {"name": ""},
            "worksheets": [{"cells": [cell], "metadata": {}}],
        }
        assert definitions(json.dumps(content).encode(), "old.ipynb")[0] == RELU + "\n"

    @pytest.mark.parametrize("minor", [0, 2, 5, 99])
    def test_every_version_4_is_read_and_cells_need_no_ids(self, minor):
        assert source_of(RELU, minor=minor) == RELU + "\n"

    def test_fields_that_no_schema_knows_do_not_matter(self):
        assert source_of(RELU, extra={"from": "elsewhere"}) == RELU + "\n"

    def test_filters_of_warnings_are_as_before_afterwards(self):
        before = warnings.filters.copy()
        source_of(RELU)
        assert warnings.filters == before


class TestUnusable:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{}",
            b"[]",
            b"null",
            b"not json",
            b"\xff\xfe\x00",
            notebook(RELU)[:-20],
            b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}}',
            b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": 5}',
            b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [5]}',
            b'{"nbformat": "x", "cells": []}',
            notebook(None),
            notebook(5),
            b"[" * 100_000,
        ],
        ids=range(14),
    )
    def test_damaged_content_is_one_sentence(self, content):
        with pytest.raises(NotebookError, match=r"^net\.ipynb .+\.$") as caught:
            definitions(content, "net.ipynb")
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 300

    @pytest.mark.parametrize(
        "cells", [(), ("",), ("x = 1",), ("def my_relu(x): pass",), ("relu_forward(3)",)]
    )
    def test_a_notebook_without_the_functions_says_so(self, cells):
        with pytest.raises(NotebookError, match="defines none of the functions"):
            definitions(notebook(*cells), "net.ipynb")

    @settings(derandomize=True, database=None, deadline=None, max_examples=60)
    @given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: notebook(text)))
    def test_whatever_it_holds_nothing_worse_is_raised(self, content):
        try:
            definitions(content, "net.ipynb")
        except NotebookError:
            return
        pytest.fail("nothing here defines a function of the assignment")
