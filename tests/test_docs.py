"""The documents: what hints and links point to exists, and what the handout states is true."""

import importlib
import re
from collections import defaultdict

import numpy as np
import pytest

from grader.core.assignment import FUNCTIONS, MODULES, TASKS
from grader.core.kit import HOME, kit_module
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.release.mistakes import guide

HANDOUT = HOME / "docs" / "handout.md"
GUIDE = HOME / "docs" / "errors.md"
GRADIENTS = HOME / "docs" / "gradients.md"
PAGES = sorted([*(HOME / "docs").glob("*.md"), HOME / "README.md"])

FENCE = re.compile(r"^```(.*)$")
LINK = re.compile(r"\]\(([^)\s]+)\)")
POINTS_ROW = re.compile(r"^\| `(\w+)` \|[^|]*\| ([\d.]+) \|", re.MULTILINE)


def prose_and_fences(page):
    """Return the lines of a page outside of fences, and (line number, language, content) of each fence."""
    prose, fences, inside = [], [], None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        fence = FENCE.match(line)
        if fence and inside is None:
            inside = (number, fence[1], [])
        elif fence:
            fences.append((inside[0], inside[1], "\n".join(inside[2]) + "\n"))
            inside = None
        elif inside is None:
            prose.append(line)
        else:
            inside[2].append(line)
    assert inside is None, f"{page.name}: the fence of line {inside[0]} is not closed"
    return prose, fences


def anchors(page):
    """Return the anchors of a page's headings, as Markdown makes them."""
    headings = (line.lstrip("#").strip() for line in prose_and_fences(page)[0] if re.match(r"#{1,6} ", line))
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def relative_links(page):
    links = LINK.findall("\n".join(prose_and_fences(page)[0]))
    return [link for link in links if not re.match(r"[a-z]+:", link)]


SNIPPETS = [
    pytest.param(number, content, id=f"line {number}")
    for number, language, content in prose_and_fences(HANDOUT)[1]
    if language == "python"
]


@pytest.fixture
def names():
    """Return what a student has imported, from the solution; random numbers are the same in every run."""
    before = np.random.get_state()
    np.random.seed(231)
    functions = {
        name: value
        for module in MODULES
        for name, value in vars(kit_module(f"solution.{module}")).items()
        if name in FUNCTIONS
    }
    yield {"np": np, **functions}
    np.random.set_state(before)


def points_of_checks():
    """Return the sum of the points of each task's checks, from their marks."""
    points = defaultdict(float)
    for file in (HOME / "grader" / "checks").glob("test_*.py"):
        module = importlib.import_module(f"grader.checks.{file.stem}")
        for function in vars(module).values():
            for mark in getattr(function, "pytestmark", ()):
                if mark.name == "check":
                    judged = mark.args[0].partition(".")[0]
                    points[FUNCTIONS[judged].task if judged in FUNCTIONS else judged] += mark.kwargs["points"]
    return points


class TestHandout:
    def test_every_hint_of_a_known_mistake_leads_to_a_heading(self):
        assert {mistake.read for mistake in MISTAKES} - set(anchors(HANDOUT)) == set()

    def test_every_known_mistake_has_its_place_in_the_error_guide(self):
        found = anchors(GUIDE)
        assert len(found) == len(set(found))
        assert {mistake.anchor for mistake in MISTAKES} <= set(found)
        assert GUIDE.read_text(encoding="utf-8") == guide()

    def test_no_two_headings_share_an_anchor(self):
        found = anchors(HANDOUT)
        assert len(found) == len(set(found))

    def test_every_task_and_function_is_mentioned(self):
        text = HANDOUT.read_text(encoding="utf-8")
        wanted = {task.name for task in TASKS} | set(FUNCTIONS)
        assert {name for name in wanted if not re.search(rf"\b{name}\b", text)} == set()

    @pytest.mark.parametrize(("number", "content"), SNIPPETS)
    def test_a_snippet_holds_for_the_solution(self, number, content, names):
        exec(compile("\n" * number + content, str(HANDOUT), "exec"), names)

    @pytest.mark.parametrize(("number", "content"), SNIPPETS)
    def test_a_snippet_tests_something_and_implements_nothing(self, number, content):
        assert re.search(r"^ *assert ", content, re.MULTILINE)
        assert not re.search(r"\b(def|class|lambda|import)\b", content)
        assert content.count("\n") <= 8

    def test_the_points_of_each_task_are_those_of_its_checks(self):
        stated = {name: float(points) for name, points in POINTS_ROW.findall(HANDOUT.read_text("utf-8"))}
        assert stated == points_of_checks()

    def test_the_table_of_points_follows_the_order_of_the_assignment(self):
        stated = [name for name, _ in POINTS_ROW.findall(HANDOUT.read_text("utf-8"))]
        assert stated == [task.name for task in TASKS]

    def test_the_totals_are_those_of_the_checks(self):
        points, bonus = points_of_checks(), {task.name for task in TASKS if task.bonus}
        extra = sum(points[name] for name in bonus)
        assert f"**{sum(points.values()) - extra:g} + {extra:g}**" in HANDOUT.read_text(encoding="utf-8")


def test_the_code_on_gradient_checks_holds_for_the_solution(names):
    for number, language, content in prose_and_fences(GRADIENTS)[1]:
        assert language == "python"
        exec(compile("\n" * number + content, str(GRADIENTS), "exec"), names)


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(HOME).as_posix())
    def test_a_relative_link_leads_to_a_file_and_to_a_heading_in_it(self, page):
        for link in relative_links(page):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link

    def test_links_are_found_outside_of_fences_only(self, tmp_path):
        page = tmp_path / "page.md"
        page.write_text(
            "[a](a.md#b) [c](https://c.org)\n```\n[d](d.md)\n# No heading\n```\n## An Ear, and more\n"
        )
        assert relative_links(page) == ["a.md#b"]
        assert anchors(page) == ["an-ear-and-more"]
