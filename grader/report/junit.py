"""A report as JUnit XML, with a suite for each task, a case for each check, and points as properties."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from grader.core.assignment import TASKS
from grader.core.results import CheckResult, Report, Status
from grader.core.text import clean
from grader.report.words import STATUS_WORDS

_NOT_IN_XML = re.compile("[\ufffe\uffff]")
"""characters that XML 1.0 does not allow and :func:`grader.core.text.clean` leaves"""


def junit(report: Report) -> str:
    """Return a report as JUnit XML.

    A check that was not run is a skipped case, a failure of the grader is an error, and every other check
    that did not pass is a failure.

    Source: https://github.com/testmoapp/junitxml
    """
    root = ElementTree.Element("testsuites", name="convgrade", time=f"{report.seconds:.3f}")
    if report.submission.notes or report.submission.problem:
        properties = ElementTree.SubElement(root, "properties")
        told = [("problem", report.submission.problem or ""), *(("note", n) for n in report.submission.notes)]
        for name, value in told:
            if value:
                ElementTree.SubElement(properties, "property", name=name, value=_plain(value))
    for task in TASKS:
        results = [result for result in report.results if result.check.task == task.name]
        if results:
            root.append(_suite(task.title, results))
    for total in ("tests", "failures", "errors", "skipped"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root.iter("testsuite"))))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(title: str, results: list[CheckResult]) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=title, tests=str(len(results)))
    cases = [_case(result) for result in results]
    for total, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(total, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(result.seconds for result in results):.3f}")
    suite.extend(cases)
    return suite


def _case(result: CheckResult) -> ElementTree.Element:
    check = result.check
    case = ElementTree.Element(
        "testcase", classname=f"convgrade.{check.task}", name=check.id, time=f"{result.seconds:.3f}"
    )
    properties = ElementTree.SubElement(case, "properties")
    values = {
        "title": check.title,
        "points": f"{check.points:g}",
        "earned": f"{result.earned:g}",
        "status": result.status,
    }
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=str(value))
    if result.status is Status.NOT_RUN:
        ElementTree.SubElement(case, "skipped", message=STATUS_WORDS[result.status])
    elif result.status is not Status.PASSED:
        tag = "error" if result.status is Status.GRADER_ERROR else "failure"
        headline = STATUS_WORDS[result.status]
        lines = [headline]
        if result.feedback is not None:
            headline = result.feedback.headline
            lines = result.feedback.text().splitlines()
        element = ElementTree.SubElement(case, tag, type=result.status, message=_plain(headline))
        element.text = "\n".join(_plain(line) for line in lines)
    return case


def _plain(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", clean(text))
