"""A report as JUnit XML: every check is a case, points are properties, and text is harmless."""

from xml.etree import ElementTree

import pytest

from grader.core.assignment import TASKS
from grader.core.results import (
    Cause,
    Check,
    CheckResult,
    Feedback,
    Isolation,
    Kind,
    Report,
    Status,
    SubmissionInfo,
)
from grader.report.junit import junit

NASTY = "\x1b[31m\x07<b>&\ufffe]]>\ud800"


def result(check_id, status, *, task="dense", earned=0.0, feedback=None):
    check = Check(check_id, task, Kind.VALUES, 2.0, "A title")
    return CheckResult(check, status, earned, feedback, 0.25)


@pytest.fixture
def root():
    cause = Cause("dense_forward:x", f"a cause {NASTY}", "a remedy", "bias", "dense_forward-x")
    feedback = Feedback(f"wrong {NASTY}", ("a fact",), (cause,))
    results = (
        result("dense_forward.values", Status.PASSED, earned=2.0),
        result("dense_forward.bias", Status.FAILED, earned=0.5, feedback=feedback),
        result("relu_forward.values", Status.GRADER_ERROR, task="relu", feedback=Feedback("a bug")),
        result("mnist.accuracy", Status.NOT_RUN, task="mnist"),
    )
    report = Report(SubmissionInfo(NASTY, "", ()), results, True, Isolation("strict"), seconds=1.5)
    return ElementTree.fromstring(junit(report).encode())


def test_every_task_with_checks_is_a_suite(root):
    titles = {task.name: task.title for task in TASKS}
    assert [suite.get("name") for suite in root] == [titles[name] for name in ("dense", "relu", "mnist")]


def test_every_check_is_a_case_and_counted_as_what_it_is(root):
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["4", "1", "1", "1"]
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert [child.tag for child in cases["dense_forward.values"]] == ["properties"]
    assert cases["dense_forward.bias"].find("failure") is not None
    assert cases["relu_forward.values"].find("error") is not None
    assert cases["mnist.accuracy"].find("skipped") is not None


def test_points_are_properties(root):
    case = next(case for case in root.iter("testcase") if case.get("name") == "dense_forward.bias")
    properties = {item.get("name"): item.get("value") for item in case.iter("property")}
    assert properties == {"title": "A title", "points": "2", "earned": "0.5", "status": "failed"}


def test_a_failure_holds_the_whole_feedback(root):
    failure = root.find(".//failure")
    assert failure.get("message").startswith("wrong ")
    lines = [line.strip() for line in failure.text.splitlines()]
    assert lines[1] == "a fact"
    assert lines[2].startswith("Cause: a cause")
    assert lines[3] == "Remedy: a remedy"


def test_signs_that_steer_a_terminal_or_break_xml_are_replaced(root):
    text = ElementTree.tostring(root, encoding="unicode")
    assert not set(text) & {"\x1b", "\x07", "\ufffe"}
    assert "<b>" in root.find(".//failure").get("message")
