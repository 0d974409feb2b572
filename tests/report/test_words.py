"""Words and numbers of the reports."""

import dataclasses

import pytest

from grader.core.results import (
    Check,
    CheckResult,
    DataUsed,
    Feedback,
    Isolation,
    Kind,
    Report,
    Status,
    SubmissionInfo,
)
from grader.report.words import STATUS_WORDS, data_sentence, first_failures, inputs_sentence, points


def row(check_id, status=Status.PASSED):
    feedback = None if status is Status.PASSED else Feedback(f"{check_id} went wrong")
    return CheckResult(Check(check_id, "dense", Kind.VALUES, 1, "A check"), status, 0, feedback)


def report(*rows, **fields):
    return Report(SubmissionInfo("ada", "", ()), rows, True, Isolation("process"), **fields)


class TestPoints:
    @pytest.mark.parametrize(
        ("value", "text"),
        [(0, "0"), (3, "3"), (0.5, "0.5"), (2.25, "2.25"), (10, "10"), (100.0, "100"), (6.666, "6.67")],
    )
    def test_decimals_are_shown_where_there_are_any(self, value, text):
        assert points(value) == text


class TestFirstFailures:
    def test_one_a_function_with_the_others_behind_it(self):
        rows = [
            row("dense_forward.shape"),
            row("dense_forward.values", Status.FAILED),
            row("dense_backward.dx", Status.BLOCKED),
            row("dense_forward.bias", Status.STUDENT_ERROR),
        ]
        assert first_failures(report(*rows)) == [(rows[1], [rows[3]]), (rows[2], [])]

    @pytest.mark.parametrize("status", [Status.PASSED, Status.NOT_RUN])
    def test_what_passed_or_did_not_run_is_none(self, status):
        assert first_failures(report(row("dense_forward.shape", status))) == []

    @pytest.mark.parametrize(
        "status", [status for status in Status if status not in {Status.PASSED, Status.NOT_RUN}]
    )
    def test_every_other_end_is_one(self, status):
        assert len(first_failures(report(row("dense_forward.shape", status)))) == 1


class TestSentences:
    def test_every_status_has_its_own_word(self):
        assert set(STATUS_WORDS) == set(Status)
        assert len(set(STATUS_WORDS.values())) == len(Status)

    def test_data_are_named_with_their_source(self):
        assert data_sentence(report()) == "none"
        used = DataUsed("generated digits", 20_000, "drawn by the kit: no network")
        assert data_sentence(report(data=used)) == (
            "generated digits, 20,000 training images (drawn by the kit: no network)"
        )

    def test_a_secret_seed_hides_the_inputs_and_nothing_else(self):
        assert "practice" in inputs_sentence(report())
        assert "secret" in inputs_sentence(dataclasses.replace(report(), practice=False))


class TestWholeFile:
    """A file that cannot be imported is reported once, however many checks it ends."""

    def rows(self, *files):
        feedbacks = [Feedback(f"{file} cannot be imported", file=file) for file in files]
        names = ("relu_forward", "relu_backward")
        return [
            CheckResult(Check(f"{name}.x", "relu", Kind.VALUES, 1, "A check"), status, 0, feedback)
            for name, status, feedback in zip(
                names, (Status.STUDENT_ERROR, Status.TIMEOUT), feedbacks, strict=True
            )
        ]

    def test_it_is_one_failure(self):
        rows = self.rows("layers.py", "layers.py")
        assert first_failures(report(*rows)) == [(rows[0], rows[1:])]

    def test_another_file_is_another_failure(self):
        assert len(first_failures(report(*self.rows("layers.py", "loss.py")))) == 2

    def test_errors_of_functions_are_their_own(self):
        assert len(first_failures(report(*self.rows(None, None)))) == 2
