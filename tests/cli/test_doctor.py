"""The doctor finds what is there and what is missing, and says what to do."""

import io

import pytest
from rich.console import Console

from grader.cli import doctor
from grader.cli.common import Exit
from grader.cli.doctor import State, examine
from grader.cli.main import run
from grader.core.errors import GraderError
from grader.core.kit import kit_module
from grader.core.results import Isolation


@pytest.fixture
def digits_at_hand(monkeypatch, digits):
    monkeypatch.setattr(kit_module("data"), "load", lambda **_: digits)


def findings():
    return {finding.name: finding for finding in examine()}


@pytest.mark.usefixtures("digits_at_hand")
class TestExamine:
    def test_a_machine_that_runs_these_tests_is_well(self):
        found = findings()
        assert list(found) == ["Python", "Packages", "NumPy's speed", "Digits", "Isolation", "A check"]
        assert all(finding.state is not State.BAD for finding in found.values())
        assert "8 of 8 passed" in found["A check"].text

    def test_digits_that_are_not_mnist_are_a_note_with_a_remedy(self):
        finding = findings()["Digits"]
        assert finding.state is State.NOTE
        assert "MNIST_DIR" in finding.remedy

    def test_digits_that_are_not_available_are_reported_with_what_to_do(self, monkeypatch):
        data = kit_module("data")

        def broken(**_):
            raise data.DataError("MNIST_DIR cannot be used: no such folder\nSet it to another.")

        monkeypatch.setattr(data, "load", broken)
        finding = findings()["Digits"]
        assert (finding.state, finding.remedy) == (State.BAD, "Set it to another.")

    def test_missing_isolation_is_a_note_for_those_who_grade_others(self, monkeypatch):
        missing = Isolation("process", ("strict: bubblewrap is not installed",))
        monkeypatch.setattr(doctor, "choose_isolation", lambda _: missing)
        finding = findings()["Isolation"]
        assert finding.state is State.NOTE
        assert "bubblewrap is not installed" in finding.remedy

    def test_extras_that_are_missing_are_named_with_the_command(self, monkeypatch):
        monkeypatch.setattr(doctor, "_has", lambda package: package != "watchfiles")
        finding = findings()["Packages"]
        assert "no watchfiles" in finding.text
        assert "pip install" in finding.remedy

    def test_a_numpy_without_blas_is_noticed(self, monkeypatch):
        monkeypatch.setattr(doctor, "LEAST_GFLOPS", 1e9)
        assert "BLAS" in findings()["NumPy's speed"].remedy

    @pytest.mark.parametrize(
        ("error", "text"),
        [(GraderError("no checks\nInstall again."), "no checks"), (OSError("broken"), "OSError")],
    )
    def test_whatever_fails_becomes_a_finding(self, monkeypatch, error, text):
        def fail(*_):
            raise error

        monkeypatch.setattr(doctor, "grade", fail)
        finding = findings()["A check"]
        assert finding.state is State.BAD
        assert text in finding.text
        assert finding.remedy


@pytest.mark.usefixtures("digits_at_hand")
class TestCommand:
    def test_it_prints_a_line_for_each_and_exits_with_zero(self, capsys):
        assert run(["doctor"]) == Exit.GRADED
        out = capsys.readouterr().out
        assert "A check" in out
        assert "✗" not in out

    def test_something_bad_exits_with_one(self, capsys, monkeypatch):
        monkeypatch.setattr(doctor, "OLDEST_PYTHON", (99, 0))
        assert run(["doctor"]) == Exit.BELOW_PASS_MARK
        assert "Install Python" in capsys.readouterr().out


def test_a_remedy_stands_below_what_was_found():
    table = doctor.table()
    doctor.add(table, doctor.Finding("Digits", State.NOTE, "generated digits", "Set MNIST_DIR."))
    console = Console(file=io.StringIO(), width=80)
    console.print(table)
    assert console.file.getvalue().splitlines()[0].split() == ["○", "Digits", "generated", "digits"]
    assert "Set MNIST_DIR." in console.file.getvalue()
