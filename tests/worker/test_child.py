"""A real worker process: how it imports a submission, and what it says of errors and values."""

import numpy as np
import pytest

from grader.core.errors import CheckStoppedError
from grader.core.kit import HOME
from grader.core.results import Status
from grader.submission.ingest import Submission
from grader.worker.session import Student
from grader.worker.values import NonArray

X = np.array([[1.0, -2.0], [3.0, 4.0]])
LABELS = np.array([0, 1])
INIT = "__init__"
LOSS_AND_RELU = """
def softmax_cross_entropy(x, labels):
    return {0}, x

def relu_forward(x):
    return {0} * x, None
"""

COUNTS_ITS_IMPORTS = """
import builtins
builtins.imports = getattr(builtins, "imports", 0) + 1

def shifted(x):
    return x + 1

def relu_forward(x):
    return x * builtins.imports, None
"""


@pytest.fixture
def start(tmp_path):
    """Write a submission, and return its functions as they run in a worker."""
    students = []

    def write_and_start(**sources):
        root = (tmp_path / "submission").resolve()
        for name, source in sources.items():
            file = root / f"{name if name == INIT else name.replace('__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, encoding="utf-8")
        modules = {name: f"{name}.py" for name in ("layers", "loss", "optim") if name in sources}
        if "net" in sources:
            modules = dict.fromkeys(("layers", "loss", "optim"), "net.py")
        students.append(Student(Submission("submission", root, modules)))
        return students[-1]

    yield write_and_start
    for student in students:
        student.close()


def relu(student, x=X, **options):
    return student.call("relu_forward", (x,), ["out"], **options).values["out"]


def loss(student):
    return student.call("softmax_cross_entropy", (X, LABELS), ["loss"]).values["loss"]


def stopped(function, *arguments):
    with pytest.raises(CheckStoppedError) as caught:
        function(*arguments)
    return caught.value


