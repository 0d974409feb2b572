"""A training from settings to results, with layers of the kit and of submissions."""

import json

import numpy as np
import pytest

from grader.core.errors import GraderError, TrainingStoppedError
from grader.training.experiment import CHECKPOINT, RESULT, train
from grader.training.settings import Settings

SETTINGS = Settings("x", layers="conv 3 5x5, relu, pool 4x4, flatten, dense 10", epochs=3, batch=50, cores=1)


def test_all_layers_of_the_kit_train_alike(digits, submission, tmp_path):
    folders = {name: tmp_path / name for name in ("fast", "solution", "worker")}
    layers = {"fast": "fast", "solution": "solution", "worker": str(submission())}
    results = {name: train(SETTINGS, whose, digits, folder=folders[name]) for name, whose in layers.items()}
    for name, array in results["solution"].weights.items():
        np.testing.assert_array_equal(results["worker"].weights[name], array)
        np.testing.assert_allclose(results["fast"].weights[name], array, atol=1e-3)
    for name, result in results.items():
        assert result.ended == "epochs"
        assert result.test_accuracy > 0.5
        kept = json.loads((folders[name] / RESULT).read_text())
        assert kept["test_accuracy"] == result.test_accuracy
        assert kept["test_loss"] == pytest.approx(results["solution"].test_loss, abs=0.01)
        assert (folders[name] / CHECKPOINT).exists()


def test_the_result_holds_what_a_table_needs(digits):
    trained = train(SETTINGS, "fast", digits)
    assert trained.parameters == 3 * 26 + (3 * 36 + 1) * 10
    assert trained.epoch_seconds == pytest.approx(trained.seconds / 3)
    assert trained.seconds_to(0.0) == trained.points[0].seconds
    assert trained.seconds_to(1.01) is None
    assert trained.scores.shape == (300, 10)


def test_it_goes_on_from_its_folder(digits, tmp_path):
    def stop(trainer):
        if trainer.state.step == 10:
            trainer.stop()

    assert train(SETTINGS, "fast", digits, folder=tmp_path, on_step=stop).ended == "stopped"
    rest = train(SETTINGS, "fast", digits, folder=tmp_path, resume=True)
    whole = train(SETTINGS, "fast", digits)
    assert rest.step == whole.step == 75
    for name, array in whole.weights.items():
        np.testing.assert_array_equal(rest.weights[name], array)


class TestProblems:
    def test_a_function_that_is_missing_is_named_and_the_checkpoint_kept(self, digits, submission, tmp_path):
        source = (
            "steps = []\nright = relu_backward\ndef relu_backward(dout, cache):\n    steps.append(0)\n"
            "    if len(steps) == 4:\n        raise ValueError('no more')\n    return right(dout, cache)"
        )
        with pytest.raises(TrainingStoppedError) as stopped:
            train(SETTINGS, str(submission(layers=source)), digits, folder=tmp_path / "run")
        assert "relu_backward raised ValueError: no more" in str(stopped.value)
        assert "line" in str(stopped.value)
        rest = train(SETTINGS, "solution", digits, folder=tmp_path / "run", resume=True)
        whole = train(SETTINGS, "solution", digits)
        for name, array in whole.weights.items():
            np.testing.assert_array_equal(rest.weights[name], array)

    def test_layers_that_do_not_exist_are_an_error(self, digits, tmp_path):
        with pytest.raises(GraderError, match="no such file or folder"):
            train(SETTINGS, str(tmp_path / "nothing"), digits)

    def test_a_submission_that_cannot_be_read_is_an_error(self, digits, tmp_path):
        (tmp_path / "work.zip").write_bytes(b"no archive")
        with pytest.raises(GraderError, match="cannot be used"):
            train(SETTINGS, str(tmp_path / "work.zip"), digits)

    def test_a_result_that_cannot_be_written_is_an_error(self, digits, tmp_path):
        (tmp_path / RESULT).mkdir()
        with pytest.raises(GraderError, match="the result cannot be written"):
            train(SETTINGS, "fast", digits, folder=tmp_path)

    def test_a_training_that_diverges_says_so(self, digits):
        settings = Settings("x", layers="flatten, dense 10", lr=3e38, epochs=2, cores=1)
        trained = train(settings, "fast", digits)
        assert trained.ended == "diverged"
        assert np.isfinite(trained.test_loss)
