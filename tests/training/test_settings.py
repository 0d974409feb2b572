"""Settings of a training: limits, learning rates, and the way through JSON."""

import json

import pytest

from grader.core.errors import GraderError
from grader.training.settings import LEARNING_RATES, OPTIMISERS, Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("net", "B"),
        ("optimiser", "sdg"),
        ("schedule", "linear"),
        ("lr", 0.0),
        ("lr", float("nan")),
        ("l2", -1e-9),
        ("dropout", 1.0),
        ("batch", 0),
        ("epochs", 0),
        ("seconds", 0.0),
        ("seed", -1),
        ("cores", 0),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(name, value):
    with pytest.raises(GraderError, match=f"{name} is {value!r}"):
        Settings(**{name: value})


def test_settings_come_back_from_json_with_the_same_network():
    settings = Settings("lenet5", optimiser="adam", dropout=0.5, seconds=3.5, lr=0.01)
    plain = json.loads(json.dumps(settings.to_json()))
    again = Settings.from_json(plain)
    assert again.network == settings.network
    assert again.to_json() == plain


def test_an_own_network_keeps_its_name_and_layers():
    settings = Settings("mine", layers="flatten, dense 10")
    assert settings.network.name == "mine"
    assert settings.to_json()["layers"] == "flatten, dense 10"


@pytest.mark.parametrize(
    "values", [{"epoch": 3}, {"epochs": "3"}, {"epochs": 2.5}, {"lr": True}, {"net": 5}, {"seed": None}]
)
def test_values_of_the_wrong_kind_are_refused(values):
    with pytest.raises(GraderError, match=next(iter(values))):
        Settings.from_json(values)


class TestLearningRate:
    @pytest.mark.parametrize("optimiser", OPTIMISERS)
    def test_it_suits_the_optimiser_and_shrinks_with_the_batch(self, optimiser):
        whole = Settings(optimiser=optimiser).learning_rate(0, 10)
        one = Settings(optimiser=optimiser, batch=1).learning_rate(0, 10)
        assert whole == LEARNING_RATES[optimiser]
        assert one == pytest.approx(whole / (8 if optimiser == "adam" else 64))
        assert Settings(optimiser=optimiser, batch=1000).learning_rate(0, 10) == whole

    def test_one_that_is_given_is_kept(self):
        assert Settings(lr=0.3, batch=1).learning_rate(7, 10) == 0.3

    def test_cosine_ends_near_zero(self):
        settings = Settings(lr=1.0, schedule="cosine", epochs=2)
        assert settings.learning_rate(0, 10) == 1.0
        assert settings.learning_rate(10, 10) == pytest.approx(0.5)
        assert 0 < settings.learning_rate(19, 10) < 0.01

    def test_step_halves_after_every_epoch(self):
        settings = Settings(lr=1.0, schedule="step")
        assert [settings.learning_rate(step, 10) for step in (0, 9, 10, 25)] == [1.0, 1.0, 0.5, 0.25]
