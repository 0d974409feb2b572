"""How checks end for known mistakes: a record says the same as a simulation."""

import json

import numpy as np
import pytest

from grader.core.errors import GraderError
from grader.core.seed import PUBLISHED
from grader.feedback import outcomes as module
from grader.feedback.mistakes.catalogue import MISTAKES, mistakes_of
from grader.feedback.outcomes import (
    RecordedOutcomes,
    SimulatedOutcomes,
    functions_with,
    outcome_name,
    plain_outcome,
)
from grader.feedback.recording import run_and_record
from grader.feedback.simulation import LocalCaller
from grader.reference.recorded import Answers
from grader.run.collect import runnable_checks

ALL = runnable_checks(PUBLISHED)
RELU = mistakes_of("relu_forward")
CHECKS = [check for check in ALL.values() if check.function in ("relu_forward", "relu_backward")]


def trace_of(mistake, check):
    return run_and_record(check, LocalCaller(functions_with(mistake)))


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """Return a folder with a record of all mistakes of ReLU."""
    folder = tmp_path_factory.mktemp("record")
    answers = Answers()
    found = {
        outcome_name(check, mistake): plain_outcome(trace_of(mistake, check), answers)
        for mistake in RELU
        for check in CHECKS
    }
    answers.save(folder)
    (folder / module.OUTCOMES).write_text(json.dumps(found))
    return folder


@pytest.fixture
def recorded(record):
    return RecordedOutcomes(Answers.load(record), record)


def verdict(outcome):
    stopped = outcome.stopped
    return outcome.agrees, getattr(stopped, "status", None), getattr(stopped, "value", None)


def all_verdicts(outcomes):
    found = {}
    for student in RELU:
        for check in CHECKS:
            recorded_calls = trace_of(student, check).recorded_calls
            for suspect in RELU:
                for names in (None, {"out"}, {"dx"}, set()):
                    key = (student.id, check.id, suspect.id, str(names))
                    found[key] = verdict(outcomes.outcome(check, suspect, None, recorded_calls, names))
    return found


def test_a_simulation_agrees_with_a_submission_that_makes_the_mistake():
    for mistake in RELU:
        for check in CHECKS:
            recorded_calls = trace_of(mistake, check).recorded_calls
            assert SimulatedOutcomes().outcome(check, mistake, None, recorded_calls, None).agrees


def test_a_record_says_what_simulations_say(recorded):
    assert all_verdicts(recorded) == all_verdicts(SimulatedOutcomes())


def test_a_record_knows_which_checks_would_fail(recorded):
    simulated = SimulatedOutcomes()
    for check in CHECKS:
        for mistake in RELU:
            assert recorded.would_fail(check, mistake) is simulated.would_fail(check, mistake)


def test_what_was_not_recorded_is_no_suspect(recorded):
    stranger = next(mistake for mistake in MISTAKES if mistake.function == "dense_forward")
    check = ALL["dense_forward.values"]
    assert not recorded.outcome(check, stranger, None, (), None).agrees
    assert not recorded.would_fail(check, stranger)


def test_a_damaged_record_is_said_to_be_one(recorded, tmp_path):
    damaged = RecordedOutcomes(Answers(), tmp_path)
    with pytest.raises(GraderError, match="install the kit again"):
        damaged.would_fail(CHECKS[0], RELU[0])


def test_values_are_kept_short_where_nothing_is_lost():
    answers = Answers()
    huge, usual = (
        module._plain_value(np.array([1e300]), answers),
        module._plain_value(np.array([1.5]), answers),
    )
    assert answers.arrays.get(huge).dtype == np.float64
    assert answers.arrays.get(usual).dtype == np.float32
