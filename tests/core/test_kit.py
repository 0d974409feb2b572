"""The packages beside the grader are the ones that are imported, and no others of their names."""

import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

import grader
from grader.core.errors import GraderError
from grader.core.kit import HOME, INSIDE, KIT, PACKAGE, RECORD, find_kit, kit_module, required


def kit_modules_among(modules):
    return {name for name in modules if name.partition(".")[0] in {"data", "solution", "student"}}


@pytest.fixture(autouse=True)
def fresh_kit_modules():
    """Import the kit's own modules anew in every test, and put back what was imported before."""
    before = {name: sys.modules.pop(name) for name in kit_modules_among(sys.modules)}
    yield
    for name in kit_modules_among(sys.modules):
        del sys.modules[name]
    sys.modules.update(before)


def is_ours(module):
    return HOME in Path(module.__file__).resolve().parents


def test_home_is_the_folder_that_holds_the_grader():
    assert Path(grader.__file__).resolve().parent.parent == HOME


class TestKit:
    def test_the_repository_has_the_solution_beside_the_grader(self):
        assert KIT.home == PACKAGE.parent
        assert KIT.has_solution
        assert KIT.record is None

    def test_an_installed_kit_has_everything_inside(self, tmp_path):
        (tmp_path / "grader" / INSIDE).mkdir(parents=True)
        assert find_kit(tmp_path / "grader").home == tmp_path / "grader" / INSIDE

    def test_a_kit_with_a_record_has_no_solution(self, tmp_path):
        (tmp_path / RECORD).mkdir()
        kit = find_kit(tmp_path)
        assert kit.record == tmp_path / RECORD
        assert not kit.has_solution


def test_a_part_of_the_kit_that_is_missing_is_an_error_at_once(tmp_path):
    assert required(tmp_path) == tmp_path
    with pytest.raises(GraderError, match="moved is missing: this kit is not complete"):
        required(tmp_path / "moved")


@pytest.mark.parametrize(
    ("part", "module"),
    [
        ("worker/sandbox/launch.py", "grader.worker.sandbox.process"),
        ("worker/child.py", "grader.worker.sandbox.process"),
        ("feedback/mistakes/arrays.py", "grader.feedback.mistakes.submission"),
    ],
)
def test_a_file_that_others_name_by_its_path_is_missed_when_they_are_imported(tmp_path, part, module):
    shutil.copytree(PACKAGE, tmp_path / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "grader" / part).rename(tmp_path / "grader" / "elsewhere.py")
    ended = subprocess.run(
        [sys.executable, "-P", "-c", f"import {module}"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{part.rpartition('/')[2]} is missing: this kit is not complete" in ended.stderr


class TestKitModule:
    @pytest.mark.parametrize("name", ["data", "solution", "solution.layers"])
    def test_it_imports_a_module_of_the_kit(self, name):
        module = kit_module(name)
        assert module.__name__ == name
        assert is_ours(module)
        assert sys.modules[name] is module

    def test_a_module_is_imported_once(self):
        assert kit_module("solution.loss") is kit_module("solution.loss")

    def test_a_namesake_in_the_current_folder_or_earlier_on_the_path_is_passed_over(
        self, tmp_path, monkeypatch
    ):
        (tmp_path / "solution.py").write_text("raise SystemExit('the wrong one')\n")
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.syspath_prepend("")
        assert is_ours(kit_module("solution.layers"))

    def test_the_path_is_as_before_afterwards(self):
        before = sys.path.copy()
        kit_module("solution.optim")
        with pytest.raises(ModuleNotFoundError):
            kit_module("solution.nothing_of_this_name")
        assert sys.path == before

    @pytest.mark.parametrize("name", ["solution", "solution.layers"])
    def test_a_namesake_that_was_imported_before_is_refused_with_its_place(self, name, monkeypatch):
        foreign = types.ModuleType("solution")
        foreign.__file__ = "/elsewhere/solution.py"
        monkeypatch.setitem(sys.modules, "solution", foreign)
        with pytest.raises(GraderError, match=r"/elsewhere/solution\.py.*another folder"):
            kit_module(name)

    def test_a_folder_that_is_no_package_is_refused_wherever_one_stands(self, monkeypatch):
        foreign = types.ModuleType("data")
        foreign.__file__ = None
        monkeypatch.setitem(sys.modules, "data", foreign)
        monkeypatch.chdir(HOME / "grader")
        with pytest.raises(GraderError, match="another folder"):
            kit_module("data")

    def test_an_unknown_name_is_not_found(self):
        with pytest.raises(ModuleNotFoundError):
            kit_module("solution.nothing_of_this_name")


def test_importing_the_grader_imports_no_kit_module():
    lines = (
        "import sys",
        f"sys.path.insert(0, {str(HOME)!r})",
        "import grader.core.kit, grader.reference.functions",
        "print(sorted({'data', 'solution', 'student'} & sys.modules.keys()))",
    )
    ended = subprocess.run(
        [sys.executable, "-P", "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
