"""A whole run in this process: the same report every time, whatever the surroundings."""

import json
import os
import re
from pathlib import Path

import pytest
from totals import BONUS, POINTS

from grader import __version__
from grader.core.assignment import FUNCTIONS, TASKS
from grader.core.errors import GraderError, IsolationError
from grader.core.kit import HOME
from grader.core.results import Status
from grader.core.seed import Seed
from grader.report.json import as_data, render
from grader.run.grading import Options, grade
from grader.run.recorder import Recorder
from grader.worker.sandbox.tiers import choose_isolation

SOLUTION = HOME / "solution"
VARIES = re.compile("seconds|time|date")
MIXED = {
    "layers": """
def dense_forward(x, w, b):
    print("debugging")
    return x @ w, (x, w)

def relu_forward(x):
    raise ValueError("\\x1b[31mred\\x07 ]]> \\ud800 \\u202e & <b>")

def conv2d_backward(dout, cache):
    raise NotImplementedError
""",
    "loss": "import os\nos._exit(5)",
}
"""right, wrong, missing, raising and crashing functions"""


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(part) for key, part in value.items() if not VARIES.search(key)}
    return [without_times(part) for part in value] if isinstance(value, list) else value


def text_without_times(report):
    return json.dumps(without_times(json.loads(render(report))), indent=2)


class TestRepeatability:
    def test_the_same_submission_gives_the_same_bytes(self, submission):
        folder = submission(**MIXED)
        first, second = (grade(folder, Options(mnist=False)).report for _ in range(2))
        assert text_without_times(first) == text_without_times(second)
        assert first.score.earned > 20

    @pytest.mark.usefixtures("small_training")
    def test_so_it_does_with_training(self, submission):
        wrong = "right = relu_backward\ndef relu_backward(dout, cache):\n    return 2 * right(dout, cache)"
        folder = submission(layers=wrong)
        first, second = (grade(folder, Options(tasks=("mnist",))).report for _ in range(2))
        assert text_without_times(first) == text_without_times(second)
        assert len(first.training.curve) >= 2
        assert first.training.replaced == ("relu_backward",)
        assert (first.score.earned, first.score.points) == (9, 100)

    def test_times_are_all_that_varies(self):
        report = grade(SOLUTION, Options(tasks=("sgd",))).report
        data = as_data(report)
        assert data["seconds"] > 0
        assert all("seconds" in check for check in data["checks"])
        assert data != without_times(data)
        assert without_times(data)["checks"][0].keys() == data["checks"][0].keys() - {"seconds"}

    def test_the_same_files_elsewhere_have_the_same_digest(self, submission):
        reports = [grade(submission(name), Options(tasks=("sgd",))).report for name in ("a", "b")]
        assert reports[0].submission.digest == reports[1].submission.digest
        assert reports[0].submission.name == "a"

    def test_another_seed_gives_other_inputs(self, submission):
        folder = submission(optim="def sgd_step(param, grad, *, lr):\n    return param")
        reports = [grade(folder, Options(Seed(str(seed)), tasks=("sgd",))).report for seed in (1, 2)]
        facts = [
            {row.check.id: row.feedback.facts for row in report.results if row.check.id == "sgd_step.values"}
            for report in reports
        ]
        assert any(fact.startswith("param[") for fact in facts[0]["sgd_step.values"])
        assert facts[0] != facts[1]


