"""Which isolation is chosen, and what is said where there is less."""

import pytest

from grader.core.errors import IsolationError, StartError
from grader.core.results import NOT_PROMISED
from grader.worker.sandbox import tiers
from grader.worker.sandbox.tiers import TIERS, TRIED, choose_isolation, problem_of


@pytest.fixture
def machine(monkeypatch):
    """Return a function that takes tiers away from this machine."""

    def lacks(*missing):
        monkeypatch.setattr(tiers, "problem_of", lambda tier: f"no {tier}" if tier in missing else None)

    return lacks


class TestChooseIsolation:
    @pytest.mark.parametrize("floor", [None, *TIERS])
    def test_the_strongest_is_taken_whatever_would_do(self, machine, floor):
        machine()
        assert choose_isolation(floor) == tiers.Isolation("strict", ())

    def test_what_is_missing_is_told_with_the_reason(self, machine):
        machine("strict")
        assert choose_isolation(None) == tiers.Isolation("confined", ("strict: no strict",))

    @pytest.mark.parametrize("tier", TRIED)
    def test_the_first_that_can_be_had_is_taken(self, machine, tier):
        above = TRIED[: TRIED.index(tier)]
        machine(*above)
        assert choose_isolation(None) == tiers.Isolation(tier, tuple(f"{name}: no {name}" for name in above))

    @pytest.mark.parametrize("floor", TRIED)
    def test_less_than_the_floor_is_refused_with_what_to_do(self, machine, floor):
        machine(*TRIED)
        with pytest.raises(IsolationError) as caught:
            choose_isolation(floor)
        text = str(caught.value)
        assert f"isolation '{floor}' was asked for, and the best to be had here is 'process'" in text
        assert "strict: no strict" in text
        assert "say --isolation process" in text
        assert all(sentence in text for sentence in NOT_PROMISED["process"])

    def test_a_container_below_confined_is_refused_with_what_it_does_not_promise(self, machine):
        machine("strict", "confined")
        with pytest.raises(IsolationError) as caught:
            choose_isolation("confined")
        assert "say --isolation container" in str(caught.value)
        assert all(sentence in str(caught.value) for sentence in NOT_PROMISED["container"])

    def test_confined_below_strict_is_refused_without_advice_to_go_lower(self, machine):
        machine("strict")
        with pytest.raises(IsolationError, match="the best to be had here is 'confined'") as caught:
            choose_isolation("strict")
        assert "say --isolation" not in str(caught.value)

    def test_what_is_not_promised_is_known_of_every_tier(self):
        assert set(NOT_PROMISED) == set(TIERS)
        assert NOT_PROMISED["strict"] == ()


class TestProblemOf:
    @pytest.fixture(autouse=True)
    def fresh(self):
        problem_of.cache_clear()
        yield
        problem_of.cache_clear()

    def test_a_worker_that_starts_is_no_problem(self, scratch):
        assert problem_of("process") is None
        assert list(scratch.iterdir()) == []

    def test_one_that_does_not_is_a_problem_in_words(self, scratch, monkeypatch):
        def refuse(*_):
            raise StartError("no such thing")

        monkeypatch.setattr(tiers, "WorkerProcess", refuse)
        assert problem_of("strict") == "no such thing"
        assert list(scratch.iterdir()) == []
