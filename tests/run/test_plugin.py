"""The pytest plugin: feedback in place of tracebacks, a row for every check, and whose fault an error is."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from totals import BONUS

from grader.core.assignment import TASKS
from grader.core.errors import GraderError
from grader.core.kit import HOME, kit_module
from grader.core.results import Status
from grader.judging.judge import Judge
from grader.run import collect, plugin
from grader.run.grading import Options, grade
from grader.run.recorder import Recorder
from grader.worker.sandbox import process
from grader.worker.sandbox.tiers import choose_isolation
from grader.worker.session import Student

CHECKS = HOME / "grader" / "checks"
SOLUTION = HOME / "solution"
WRONG = """
right = relu_forward

def relu_forward(x):
    print("I was here")
    out, cache = right(x)
    return 2 * out, cache
"""


def pytest_in_a_process(*arguments, cwd):
    """Run pytest as a user would, from another folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, arguments)],
        cwd=cwd,
        env={**environment, "PYTHONPATH": str(HOME), "COLUMNS": "110"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs the checks with pytest in this process; gives exit code and output."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(*arguments, what=CHECKS):
        config = f"--config-file={CHECKS / 'pytest.ini'}"
        code = pytest.main([str(what), config, "-pno:cacheprovider", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return run


class TestPytestAsUsersKnowIt:
    def test_it_works_by_itself_and_says_what_is_wrong(self, submission, tmp_path):
        folder = submission(layers=WRONG)
        done = pytest_in_a_process(CHECKS, "--submission", folder, "-k", "relu", cwd=tmp_path)
        assert done.returncode == pytest.ExitCode.TESTS_FAILED
        assert done.stderr == ""
        assert "relu_forward: out is exactly 2 times too large." in done.stdout
        assert "Called with x (2,3,5,4)." in done.stdout
        assert "I was here" in done.stdout
        assert "convgrade, practice: 4 of 100 points" in done.stdout
        for trace in ("Traceback", "CheckStoppedError", "judge.py", "student.py", "def test_"):
            assert trace not in done.stdout

    def test_a_right_function_passes(self, run):
        code, output = run("--submission", SOLUTION, "-k", "conv2d")
        assert code == pytest.ExitCode.OK
        assert "24 passed" in output
        assert f"convgrade, practice: 40 of 100 points, 0 of {BONUS:g} bonus points" in output

    def test_the_id_of_a_check_selects_it(self, run):
        code, output = run("--submission", SOLUTION, "-k", "conv2d_backward.stride")
        assert code == pytest.ExitCode.OK
        assert "1 passed" in output
        assert "convgrade, practice: 2 of 100 points" in output

    def test_a_single_test_can_be_named(self, run):
        code, output = run("--submission", SOLUTION, what=f"{CHECKS / 'test_sgd.py'}::test_values")
        assert code == pytest.ExitCode.OK
        assert "convgrade, practice: 2 of 2 points" in output

    def test_without_a_submission_it_says_which_option_is_missing(self, run):
        code, output = run("-k", "relu")
        assert code == pytest.ExitCode.USAGE_ERROR
        assert "no submission was given: add --submission PATH" in output
        assert output.count("no submission was given") == 1

    def test_without_a_submission_the_checks_can_be_listed(self, run):
        code, output = run("--collect-only", "-q", "-k", "relu")
        assert code == pytest.ExitCode.OK
        assert output.count("test_relu.py::") == 8

    def test_an_unknown_task_is_named_with_those_there_are(self, run):
        code, output = run("--submission", SOLUTION, "--tasks", "relu,lstm")
        assert code == pytest.ExitCode.USAGE_ERROR
        assert "unknown task lstm; choose from dense, relu" in output

    @pytest.mark.parametrize("option", ["--seed=x", "--time-box=soon"])
    def test_an_option_that_is_no_number_is_refused(self, run, option):
        code, output = run("--submission", SOLUTION, option)
        assert code == pytest.ExitCode.USAGE_ERROR
        assert option.partition("=")[0] in output

    def test_tasks_leave_the_others_out(self, run):
        code, output = run("--submission", SOLUTION, "--tasks", "relu, sgd")
        assert code == pytest.ExitCode.OK
        assert "13 passed" in output
        assert "convgrade, practice: 12 of 100 points" in output

    def test_leaving_out_all_that_was_chosen_runs_nothing(self, run):
        code, output = run("--submission", SOLUTION, "--tasks", "mnist", "--no-mnist")
        assert code == pytest.ExitCode.NO_TESTS_COLLECTED
        assert "passed" not in output


class TestRecorder:
    def test_checks_run_in_the_order_of_the_assignment_and_the_training_last(self):
        started, ended = [], []
        recorder = Recorder(on_start=started.append, on_result=ended.append)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kit_module("data"), "load", None)
            outcome = grade(HOME / "student", recorder=recorder)
        tasks = list(dict.fromkeys(check.task for check in started))
        order = [task.name for task in TASKS]
        assert tasks == [*(name for name in order if name != "mnist"), "mnist"]
        assert [result.check for result in ended] == started
        assert list(dict.fromkeys(row.check.task for row in outcome.report.results)) == order

    def test_what_a_submission_remembers_goes_no_further_than_a_group_of_tasks(self, submission):
        source = "calls = []\nright_pool = maxpool2d_forward\nright_dense = dense_forward\n"
        source += "\ndef dense_forward(x, w, b):\n    calls.append(x)\n    return right_dense(x, w, b)\n"
        source += "\ndef maxpool2d_forward(x, *, size=2, stride=None):\n    assert not calls\n"
        source += "    return right_pool(x, size=size, stride=stride)\n"
        outcome = grade(submission(layers=source), Options(tasks=("dense", "maxpool2d")))
        assert outcome.report.score.earned == 12 + 14

    def test_checks_of_one_task_run_in_the_order_in_which_they_are_written(self):
        started = []
        grade(SOLUTION, Options(tasks=("conv2d",)), Recorder(on_start=started.append))
        source = (CHECKS / "test_conv2d.py").read_text(encoding="utf-8")
        assert [check.id for check in started] == re.findall(r'check\("(.*?)"', source)

    def test_what_was_left_out_is_a_row_that_did_not_run(self):
        started = []
        outcome = grade(SOLUTION, Options(tasks=("sgd",)), Recorder(on_start=started.append))
        rows = {row.check.id: row for row in outcome.report.results}
        assert {check.task for check in started} == {"sgd"}
        assert len(rows) > 60
        assert all((row.status is Status.NOT_RUN) == (row.check.task != "sgd") for row in rows.values())
        assert (outcome.report.score.earned, outcome.report.score.points) == (6, 100)

    def test_results_are_known_as_they_come(self):
        known = []
        recorder = Recorder(on_result=lambda _: known.append(len(recorder.results)))
        grade(SOLUTION, Options(tasks=("sgd",)), recorder)
        assert known == [1, 2, 3, 4, 5]


class TestFaultsOfTheGrader:
    """They are never a zero for the student, nor a smaller total."""

    def test_an_error_in_a_check_is_a_grader_error(self, monkeypatch):
        def values(*_, **__):
            raise RuntimeError("a bug of ours")

        monkeypatch.setattr(Judge, "values", values)
        outcome = grade(SOLUTION, Options(tasks=("relu",)))
        rows = [row for row in outcome.report.results if row.check.task == "relu"]
        broken = [row for row in rows if row.status is Status.GRADER_ERROR]
        assert [row.check.id for row in broken] == ["relu_forward.values"]
        assert all(row.status is Status.PASSED for row in rows if row not in broken)
        assert "a bug in the grader, not in your code" in broken[0].feedback.headline
        assert outcome.report.score.points == 100
        (trace,) = outcome.internal_errors
        assert trace.startswith("relu_forward.values\n")
        assert "a bug of ours" in trace

    def test_an_error_before_a_check_is_a_grader_error(self, monkeypatch):
        class Draw:
            def __init__(self, *_):
                raise RuntimeError("no numbers today")

        monkeypatch.setattr(plugin, "Draw", Draw)
        outcome = grade(SOLUTION, Options(tasks=("sgd",)))
        rows = [row for row in outcome.report.results if row.check.task == "sgd"]
        assert {row.status for row in rows} == {Status.GRADER_ERROR}
        assert len(outcome.internal_errors) == len(rows) == 5

    def test_an_error_after_a_check_is_a_grader_error(self, monkeypatch):
        def take_output(_):
            raise RuntimeError("nothing to take")

        monkeypatch.setattr(Student, "take_output", take_output)
        outcome = grade(SOLUTION, Options(tasks=("sgd",)))
        rows = [row for row in outcome.report.results if row.check.task == "sgd"]
        assert {row.status for row in rows} == {Status.GRADER_ERROR}
        assert "nothing to take" in outcome.internal_errors[0]

    def test_a_worker_that_cannot_be_started_is_a_grader_error(self, monkeypatch, tmp_path):
        choose_isolation(None)
        monkeypatch.setattr(process, "LAUNCH", tmp_path / "nothing")
        monkeypatch.setitem(process.OWN_FILES, "launch.py", tmp_path / "nothing")
        outcome = grade(SOLUTION, Options(tasks=("sgd",)))
        rows = [row for row in outcome.report.results if row.check.task == "sgd"]
        assert {row.status for row in rows} == {Status.GRADER_ERROR}
        assert "StartError" in outcome.internal_errors[0]

    def test_images_that_cannot_be_had_are_a_grader_error(self, monkeypatch):
        data = kit_module("data")

        def load(**_):
            raise data.DataError("the disk is full of cats")

        monkeypatch.setattr(data, "load", load)
        outcome = grade(SOLUTION, Options(tasks=("mnist",)))
        (row,) = (row for row in outcome.report.results if row.check.task == "mnist")
        assert row.status is Status.GRADER_ERROR
        assert row.feedback.headline == "Could not load the training images: the disk is full of cats"
        assert "cats" in outcome.internal_errors[0]
        assert outcome.report.data is None


MARKED = "import pytest\n\n@pytest.mark.check({})\ndef test_x():\n    pass\n"
BROKEN = {
    "a name that is not there": ("import nothing_of_this_name\n", "nothing_of_this_name"),
    "no Python": ("def test(:\n", "SyntaxError"),
    "no mark": ("def test_free():\n    pass\n", "has no check mark"),
    "an unknown kind": (MARKED.format("'relu_forward.x', points=1, kind='taste'"), "taste"),
    "no points": (MARKED.format("'relu_forward.x', kind='values'"), "points"),
    "an unknown task": (MARKED.format("'lstm.x', points=1, kind='values'"), "lstm"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_module_of_checks_stops_the_run(broken, tmp_path, monkeypatch):
    """Without its checks the total would be a smaller one."""
    source, message = BROKEN[broken]
    # a package of its own: modules are remembered by their names
    copy = tmp_path / f"checks_{list(BROKEN).index(broken)}"
    shutil.copytree(CHECKS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "test_relu.py").write_text(source)
    monkeypatch.setattr(collect, "CHECKS", copy)
    with pytest.raises(GraderError, match=message):
        grade(SOLUTION, Options(mnist=False))