class TestImports:
    @pytest.mark.parametrize(
        ("statement", "name"),
        [
            ("from layers import shifted", "shifted"),
            ("from .layers import shifted", "shifted"),
            ("from student.layers import shifted", "shifted"),
            ("import layers", "layers.shifted"),
            ("from . import layers", "layers.shifted"),
            ("from student import layers", "layers.shifted"),
            ("import student.layers", "student.layers.shifted"),
            ("import student.layers as net", "net.shifted"),
        ],
    )
    def test_modules_find_one_another_in_every_form_and_are_imported_once(self, start, statement, name):
        uses = f"{statement}\ndef softmax_cross_entropy(x, labels):\n    return {name}(x).sum(), x\n"
        student = start(
            layers=COUNTS_ITS_IMPORTS, loss=uses, optim=uses.replace("softmax_cross_entropy", "f")
        )
        # the importing module comes first: it, not the grader, imports layers
        assert loss(student) == X.sum() + X.size
        np.testing.assert_array_equal(relu(student), X)
        # and a module that is imported after layers finds the same one
        assert stopped(student.call, "sgd_step", (X, X)).status is Status.NOT_IMPLEMENTED
        np.testing.assert_array_equal(relu(student), X)

    def test_what_the_grader_imported_first_is_found_under_every_name(self, start):
        uses = "import layers\nfrom . import layers as same\nimport student.layers\n"
        uses += "def softmax_cross_entropy(x, labels):\n"
        uses += "    return float(layers is same is student.layers), x\n"
        student = start(layers=COUNTS_ITS_IMPORTS, loss=uses)
        np.testing.assert_array_equal(relu(student), X)
        assert loss(student) == 1
        np.testing.assert_array_equal(relu(student), X)

    def test_one_file_for_all_modules_is_imported_once(self, start):
        source = (
            COUNTS_ITS_IMPORTS + "\ndef softmax_cross_entropy(x, labels):\n    return builtins.imports, x\n"
        )
        student = start(net=source)
        np.testing.assert_array_equal(relu(student), X)
        assert loss(student) == 1

    @pytest.mark.parametrize("statement", ["from data import twice", "from .data import twice"])
    def test_a_helper_may_be_called_data(self, start, statement):
        student = start(
            layers=f"{statement}\ndef relu_forward(x):\n    return twice(x), None\n",
            data="def twice(x):\n    return 2 * x\n",
        )
        np.testing.assert_array_equal(relu(student), 2 * X)

    @pytest.mark.parametrize("statement", ["from maths.basic import twice", "from .maths.basic import twice"])
    def test_helpers_may_lie_in_a_package(self, start, statement):
        student = start(
            layers=f"{statement}\ndef relu_forward(x):\n    return twice(x), None\n",
            maths__basic="from .more import two\ndef twice(x):\n    return two * x\n",
            maths__more="two = 2\n",
        )
        np.testing.assert_array_equal(relu(student), 2 * X)

    def test_neither_the_solution_nor_the_grader_can_be_imported(self, start):
        student = start(
            layers=f"""
import importlib, sys
import numpy as np
sys.path.append({str(HOME)!r})

def relu_forward(x):
    refused = 0
    for name in ("solution", "solution.layers", "grader", "grader.reference.functions"):
        try:
            importlib.import_module(name)
        except ImportError:
            refused += 1
    return np.array([refused]) * 1.0, None
"""
        )
        assert relu(student).tolist() == [4]

    def test_a_statement_that_fails_costs_itself_alone(self, start):
        student = start(
            layers="def relu_forward(x):\n    return x * TWO, None\nprint(undefined)\nTWO = 2\n",
            loss="from layers import TWO\ndef softmax_cross_entropy(x, labels):\n    return TWO, x\n",
        )
        assert loss(student) == 2
        np.testing.assert_array_equal(relu(student), 2 * X)
        assert student.notes == (
            "layers.py, line 3: left out, because name 'undefined' is not defined: print(undefined)",
        )

    def test_each_module_is_asked_for_its_own_functions_first(self, start):
        student = start(layers=LOSS_AND_RELU.format(2), loss=LOSS_AND_RELU.format(1))
        for _ in range(2):
            assert loss(student) == 1
            np.testing.assert_array_equal(relu(student), 2 * X)

    @pytest.mark.parametrize("first", [relu, loss])
    def test_a_function_may_stand_in_another_module(self, start, first):
        student = start(layers=LOSS_AND_RELU.format(1))
        first(student)
        assert loss(student) == 1
        np.testing.assert_array_equal(relu(student), X)

    def test_the_packages_init_is_run_before_its_modules(self, start):
        student = start(
            __init__="SIGN = -1\nfrom .layers import relu_forward\n",
            layers=COUNTS_ITS_IMPORTS.replace("x * ", "x * SIGN * ") + "\nfrom . import SIGN\n",
        )
        np.testing.assert_array_equal(relu(student), -X)

    def test_a_packages_init_that_fails_harms_no_module(self, start):
        student = start(__init__="import nothing_like_it\n", layers=COUNTS_ITS_IMPORTS)
        np.testing.assert_array_equal(relu(student), X)

    def test_a_missing_helper_is_located(self, start):
        error = stopped(relu, start(layers="import numpy\nfrom helper import f\n"))
        assert error.feedback.headline == "relu_forward is missing."
        assert error.feedback.facts[1:] == (
            "layers.py, line 2 was left out, because helper is not there while grading.",
        )

    def test_a_function_that_should_come_from_a_missing_helper_says_so(self, start):
        error = stopped(relu, start(layers="import numpy\nfrom helper import *\n"))
        assert error.status is Status.STUDENT_ERROR
        assert error.feedback.headline == (
            "relu_forward could not be defined, because helper is not there while grading."
        )
        assert error.feedback.facts == ("layers.py, line 2: from helper import *",)

    def test_a_module_that_calls_exit_goes_on_behind_it(self, start):
        student = start(layers="import sys\nsys.exit(3)\ndef relu_forward(x):\n    return x, None\n")
        np.testing.assert_array_equal(relu(student), X)
        assert student.notes == ("layers.py, line 2: left out, because it ends the program: sys.exit(3)",)

    def test_a_function_that_the_module_does_not_define_is_missing(self, start):
        error = stopped(relu, start(layers="relu_forward = None\n"))
        assert error.status is Status.NOT_IMPLEMENTED
        assert error.feedback.headline == "relu_forward is missing."


