"""The students' kit works where no solution is, and shows none."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest
from marks import slowly
from totals import BONUS, POINTS, TRAINING

from grader.core.assignment import FUNCTIONS
from grader.core.errors import GraderError
from grader.core.kit import HOME
from grader.core.seed import PUBLISHED
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.mistakes.submission import write_submission
from grader.feedback.outcomes import functions_with
from grader.release import bundle
from grader.release.build import solution_lines
from grader.release.bundle import NAME, write_bundle
from grader.release.stubs import write_stubs
from grader.run.in_process import grade_functions

QUICK = "dense_backward:db_is_a_mean"
KNOWN = (
    QUICK,
    "relu_forward:leaky",
    "relu_forward:cache_shared_by_all_calls",
    "conv2d_backward:kernel_rotated_in_dx",
    "maxpool2d_backward:every_tied_maximum_gets_all",
    "sgd_momentum_step:velocity_shared",
    "adam_step:no_bias_correction",
)
UNKNOWN = "dense_forward:mean_over_inputs"
BY_ID = {mistake.id: mistake for mistake in MISTAKES}


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    write_stubs(HOME / "solution", folder / "stubs")
    shutil.copy(HOME / "README.md", folder / "stubs" / "assignment.ipynb")
    return write_bundle(folder, folder / "stubs", [BY_ID[name] for name in KNOWN])


@pytest.fixture
def grader(kit, tmp_path):
    """Return a function that runs the kit's own grader, and returns its report and what it printed."""

    def run(*arguments, report=True):
        file = tmp_path / "report.json"
        if report:
            arguments = [*arguments, "--json", str(file)]
        done = subprocess.run(
            [sys.executable, "-P", "-m", "grader", *arguments],
            cwd=kit,
            env={**os.environ, "PYTHONPATH": str(kit), "COLUMNS": "100"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in done.stderr
        return json.loads(file.read_text()) if report else None, done

    return run


def points(report):
    return report["score"]["earned"] + report["score"]["bonus_earned"]


@pytest.mark.parametrize("name", ["LEFT_OUT", "WRITTEN_MISTAKES", "PAGES"])
def test_a_path_where_nothing_is_any_more_ends_the_release_before_anything_is_written(
    tmp_path, monkeypatch, name
):
    monkeypatch.setattr(bundle, name, (*getattr(bundle, name), "moved.py"))
    with pytest.raises(GraderError, match=r"moved\.py is missing"):
        write_bundle(tmp_path, HOME / "student", ())
    assert list(tmp_path.iterdir()) == []


class TestContent:
    def test_there_is_what_a_student_needs(self, kit):
        for name in ("README.md", "docs/handout.md", "student/layers.py", "student/assignment.ipynb"):
            assert (kit / name).is_file()

    def test_no_line_of_the_solution_is_in_any_file(self, kit):
        texts = {path: path.read_text(errors="replace") for path in kit.rglob("*") if path.is_file()}
        assert len(texts) > 80
        assert {
            path.name: found
            for path, text in texts.items()
            if (found := solution_lines(HOME / "solution", text))
        } == {}

    def test_nothing_that_computes_layers_is_in_it(self, kit):
        names = {path.relative_to(kit).as_posix() for path in kit.rglob("*.py")}
        assert not [name for name in names if name.startswith(("solution/", "grader/release/"))]
        assert (
            not {
                "grader/training/kernels.py",
                "grader/training/fast_engine.py",
                "grader/feedback/mistakes/dense.py",
            }
            & names
        )

    def test_every_module_imports_only_what_is_in_it(self, kit):
        for path in (kit / "grader").rglob("*.py"):
            for node in ast.parse(path.read_text()).body:
                module = getattr(node, "module", None) or ""
                if isinstance(node, ast.ImportFrom) and module.startswith("grader."):
                    file = kit / module.replace(".", "/")
                    assert file.is_dir() or file.with_suffix(".py").is_file(), f"{path}: {module}"

    def test_the_zip_holds_the_same(self, kit):
        with zipfile.ZipFile(kit.parent / f"{NAME}.zip") as archive:
            names = set(archive.namelist())
        assert names == {
            f"{NAME}/{path.relative_to(kit).as_posix()}" for path in kit.rglob("*") if path.is_file()
        }

    def test_it_is_a_project_that_pip_can_install(self, kit):
        project = tomllib.loads((kit / "pyproject.toml").read_text())
        ours = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
        assert project["project"]["dependencies"] == ours["dependencies"]
        assert project["project"]["version"] == ours["version"]
        packed = project["tool"]["hatch"]["build"]["targets"]["wheel"]
        assert all((kit / name).is_dir() for name in [*packed["packages"], *packed["force-include"]])


class TestWork:
    def test_the_solution_earns_every_point(self, grader):
        report, _ = grader("grade", str(HOME / "solution"), "--no-mnist")
        assert points(report) == POINTS + BONUS - TRAINING

    def test_the_stubs_earn_none(self, grader, kit):
        report, _ = grader("grade", str(kit / "student"), "--no-mnist")
        assert points(report) == 0
        assert {row["status"] for row in report["checks"]} <= {"not_implemented", "not_run", "blocked"}

    @pytest.mark.parametrize("name", slowly(KNOWN, quick=[QUICK]))
    def test_a_known_mistake_is_named(self, grader, tmp_path, name):
        path = write_submission(tmp_path / "wrong", [BY_ID[name]])
        report, _ = grader("grade", str(path), "--no-mnist")
        causes = {row["feedback"]["cause"] for row in report["checks"] if row["feedback"]} - {None}
        assert causes == {BY_ID[name].cause}
        # the complete kit takes as much
        judged = {function.name for function in FUNCTIONS.values()}
        complete = grade_functions(functions_with(BY_ID[name]), judged, PUBLISHED)
        assert points(report) == sum(result.earned for result in complete) < POINTS + BONUS - TRAINING

    def test_what_it_has_no_name_for_loses_the_same_and_the_smallest_case_is_shown(self, grader, tmp_path):
        path = write_submission(tmp_path / "wrong", [BY_ID[UNKNOWN]])
        report, _ = grader("grade", str(path), "--no-mnist")
        failed = [row for row in report["checks"] if row["status"] == "failed"]
        assert {row["id"].partition(".")[0] for row in failed} == {"dense_forward"}
        assert all(row["feedback"]["cause"] is None for row in failed)
        assert any("It still fails with x" in fact for row in failed for fact in row["feedback"]["facts"])

    def test_the_derivative_of_a_recognised_wrong_function_is_right(self, grader, tmp_path):
        path = tmp_path / "leaky"
        shutil.copytree(HOME / "solution", path)
        with (path / "layers.py").open("a") as file:
            file.write(LEAKY)
        report, _ = grader("grade", str(path), "--no-mnist")
        missed = [row["id"] for row in report["checks"] if row["status"] not in ("passed", "not_run")]
        assert {check.partition(".")[0] for check in missed} == {"relu_forward"}

    def test_options_wait_where_what_a_mistake_of_the_model_gives_was_not_recorded(self, grader, tmp_path):
        path = tmp_path / "averaged"
        shutil.copytree(HOME / "solution", path)
        with (path / "layers.py").open("a") as file:
            file.write(AVERAGED)
        report, _ = grader("grade", str(path), "--no-mnist")
        ended = {row["id"]: row for row in report["checks"] if row["status"] not in ("passed", "not_run")}
        cause = ended["conv2d_backward.dx"]["feedback"]["cause"]
        assert cause == "dx is divided by the size of the batch."
        options = {name: row for name, row in ended.items() if not name.endswith((".dx", ".numerical"))}
        assert len(options) == 5
        assert {row["status"] for row in options.values()} == {"blocked"}
        for row in options.values():
            assert "It waits for the check conv2d_backward.dx." in row["feedback"]["facts"]

    @pytest.mark.slow
    def test_every_check_can_be_replayed_on_right_functions_and_on_wrong_ones(self, kit):
        program = f"""
import sys
sys.path[:0] = [{str(kit)!r}, {str(HOME / "solution")!r}]
import layers, loss, optim
from grader.run.replay import replay
from grader.core.seed import PUBLISHED
from grader.run.collect import runnable_checks

for check in runnable_checks(PUBLISHED):
    assert replay(check, layers, loss, optim).feedback is None, check
    function = check.partition(".")[0]
    case = replay(check, layers, loss, optim, {{function: lambda *_, **__: (0, 0, 0)}})
    assert case.feedback is not None, check
    # the record has no answers that follow from a state
    assert case.expected or function in ("sgd_momentum_step", "adam_step"), check
"""
        subprocess.run([sys.executable, "-P", "-c", program], check=True)

    def test_a_seed_that_was_not_recorded_is_refused(self, grader):
        _, done = grader("grade", str(HOME / "solution"), "--seed", "fresh", report=False)
        assert done.returncode == 4
        assert "holds recorded answers to the inputs of the published seed only" in done.stderr

    def test_nothing_can_be_released_from_it(self, grader):
        _, done = grader("release", "out", report=False)
        assert done.returncode == 2
        assert "No such command 'release'" in done.stderr

    @pytest.mark.parametrize("layers", ["fast", "solution"])
    def test_layers_that_are_not_in_it_are_refused(self, grader, layers):
        _, done = grader("train", "--layers", layers, "--seconds", "1", report=False)
        assert done.returncode == 4
        assert "this kit has no layers of its own" in done.stderr

    def test_the_doctor_finds_it_well(self, grader):
        _, done = grader("doctor", report=False)
        assert done.returncode == 0
        assert "8 of 8" in done.stdout


LEAKY = """


def relu_forward(x):
    return np.where(x > 0, x, 0.01 * x), x


def relu_backward(dout, cache):
    return np.where(cache > 0, dout, 0.01 * dout)
"""

AVERAGED = """


right_backward = conv2d_backward


def conv2d_backward(dout, cache):
    dx, dw, db = right_backward(dout, cache)
    return dx / len(dout), dw, db
"""
