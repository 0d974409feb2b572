"""The fast engine computes what the functions of the reference compute, on any number of cores."""

import multiprocessing

import numpy as np
import pytest

from grader.core.errors import GraderError
from grader.reference.functions import reference
from grader.training import fast_engine as fast
from grader.training.calls_engine import CallsEngine
from grader.training.fast_engine import FastEngine
from grader.training.network import initial_parameters
from grader.training.network_text import NETWORKS, parse_network

IMAGES = np.random.RandomState(3).randint(0, 256, (50, 28, 28)).astype(np.uint8)
LABELS = np.random.RandomState(4).randint(0, 10, 50)


@pytest.fixture
def engine():
    """Return a function that makes an engine, to be closed after the test."""
    made = []

    def make(network, batch, cores=1):
        made.append(FastEngine(network, IMAGES, batch, cores=cores))
        return made[-1]

    yield make
    for one in made:
        one.close()


def start(name, text=None):
    network = parse_network(name, text or NETWORKS[name])
    return network, initial_parameters(network, np.random.RandomState(1))


def close(got, expected):
    for name, array in expected.items():
        np.testing.assert_allclose(got[name], array, atol=2e-5 * max(1, np.abs(array).max()), err_msg=name)


@pytest.mark.parametrize("batch", [1, 6])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_is_that_of_the_reference(engine, name, batch):
    network, weights = start(name)
    ours, theirs = engine(network, batch), CallsEngine(network, IMAGES, reference)
    for indices in (np.arange(batch), np.arange(batch) + 9):
        loss, gradients = ours.gradients(weights, indices, LABELS[indices], 1)
        expected_loss, expected = theirs.gradients(weights, indices, LABELS[indices], 1)
        assert loss == pytest.approx(expected_loss, rel=1e-5)
        close(gradients, expected)


def test_scores_are_those_of_the_reference_for_any_number_of_images(engine, monkeypatch):
    monkeypatch.setattr(fast, "EVALUATED_AT_ONCE", 8)
    network, weights = start("A")
    ours, theirs = engine(network, 4), CallsEngine(network, IMAGES, reference)
    for count in (1, 8, 19):
        scores = ours.logits(weights, IMAGES[:count])
        assert scores.shape == (count, 10)
        np.testing.assert_allclose(scores, theirs.logits(weights, IMAGES[:count]), atol=1e-4)


class TestCores:
    def test_helpers_add_up_to_the_whole_batch(self, engine, monkeypatch):
        monkeypatch.setattr(fast, "WORK_FOR_A_CORE", 1)
        network, weights = start("A")
        alone, together = engine(network, 7), engine(network, 7, cores=3)
        assert (alone.cores, together.cores) == (1, 3)
        adopted = together.adopt(weights)
        for seed in (1, 2):
            indices = np.arange(7) + seed
            loss, gradients = together.gradients(adopted, indices, LABELS[indices], seed)
            expected_loss, expected = alone.gradients(weights, indices, LABELS[indices], seed)
            assert loss == pytest.approx(expected_loss, rel=1e-5)
            close(gradients, expected)

    def test_changes_of_adopted_weights_and_other_weights_are_seen(self, engine, monkeypatch):
        monkeypatch.setattr(fast, "WORK_FOR_A_CORE", 1)
        network, weights = start("mlp", "conv 1 3x3, flatten, dense 10")
        together, indices = engine(network, 4, cores=2), np.arange(4)
        adopted = together.adopt(weights)
        first, _ = together.gradients(adopted, indices, LABELS[:4], 1)
        adopted["w0"] *= -2
        changed, _ = together.gradients(adopted, indices, LABELS[:4], 1)
        assert changed != first
        assert together.gradients(weights, indices, LABELS[:4], 1)[0] == first

    def test_small_networks_and_batches_stay_in_one_process(self, engine):
        assert engine(start("mlp")[0], 64, cores=8).cores == 1
        assert engine(start("A")[0], 1, cores=8).cores == 1
        assert multiprocessing.active_children() == []

    def test_helpers_end_with_the_engine(self, engine, monkeypatch):
        monkeypatch.setattr(fast, "WORK_FOR_A_CORE", 1)
        together = engine(start("A")[0], 2, cores=2)
        assert len(multiprocessing.active_children()) == 1
        together.close()
        assert multiprocessing.active_children() == []

    def test_a_helper_that_died_is_an_error(self, engine, monkeypatch):
        monkeypatch.setattr(fast, "WORK_FOR_A_CORE", 1)
        network, weights = start("A")
        together = engine(network, 2, cores=2)
        (child,) = multiprocessing.active_children()
        child.kill()
        child.join()
        with pytest.raises(GraderError, match="helper process of the training ended"):
            together.gradients(weights, np.arange(2), LABELS[:2], 1)


def test_dropout_drops_while_training_and_never_afterwards(engine):
    network, weights = start("x", "flatten, dropout 0.5, dense 10")
    ours, indices = engine(network, 4), np.arange(4)
    losses = {ours.gradients(weights, indices, LABELS[:4], seed)[0] for seed in (1, 2)}
    again = ours.gradients(weights, indices, LABELS[:4], 1)[0]
    assert len(losses) == 2
    assert again in losses
    plain = parse_network("x", "flatten, dense 10")
    same = {"w1": weights["w2"], "b1": weights["b2"]}
    np.testing.assert_array_equal(ours.logits(weights, IMAGES[:3]), engine(plain, 4).logits(same, IMAGES[:3]))