class TestErrors:
    def test_a_syntax_error_is_located(self, start):
        error = stopped(relu, start(layers="import numpy\n\ndef relu_forward(x:\n    return x\n"))
        assert error.status is Status.STUDENT_ERROR
        assert error.feedback.headline.startswith("layers.py cannot be imported: SyntaxError: ")
        assert error.feedback.facts == ("layers.py, line 3",)

    def test_a_wrong_indentation_is_located(self, start):
        error = stopped(relu, start(layers="def relu_forward(x):\nreturn x\n"))
        assert "IndentationError" in error.feedback.headline
        assert error.feedback.facts == ("layers.py, line 2",)

    @pytest.mark.parametrize("statement", ["import maths.basic", "from .maths import basic"])
    def test_a_syntax_error_in_a_helper_is_located_there(self, start, statement):
        student = start(
            layers=f"{statement}\ndef relu_forward(x):\n    return x, None\n", maths__basic="x = 1\ny = = 2\n"
        )
        np.testing.assert_array_equal(relu(student), X)
        assert student.notes == (
            f"layers.py, line 1: left out, because it raised SyntaxError: invalid syntax (basic.py, line 2): "
            f"{statement}",
        )

    @pytest.mark.parametrize(
        "content", [b"x = 1\n\xff = 2\n", b"x = 1\n\0\n"], ids=["not UTF-8", "null byte"]
    )
    def test_a_file_that_is_no_text_is_an_error_of_its_import(self, start, tmp_path, content):
        student = start(layers="")
        (tmp_path / "submission" / "layers.py").write_bytes(content)
        error = stopped(relu, student)
        assert error.status is Status.STUDENT_ERROR
        assert error.feedback.headline.startswith("layers.py cannot be imported: ")

    def test_the_line_that_raised_is_located(self, start):
        error = stopped(relu, start(layers="def relu_forward(x):\n    y = x\n    return y + nothing\n"))
        assert error.feedback.headline.startswith("relu_forward raised NameError: name 'nothing'")
        assert error.feedback.facts == ("layers.py, line 3",)

    def test_an_error_inside_numpy_is_located_at_the_line_that_called_it(self, start):
        source = "import numpy as np\ndef relu_forward(x):\n    return np.linalg.inv(x[:1]), None\n"
        error = stopped(relu, start(layers=source))
        assert "LinAlgError" in error.feedback.headline
        assert error.feedback.facts == ("layers.py, line 3",)

    def test_an_error_in_a_helper_is_located_there(self, start):
        student = start(
            layers="from maths.basic import f\ndef relu_forward(x):\n    return f(x)\n",
            maths__basic="def f(x):\n    return x['a']\n",
        )
        assert stopped(relu, student).feedback.facts == ("maths/basic.py, line 2",)

    def test_recursion_without_end_is_located(self, start):
        source = "def relu_forward(x):\n    return relu_forward(x)\n"
        error = stopped(relu, start(layers=source))
        assert "RecursionError" in error.feedback.headline
        assert error.feedback.facts == ("layers.py, line 2",)

    def test_a_long_text_is_cut(self, start):
        student = start(layers="def relu_forward(x):\n    raise ValueError('ab' * 10**6)\n")
        headline = stopped(relu, student).feedback.headline
        assert "ababab" in headline
        assert len(headline) < 250

    @pytest.mark.parametrize(
        ("raised", "told"),
        [
            ("Silent('x')", "relu_forward raised Silent"),
            ("Strange('x')", "relu_forward raised Strange: x"),
            ("SyntaxError('x', ('nowhere.py', 1, 1, 'x'))", "relu_forward raised SyntaxError: x"),
            ("SystemExit(3)", "relu_forward raised SystemExit: 3"),
            ("KeyboardInterrupt", "relu_forward raised KeyboardInterrupt"),
            ("ValueError('\\ud800\\x1b')", "relu_forward raised ValueError: \ufffd\ufffd"),
        ],
    )
    def test_odd_exceptions_are_told_and_the_worker_lives(self, start, raised, told):
        source = f"""
class Silent(Exception):
    def __str__(self):
        raise TypeError("no text")

class Strange(SyntaxError):
    filename = text = msg = property(lambda self: [5])
    lineno = "seven"

def relu_forward(x):
    if x.any():
        raise {raised}
    return x, None
"""
        student = start(layers=source)
        error = stopped(relu, student)
        assert error.status is Status.STUDENT_ERROR
        assert error.feedback.headline.startswith(told)
        # the line stands there only where the exception says nothing
        silent = ":" not in told
        assert error.feedback.facts == ("layers.py, line 12" + (f": raise {raised}" if silent else ""),)
        np.testing.assert_array_equal(relu(student, np.zeros(2)), [0, 0])


VALUES = """
import numpy as np

class Array(np.ndarray):
    pass

def relu_forward(x, *, kind):
    return eval(kind), None
"""


@pytest.fixture(scope="module")
def values(tmp_path_factory):
    """Return a function that evaluates an expression in a worker, and gives what comes of it."""
    root = tmp_path_factory.mktemp("values").resolve()
    (root / "layers.py").write_text(VALUES)
    with Student(Submission("values", root, {"layers": "layers.py"})) as student:
        yield lambda kind, x=X: relu(student, x, kind=kind)