class TestReport:
    def test_it_says_what_was_graded_with_what(self):
        report = grade(SOLUTION, Options(Seed("5"), tasks=("sgd",))).report
        assert report.submission.name == "solution"
        assert report.submission.files == ("__init__.py", "layers.py", "loss.py", "optim.py")
        assert report.seed == "5"
        assert not report.practice
        assert report.isolation == choose_isolation(None)
        assert report.versions["convgrade"] == __version__
        assert set(report.versions) == {"convgrade", "python", "numpy"}
        assert report.data is None
        assert report.training is None
        assert report.seconds > 0

    @pytest.mark.usefixtures("small_training")
    def test_it_says_which_images_were_used(self, digits):
        report = grade(SOLUTION, Options(tasks=("mnist",))).report
        assert (report.data.name, report.data.images) == ("a few digits", len(digits.train_images))
        assert report.data.source == "drawn for tests"
        assert report.training.steps > 0

    def test_rows_come_in_the_order_of_the_assignment(self):
        report = grade(SOLUTION, Options(tasks=("l2", "dense"))).report
        order = [task.name for task in TASKS]
        assert list(dict.fromkeys(row.check.task for row in report.results)) == order
        assert {row.check.task for row in report.results if row.status is Status.PASSED} == {"dense", "l2"}

    def test_mnist_that_is_left_out_stays_in_the_total(self):
        report = grade(SOLUTION, Options(mnist=False)).report
        (row,) = (row for row in report.results if row.check.task == "mnist")
        assert row.status is Status.NOT_RUN
        assert (row.earned, row.check.points) == (0, 10)
        assert report.score.points == 100

    def test_what_is_not_there_is_a_report_with_a_reason_and_no_row_lost(self, tmp_path):
        outcome = grade(tmp_path / "nowhere")
        report = outcome.report
        assert "does not exist" in report.submission.problem
        assert (report.score.total, report.score.points, report.score.bonus_points) == (0, POINTS, BONUS)
        assert outcome.internal_errors == ()
        assert all(row.status is not Status.PASSED for row in report.results)

    def test_nothing_is_printed(self, submission, capfd):
        grade(submission(layers="print('loud' * 100)"), Options(mnist=False, tasks=("relu",)))
        assert capfd.readouterr() == ("", "")

    def test_an_unknown_task_is_an_error(self):
        with pytest.raises(GraderError, match="unknown task lstm"):
            grade(SOLUTION, Options(tasks=("lstm",)))

    @pytest.mark.usefixtures("process_only")
    def test_more_isolation_than_there_is_is_an_error_before_anything_runs(self):
        started = []
        with pytest.raises(IsolationError):
            grade(SOLUTION, Options(isolation="strict"), Recorder(on_start=started.append))
        assert started == []


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Go to a folder that is full of things for pytest and Python to stumble over."""
    for name in ("pytest.ini", "tox.ini", "setup.cfg"):
        section = "tool:pytest" if name == "setup.cfg" else "pytest"
        (tmp_path / name).write_text(f"[{section}]\naddopts = -k nothing_at_all --no-such-option\n")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '--no-such-option'\n")
    for name in ("conftest", "data", "solution", "grader", "sitecustomize", "test_trap"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong file was imported')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestSurroundings:
    @pytest.fixture(scope="class")
    @classmethod
    def expected(cls):
        return text_without_times(grade(SOLUTION, Options(tasks=("relu",))).report)

    @pytest.mark.usefixtures("elsewhere")
    def test_the_current_folder_has_no_influence(self, expected):
        assert text_without_times(grade(SOLUTION, Options(tasks=("relu",))).report) == expected

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("PYTEST_ADDOPTS", "-k nothing_at_all --no-such-option"),
            ("PYTEST_PLUGINS", "no_such_plugin"),
            ("PYTHONWARNINGS", "error"),
            ("PYTHONHASHSEED", "5"),
        ],
    )
    def test_variables_have_no_influence_and_are_put_back(self, expected, monkeypatch, name, value):
        monkeypatch.setenv(name, value)
        assert text_without_times(grade(SOLUTION, Options(tasks=("relu",))).report) == expected
        assert os.environ[name] == value
        assert "PYTEST_DISABLE_PLUGIN_AUTOLOAD" not in os.environ

    def test_files_for_pytest_and_python_in_the_submission_have_no_influence(self, submission):
        folder = submission()
        plain = grade(folder, Options(tasks=("relu",))).report
        for name in ("conftest.py", "sitecustomize.py"):
            (folder / name).write_text("raise SystemExit\n")
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
        assert text_without_times(grade(folder, Options(tasks=("relu",))).report) == text_without_times(plain)

    def test_a_path_may_be_relative_and_hold_anything(self, submission, monkeypatch, tmp_path):
        name = "ärger mit [Größe] 100 % @x=y;z"
        submission(name)
        monkeypatch.chdir(tmp_path)
        report = grade(Path(name), Options(tasks=("sgd",))).report
        assert report.score.earned == 6
        assert report.submission.name == name


class TestInterrupt:
    def test_what_is_known_by_then_is_reported(self):
        def on_start(check):
            if check.id == "dense_forward.single":
                raise KeyboardInterrupt

        outcome = grade(SOLUTION, Options(mnist=False), Recorder(on_start=on_start))
        assert outcome.interrupted
        statuses = [row.status for row in outcome.report.results]
        assert statuses[:3] == [Status.PASSED] * 3
        assert set(statuses[3:]) == {Status.NOT_RUN}
        assert outcome.report.score.points == 100

    @pytest.mark.usefixtures("small_training")
    def test_so_is_what_was_known_before_the_training(self):
        def on_training(*_):
            raise KeyboardInterrupt

        outcome = grade(SOLUTION, Options(tasks=("sgd", "mnist")), Recorder(on_training=on_training))
        assert outcome.interrupted
        assert outcome.internal_errors == ()
        assert outcome.report.score.earned == 6

    def test_no_worker_is_left(self, scratch):
        def on_result(_):
            raise KeyboardInterrupt

        assert grade(SOLUTION, Options(mnist=False), Recorder(on_result=on_result)).interrupted
        assert list(scratch.iterdir()) == []


class TestWhatIsToldOfErrors:
    def test_an_exception_comes_with_the_call_and_with_where_to_read(self, submission):
        wrong = "def conv2d_forward(x, w, b, *, stride=1, pad=0):\n    return x + w, x"
        report = grade(submission(layers=wrong), Options(tasks=("conv2d",), mnist=False)).report
        feedback = next(row.feedback for row in report.results if row.check.id == "conv2d_forward.stride")
        assert feedback.headline.startswith("conv2d_forward raised ValueError: operands")
        assert feedback.facts[-1] == "Called with x (2,4,7,7), w (5,4,3,3), b (5,), stride 2, pad 1."
        assert feedback.read == "common-errors"

    def test_one_in_a_backward_function_comes_with_the_forward_call(self, submission):
        wrong = "def relu_backward(dout, cache):\n    raise RuntimeError('no')"
        report = grade(submission(layers=wrong), Options(tasks=("relu",), mnist=False)).report
        feedback = next(row.feedback for row in report.results if row.check.id == "relu_backward.dx")
        assert "and the cache of relu_forward for x (" in feedback.facts[-1]


class TestTimeLimit:
    def test_a_submission_that_uses_up_its_time_gets_a_row_for_what_did_not_fit(self, submission):
        slow = "import time\n\ndef dense_forward(x, w, b):\n    time.sleep(60)\n"
        outcome = grade(submission(layers=slow), Options(mnist=False, time_limit=1.5))
        rows = {row.check.id: row for row in outcome.report.results}
        assert len(rows) == len(outcome.report.results)
        assert outcome.internal_errors == ()
        statuses = {row.status for row in rows.values()}
        assert statuses == {Status.TIMEOUT, Status.BLOCKED, Status.NOT_RUN}
        assert "the time for this submission is over" in rows["sgd_step.values"].feedback.headline


def test_every_check_that_fails_ends_with_a_heading_of_the_handout(write_submission, tmp_path):
    wrong = "\n".join(
        f"def {name}(*arguments, **options):\n    return np.ones(1), None\n"
        for name, function in FUNCTIONS.items()
        if function.module == "layers"
    )
    report = grade(write_submission(tmp_path / "wrong", layers=wrong), Options(mnist=False)).report
    handout = (HOME / "docs" / "handout.md").read_text(encoding="utf-8")
    headings = {
        line.lstrip("# ").lower().replace(" ", "-") for line in handout.splitlines() if line.startswith("#")
    }
    failed = [result for result in report.results if result.feedback and result.status is not Status.NOT_RUN]
    assert len(failed) > 50
    assert {result.check.id for result in failed if result.feedback.read not in headings} == set()
