"""The direction of imports: which room of the grader may know which other."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import grader

ROOT = Path(grader.__file__).parent

ROOMS = (
    "core",
    "submission",
    "reference",
    "worker",
    "judging",
    "feedback",
    "training",
    "checks",
    "run",
    "report",
    "release",
    "classroom",
    "cli",
)
"""in the order of a submission's life: a room may import itself and those before it"""

LEAVES = {"report": {"core"}}
"""rooms that know less than their place in the order would allow"""

DOORS = {
    "__main__": set(ROOMS),
    "notebook": set(ROOMS) - {"cli"},
    "old_names": {"notebook"},
}
"""modules at the top: how the grader is entered, and old names of what notebooks import"""

MOST_ENTRIES = 18
"""at the top of the package, files and folders"""

CHILD = {
    "worker/child": {"numpy"},
    "worker/program": {"numpy"},
    "worker/protocol": {"numpy"},
    "worker/sandbox/launch": set(),
    "worker/sandbox/confine": set(),
}
"""what a worker process loads, and what must be installed for it"""

KIT_MODULES = {"data", "solution", "student"}
"""packages of names so common that only core/kit.py may import them"""


def room_of(file):
    """The name of the room, or of the module at the top."""
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def allowed(room):
    """The rooms that a room may import, itself left out."""
    if room in DOORS:
        return DOORS[room]
    return LEAVES.get(room, set(ROOMS[: ROOMS.index(room)]))


def imports_of(file):
    """Yield the full name of everything that a file imports, wherever in it, and of the module it is in."""
    package = ["grader", *file.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def packages_of(file):
    return {name.partition(".")[0] for name in imports_of(file)}


def rooms_of(file):
    """Names of the other rooms that a file imports from."""
    names = (name.split(".") for name in imports_of(file) if name.startswith("grader."))
    return {name[1] for name in names} - {"__version__", room_of(file)}


FILES = sorted(file for file in ROOT.rglob("*.py") if room_of(file) != "__init__")


def name_of(file):
    return file.relative_to(ROOT).as_posix()


def test_there_are_few_enough_entries_to_find_ones_way():
    entries = [path for path in ROOT.iterdir() if path.name not in {"__pycache__", "record"}]
    assert len(entries) <= MOST_ENTRIES


def test_every_folder_is_a_room_and_every_room_a_folder():
    assert {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()} == set(ROOMS)


def test_the_map_of_the_package_names_every_room_in_its_order():
    lines = [line.split("``")[1] for line in grader.__doc__.splitlines() if line.startswith("- ``")]
    assert lines == list(ROOMS)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_module_imports_only_from_rooms_before_its_own(file):
    assert rooms_of(file) <= allowed(room_of(file))


def test_no_module_imports_another_in_a_circle():
    graph = {}
    for file in FILES:
        name = ".".join(["grader", *file.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")
        graph[name] = {imported for imported in imports_of(file) if imported.startswith("grader.")}
    list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("file", sorted(CHILD))
def test_what_a_worker_loads_needs_only_numpy_and_the_standard_library(file):
    assert packages_of(ROOT / f"{file}.py") <= sys.stdlib_module_names | CHILD[file]


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_nothing_imports_student_code_the_solution_or_the_data_by_name(file):
    assert packages_of(file) & (KIT_MODULES | {"layers", "loss", "optim"}) == set()


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_only_few_modules_import_by_a_computed_name(file):
    dynamic = {"importlib", "imp", "runpy", "pkgutil"}
    source = file.read_text(encoding="utf-8")
    # the worker imports submissions, and the sandbox starts it and looks where NumPy is; kit.py imports what
    # is the kit's own; the doctor asks for versions
    if name_of(file) not in {"core/kit.py", "cli/doctor.py"} and room_of(file) != "worker":
        assert packages_of(file) & dynamic == set()
        assert "__import__" not in source


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_nothing_unpickles_or_evaluates(file):
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    # the worker runs submissions; the reader compiles what it reads, and runs none; the error model makes
    # functions of the sources in its own index
    allowed = {
        "worker/loading.py": {"exec", "compile"},
        "submission/reader/source.py": {"compile"},
        "feedback/model/functions.py": {"exec", "compile"},
    }
    assert calls & {"eval", "exec", "compile"} == allowed.get(name_of(file), set())
    assert packages_of(file) & {"pickle", "marshal", "shelve"} == set()


class TestTheReaderOfImports:
    """The tests above are worth what this reader sees."""

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("import os.path as p, json", {"os.path", "json"}),
            ("from grader import core, cli", {"grader", "grader.core", "grader.cli"}),
            (
                "from grader.judging.compare import NonArray",
                {"grader.judging.compare", "grader.judging.compare.NonArray"},
            ),
            ("def f():\n    import solution", {"solution"}),
            ("from . import words", {"grader.report", "grader.report.words"}),
            ("from .words import clean", {"grader.report.words", "grader.report.words.clean"}),
            ("from .. import cli", {"grader", "grader.cli"}),
            ("from ..cli import run", {"grader.cli", "grader.cli.run"}),
        ],
    )
    def test_it_sees_every_form(self, source, expected, tmp_path, monkeypatch):
        monkeypatch.setitem(globals(), "ROOT", tmp_path)
        (tmp_path / "report").mkdir()
        file = tmp_path / "report" / "chart.py"
        file.write_text(source)
        assert set(imports_of(file)) == expected
