"""Every known mistake, graded as a submission: caught, charged where it belongs, and named.

A submission makes one mistake of every task, to save time. What each is charged then must be what the page of
the documents says, for which each was graded by itself.
"""

import itertools

import numpy as np
import pytest

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
    ("conv2d_forward:kernel_rotated", "conv2d_backward:windows_overwrite_in_dx"),
    ("conv2d_forward:padding_fixed_at_one", "conv2d_backward:cropped_with_minus_pad"),
    ("maxpool2d_forward:maximum_starts_at_zero", "maxpool2d_backward:every_tied_maximum_gets_all"),
    ("relu_forward:leaky", "relu_backward:dout_changed_in_place"),
    ("dense_forward:bias_forgotten", "dense_backward:dw_divided_by_batch"),
    ("softmax_cross_entropy:no_shift", "adam_step:no_bias_correction"),
    ("sgd_step:uphill", "sgd_momentum_step:velocity_shared"),
    ("sigmoid_forward:overflow", "sigmoid_backward:factor_missing"),
    ("dropout_forward:drops_in_evaluation", "l2_penalty:half_missing"),
)


def task_of(mistake):
    return FUNCTIONS[mistake.function].task


def together(mistake):
    """The mistakes that are graded with this one: those of the same rank in the other tasks."""
    tasks = {task: [other for other in MISTAKES if task_of(other) == task] for task in map(task_of, MISTAKES)}
    rank = tasks[task_of(mistake)].index(mistake)
    return [others[rank] for others in tasks.values() if rank < len(others)]


@pytest.fixture(scope="module")
def proofs():
    """Grade every mistake once, when it or its company is first asked for."""
    found = {}

    def of(mistake):
        if mistake.id not in found:
            company = together(mistake)
            missed = prove(*company).missed
            for each in company:
                of_task = tuple(result for result in missed if result.check.task == task_of(each))
                found[each.id] = Proof((each,), of_task)
        return found[mistake.id]

    return of


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
    @pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
    def test_it_loses_points_only_where_it_should(self, proofs, mistake):
        proof = proofs(mistake)
        assert proof.lost > 0
        for result in proof.missed:
            # what cannot run for want of a cache has its points still to earn, and says so
            assert result.check.function == mistake.shown_in or result.status is Status.BLOCKED

    @pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
    def test_it_is_named_and_nothing_else_is(self, proofs, mistake):
        proof = proofs(mistake)
        assert proof.misnamed == []
        assert proof.named is (mistake.id not in UNNAMED)

    def test_nearly_all_are_named(self):
        assert len(UNNAMED) <= 0.05 * len(MISTAKES)

    @pytest.mark.parametrize("ids", PAIRS, ids="+".join)
    def test_two_in_different_functions_add_up(self, proofs, ids):
        mistakes = [BY_ID[name] for name in ids]
        both = prove(*mistakes)
        assert both.lost == pytest.approx(sum(proofs(mistake).lost for mistake in mistakes))
        assert both.misnamed == []
        assert both.named

    def test_the_page_of_the_documents_is_up_to_date(self, proofs):
        assert TABLE.read_text(encoding="utf-8") == page(proofs(mistake) for mistake in MISTAKES)


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
