"""Every known mistake, graded as a submission: caught, charged where it belongs, and named.

A submission makes one mistake of every task, to save time. What each is charged then must be what the page of
the documents says, for which each was graded by itself.
"""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from marks import slowly

from grader.core.assignment import FUNCTIONS
from grader.core.results import Status
from grader.feedback.mistakes.base import Cache, Right, mistaken, pair
from grader.feedback.mistakes.catalogue import MISTAKES, mistakes_of
from grader.feedback.mistakes.submission import write_submission
from grader.reference.functions import reference
from grader.release.mistakes import TABLE, Proof, page, prove

LEAST = {
    "conv2d": 20,
    "maxpool2d": 12,
    "dense": 5,
    "relu": 4,
    "softmax": 9,
    "sgd": 5,
    "momentum": 5,
    "adam": 8,
}
UNNAMED = {"dropout_forward:seed_ignored"}
"""what it returns cannot be repeated"""

BY_ID = {mistake.id: mistake for mistake in MISTAKES}
PAIRS = (
    ("conv2d_forward:bias_forgotten", "dense_backward:db_is_a_mean"),
    ("maxpool2d_forward:maximum_starts_at_zero", "maxpool2d_backward:every_tied_maximum_gets_all"),
    ("softmax_cross_entropy:no_shift", "adam_step:no_bias_correction"),
)
MORE_PAIRS = (
    ("conv2d_forward:kernel_rotated", "conv2d_backward:windows_overwrite_in_dx"),
    ("conv2d_forward:padding_fixed_at_one", "conv2d_backward:cropped_with_minus_pad"),
    ("relu_forward:leaky", "relu_backward:dout_changed_in_place"),
    ("dense_forward:bias_forgotten", "dense_backward:dw_divided_by_batch"),
    ("sgd_step:uphill", "sgd_momentum_step:velocity_shared"),
    ("sigmoid_forward:overflow", "sigmoid_backward:factor_missing"),
    ("dropout_forward:drops_in_evaluation", "l2_penalty:half_missing"),
)
"""graded by the slow tests"""


def task_of(mistake):
    return FUNCTIONS[mistake.function].task


def companies():
    """Return groups of mistakes that are graded together, one of each task while there are any.

    The functions of a task take turns, so that the first groups have mistakes of every function.
    """
    of_tasks = []
    for task in dict.fromkeys(map(task_of, MISTAKES)):
        of_functions = [mistakes_of(name) for name, function in FUNCTIONS.items() if function.task == task]
        turns = itertools.chain.from_iterable(itertools.zip_longest(*of_functions))
        of_tasks.append([mistake for mistake in turns if mistake is not None])
    groups = itertools.zip_longest(*of_tasks)
    return [tuple(mistake for mistake in group if mistake is not None) for group in groups]


COMPANIES = companies()
QUICK_COMPANIES = 2
"""the others are graded by the slow tests"""


def in_company():
    """Return every mistake as a parameter, those that are graded together one after the other."""
    for number, company in enumerate(COMPANIES):
        marks = () if number < QUICK_COMPANIES else pytest.mark.slow
        for mistake in company:
            yield pytest.param(mistake, id=mistake.id, marks=marks)


@pytest.fixture(scope="module")
def graded():
    """Return a function that grades the company of a mistake, once, and gives the proof of that mistake."""
    missed_by = {}

    def of(mistake):
        company = next(company for company in COMPANIES if mistake in company)
        if company not in missed_by:
            missed_by[company] = prove(*company).missed
        missed = missed_by[company]
        return Proof((mistake,), tuple(result for result in missed if result.check.task == task_of(mistake)))

    return of


@pytest.fixture(scope="module", params=in_company())
def proof(request, graded):
    return graded(request.param)


