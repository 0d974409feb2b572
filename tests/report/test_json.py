"""The canonical report: what its schema promises, for every kind of submission."""

import dataclasses
import json

import jsonschema
import pytest

from grader.core.kit import HOME
from grader.core.results import (
    Cause,
    Check,
    CheckResult,
    DataUsed,
    Feedback,
    Isolation,
    Kind,
    Replay,
    Report,
    Status,
    SubmissionInfo,
    TrainingResult,
)
from grader.report.json import SCHEMA, as_data, render
from grader.run.grading import Options, grade

WRONG = """
def relu_forward(x):
    raise ValueError("\\x1b[2J\\r \\ud800 \\u202e [red] \\x00 \\u2028")
"""
NASTY = "\x1b[31m\r\x00\ud800\u202e\u2066[red]\x9b</script>"
REPLACED = "\ufffd[31m\ufffd\ufffd\ufffd\ufffd\ufffd[red]\ufffd</script>"


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def full_report(**fields):
    check = Check("conv2d_forward.stride", "conv2d", Kind.VALUES, 2.0, "A stride")
    cause = Cause("conv2d_forward:a", "a cause", "a remedy", "stride", "conv2d-a")
    feedback = Feedback("wrong", ("a fact", "another"), (cause,), "stride", Replay("conv2d_forward.stride"))
    rows = tuple(CheckResult(check, status, 0.5, feedback, 0.01234567) for status in Status)
    report = Report(
        SubmissionInfo("ada", "sha256:00", ("layers.py",), ("a note",)),
        rows,
        True,
        Isolation("process", ("namespaces",)),
        {"python": "3.11"},
        DataUsed("MNIST", 60_000, "cache"),
        TrainingResult(
            "A", 200, 2811, ((100, 0.9), (200, 0.95)), 0.951, (0.9, 0.95, 0.97), "time", ("relu_forward",)
        ),
        frozenset({"adam"}),
        1.23456,
    )
    return dataclasses.replace(report, **fields)


class TestSchema:
    @pytest.mark.parametrize(
        "what", ["perfect", "untouched", "failing", "unusable", "stopped at once", "trained"]
    )
    def test_it_describes_the_report_of_any_submission(
        self, what, validator, submission, tmp_path, small_training
    ):
        del small_training
        paths = {
            "perfect": HOME / "solution",
            "untouched": HOME / "student",
            "unusable": tmp_path,
            "stopped at once": HOME / "solution",
            "trained": HOME / "solution",
        }
        path = paths.get(what) or submission(layers=WRONG)
        tasks = {"trained": ("mnist",)}.get(what, ())
        report = grade(path, Options(tasks=tasks, mnist=what == "trained")).report
        if what == "stopped at once":
            report = dataclasses.replace(report, results=())
        validator.validate(json.loads(render(report)))

    def test_it_describes_every_field(self, validator):
        validator.validate(as_data(full_report()))
        validator.validate(json.loads(render(full_report(training=None, data=None))))

    @pytest.mark.parametrize("stopped", ["accurate", "steps", "time", "diverged", "audit", "error"])
    def test_it_knows_every_end_of_a_training(self, validator, stopped):
        training = dataclasses.replace(full_report().training, stopped=stopped, test_accuracy=None, curve=())
        validator.validate(as_data(full_report(training=training)))

    def test_it_knows_every_status_and_kind(self, validator):
        check = validator.schema["properties"]["checks"]["items"]["properties"]
        assert set(check["status"]["enum"]) == set(Status)
        assert set(check["kind"]["enum"]) == set(Kind)

    def test_it_refuses_what_is_not_described(self, validator):
        data = as_data(full_report())
        for broken in (
            {**data, "more": 1},
            {key: value for key, value in data.items() if key != "score"},
            {**data, "seed": 5},
            {**data, "score": {**data["score"], "earned": "90"}},
            {**data, "checks": [{**data["checks"][0], "status": "fine"}]},
            {**data, "checks": [{**data["checks"][0], "id": "no dot"}]},
        ):
            with pytest.raises(jsonschema.ValidationError):
                validator.validate(broken)

    def test_every_object_of_it_is_closed_and_requires_all_that_it_names(self, validator):
        objects = []

        def visit(node):
            if isinstance(node, dict):
                if "properties" in node:
                    objects.append(node)
                for part in node.values():
                    visit(part)
            elif isinstance(node, list):
                for part in node:
                    visit(part)

        visit(validator.schema)
        assert len(objects) >= 8
        for node in objects:
            assert node["additionalProperties"] is False
            assert set(node["required"]) == set(node["properties"])


