import ast
import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from grader.core.assignment import FUNCTIONS, MODULES, TASKS, task_number
from grader.core.errors import StubError
from grader.release.stubs import BEGIN, END, drifted, main, stub_source, write_stubs

HOME = Path(__file__).resolve().parents[2]
SOLUTION, STUDENT = HOME / "solution", HOME / "student"

SOURCE = '''"""Optimisers."""

import numpy as np

### BEGIN SOLUTION
import math

### END SOLUTION


### BEGIN SOLUTION
def secret_helper(values):
    return math.fsum(values)


### END SOLUTION


def sgd_step(param, grad, *, lr):
    """Step downhill.


    This gap in the text stays.
    """
    ### BEGIN SOLUTION
    return param - lr * grad
    ### END SOLUTION


### BEGIN SOLUTION
SECRET = 1
### END SOLUTION
'''

STUB = '''"""Optimisers."""

import numpy as np


def sgd_step(param, grad, *, lr):
    """Step downhill.


    This gap in the text stays.
    """
    raise NotImplementedError("sgd_step is not written yet: task 6, SGD")
'''


def load(folder, module):
    """Import a module from a folder under a name of its own."""
    specification = importlib.util.spec_from_file_location(
        f"{folder.name}_{module}_under_test", folder / f"{module}.py"
    )
    loaded = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def stubs(tmp_path_factory):
    """Return the functions of freshly generated stubs by name."""
    folder = tmp_path_factory.mktemp("generated")
    write_stubs(SOLUTION, folder)
    modules = {module: load(folder, module) for module in MODULES}
    return {name: getattr(modules[function.module], name) for name, function in FUNCTIONS.items()}


@pytest.fixture(scope="module")
def solutions():
    modules = {module: load(SOLUTION, module) for module in MODULES}
    return {name: getattr(modules[function.module], name) for name, function in FUNCTIONS.items()}


def copy_of_solution(folder):
    folder.mkdir()
    for module in MODULES:
        (folder / f"{module}.py").write_text((SOLUTION / f"{module}.py").read_text("utf-8"), "utf-8")
    return folder


def marked_lines(source):
    """Return the lines that stand between markers, without indentation."""
    inside, lines = False, set()
    for line in source.splitlines():
        if line.strip() in (BEGIN, END):
            inside = line.strip() == BEGIN
        elif inside and line.strip():
            lines.add(line.strip())
    return lines


