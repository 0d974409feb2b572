"""The corpus of attacks: none gains a point, reads, changes or leaves anything, or keeps the grader.

One of each family is run at strict, and of those on the system, in which the tiers differ, at confined and
container too; all of the quick families with ``slow``, and all of them with ``exhaustive``.
``benchmarks/security.py`` runs all at all three tiers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from _pytest.mark import ParameterSet
from attacks.corpus import EFFECTS, RESPONSES, TIERS, Attack, Ground, attacks, ground, may_earn, run

from grader.worker.sandbox.tiers import ISOLATED, problem_of

CORPUS = attacks()
ON_THE_SYSTEM = {"exhaustion", "host", "reading"}
WITHIN = {"forging", "imports", "numbers", "protocol"}
"""families that are graded in a second each: CI has time for all of them"""
AT_AN_OPEN_TIER = {"gain", "left behind", "no report", "over the time"}
"""what must not come even of an attack that a tier does not promise to stop"""

STILL_WINS = {"nothing/identities": "some checks are passed by what does nothing"}
"""attacks that have an effect at every tier, and why"""


def cases(*, training: bool) -> list[ParameterSet]:
    """Return attacks with the tiers at which they are tried, one tier after the other."""
    found = []
    for tier in TIERS:
        seen = set()
        for attack in CORPUS:
            if attack.trains is not training or not (tier == "strict" or attack.family in ON_THE_SYSTEM):
                continue
            quick = tier == "strict" and attack.family in WITHIN
            more = pytest.mark.slow if quick else pytest.mark.exhaustive
            marks = [more] if attack.family in seen else []
            if attack.id in STILL_WINS:
                marks.append(pytest.mark.xfail(reason=STILL_WINS[attack.id]))
            else:
                seen.add(attack.family)
            found.append(pytest.param(attack, tier, id=f"{tier}-{attack.id}", marks=marks))
    return found


@pytest.fixture(scope="module")
def tier(request: pytest.FixtureRequest) -> str:
    if problem := problem_of(request.param):
        pytest.skip(f"{request.param}: {problem}")
    return str(request.param)


@pytest.fixture(scope="module")
def planted() -> Iterator[Ground]:
    with ground() as found:
        yield found


def assert_without_effect(attack: Attack, tier: str, planted: Ground) -> None:
    result = run(attack, tier, planted)
    effects = result.beyond(may_earn(attack, result.response, tier, planted))
    if tier in attack.open_at:
        assert effects.keys() & AT_AN_OPEN_TIER == set(), effects
    else:
        assert effects == {}
        # how it is stopped differs where it can do more
        assert tier not in ISOLATED or result.response in attack.responses


def test_there_are_enough_and_each_says_what_it_does():
    assert len(CORPUS) >= 230
    assert max(Counter(attack.id for attack in CORPUS).values()) == 1
    for attack in CORPUS:
        assert attack.sentence.endswith("."), attack.id
        assert set(attack.responses) <= set(RESPONSES), attack.id
        assert attack.open_at <= set(TIERS) - {"strict"}, attack.id


def test_what_still_wins_is_of_the_corpus():
    assert STILL_WINS.keys() <= {attack.id for attack in CORPUS}
    assert set(EFFECTS) > AT_AN_OPEN_TIER


@pytest.mark.parametrize(("attack", "tier"), cases(training=False), indirect=["tier"])
def test_an_attack_has_no_effect(attack, tier, planted):
    assert_without_effect(attack, tier, planted)


@pytest.mark.usefixtures("small_training")
@pytest.mark.parametrize(("attack", "tier"), cases(training=True), indirect=["tier"])
def test_an_attack_on_the_training_has_no_effect(attack, tier, planted):
    assert_without_effect(attack, tier, planted)
