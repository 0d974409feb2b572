"""A resumed training continues bit for bit, and nothing is lost however a training ends."""

from dataclasses import replace

import numpy as np
import pytest

from grader.core.errors import GraderError, OtherTrainingError
from grader.training.engine import Engine
from grader.training.fast_engine import FastEngine
from grader.training.settings import Settings
from grader.training.trainer import Trainer

SETTINGS = Settings("x", layers="flatten, dense 10", epochs=2, batch=50, dropout=0.2, cores=1)


@pytest.fixture
def trainer(digits):
    """Return a function that makes a trainer of a tiny network on few digits."""

    def make(settings=SETTINGS, engine=None, **options):
        engine = engine or FastEngine(settings.network, digits.train_images, settings.batch, cores=1)
        return Trainer(settings, engine, digits.train_images, digits.train_labels, **options)

    return make


def same(one, other):
    for name, array in one.state.weights.items():
        np.testing.assert_array_equal(array, other.state.weights[name])


class Broken(Engine):
    """Fails, or gives a loss that is no number, at its third step."""

    def __init__(self, engine, failure):
        self.engine, self.failure, self.steps = engine, failure, 0

    def gradients(self, weights, indices, labels, seed):
        self.steps += 1
        loss, gradients = self.engine.gradients(weights, indices, labels, seed)
        if self.steps == 3:
            if isinstance(self.failure, float):
                return self.failure, gradients
            raise self.failure
        return loss, gradients

    def logits(self, weights, images):
        return self.engine.logits(weights, images)


def broken(settings, images, failure):
    return Broken(FastEngine(settings.network, images, settings.batch, cores=1), failure)


class TestRun:
    def test_it_takes_every_step_of_every_epoch_and_learns(self, trainer):
        settings = replace(SETTINGS, dropout=0.0, epochs=4)
        run = trainer(settings)
        assert run.run() == "epochs"
        assert run.state.step == run.steps == 4 * run.steps_in_epoch == 4 * 25
        losses = [point.loss for point in run.state.points]
        assert losses[-1] < 0.5 * losses[0]
        assert run.state.points[-1].accuracy > 0.6
        assert run.state.points[-1].norms.keys() == run.state.weights.keys()

    def test_the_same_settings_give_the_same_weights(self, trainer):
        one, other, third = trainer(), trainer(), trainer(replace(SETTINGS, seed=5))
        for run in (one, other, third):
            run.run()
        same(one, other)
        assert (one.state.weights["w1" if "w1" in one.state.weights else "w2"] != 0).any()
        with pytest.raises(AssertionError):
            same(one, third)

    def test_images_held_back_are_never_trained_on(self, trainer, digits):
        seen = set()

        class Watched(Broken):
            def gradients(self, weights, indices, labels, seed):
                seen.update(indices.tolist())
                return super().gradients(weights, indices, labels, seed)

        run = trainer(engine=Watched(broken(SETTINGS, digits.train_images, None).engine, 0.5))
        run.run()
        assert seen.isdisjoint(run._held_back.tolist())
        assert len(run._held_back) == len(digits.train_images) // 6

    def test_a_limit_of_seconds_ends_it(self, trainer):
        run = trainer(replace(SETTINGS, seconds=1e-9))
        assert run.run() == "seconds"
        assert run.state.step == 1
        assert len(run.state.points) == 1

    def test_a_batch_larger_than_the_data_is_refused(self, trainer):
        with pytest.raises(GraderError, match="batch is 2000, but there are only 1250 images"):
            trainer(replace(SETTINGS, batch=2000))

    def test_a_loss_that_is_no_number_ends_it_with_the_weights_of_before(self, trainer, digits):
        run = trainer(engine=broken(SETTINGS, digits.train_images, float("nan")))
        assert run.run() == "diverged"
        assert run.state.step == 2
        assert all(np.isfinite(array).all() for array in run.state.weights.values())


class TestResume:
    @pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
    @pytest.mark.parametrize("stop_at", [1, 25, 37])
    def test_it_ends_with_the_same_bits_wherever_it_was_stopped(self, trainer, tmp_path, optimiser, stop_at):
        settings = replace(SETTINGS, optimiser=optimiser, schedule="cosine", l2=0.01)
        whole = trainer(settings)
        whole.run()

        def stop(run):
            if run.state.step == stop_at:
                run.stop()

        path = tmp_path / "c.npz"
        assert trainer(settings, path=path, on_step=stop).run() == "stopped"
        rest = trainer(settings, path=path)
        rest.resume()
        assert rest.state.step == stop_at
        assert rest.run() == "epochs"
        same(rest, whole)
        assert [point.step for point in rest.state.points if point.step % 3 == 0] == [
            point.step for point in whole.state.points if point.step % 3 == 0
        ]

    def test_more_epochs_go_on_from_fewer(self, trainer, tmp_path):
        path = tmp_path / "c.npz"
        trainer(replace(SETTINGS, epochs=1), path=path).run()
        longer, whole = trainer(path=path), trainer()
        longer.resume()
        longer.run()
        whole.run()
        same(longer, whole)

    @pytest.mark.parametrize("failure", [KeyboardInterrupt(), RuntimeError("lost")])
    def test_a_failure_leaves_a_checkpoint_of_the_steps_before_it(self, trainer, digits, tmp_path, failure):
        path = tmp_path / "c.npz"
        with pytest.raises(type(failure)):
            trainer(engine=broken(SETTINGS, digits.train_images, failure), path=path).run()
        rest, whole = trainer(path=path), trainer()
        rest.resume()
        assert rest.state.step == 2
        rest.run()
        whole.run()
        same(rest, whole)

    @pytest.mark.parametrize(
        "changes",
        [
            {"seed": 1},
            {"batch": 49},
            {"layers": "flatten, dense 11, dense 10"},
            {"lr": 0.1},
            {"optimiser": "adam"},
            {"dropout": 0.0},
            {"l2": 0.1},
        ],
    )
    def test_a_checkpoint_of_other_settings_is_refused_by_name(self, trainer, tmp_path, changes):
        path = tmp_path / "c.npz"
        trainer(replace(SETTINGS, seconds=1e-9), path=path).run()
        with pytest.raises(OtherTrainingError, match=f"was trained with {next(iter(changes))}"):
            trainer(replace(SETTINGS, **changes), path=path).resume()

    def test_other_images_are_refused(self, trainer, tmp_path, digits):
        path = tmp_path / "c.npz"
        trainer(replace(SETTINGS, seconds=1e-9), path=path).run()
        engine = FastEngine(SETTINGS.network, digits.train_images[:600], SETTINGS.batch, cores=1)
        fewer = Trainer(SETTINGS, engine, digits.train_images[:600], digits.train_labels[:600], path=path)
        with pytest.raises(OtherTrainingError, match="1500 images, not 600"):
            fewer.resume()

    def test_a_cosine_cannot_be_made_longer(self, trainer, tmp_path):
        path, settings = tmp_path / "c.npz", replace(SETTINGS, schedule="cosine")
        trainer(replace(settings, seconds=1e-9), path=path).run()
        with pytest.raises(OtherTrainingError, match="epochs"):
            trainer(replace(settings, epochs=3), path=path).resume()

    def test_a_checkpoint_with_a_missing_weight_is_damaged(self, trainer, tmp_path):
        path = tmp_path / "c.npz"
        run = trainer(replace(SETTINGS, seconds=1e-9), path=path)
        run.run()
        del run.state.weights["b2"]
        run.save()
        with pytest.raises(GraderError, match="damaged"):
            trainer(path=path).resume()