class TestValues:
    def test_a_row_says_what_it_was_and_what_it_is_worth(self):
        row = as_data(full_report())["checks"][1]
        assert row == {
            "id": "conv2d_forward.stride",
            "task": "conv2d",
            "kind": "values",
            "title": "A stride",
            "status": "failed",
            "earned": 0.5,
            "points": 2.0,
            "seconds": 0.0123,
            "feedback": {
                "headline": "wrong",
                "facts": ["a fact", "another"],
                "picture": [],
                "cause": "a cause",
                "remedy": "a remedy",
                "read": "stride",
                "guide": "conv2d-a",
                "replay": Replay("conv2d_forward.stride").code,
            },
        }

    def test_the_score_is_the_reports_own(self):
        report = full_report()
        assert as_data(report)["score"] == dataclasses.asdict(report.score)

    def test_the_submission_is_described(self):
        problem = SubmissionInfo("x", "", (), (), "It is a photograph.")
        assert as_data(full_report())["submission"] == {
            "name": "ada",
            "digest": "sha256:00",
            "files": ["layers.py"],
            "notes": ["a note"],
            "problem": None,
        }
        assert as_data(full_report(submission=problem))["submission"]["problem"] == "It is a photograph."

    def test_the_curve_is_a_list_of_points(self):
        assert as_data(full_report())["training"]["curve"] == [
            {"step": 100, "accuracy": 0.9},
            {"step": 200, "accuracy": 0.95},
        ]


class TestText:
    def test_it_is_ascii_and_ends_with_a_line_feed(self):
        text = render(full_report(submission=SubmissionInfo("Größe", "", ())))
        assert text.isascii()
        assert text.endswith("}\n")
        assert json.loads(text)["submission"]["name"] == "Größe"

    def test_what_came_from_a_submission_is_harmless(self):
        nasty = Feedback(NASTY, (NASTY,), (Cause("relu_forward:x", NASTY, NASTY, "relu", "relu-x"),))
        row = CheckResult(Check("relu_forward.x", "relu", Kind.SHAPE, 1, "x"), Status.FAILED, 0, nasty)
        info = SubmissionInfo(NASTY, "", (NASTY,), (NASTY,), NASTY)
        report = full_report(submission=info, results=(row,), data=DataUsed("MNIST", 1, NASTY))
        text = render(report)
        assert "\\u001b" not in text
        assert "\\ud800" not in text
        data = json.loads(text)
        assert data["submission"] == {
            "name": REPLACED,
            "digest": "",
            "files": [REPLACED],
            "notes": [REPLACED],
            "problem": REPLACED,
        }
        assert data["checks"][0]["feedback"]["headline"] == REPLACED
        assert data["checks"][0]["feedback"]["facts"] == [REPLACED]
        assert data["checks"][0]["feedback"]["cause"] == REPLACED
        assert data["data"]["source"] == REPLACED

    def test_so_is_what_a_real_submission_raises(self, submission):
        report = grade(submission(layers=WRONG), Options(tasks=("relu",))).report
        rows = json.loads(render(report))["checks"]
        headline = next(row["feedback"]["headline"] for row in rows if row["id"] == "relu_forward.values")
        assert headline == "relu_forward raised ValueError: \ufffd[2J\ufffd \ufffd \ufffd [red] \ufffd \ufffd"
        assert headline.encode("utf-8")

    def test_no_number_is_anything_but_a_number(self):
        with pytest.raises(ValueError, match="not JSON compliant"):
            render(full_report(seconds=float("nan")))