def code_lines(source):
    """Return the lines of a module without docstrings, which may hold the formulas that a solution holds."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return {line.strip() for line in ast.unparse(tree).splitlines() if line.strip()}


class TestStubSource:
    def test_blocks_in_functions_become_errors_and_blocks_outside_disappear(self):
        assert stub_source(SOURCE) == STUB

    def test_a_stub_without_markers_stays_as_it_is(self):
        plain = '"""Nothing to write."""\n\nVALUE = 1\n'
        assert stub_source(plain) == plain

    def test_a_block_between_imports_leaves_them_together(self):
        source = f"import a\n{BEGIN}\nimport secret\n{END}\nimport b\n"
        assert stub_source(source) == "import a\nimport b\n"

    def test_what_stands_beside_a_block_in_a_function_is_kept(self):
        source = f"def sgd_step(p):\n    q = p\n    {BEGIN}\n    p = 2 * q\n    {END}\n    return p\n"
        error = 'raise NotImplementedError("sgd_step is not written yet: task 6, SGD")'
        assert stub_source(source) == f"def sgd_step(p):\n    q = p\n    {error}\n    return p\n"

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            (f"a = 1\n{BEGIN}\nb = 2\n", "line 2: '### BEGIN SOLUTION' without '### END SOLUTION' after it"),
            (f"a = 1\n\n{END}\n", "line 3: '### END SOLUTION' without '### BEGIN SOLUTION' before it"),
            (f"{BEGIN}\n{END}\n{END}\n", "line 3: '### END SOLUTION' without '### BEGIN SOLUTION' before it"),
            (f"{BEGIN}\na = 1\n{BEGIN}\n{END}\n", "line 3: .* inside the block that begins in line 1"),
            (
                f"a = 1\n\n\ndef helper():\n    {BEGIN}\n    return 1\n    {END}\n",
                "line 5: the block is in helper, which is not a function of the assignment",
            ),
            (
                f"class Helper:\n    def sgd_step(self):\n        {BEGIN}\n        return 1\n        {END}\n",
                "line 3: the block is in Helper, which is not a function of the assignment",
            ),
            (f"if True:\n    {BEGIN}\n    a = 1\n    {END}\n", "line 2: the block is not in a function"),
            ("a = 1\n\n\ndef sgd_step():\n    return 1\n", "line 4: sgd_step has no '### BEGIN SOLUTION'"),
            ("a = 1\ndef (\n", "line 2: this is not valid Python"),
        ],
    )
    def test_wrong_markers_are_refused_with_their_line(self, source, message):
        with pytest.raises(StubError, match=message):
            stub_source(source)


class TestStubs:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_says_which_task_is_to_be_written(self, name, stubs):
        required = [
            np.ones((1, 1))
            for parameter in inspect.signature(stubs[name]).parameters.values()
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        ]
        options = {
            parameter.name: 1.0
            for parameter in inspect.signature(stubs[name]).parameters.values()
            if parameter.kind is parameter.KEYWORD_ONLY
        }
        (task,) = [task for task in TASKS if task.name == FUNCTIONS[name].task]
        with pytest.raises(NotImplementedError) as raised:
            stubs[name](*required, **options)
        assert str(raised.value) == (
            f"{name} is not written yet: task {task_number(task.name)}, {task.title}"
        )

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_has_the_signature_and_the_docstring_of_the_solution(self, name, stubs, solutions):
        assert inspect.signature(stubs[name]) == inspect.signature(solutions[name])
        assert inspect.getdoc(stubs[name]) == inspect.getdoc(solutions[name])
        assert inspect.getdoc(stubs[name])

    @pytest.mark.parametrize("module", MODULES)
    def test_no_line_of_a_solution_survives(self, module):
        source = (SOLUTION / f"{module}.py").read_text("utf-8")
        secret = marked_lines(source)
        assert secret
        assert not code_lines(stub_source(source)) & secret
        assert "SOLUTION" not in stub_source(source)

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_holds_a_docstring_and_an_error_and_nothing_else(self, name, stubs):
        (function,) = ast.parse(inspect.getsource(stubs[name])).body
        assert [type(statement) for statement in function.body] == [ast.Expr, ast.Raise]

    @pytest.mark.parametrize("module", MODULES)
    def test_defines_the_functions_of_the_assignment_and_nothing_else(self, module):
        loaded = load(STUDENT, module)
        own = {
            name
            for name, value in vars(loaded).items()
            if getattr(value, "__module__", "") == loaded.__name__
        }
        assert own == {name for name, function in FUNCTIONS.items() if function.module == module}

    def test_imports_nothing_but_numpy_and_the_standard_library(self):
        code = "import sys, student.layers, student.loss, student.optim; print(*sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=True
        )
        assert not {"grader", "solution", "pytest"} & set(done.stdout.split())


class TestDrift:
    def test_the_student_folder_is_what_the_solution_generates(self):
        assert drifted(SOLUTION, STUDENT) == []

    def test_freshly_written_stubs_have_not_drifted(self, tmp_path):
        write_stubs(SOLUTION, tmp_path / "new" / "student")
        assert drifted(SOLUTION, tmp_path / "new" / "student") == []

    def test_a_changed_stub_and_a_missing_one_are_found(self, tmp_path):
        write_stubs(SOLUTION, tmp_path)
        (tmp_path / "loss.py").write_text("# mine\n")
        (tmp_path / "optim.py").unlink()
        assert drifted(SOLUTION, tmp_path) == ["loss.py", "optim.py"]

    def test_a_changed_docstring_of_the_solution_is_found(self, tmp_path):
        write_stubs(SOLUTION, tmp_path / "student")
        solution = copy_of_solution(tmp_path / "solution")
        source = (solution / "optim.py").read_text("utf-8")
        (solution / "optim.py").write_text(source.replace("Learning rate.", "Length of the step."), "utf-8")
        assert drifted(solution, tmp_path / "student") == ["optim.py"]

    def test_a_changed_body_of_the_solution_is_no_drift(self, tmp_path):
        write_stubs(SOLUTION, tmp_path / "student")
        solution = copy_of_solution(tmp_path / "solution")
        source = (solution / "optim.py").read_text("utf-8")
        changed = source.replace("return param - lr * grad\n", "return param - grad * lr\n")
        assert changed != source
        (solution / "optim.py").write_text(changed, "utf-8")
        assert drifted(solution, tmp_path / "student") == []

    def test_other_files_of_the_student_folder_stay(self, tmp_path):
        (tmp_path / "assignment.ipynb").write_text("{}")
        write_stubs(SOLUTION, tmp_path)
        assert (tmp_path / "assignment.ipynb").read_text() == "{}"
        assert drifted(SOLUTION, tmp_path) == []

    def test_nothing_is_written_when_a_marker_is_wrong(self, tmp_path):
        solution = copy_of_solution(tmp_path / "solution")
        source = (solution / "optim.py").read_text("utf-8")
        (solution / "optim.py").write_text(source + END + "\n", "utf-8")
        with pytest.raises(StubError, match=rf"optim\.py, line {source.count(chr(10)) + 1}: "):
            write_stubs(solution, tmp_path / "student")
        assert not (tmp_path / "student").exists()


class TestCommand:
    def test_writes_the_stubs_and_then_finds_nothing_to_do(self, tmp_path, capsys):
        copy_of_solution(tmp_path / "solution")
        assert main(["--check"], home=tmp_path) == 1
        assert capsys.readouterr().out.splitlines() == [
            f"student/{name} is not what solution/ generates: run python -m grader.release.stubs"
            for name in ("__init__.py", "layers.py", "loss.py", "optim.py")
        ]
        assert main([], home=tmp_path) == 0
        assert main(["--check"], home=tmp_path) == 0
        assert capsys.readouterr().out == ""

    def test_checking_writes_nothing(self, tmp_path):
        copy_of_solution(tmp_path / "solution")
        main(["--check"], home=tmp_path)
        assert not (tmp_path / "student").exists()

    def test_wrong_markers_are_reported_without_a_traceback(self, tmp_path, capsys):
        solution = copy_of_solution(tmp_path / "solution")
        (solution / "loss.py").write_text(BEGIN + "\n", "utf-8")
        assert main([], home=tmp_path) == 1
        assert "loss.py, line 1: " in capsys.readouterr().err

    def test_runs_as_a_module(self):
        done = subprocess.run(
            [sys.executable, "-m", "grader.release.stubs", "--check"],
            cwd=HOME,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
