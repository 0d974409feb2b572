"""The error model: plain implementations are right, edits have words, and the index is up to date."""

import gzip
import re

import numpy as np
import pytest

from grader.core.assignment import FUNCTIONS
from grader.core.kit import HOME
from grader.feedback.mistakes.base import mistaken
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.model.bank import Entry, entries_of, fingerprints_of, outcomes_of
from grader.feedback.model.edits import Form, expression_edits
from grader.feedback.model.expressions import propose
from grader.feedback.model.fingerprints import Fingerprint, fingerprint
from grader.feedback.model.functions import FORMS, wrong_function
from grader.feedback.model.index import index, load, save
from grader.feedback.model.plain import conv2d, loss, maxpool2d, optim
from grader.feedback.model.probes import observe, probes_of
from grader.feedback.model.sentences import KINDS, REMEDIES
from grader.feedback.model.statements import statement_edits
from grader.feedback.model.words import guide_words
from grader.feedback.simulation import LocalCaller
from grader.reference.functions import solution
from grader.release.model import index_of

BARE = "by_bare_probabilities"
"""the one plain implementation that is wrong as it is"""

PLAIN = [(function, form) for function, forms in FORMS.items() for form in forms]
QUICK = ("relu_forward", "relu_backward", "dense_backward", "sgd_step", "sigmoid_backward", "l2_penalty")
HEADINGS = {
    re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
    for line in (HOME / "docs" / "handout.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("#")
}
LEAST_MISTAKES = 600


def seen_with(function, wrong):
    return observe(LocalCaller(mistaken(solution, {function: wrong})), function)


def versions():
    return [version for each in index().values() for version in each.versions]


class TestPlain:
    @pytest.mark.parametrize(("function", "form"), PLAIN, ids=lambda value: getattr(value, "__name__", value))
    def test_a_plain_implementation_gives_what_the_solution_gives(self, function, form):
        right = observe(LocalCaller(mistaken(solution, {})), function)
        plain = seen_with(function, wrong_function(function, Form(form).source))
        agree = [fingerprint(right, name).agrees(fingerprint(plain, name)).all() for name in right[0]]
        assert all(agree) is (form.__name__ != BARE)

    def test_every_function_with_answers_that_can_be_repeated_has_probes(self):
        assert {name for name in FUNCTIONS if probes_of(name)} == set(FORMS)


class TestEdits:
    def test_an_edit_changes_one_place_a_line_or_all(self):
        edits = [
            edit for edit in expression_edits(Form(conv2d.forward_by_windows), propose) if edit.old == "KH"
        ]
        assert {edit.places for edit in edits if edit.new == "KW" and not edit.both} >= {
            ("the height of the output",),
            ("the window",),
        }
        assert any(edit.everywhere for edit in edits)

    def test_rows_and_columns_are_edited_alike_too(self):
        sources = {
            edit.source
            for edit in expression_edits(Form(conv2d.forward_by_windows), propose)
            if (edit.old, edit.new, edit.both) == ("i * s0", "i", True)
        }
        assert any("i:i + KH, j:j + KW" in source for source in sources)

    def test_an_edit_uses_names_of_its_function_only(self):
        form = Form(maxpool2d.forward_by_batch)
        assert not any("KW" in edit.new for edit in expression_edits(form, propose))

    def test_no_source_is_made_twice(self):
        sources = [entry.source for entry in entries_of("adam_step") if entry.source]
        assert len(sources) == len(set(sources))

    @pytest.mark.parametrize("plain", [maxpool2d.backward_by_mask, optim.adam_by_formula, loss.by_targets])
    def test_every_kind_has_a_sentence(self, plain):
        form = Form(plain)
        made = [*expression_edits(form, propose), *statement_edits(form)]
        assert {edit.kind for edit in made} <= set(KINDS)


class TestWords:
    def test_causes_and_remedies_are_sentences(self):
        for version in versions():
            for text in (version.cause, version.remedy) if version.kind else ():
                assert text.endswith(".")
                assert not re.search(r"[{}\n]|  |\bNone\b", text)

    def test_they_lead_to_headings_of_the_handout(self):
        assert {version.read for version in versions() if version.kind} <= HEADINGS

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_error_guide_says_what_every_kind_means(self, kind):
        said = guide_words(kind)
        assert "{" not in said.cause + said.remedy
        assert f"### edit: {kind}\n" in (HOME / "docs" / "errors.md").read_text(encoding="utf-8")

    def test_remedies_belong_to_kinds(self):
        assert set(REMEDIES) - {"others"} <= set(KINDS)


class TestIndex:
    def test_it_holds_enough_mistakes(self):
        assert (
            len({version.id for version in versions()} | {mistake.id for mistake in MISTAKES})
            >= LEAST_MISTAKES
        )

    def test_names_are_unique(self):
        ids = [version.id for version in versions() if version.kind]
        assert len(ids) == len(set(ids))

    @pytest.mark.parametrize("function", QUICK)
    def test_it_is_up_to_date(self, function):
        built = index_of(outcomes_of(function, entries_of(function)))
        assert [vars(version) for version in built.versions] == [
            vars(version) for version in index()[function].versions
        ]
        np.testing.assert_array_equal(built.table, index()[function].table)

    @pytest.mark.parametrize("function", FORMS)
    def test_a_version_still_gives_what_was_computed(self, function):
        of_function = index()[function]
        sampled = range(0, len(of_function.versions), max(1, len(of_function.versions) // 12))
        for number in sampled:
            version = of_function.versions[number]
            if not version.source:
                continue
            entry = Entry(version.function, version.id, version.kind, source=version.source)
            found = fingerprints_of(entry, function, of_function.names)
            for column, name in enumerate(of_function.names):
                row = of_function.table[number, column]
                rows = of_function.rows[name]
                assert Fingerprint(rows.codes[row], rows.numbers[row]).agrees(found[column]).all()

    def test_versions_that_do_the_same_are_one(self):
        for each in index().values():
            assert len({tuple(row) for row in each.table.tolist()}) == len(each.versions)

    def test_a_kit_without_the_solution_gets_no_sources(self, tmp_path):
        save(tmp_path, {"sgd_step": index()["sgd_step"]}, with_sources=False)
        assert b"def " not in gzip.decompress((tmp_path / "model.json.gz").read_bytes())
        assert not any(version.source for version in load(tmp_path)["sgd_step"].versions)


class TestRecognition:
    def recognised(self, function, wrong):
        return index()[function].recognise(seen_with(function, wrong))

    def test_the_right_function_is_not_wrong(self):
        assert not self.recognised("relu_forward", lambda right, x: right.relu_forward(x)).wrong

    def test_a_version_is_recognised_in_another_form(self):
        def wrong(right, x):
            out, cache = right.relu_forward(x)
            return out - 0.1 * np.maximum(-x, 0), cache

        (found,) = self.recognised("relu_forward", wrong).of("out")
        assert found.kind == "leaky"

    def test_one_corrupted_value_is_nothing_known(self):
        def wrong(right, x):
            out, cache = right.relu_forward(x)
            out.flat[0] += 0.5
            return out, cache

        recognised = self.recognised("relu_forward", wrong)
        assert recognised.wrong == {"out"}
        assert recognised.of("out") == ()

    def test_each_value_has_a_cause_of_its_own(self):
        def wrong(right, dout, cache):
            dx, dw, _ = right.dense_backward(dout, cache)
            return dx, dw / len(dout), dout.sum(axis=1)

        recognised = self.recognised("dense_backward", wrong)
        assert [version.id for version in recognised.of("dw")] == ["dense_backward:dw_divided_by_batch"]
        assert [version.id for version in recognised.of("db")] == ["dense_backward:db_summed_over_outputs"]

    def test_two_mistakes_in_one_value_are_told_together(self):
        def wrong(right, dout, cache):
            x, w, _ = cache.arguments
            top, left = cache.pair("pad", 0)
            dxp = np.zeros((*x.shape[:2], x.shape[2] + 2 * top, x.shape[3] + 2 * left))
            for n, f, i, j in np.ndindex(dout.shape):
                dxp[n, :, i : i + w.shape[2], j : j + w.shape[3]] += w[f] * dout[n, f, i, j]
            _, dw, db = right.conv2d_backward(dout, cache)
            return dxp[:, :, top:-top, left:-left], dw, db

        found = {version.id for version in self.recognised("conv2d_backward", wrong).of("dx")}
        assert found == {"conv2d_backward:cropped_with_minus_pad", "conv2d_backward:stride_ignored_in_dx"}

    def test_a_function_that_always_raises_is_like_no_other(self):
        def wrong(right, x):
            return x + np.ones(11), None

        assert self.recognised("relu_forward", wrong).of(None) == ()
