"""The corpus of attacks at strict and at confined: none gains a point, reads, changes or leaves anything."""

import pytest
from attacks.corpus import TIERS, TRAINING, attacks, ground, run

from grader.sandbox.tiers import problem_of

CORPUS = attacks()
FEW = [attack for attack in CORPUS if attack.family == TRAINING]
MANY = [attack for attack in CORPUS if attack.family != TRAINING]


@pytest.fixture(scope="module", params=TIERS)
def tier(request):
    if problem := problem_of(request.param):
        pytest.skip(f"{request.param}: {problem}")
    return request.param


@pytest.fixture(scope="module")
def planted():
    with ground() as found:
        yield found


@pytest.fixture(scope="module")
def honest(tier, planted):
    """Return what the wrong submission earns without an attack."""
    return run(None, tier, planted).earned


def test_there_are_enough():
    assert len(CORPUS) >= 80


@pytest.mark.parametrize("attack", MANY, ids=lambda attack: attack.id)
def test_an_attack_gains_reads_changes_and_leaves_nothing(attack, tier, planted, honest):
    result = run(attack, tier, planted)
    assert result.problems == ()
    assert result.earned <= honest
    assert result.response in attack.responses
    assert len(result.report.results) > 60


@pytest.mark.usefixtures("small_training")
@pytest.mark.parametrize("attack", FEW, ids=lambda attack: attack.id)
def test_an_attack_on_the_training_earns_nothing_that_it_should_not(attack, tier, planted):
    result = run(attack, tier, planted)
    assert result.problems == ()
    assert result.response in attack.responses
    # replaced functions cost their share, an audit everything
    assert result.earned <= {"F": 0, "W": 9, "S": 10}[result.response]
