"""The loop of every training: when it steps, evaluates, saves and ends."""

import math

import numpy as np
import pytest

from grader.training.loop import Batches, State, Stepper, TrainingLoop


class Counting(Stepper):
    """Counts a step and a second each time; ends the training or raises at a step."""

    def __init__(self, *, ends_at=None, fails_at=None, loss=None):
        self.ends_at, self.fails_at, self.loss, self.batches = ends_at, fails_at, loss, []

    def take(self, state, indices):
        if state.step == self.fails_at:
            raise KeyboardInterrupt
        if state.step == self.ends_at:
            return "diverged"
        self.batches.append(indices.tolist())
        state.step += 1
        state.seconds += 1
        if self.loss is not None:
            state.losses.append(self.loss)
        return ""


@pytest.fixture
def make():
    """Return a function that makes a loop of 10 steps, 4 of them in an epoch, evaluated after every 3."""

    def make(stepper=None, events=None, accuracy=0.5, **options):
        events = [] if events is None else events
        batches = Batches(np.arange(9), 2, lambda epoch, pool: np.roll(pool, epoch))
        options = {
            "steps": 10,
            "evaluate_every": 3,
            "on_evaluation": lambda point: events.append(f"evaluated {point.step}"),
            "save": lambda: events.append("saved"),
            **options,
        }
        return TrainingLoop(State({}), batches, stepper or Counting(), lambda _: accuracy, **options)

    return make


class TestBatches:
    def test_each_epoch_has_an_order_of_its_own_and_leaves_out_the_rest(self):
        batches = Batches(np.arange(5), 2, lambda epoch, pool: pool + 10 * epoch)
        assert batches.in_epoch == 2
        assert [batches.at(step).tolist() for step in range(4)] == [[0, 1], [2, 3], [10, 11], [12, 13]]

    def test_a_later_step_may_be_the_first(self):
        batches = Batches(np.arange(5), 2, lambda epoch, pool: pool + 10 * epoch)
        assert batches.at(3).tolist() == [12, 13]
        assert batches.at(3).dtype == np.int64

    def test_an_order_is_drawn_only_when_its_epoch_begins(self):
        drawn = []

        def shuffle(epoch, pool):
            drawn.append(epoch)
            return pool

        batches = Batches(np.arange(4), 2, shuffle)
        for step in range(3):
            batches.at(step)
        assert drawn == [0, 1]


class TestEnd:
    def test_it_evaluates_in_between_and_at_the_end_and_saves_after_each_epoch(self, make):
        events = []
        assert make(events=events).run() == "steps"
        assert events == [
            "evaluated 3",
            "saved",
            "evaluated 6",
            "saved",
            "evaluated 9",
            "evaluated 10",
            "saved",
        ]

    def test_few_steps_since_the_last_evaluation_may_be_too_few_for_another(self, make):
        events = []
        make(events=events, evaluate_rest=2).run()
        assert "evaluated 10" not in events

    def test_it_ends_when_the_points_are_enough(self, make):
        loop = make(is_enough=lambda points: len(points) == 2)
        assert loop.run() == "accurate"
        assert loop.state.step == 6

    def test_it_ends_after_its_seconds_and_evaluates_what_was_reached(self, make):
        loop = make(seconds=4)
        assert loop.run() == "seconds"
        assert [point.step for point in loop.state.points] == [3, 4]

    def test_it_ends_after_the_step_at_which_it_was_stopped(self, make):
        loop = make(on_step=lambda: loop.stop() if loop.state.step == 2 else None)
        assert loop.run() == "stopped"
        assert loop.state.step == 2

    def test_it_ends_for_the_reason_of_the_stepper_without_another_evaluation(self, make):
        loop = make(Counting(ends_at=5))
        assert loop.run() == "diverged"
        assert [point.step for point in loop.state.points] == [3]

    def test_it_saves_whatever_ends_it(self, make):
        events = []
        with pytest.raises(KeyboardInterrupt):
            make(Counting(fails_at=2), events).run()
        assert events == ["saved"]

    def test_it_continues_at_the_step_of_its_state(self, make):
        whole, rest = Counting(), Counting()
        make(whole).run()
        loop = make(rest)
        loop.state.step = 6
        loop.run()
        assert rest.batches == whole.batches[6:]


class TestPoints:
    def test_a_point_has_the_mean_loss_since_the_last_one(self, make):
        loop = make(Counting(loss=2.0), accuracy=0.75)
        loop.run()
        first = loop.state.points[0]
        assert (first.step, first.seconds, first.loss, first.accuracy) == (3, 3, 2.0, 0.75)
        assert loop.state.losses == []

    def test_without_losses_it_is_not_a_number(self, make):
        loop = make()
        loop.run()
        assert math.isnan(loop.state.points[0].loss)
