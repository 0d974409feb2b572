"""Reports in the formats of others: the same points, and nothing that a runner obeys."""

import itertools
import json
from datetime import UTC, datetime

import pytest
from totals import BONUS, POINTS, TRAINING

from grader.cli.common import Exit
from grader.cli.main import run
from grader.core.assignment import TASKS
from grader.core.kit import HOME
from grader.report.exports import (
    EXPORTS,
    _whole,
    classroom50,
    github_commands,
    github_summary,
    gradescope,
    prairielearn,
)
from grader.run.grading import Options, grade

WRONG = (
    "right = relu_forward\ndef relu_forward(x):\n    out, cache = right(x)\n    return 2 * out, cache\n\n\n"
    "def dense_forward(x, w, b):\n"
    "    raise ValueError('::error title=x::\\n::set-output name=a::b | <b> `x`')"
)
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def reports(write_submission, tmp_path_factory):
    wrong = write_submission(tmp_path_factory.mktemp("wrong") / "wrong", layers=WRONG)
    return {
        "right": grade(HOME / "solution", Options(mnist=False)).report,
        "wrong": grade(wrong, Options(mnist=False)).report,
        "stubs": grade(HOME / "student", Options(mnist=False)).report,
    }


@pytest.mark.parametrize("name", ["right", "wrong", "stubs"])
class TestGradescope:
    def test_points_are_those_of_the_report(self, reports, name):
        report = reports[name]
        content = json.loads(gradescope(report))
        assert content["score"] == report.score.total
        assert sum(test["score"] for test in content["tests"]) == pytest.approx(report.score.total)
        assert sum(test["max_score"] for test in content["tests"]) == 100

    def test_only_known_keys_and_values_are_used(self, reports, name):
        content = json.loads(gradescope(reports[name]))
        assert set(content) <= {
            *("score", "execution_time", "output", "output_format", "test_output_format", "test_name_format"),
            *("visibility", "stdout_visibility", "extra_data", "tests", "leaderboard"),
        }
        for test in content["tests"]:
            assert set(test) <= {
                *("score", "max_score", "status", "name", "name_format", "number", "output", "output_format"),
                *("tags", "visibility", "extra_data"),
            }
            assert test["status"] in ("passed", "failed")
            assert isinstance(test["number"], str)
        assert len(content["tests"]) == len(TASKS)


def test_what_went_wrong_is_reported_once_for_each_cause(reports):
    tests = {test["name"]: test for test in json.loads(gradescope(reports["wrong"]))["tests"]}
    assert "exactly 2 times" in tests["ReLU"]["output"]
    assert tests["ReLU"]["status"] == "failed"
    assert tests["Softmax cross-entropy"]["output"] == ""
    assert tests["MNIST"]["output"] == "not run"


def accepted(content):
    """Whether Classroom 50's runner publishes a result; one that breaks a rule becomes an error."""

    def whole(number):
        return type(number) is int and number >= 0

    names = ("schema", "classroom", "assignment", "submission", "commit", "release", "review")
    return (
        content["schema"] == "classroom50/result/v1"
        and all(isinstance(content[name], str) and content[name] for name in names)
        and all(
            whole(part["score"]) and whole(part["max-score"]) and part["score"] <= part["max-score"]
            for part in [content, *content["tests"]]
        )
        and all(type(test["passed"]) is bool and test["test-name"] for test in content["tests"])
    )