class TestValues:
    @pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8", "bool"])
    def test_arrays_of_the_types_that_cross_come_as_they_are(self, values, dtype):
        np.testing.assert_array_equal(values(f"x.astype('{dtype}')"), X.astype(dtype), strict=True)

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("x.astype('>f8')", X),
            ("x.astype('>f4')", X.astype("f4")),
            ("x.astype('>i4')", X.astype("i4")),
            ("x.astype(np.longdouble)", X),
            ("x.T", X.T),
            ("x[::-1, ::-1]", X[::-1, ::-1]),
            ("np.broadcast_to(x[0], (3, 2))", np.broadcast_to(X[0], (3, 2))),
            ("np.empty((0, 3))", np.empty((0, 3))),
        ],
    )
    def test_other_layouts_of_the_same_values_come_in_the_usual_one(self, values, kind, expected):
        np.testing.assert_array_equal(values(kind), expected, strict=True)

    @pytest.mark.parametrize(
        "kind",
        [
            "2.5",
            "np.float64(2.5)",
            "np.float32(2.5)",
            "np.float16(2.5)",
            "np.longdouble(2.5)",
            "np.array(2.5)",
        ],
    )
    def test_every_number_comes_as_an_array_without_axes(self, values, kind):
        np.testing.assert_array_equal(values(kind), np.array(2.5), strict=True)

    @pytest.mark.parametrize("kind", ["7", "np.int32(7)", "np.uint8(7)", "np.array(7)"])
    def test_whole_numbers_are_numbers(self, values, kind):
        np.testing.assert_array_equal(values(kind), np.array(7.0), strict=True)

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("None", NonArray("NoneType")),
            ("True", NonArray("bool")),
            ("np.bool_(True)", NonArray(np.bool_.__name__, "bool", ())),
            ("'text'", NonArray("str")),
            ("x.tolist()", NonArray("list")),
            ("(x, x)", NonArray("tuple")),
            ("10**400", NonArray("int")),
            ("1j", NonArray("complex")),
            ("x.astype('float16')", NonArray("ndarray", "float16", (2, 2))),
            ("x.astype('complex64')", NonArray("ndarray", "complex64", (2, 2))),
            ("x.astype(object)", NonArray("ndarray", "object", (2, 2))),
            ("x.astype('int16')", NonArray("ndarray", "int16", (2, 2))),
            ("x.astype('uint64')", NonArray("ndarray", "uint64", (2, 2))),
            ("x.astype(str)", NonArray("ndarray", "<U32", (2, 2))),
            ("np.zeros(3, 'f4,i4')", NonArray("ndarray", "[('f0', '<f4'), ('f1', '<i4')]", (3,))),
            ("np.ma.masked_array(x, x > 1)", NonArray("MaskedArray", "float64", (2, 2))),
            ("np.asmatrix(x)", NonArray("matrix", "float64", (2, 2))),
            ("x.view(Array)", NonArray("Array", "float64", (2, 2))),
            ("np.ones((1,) * 7)", NonArray("ndarray", "float64", (1,) * 7)),
            ("np.zeros(1 << 20)", NonArray("ndarray", "float64", (1 << 20,))),
            ("np.broadcast_to(x[0, 0], (1 << 42,))", NonArray("ndarray", "float64", (1 << 40,))),
            ("np.empty((0, 1 << 40))", NonArray("ndarray", "float64", (0, 1 << 40))),
            ("type('x' * 10**4, (), {})()", NonArray("x" * 59 + "…")),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_everything_else_comes_as_a_description(self, values, kind, expected):
        assert values(kind) == expected

    def test_arguments_come_as_they_were_sent(self, values):
        np.testing.assert_array_equal(values("x"), X, strict=True)
        sent = np.asfortranarray(np.arange(6.0).reshape(2, 3))
        np.testing.assert_array_equal(values("x", sent), sent, strict=True)

    def test_arguments_can_be_written_to(self, values):
        assert values("x.flags.writeable + 0") == 1


class TestSurroundings:
    def test_the_current_folder_is_empty_and_is_not_that_of_the_submission(self, start, tmp_path):
        source = """
import os, pathlib
import numpy as np
folder = pathlib.Path.cwd()

def relu_forward(x):
    found = len(list(folder.iterdir()))
    pathlib.Path("written.txt").write_text("x")
    return np.array([found, folder in pathlib.Path(__file__).parents, len(os.listdir())]) * 1.0, None
"""
        assert relu(start(layers=source)).tolist() == [0, 0, 1]
        assert [file.name for file in (tmp_path / "submission").iterdir()] == ["layers.py"]

    def test_nothing_of_the_grader_lies_on_the_path(self, start):
        source = f"""
import sys
import numpy as np
home = {str(HOME)!r}

def relu_forward(x):
    found = [sys.path[0] == home, home + "/grader" in sys.path, len(sys.argv)]
    return np.array(found) * 1.0, None
"""
        assert relu(start(layers=source)).tolist() == [0, 0, 1]
