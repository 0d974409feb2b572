"""The direction of imports: which module of the grader may know which other."""

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import grader

ROOT = Path(grader.__file__).parent

JUDGED = {"assignment", "caller", "compare", "explain", "program", "results"}
"""what everything that calls a submission and judges the answer may know"""

ALLOWED = {
    # leaves
    "assignment": set(),
    "compare": set(),
    "draw": set(),
    "gradients": set(),
    "program": set(),
    "protocol": set(),
    "results": set(),
    "worker": set(),
    "text": set(),
    "workspace": set(),
    "siblings": {"results"},
    # what was handed in
    "notebook": {"assignment", "results"},
    "flags": {"assignment"},
    "ingest": {"assignment", "flags", "notebook", "results", "text", "workspace"},
    # calling it
    "caller": {"assignment", "compare", "program"},
    "sandbox": {"protocol", "results", "text", "workspace"},
    "replies": {"compare", "protocol", "text"},
    "failures": {"assignment", "replies", "results"},
    "student": {
        "assignment",
        "caller",
        "compare",
        "failures",
        "ingest",
        "program",
        "protocol",
        "replies",
        "results",
        "sandbox",
    },
    # judging it
    "resemblance": {"compare"},
    "explain": {"compare", "resemblance", "results"},
    "answers": {"assignment", "gradients", "results"},
    "reference": {"answers", "assignment", "siblings"},
    "calls": {"assignment", "explain", "reference"},
    "judge": JUDGED | {"calls", "failures", "gradients", "reference"},
    "contracts": JUDGED | {"calls", "judge"},
    "numerical": JUDGED | {"calls", "gradients", "judge", "reference"},
    # training with it
    "network": {"program"},
    "split": {"caller", "compare", "program", "protocol", "results", "student"},
    "audit": {"compare", "network", "program"},
    "training": {"audit", "caller", "compare", "network", "program", "results", "split", "student"},
    "audition": {"assignment", "caller", "compare", "draw", "network", "program", "results"},
    "accuracy": {
        "assignment",
        "audition",
        "draw",
        "network",
        "practice",
        "reference",
        "results",
        "student",
        "training",
    },
    # finding out why a check failed
    "mistakes": {"answers", "assignment", "mistakes", "siblings"},
    "rehearsal": {"caller", "calls", "compare", "failures", "program", "replies", "results", "worker"},
    "scripts": {"caller", "draw", "judge"},
    "shrink": {"assignment", "caller", "calls", "compare", "judge", "reference", "rehearsal"},
    "plays": {
        "answers",
        "caller",
        "compare",
        "mistakes",
        "reference",
        "rehearsal",
        "results",
        "scripts",
    },
    "diagnosis": {"caller", "calls", "mistakes", "plays", "rehearsal", "results", "scripts", "shrink"},
    "replay": {
        "answers",
        "assignment",
        "calls",
        "compare",
        "judge",
        "reference",
        "rehearsal",
        "results",
        "scripts",
    },
    # running the checks
    "plugin": {
        "assignment",
        "diagnosis",
        "draw",
        "explain",
        "ingest",
        "judge",
        "results",
        "sandbox",
        "siblings",
        "student",
    },
    "grading": {"answers", "assignment", "plugin", "results", "sandbox"},
    # talking about it
    "report": {"assignment", "report", "results", "text"},
    "progress": {"plugin", "report", "results"},
    # training for its own sake
    "kernels": set(),
    "train": {
        "assignment",
        "audit",
        "compare",
        "ingest",
        "kernels",
        "network",
        "program",
        "progress",
        "reference",
        "results",
        "sandbox",
        "siblings",
        "split",
        "student",
        "train",
    },
    "practice": {"network", "reference", "results", "student", "train", "training"},
    "watching": {"report", "results"},
    "doctor": {"assignment", "grading", "reference", "results", "sandbox", "siblings"},
    "cli": {
        "assignment",
        "doctor",
        "grading",
        "progress",
        "reference",
        "release",
        "report",
        "results",
        "sandbox",
        "siblings",
        "train",
        "watching",
    },
    "__main__": {"cli", "sandbox"},
    # the checks themselves, and what is made for a release
    "checks": {
        "accuracy",
        "assignment",
        "compare",
        "contracts",
        "draw",
        "explain",
        "judge",
        "numerical",
        "plugin",
        "reference",
        "results",
        "student",
    },
    "lab": {"assignment", "results", "siblings", "workspace"},
    "release": {
        "notebook",
        "answers",
        "assignment",
        "audition",
        "caller",
        "diagnosis",
        "draw",
        "gradients",
        "grading",
        "mistakes",
        "network",
        "plays",
        "reference",
        "rehearsal",
        "release",
        "replay",
        "results",
        "scripts",
        "siblings",
        "train",
        "workspace",
    },
}
"""for each module, or each package as a whole, the others that it may import"""

