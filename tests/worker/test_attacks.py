"""The corpus of attacks: none gains a point, reads, changes or leaves anything.

All of them at strict; at confined those on the system, in which the tiers differ. ``benchmarks/security.py``
runs all of them at both. One of each family and one for each response are tried quickly, in each tier; the
others are slow tests.
"""

import functools

import pytest
from attacks.corpus import TIERS, TRAINING, attacks, ground, run

from grader.worker.sandbox.tiers import problem_of

CORPUS = attacks()
FEW = [attack for attack in CORPUS if attack.family == TRAINING]
MANY = [attack for attack in CORPUS if attack.family != TRAINING]
ON_THE_SYSTEM = {"exhaustion", "host", "reading"}


def cases(corpus):
    """Return attacks with the tiers at which they are tried, one tier after the other."""
    found = []
    for tier in TIERS:
        tried = [attack for attack in corpus if tier == "strict" or attack.family in ON_THE_SYSTEM]
        quick = {*first_of_each(tried, "family"), *first_of_each(tried, "responses")}
        found += [
            pytest.param(
                attack,
                tier,
                id=f"{tier}-{attack.id}",
                marks=() if attack in quick else pytest.mark.slow,
            )
            for attack in tried
        ]
    return found


def first_of_each(corpus, field):
    """Return the first attack with each value of a field; of the responses, where only one is right."""
    first = {}
    for attack in corpus:
        if field != "responses" or len(attack.responses) == 1:
            first.setdefault(getattr(attack, field), attack)
    return list(first.values())


@pytest.fixture
def tier(request):
    if problem := problem_of(request.param):
        pytest.skip(f"{request.param}: {problem}")
    return request.param


@pytest.fixture(scope="module")
def planted():
    with ground() as found:
        yield found


@pytest.fixture(scope="module")
def honest(planted):
    """Return what the wrong submission earns without an attack in a tier; graded once for each."""
    return functools.cache(lambda tier: run(None, tier, planted).earned)


def test_there_are_enough():
    assert len(CORPUS) >= 80


@pytest.mark.parametrize(("attack", "tier"), cases(MANY), indirect=["tier"])
def test_an_attack_gains_reads_changes_and_leaves_nothing(attack, tier, planted, honest):
    result = run(attack, tier, planted)
    assert result.problems == ()
    assert result.earned <= honest(tier)
    assert result.response in attack.responses
    assert len(result.report.results) > 60


@pytest.mark.usefixtures("small_training")
@pytest.mark.parametrize(("attack", "tier"), cases(FEW), indirect=["tier"])
def test_an_attack_on_the_training_earns_nothing_that_it_should_not(attack, tier, planted):
    result = run(attack, tier, planted)
    assert result.problems == ()
    assert result.response in attack.responses
    # replaced functions cost their share, an audit everything
    assert result.earned <= {"F": 0, "W": 9, "S": 10}[result.response]
