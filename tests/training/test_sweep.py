"""Sets of configurations: from a file, and never trained twice."""

import json
from dataclasses import replace

import pytest

from grader.core.errors import GraderError
from grader.training import sweep
from grader.training.experiment import CHECKPOINT, RESULT
from grader.training.settings import Settings

BASE = Settings(epochs=2, cores=1)
FILE = """
batch = 32

[[configuration]]
name = "one conv"
group = "layers"
layers = "conv 4 3x3, relu, flatten, dense 10"

[[configuration]]
name = "Adam, small"
net = "mlp"
optimiser = "adam"
batch = 16
"""


def written(folder, text):
    path = folder / "set.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_standard_set_varies_one_thing_at_a_time():
    configurations = sweep.standard(BASE)
    assert len({configuration.folder for configuration in configurations}) == len(configurations) >= 15
    assert {configuration.group for configuration in configurations} == set(sweep.STANDARD)
    for configuration in configurations:
        settings = configuration.settings
        if configuration.group in ("layers", "filters"):
            settings = replace(settings, net="A", layers="")
        changed = {
            name for name, value in settings.to_json().items() if value != replace(BASE).to_json()[name]
        }
        assert len(changed) <= 1 or changed == {"optimiser", "schedule"}


def test_a_file_says_what_differs(tmp_path):
    first, second = sweep.read(written(tmp_path, FILE), BASE)
    assert (first.title, first.folder) == ("layers: one conv", "layers-one-conv")
    assert first.settings.batch == 32
    assert first.settings.network.name == "one conv"
    assert (second.title, second.folder) == ("Adam, small", "adam-small")
    assert second.settings == replace(BASE, net="mlp", optimiser="adam", batch=16)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[configuration", "not a TOML file"),
        ("epochs = 3", "has no configurations"),
        ("configuration = 3", "has no configurations"),
        ("[[configuration]]\nnet = 'A'", "configuration 1 needs a name"),
        ("[[configuration]]\nname = 'x'\nepoch = 3", "configuration 'x': 'epoch' is not a setting"),
        ("[[configuration]]\nname = 'x'\nlayers = 'conv'", "configuration 'x': network x: 'conv' is not"),
        ("[[configuration]]\nname = 'x'\nlr = -1", "configuration 'x': lr is -1"),
        ("[[configuration]]\nname = 'x'\n[[configuration]]\nname = 'X '", "two configurations 'X '"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_that_says_why(tmp_path, text, told):
    with pytest.raises(GraderError) as refused:
        sweep.read(written(tmp_path, text), BASE)
    assert told in str(refused.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(GraderError, match="cannot be read"):
        sweep.read(tmp_path / "nothing.toml", BASE)


class TestRun:
    """The set of the file above, with a trainer that only writes results."""

    @pytest.fixture
    def trained(self, tmp_path):
        """Return a function that runs the set, and gives names and whether they went on from a checkpoint."""

        def run(configurations, *, data="digits", stopped=None):
            calls = []

            def train(configuration, folder, resume):
                calls.append((configuration.name, resume))
                folder.mkdir(parents=True, exist_ok=True)
                (folder / CHECKPOINT).touch()
                result = {
                    "settings": configuration.settings.to_json(),
                    "data": data,
                    "ended": "stopped" if configuration.name == stopped else "epochs",
                }
                (folder / RESULT).write_text(json.dumps(result))
                return result

            results = sweep.run(configurations, tmp_path / "out", data, train)
            return calls, [result["ended"] for _, result in results]

        return run

    def test_what_is_finished_is_not_trained_again(self, trained, tmp_path):
        configurations = sweep.read(written(tmp_path, FILE), BASE)
        assert trained(configurations)[0] == [("one conv", False), ("Adam, small", False)]
        assert trained(configurations) == ([], ["epochs", "epochs"])

    def test_a_training_that_was_stopped_ends_the_run_and_goes_on_in_the_next(self, trained, tmp_path):
        configurations = sweep.read(written(tmp_path, FILE), BASE)
        assert trained(configurations, stopped="one conv") == ([("one conv", False)], ["stopped"])
        assert trained(configurations)[0] == [("one conv", True), ("Adam, small", False)]

    def test_other_settings_or_data_are_trained(self, trained, tmp_path):
        trained(sweep.read(written(tmp_path, FILE), BASE))
        changed = sweep.read(written(tmp_path, FILE.replace("batch = 16", "batch = 8")), BASE)
        assert trained(changed)[0] == [("Adam, small", True)]
        assert len(trained(changed, data="other digits")[0]) == 2

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"settings": 1}'])
    def test_a_damaged_result_is_trained_again(self, trained, tmp_path, text):
        configurations = sweep.read(written(tmp_path, FILE), BASE)
        trained(configurations)
        (tmp_path / "out" / "layers-one-conv" / RESULT).write_text(text)
        assert trained(configurations)[0] == [("one conv", True)]