CHILD = {
    "worker": {"numpy"},
    "program": {"numpy"},
    "protocol": {"numpy"},
    "sandbox/launch": set(),
    "sandbox/confine": set(),
}
"""what a worker process loads, and what must be installed for it"""

SIBLINGS = {"data", "solution", "student"}
"""packages beside the grader, of names so common that only siblings.py may import them"""


def unit_of(file):
    """The name in the table: the module, or the package that holds it."""
    relative = file.relative_to(ROOT)
    return relative.parts[0].removesuffix(".py")


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


def units_of(file):
    """Names in the table of what a file imports of the grader."""
    names = (name.split(".") for name in imports_of(file) if name.startswith("grader."))
    return {name[1] for name in names if name[1] not in {"__version__", unit_of(file)}}


FILES = sorted(file for file in ROOT.rglob("*.py") if unit_of(file) != "__init__")
GRAPH = {}
for path in FILES:
    GRAPH.setdefault(unit_of(path), set()).update(units_of(path))


def name_of(file):
    return file.relative_to(ROOT).as_posix()


def test_every_module_has_its_place_in_the_table():
    assert GRAPH.keys() - ALLOWED.keys() == set(), "add it to ALLOWED, with what it may know"
    assert ALLOWED.keys() - GRAPH.keys() == set(), "it is gone: take it out of ALLOWED"


@pytest.mark.parametrize("unit", sorted(GRAPH))
def test_a_module_imports_only_what_it_may_know(unit):
    assert GRAPH[unit] - ALLOWED.get(unit, set()) == set()


def test_what_is_allowed_has_no_cycles():
    try:
        list(TopologicalSorter({unit: allowed - {unit} for unit, allowed in ALLOWED.items()}).static_order())
    except CycleError as error:
        pytest.fail(f"a cycle: {error.args[1]}")


def test_modules_of_a_package_do_not_import_one_another_in_a_circle():
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
    assert packages_of(file) & (SIBLINGS | {"layers", "loss", "optim"}) == set()


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_only_few_modules_import_by_a_computed_name(file):
    dynamic = {"importlib", "imp", "runpy", "pkgutil"}
    source = file.read_text(encoding="utf-8")
    # the worker imports submissions; the sandbox starts the worker and looks where NumPy is; the two others
    # import what is the kit's own; the doctor asks for versions
    if unit_of(file) not in {"doctor", "sandbox", "scripts", "siblings", "worker"}:
        assert packages_of(file) & dynamic == set()
        assert "__import__" not in source


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_nothing_unpickles_or_evaluates(file):
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert calls & {"eval", "exec", "compile"} == set()
    assert packages_of(file) & {"pickle", "marshal", "shelve"} == set()


class TestTheReaderOfImports:
    """The tests above are worth what this reader sees."""

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("import os.path as p, json", {"os.path", "json"}),
            (
                "from grader import compare, judge",
                {"grader", "grader.judging.compare", "grader.judging.judge"},
            ),
            (
                "from grader.judging.compare import NonArray",
                {"grader.judging.compare", "grader.judging.compare.NonArray"},
            ),
            ("def f():\n    import solution", {"solution"}),
            ("from . import words", {"grader.report", "grader.report.words"}),
            ("from .words import clean", {"grader.report.words", "grader.report.words.clean"}),
            ("from .. import cli", {"grader", "grader.cli.main"}),
            ("from ..cli import run", {"grader.cli.main", "grader.cli.main.run"}),
        ],
    )
    def test_it_sees_every_form(self, source, expected, tmp_path, monkeypatch):
        monkeypatch.setitem(globals(), "ROOT", tmp_path)
        (tmp_path / "report").mkdir()
        file = tmp_path / "report" / "chart.py"
        file.write_text(source)
        assert set(imports_of(file)) == expected
