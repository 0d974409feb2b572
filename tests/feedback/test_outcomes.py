"""How checks end for known mistakes: a record of rehearsals says the same as a rehearsal."""

import json
from dataclasses import replace

import numpy as np
import pytest

from grader.core.assignment import PUBLISHED_SEED
from grader.core.errors import DeviationError
from grader.core.kit import KIT
from grader.feedback import outcomes as module
from grader.feedback.mistakes.base import mistaken
from grader.feedback.mistakes.catalogue import MISTAKES, mistakes_of
from grader.feedback.outcomes import plain_play, play_name, run_and_record, simulate, would_fail
from grader.feedback.simulation import LocalCaller
from grader.judging.runnable import no_known_forward, runnable_checks
from grader.reference.functions import solution
from grader.reference.recorded import Answers

SCRIPTS = runnable_checks(PUBLISHED_SEED)
RELU = mistakes_of("relu_forward")
CHECKS = [script for script in SCRIPTS.values() if script.function in ("relu_forward", "relu_backward")]


def entries_of(mistake, script):
    caller = LocalCaller(mistaken(solution, {mistake.function: mistake.wrong}))
    return run_and_record(script, caller, no_known_forward).recorded_calls


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """Return a folder with a record of all mistakes of ReLU."""
    folder = tmp_path_factory.mktemp("record")
    answers, plays = Answers(PUBLISHED_SEED), {}
    for mistake in RELU:
        for script in CHECKS:
            caller = LocalCaller(mistaken(solution, {mistake.function: mistake.wrong}))
            trace = run_and_record(script, caller, no_known_forward)
            plays[play_name(script, mistake)] = plain_play(trace, answers)
    answers.save(folder)
    (folder / module.PLAYS).write_text(json.dumps(plays))
    return folder


@pytest.fixture
def recorded(record, monkeypatch):
    """Let the record take the place of rehearsals."""
    answers = Answers.load(record)
    monkeypatch.setattr(module, "recorded", lambda: answers)
    monkeypatch.setattr(module, "KIT", replace(KIT, record=record))
    for cached in (module._plays, would_fail):
        cached.cache_clear()
    yield
    for cached in (module._plays, would_fail):
        cached.cache_clear()


def verdict(ended):
    return (type(ended).__name__, getattr(ended, "status", None), getattr(ended, "value", None))


def all_verdicts():
    found = {}
    for student in RELU:
        for script in CHECKS:
            recorded_calls = entries_of(student, script)
            for suspect in RELU:
                for names in (None, {"out"}, {"dx"}, set()):
                    key = (student.id, script.id, suspect.id, str(names))
                    found[key] = verdict(simulate(script, suspect, None, recorded_calls, names))
    return found


@pytest.fixture(scope="module")
def rehearsed():
    """What rehearsals say; asked before any record takes their place."""
    return all_verdicts()


def test_a_rehearsal_agrees_with_whoever_makes_the_mistake():
    for mistake in RELU:
        for script in CHECKS:
            ended = simulate(script, mistake, None, entries_of(mistake, script), None)
            assert not isinstance(ended, DeviationError)


def test_a_record_says_what_rehearsals_say(rehearsed, recorded):
    assert all_verdicts() == rehearsed


def test_a_record_knows_which_checks_fail(recorded):
    told = {(script.id, mistake.id): would_fail(script, mistake) for script in CHECKS for mistake in RELU}
    would_fail.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "recorded", lambda: None)
        patch.setattr(module, "KIT", KIT)
        assert told == {
            (script.id, mistake.id): would_fail(script, mistake) for script in CHECKS for mistake in RELU
        }


def test_what_was_not_recorded_is_no_suspect(recorded):
    stranger = next(mistake for mistake in MISTAKES if mistake.function == "dense_forward")
    script = SCRIPTS["dense_forward.values"]
    assert isinstance(simulate(script, stranger, None, (), None), DeviationError)
    assert not would_fail(script, stranger)


def test_values_are_kept_short_where_nothing_is_lost(record):
    answers = Answers(0)
    huge, usual = (
        module._plain_value(np.array([1e300]), answers),
        module._plain_value(np.array([1.5]), answers),
    )
    assert answers.arrays.get(huge).dtype == np.float64
    assert answers.arrays.get(usual).dtype == np.float32