class TestClassroom50:
    @pytest.mark.parametrize("name", ["right", "wrong", "stubs"])
    @pytest.mark.parametrize("surroundings", [{}, {"CLASSROOM": "cs", "SUBMISSION_TAG": "submit/1"}])
    def test_its_runner_accepts_the_result(self, reports, name, surroundings):
        assert accepted(json.loads(classroom50(reports[name], surroundings, NOW)))

    def test_its_runner_accepts_a_submission_that_cannot_be_used(self, tmp_path):
        (tmp_path / "empty").mkdir()
        report = grade(tmp_path / "empty", Options(mnist=False)).report
        assert report.submission.problem
        content = json.loads(classroom50(report, {}, NOW))
        assert accepted(content)
        assert (content["score"], content["max-score"]) == (0, POINTS)

    def test_it_takes_its_names_from_the_runner(self, reports):
        surroundings = {"CLASSROOM": "cs", "ASSIGNMENT": "cnn", "COMMIT_URL": "u"}
        content = json.loads(classroom50(reports["wrong"], surroundings, NOW))
        assert (content["classroom"], content["assignment"], content["commit"]) == ("cs", "cnn", "u")
        assert content["datetime"] == "2026-11-21T12:30:00+00:00"

    def test_full_marks_stay_full_marks_and_the_bonus_is_apart(self, reports):
        content = json.loads(classroom50(reports["right"], {}, NOW))
        assert (content["score"], content["max-score"]) == (POINTS - TRAINING, POINTS)
        assert [test["test-name"] for test in content["tests"] if not test["passed"]] == ["MNIST"]
        bonus = [test for test in content["tests"] if test["test-name"].endswith(" (bonus)")]
        assert sum(test["score"] for test in bonus) == BONUS

    @pytest.mark.parametrize(
        ("earned", "score"), [(0.0, 0), (0.4, 0), (0.5, 1), (99.4, 99), (99.5, 100), (100, 100)]
    )
    def test_points_are_rounded_to_the_nearest_and_halves_up(self, earned, score):
        assert _whole(earned, 100.0) == {"score": score, "max-score": 100}


class TestPrairieLearn:
    @pytest.mark.parametrize("name", ["right", "wrong", "stubs"])
    def test_score_and_points_are_within_the_bounds_of_the_platform(self, reports, name):
        content = json.loads(prairielearn(reports[name]))
        assert content["gradable"] is True
        assert content["score"] == pytest.approx(reports[name].score.earned / POINTS)
        assert 0 <= content["score"] <= 1
        assert all(0 <= test["points"] <= test["max_points"] for test in content["tests"])
        assert set(content) <= {
            *("gradable", "score", "message", "output", "images", "format_errors", "tests"),
        }
        keys = {"name", "description", "points", "max_points", "message", "output", "images"}
        assert all(set(test) <= keys for test in content["tests"])
        assert len(prairielearn(reports[name])) < 1_000_000

    def test_what_cannot_be_used_is_not_gradable_and_says_why(self, tmp_path):
        (tmp_path / "empty").mkdir()
        report = grade(tmp_path / "empty", Options(mnist=False)).report
        content = json.loads(prairielearn(report))
        assert (content["gradable"], content["score"]) == (False, 0)
        assert content["format_errors"] == [report.submission.problem]


class TestGithub:
    def test_words_of_a_submission_become_no_commands(self, reports):
        lines = github_commands(reports["wrong"]).splitlines()
        stop = next(line for line in lines if line.startswith("::stop-commands::"))
        end = f"::{stop.removeprefix('::stop-commands::')}::"
        assert lines[-1] == end
        commands = [line for line in lines if line.startswith("::")]
        assert all(line.startswith("::error title=") for line in commands[:-2])
        assert any("dense_forward" in line for line in commands)
        assert not any("set-output" in line and line.startswith("::set-output") for line in lines)

    def test_the_summary_shows_text_as_it_is(self, reports):
        page = github_summary(reports["wrong"])
        row = next(line for line in page.splitlines() if line.startswith("| Dense"))
        assert row.replace("\\|", "").count("|") == 4
        assert "<b>" not in page

    def test_a_row_for_every_task(self, reports):
        page = github_summary(reports["right"])
        assert all(f"| {task.title} |" in page for task in TASKS)


def test_every_format_is_an_option_that_the_documents_explain():
    pages = "".join(page.read_text(encoding="utf-8") for page in (HOME / "docs").glob("*.md"))
    options = [export.option for export in EXPORTS]
    assert len(options) == len(set(options)) >= 3
    assert [option for option in options if f"--{option}" not in pages] == []


def test_the_command_writes_all_of_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    files = [(f"--{export.option}", str(tmp_path / export.option)) for export in EXPORTS]
    code = run(["grade", str(HOME / "student"), "--tasks", "sgd", "--github", *itertools.chain(*files)])
    assert code == Exit.GRADED
    assert all((tmp_path / export.option).stat().st_size for export in EXPORTS)
    assert json.loads((tmp_path / "gradescope").read_text())["score"] == 0
    assert json.loads((tmp_path / "classroom50").read_text())["score"] == 0
    assert json.loads((tmp_path / "json").read_text())["score"]["earned"] == 0
    assert "| SGD |" in (tmp_path / "summary.md").read_text()
    assert "::error title=sgd_step" in capsys.readouterr().out