@pytest.fixture(scope="module")
def rows():
    """Return the rows of the page of the documents by the ids of their mistakes."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if line.startswith("| ") and "](errors.md#" in line]
    assert len(found) == len(BY_ID), "the page is out of date: run python -m grader.release.mistakes"
    return dict(zip(BY_ID, found, strict=True))


class TestCatalogue:
    def test_it_is_as_large_as_announced(self):
        for task, least in LEAST.items():
            names = [name for name, function in FUNCTIONS.items() if function.task == task]
            assert len(mistakes_of(*names)) >= least

    def test_ids_and_causes_tell_mistakes_of_a_function_apart(self):
        assert len(BY_ID) == len(MISTAKES)
        assert len({(mistake.function, mistake.cause) for mistake in MISTAKES}) == len(MISTAKES)

    @pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
    def test_words_are_sentences(self, mistake):
        assert mistake.function in FUNCTIONS
        assert mistake.shown_in in FUNCTIONS
        for text in (mistake.cause, mistake.remedy):
            assert text.endswith(".")
            assert "\n" not in text


class TestProof:
    def test_it_loses_points_only_where_it_should(self, proof):
        (mistake,) = proof.mistakes
        assert proof.lost > 0
        for result in proof.missed:
            # a check that lacks a cache says that its points can still be earned
            assert result.check.function == mistake.shown_in or result.status is Status.BLOCKED

    def test_it_is_named_and_nothing_else_is(self, proof):
        (mistake,) = proof.mistakes
        assert proof.misnamed == []
        assert proof.named is (mistake.id not in UNNAMED)

    def test_its_row_on_the_page_of_the_documents_is_up_to_date(self, proof, rows):
        (mistake,) = proof.mistakes
        assert rows[mistake.id] == page([proof]).splitlines()[-1]

    @pytest.mark.parametrize("ids", [*PAIRS, *slowly(MORE_PAIRS)], ids="+".join)
    def test_two_in_different_functions_add_up(self, rows, ids):
        both = prove(*(BY_ID[name] for name in ids))
        assert both.lost == pytest.approx(sum(read(BY_ID[name], rows[name]).lost for name in ids))
        assert both.misnamed == []
        assert both.named


def read(mistake, row):
    """Return what a row of the page says, in the form of a proof."""
    _, _, _, lost, where, named, _ = (part.strip() for part in row.split("|"))
    checks = [name if "." in name else f"{mistake.function}.{name}" for name in where.split(", ") if name]
    return SimpleNamespace(
        mistakes=(mistake,),
        missed=[SimpleNamespace(check=SimpleNamespace(id=check)) for check in checks],
        lost=float(lost),
        named=named == "yes",
        misnamed=[named] if named not in ("yes", "no") else [],
        causes=[] if named in ("yes", "no") else named.split("; "),
    )


class TestPage:
    def test_it_holds_the_rows_of_all_mistakes_in_their_order_and_counts_them(self, rows):
        assert TABLE.read_text(encoding="utf-8") == page(read(BY_ID[name], row) for name, row in rows.items())

    def test_nearly_all_are_named(self):
        assert len(UNNAMED) <= 0.05 * len(MISTAKES)


class TestCompanies:
    def test_every_mistake_is_in_one_of_them(self):
        assert sorted(BY_ID) == sorted(mistake.id for company in COMPANIES for mistake in company)

    def test_the_quick_ones_hold_a_mistake_of_every_function(self):
        quick = {mistake.function for company in COMPANIES[:QUICK_COMPANIES] for mistake in company}
        assert quick == {mistake.function for mistake in MISTAKES}


class TestRight:
    def test_forward_functions_remember_in_plain_sight(self):
        right = Right(reference)
        x, w, b = np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.zeros(1)
        out, cache = right.conv2d_forward(x, w, b, stride=2, pad=1)
        assert cache.arguments == (x, w, b)
        assert cache.pair("stride", 1) == (2, 2)
        assert cache.out is out

    def test_backward_functions_believe_what_is_remembered(self):
        right = Right(reference)
        _, cache = right.relu_forward(np.array([1.0, -1.0]))
        cache.remember(np.array([-1.0, 1.0]))
        np.testing.assert_array_equal(right.relu_backward(np.ones(2), cache), [0, 1])

    def test_other_functions_are_the_references(self):
        assert Right(reference).sgd_step(np.array([1.0]), np.array([2.0]), lr=0.5).tolist() == [0]

    def test_memory_belongs_to_one_set_of_functions(self):
        def count(right, param, grad, *, lr):
            right.memory["calls"] = right.memory.get("calls", 0) + 1
            return right.memory["calls"]

        for _ in range(2):
            find = mistaken(reference, {"sgd_step": count})
            assert [find("sgd_step")(0, 0, lr=0) for _ in range(3)] == [1, 2, 3]

    @pytest.mark.parametrize(("value", "expected"), [(2, (2, 2)), ((1, 3), (1, 3)), ([4, 5], (4, 5))])
    def test_numbers_become_pairs(self, value, expected):
        assert pair(value) == expected

    def test_options_that_were_left_out_have_the_given_default(self):
        cache = Cache(lambda: (None, None), (), {})
        assert cache.pair("stride", 1) == (1, 1)


class TestSubmission:
    def test_without_mistakes_it_is_the_solution(self):
        assert prove().missed == ()

    def test_several_mistakes_of_different_functions_go_together(self, tmp_path):
        chosen = [next(iter(mistakes_of(name))) for name in itertools.islice(FUNCTIONS, 5)]
        folder = write_submission(tmp_path / "submission", chosen)
        source = (folder / "functions.py").read_text()
        for mistake in chosen:
            assert f"def {mistake.name}(" in source
