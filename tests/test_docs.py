"""The documents: what hints and links point to exists, and what the handout states is true."""

import re

import numpy as np
import pytest
from attacks.corpus import attacks
from totals import BONUS, BY_TASK, POINTS, TRAINING, points_of_checks

from grader.core.assignment import FUNCTIONS, MODULES, TASKS
from grader.core.kit import HOME, PACKAGE, kit_module
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.release.mistakes import guide

HANDOUT = HOME / "docs" / "handout.md"
GUIDE = HOME / "docs" / "errors.md"
GRADIENTS = HOME / "docs" / "gradients.md"
PAGES = sorted([*(HOME / "docs").glob("*.md"), HOME / "README.md"])
TEXTS = [
    *PAGES,
    HOME / "CHANGELOG.md",
    HOME / "CONTRIBUTING.md",
    HOME / "grader" / "release" / "assignment.md",
]

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
        assert stated == BY_TASK

    def test_the_table_of_points_follows_the_order_of_the_assignment(self):
        stated = [name for name, _ in POINTS_ROW.findall(HANDOUT.read_text("utf-8"))]
        assert stated == [task.name for task in TASKS]

    def test_the_totals_are_those_of_the_checks(self):
        assert f"**{POINTS:g} + {BONUS:g}**" in HANDOUT.read_text(encoding="utf-8")


def test_the_code_on_gradient_checks_holds_for_the_solution(names):
    for number, language, content in prose_and_fences(GRADIENTS)[1]:
        assert language == "python"
        exec(compile("\n" * number + content, str(GRADIENTS), "exec"), names)


class TestNumbers:
    """Numbers of the kit are counted here; where a page names one, it is the number that the code has."""

    NOUNS = r"(?:known |named |different )*\[?(mistakes|attacks|checks)"

    def typed(self, text):
        """Return counts that a text names, with what they count."""
        return re.findall(rf"\b(\d[\d,]*) (?:of the )?\[?{self.NOUNS}\b", text)

    def test_counts_are_found_where_they_are_typed(self):
        assert self.typed("knows [178 mistakes](x), 12 known mistakes and 154 attacks; no mistakes") == [
            ("178", "mistakes"),
            ("12", "mistakes"),
            ("154", "attacks"),
        ]

    @pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.relative_to(HOME).as_posix())
    def test_a_page_names_the_counts_of_the_code(self, page):
        counts = {"mistakes": len(MISTAKES), "attacks": len(attacks()), "checks": len(points_of_checks())}
        text = page.read_text(encoding="utf-8")
        assert [(number, what) for number, what in self.typed(text) if int(number) != counts[what]] == []

    @pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.relative_to(HOME).as_posix())
    def test_a_page_written_by_hand_leaves_counts_that_grow_to_the_pages_that_are_generated(self, page):
        generated = {"mistakes.md", "errors.md", "security.md"}
        assert page.name in generated or self.typed(page.read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.relative_to(HOME).as_posix())
    def test_a_total_is_one_of_the_totals_of_the_checks(self, page):
        totals = {POINTS, BONUS, POINTS + BONUS, POINTS + BONUS - TRAINING, TRAINING}
        text = page.read_text(encoding="utf-8")
        named = re.findall(r"\bpoints of (\d+)|\ball (\d+) points", text)
        assert {number for found in named for number in found if number} <= {f"{each:g}" for each in totals}


class TestPaths:
    PATH = re.compile(
        r"`(?:python |pytest )?((?:\.ci|\.github|benchmarks|data|docs|grader|solution|tests)/[\w./*-]+)"
    )

    @pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.relative_to(HOME).as_posix())
    def test_a_file_that_a_page_names_exists(self, page):
        paths = self.PATH.findall(page.read_text(encoding="utf-8"))
        assert [path for path in paths if not any(HOME.glob(path.rstrip("/")))] == []

    def test_files_are_found_with_and_without_a_command(self):
        assert self.PATH.findall("`tests/a_*.py`, `python benchmarks/b.py --write` and `x/y`") == [
            "tests/a_*.py",
            "benchmarks/b.py",
        ]


class TestModules:
    def test_the_architecture_page_has_every_module_in_its_room(self):
        text = (HOME / "docs" / "architecture.md").read_text(encoding="utf-8")
        rooms = dict(re.findall(r"^### `(\w+)`:.*?\n(.*?)(?=^#|^At the top)", text, re.MULTILINE | re.DOTALL))
        named = {
            f"{room}/{name}"
            for room, table in rooms.items()
            for row in table.splitlines()
            if row.startswith("| `")
            for name in re.findall(r"`([\w/]+)`", row.split("|")[1])
        }
        files = (path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
        assert named == {path.with_suffix("").as_posix() for path in files if len(path.parts) > 1}


class TestChangelog:
    def test_it_keeps_to_the_headings_of_keep_a_changelog(self):
        lines = (HOME / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
        versions = [line for line in lines if line.startswith("## ")]
        assert lines[0] == "# Changelog"
        assert versions[0] == "## [Unreleased]"
        assert all(re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", line) for line in versions[1:])
        kinds = {line.removeprefix("### ") for line in lines if line.startswith("### ")}
        assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


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
