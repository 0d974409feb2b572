"""Which isolation is chosen, and what is said where there is less."""

import pytest

from grader.core.errors import IsolationError, StartError
from grader.worker.sandbox import tiers
from grader.worker.sandbox.tiers import TIERS, choose_isolation, problem_of


@pytest.fixture
def machine(monkeypatch):
    """Return a function that takes tiers away from this machine."""

    def lacks(*missing, container=False):
        monkeypatch.setattr(tiers, "problem_of", lambda tier: f"no {tier}" if tier in missing else None)
        monkeypatch.setattr(tiers, "in_container", lambda: container)

    return lacks


class TestChooseIsolation:
    @pytest.mark.parametrize("floor", [None, *TIERS])
    def test_the_strongest_is_taken_whatever_would_do(self, machine, floor):
        machine()
        assert choose_isolation(floor) == tiers.Isolation("strict", ())

    def test_what_is_missing_is_told_with_the_reason(self, machine):
        machine("strict")
        assert choose_isolation(None) == tiers.Isolation("confined", ("strict: no strict",))

    @pytest.mark.parametrize(("container", "tier"), [(True, "container"), (False, "process")])
    def test_without_either_it_is_the_container_or_nothing(self, machine, container, tier):
        machine("strict", "confined", container=container)
        assert choose_isolation(tier).tier == tier
        assert choose_isolation(None).missing == ("strict: no strict", "confined: no confined")

    @pytest.mark.parametrize("floor", ["container", "confined", "strict"])
    def test_less_than_the_floor_is_refused_with_what_to_do(self, machine, floor):
        machine("strict", "confined")
        with pytest.raises(IsolationError) as caught:
            choose_isolation(floor)
        text = str(caught.value)
        assert f"isolation '{floor}' was asked for, and the best to be had here is 'process'" in text
        assert "strict: no strict" in text
        assert "say --isolation process" in text

    def test_confined_below_strict_is_refused_without_advice_to_go_lower(self, machine):
        machine("strict")
        with pytest.raises(IsolationError, match="the best to be had here is 'confined'") as caught:
            choose_isolation("strict")
        assert "--isolation process" not in str(caught.value)


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


class TestInContainer:
    def test_a_mark_tells(self, monkeypatch, tmp_path):
        monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
        monkeypatch.setattr(tiers, "CONTAINER_MARKS", (str(tmp_path / "mark"),))
        assert not tiers.in_container()
        (tmp_path / "mark").touch()
        assert tiers.in_container()

    def test_kubernetes_tells(self, monkeypatch):
        monkeypatch.setattr(tiers, "CONTAINER_MARKS", ())
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
        assert tiers.in_container()
