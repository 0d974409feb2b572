"""The outcomes of checks for known mistakes: simulated, or read from a record of simulations."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError, GraderError
from grader.core.kit import KIT
from grader.core.results import Feedback, Status
from grader.feedback.exceptions import kind_of
from grader.feedback.mistakes.base import Function, Mistake, mistaken
from grader.feedback.recording import RecordedCall, Trace, run_and_record
from grader.feedback.simulation import DEVIATES, LocalCaller, Outcome, same_values, simulate
from grader.judging.plain_case import Known, PlainCase
from grader.judging.runnable import RunnableCheck
from grader.reference.functions import solution
from grader.reference.recorded import Answers, recorded
from grader.worker.values import NonArray, WireValue

OUTCOMES = "outcomes.json"


class Outcomes(ABC):
    """How checks would end for known mistakes."""

    @abstractmethod
    def outcome(
        self,
        check: RunnableCheck,
        mistake: Mistake,
        known: Mistake | None,
        recorded_calls: Sequence[RecordedCall],
        names: Collection[str] | None,
        plain: PlainCase | None = None,
    ) -> Outcome:
        """Return how a check ends for a mistake, compared with a submission.

        Parameters
        ----------
        check
            Check to run or look up.
        mistake
            Mistake in the function that the check judges, or in its forward function.
        known
            Recognised mistake in the forward function, where the check judges a backward function.
        recorded_calls
            Calls of the check with the submission's answers.
        names
            Names of the values in which the two must agree; None for all.
        plain
            What is wrong in the plain case, where the check is of other options.
        """

    @abstractmethod
    def would_fail(self, check: RunnableCheck, mistake: Mistake) -> bool:
        """Whether a check fails for a submission that makes this mistake and no other."""

    @abstractmethod
    def function(self, mistake: Mistake) -> Function:
        """Return the wrong function of a mistake, as a function of this process."""

    @abstractmethod
    def results(self, mistake: Mistake, function: str) -> Known:
        """Return a function of this process that does what a function does with a mistake.

        Parameters
        ----------
        mistake
            Mistake in the function, or in its forward function.
        function
            Name of the function. For a backward function, what is returned takes the arguments of its forward
            function and then ``dout``, and the options.
        """


@cache
def outcomes() -> Outcomes:
    """Return the outcomes of mistakes: simulated in a kit with the solution, otherwise recorded."""
    answers = recorded()
    if answers is None or KIT.record is None:
        return SimulatedOutcomes()
    return RecordedOutcomes(answers, KIT.record)


class SimulatedOutcomes(Outcomes):
    """Runs checks on the solution with one function replaced by a wrong one."""

    def __init__(self) -> None:
        self._failing: dict[tuple[RunnableCheck, Mistake], bool] = {}

    def outcome(
        self,
        check: RunnableCheck,
        mistake: Mistake,
        known: Mistake | None,
        recorded_calls: Sequence[RecordedCall],
        names: Collection[str] | None,
        plain: PlainCase | None = None,
    ) -> Outcome:
        """Simulate the check."""
        forwards = {} if known is None else {known.function: self.function(known)}
        return simulate(check, functions_with(mistake, known), forwards, recorded_calls, names, plain)

    def would_fail(self, check: RunnableCheck, mistake: Mistake) -> bool:
        """Run the check, or recall how it ended."""
        key = check, mistake
        if key not in self._failing:
            trace = run_and_record(check, LocalCaller(functions_with(mistake)))
            self._failing[key] = _failed(trace.stopped)
        return self._failing[key]

    def function(self, mistake: Mistake) -> Function:
        """Return the wrong function, built upon the solution."""
        return functions_with(mistake)(mistake.function)

    def results(self, mistake: Mistake, function: str) -> Known:
        """Return a function that remembers nothing, and runs a forward function before a backward one."""

        def results(*arguments: Any, **options: Any) -> Any:
            functions = functions_with(mistake)
            if not FUNCTIONS[function].is_backward:
                return functions(function)(*arguments, **options)
            *inputs, dout = arguments
            _, cache = functions(FUNCTIONS[function].forward)(*inputs, **options)
            return functions(function)(dout, cache)

        return results


@dataclass(frozen=True)
class RecordedOutcome:
    """A recorded trace: for each program its digest, its values, and how it failed."""

    programs: tuple[tuple[str, Mapping[str, WireValue], str | None], ...]
    stopped: CheckStoppedError | None


class RecordedOutcomes(Outcomes):
    """Looks up outcomes that were recorded where the solution was available.

    Parameters
    ----------
    answers
        Recorded answers; their arrays include the values of the outcomes.
    folder
        Folder that holds the recorded outcomes.
    """

    def __init__(self, answers: Answers, folder: Path) -> None:
        self._answers = answers
        self._folder = folder

    @cached_property
    def _plain(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self._folder / OUTCOMES).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise GraderError(
                f"the record in {self._folder} cannot be read; install the kit again"
            ) from error
        return found

    def outcome(
        self,
        check: RunnableCheck,
        mistake: Mistake,
        known: Mistake | None,
        recorded_calls: Sequence[RecordedCall],
        names: Collection[str] | None,
        plain: PlainCase | None = None,
    ) -> Outcome:
        """Compare with the record; an outcome that was not recorded deviates."""
        recorded_names = [outcome_name(check, mistake, known)]
        if plain is not None:
            # where the mistake is that of the plain case, the check does not stop at it
            recorded_names.append(option_name(check, mistake))
        for name in recorded_names:
            found = self._find(name)
            if found is not None and _agree(recorded_calls, found, names):
                return Outcome(agrees=True, stopped=found.stopped)
        return DEVIATES

    def would_fail(self, check: RunnableCheck, mistake: Mistake) -> bool:
        """Look the outcome up; a check whose outcome was not recorded passes."""
        found = self._find(outcome_name(check, mistake))
        return found is not None and _failed(found.stopped)

    def function(self, mistake: Mistake) -> Function:
        """Return a function that gives the recorded answers of the wrong function."""
        return self._answers.function(mistake.id)

    def results(self, mistake: Mistake, function: str) -> Known:
        """Return a function that gives the recorded results, and raises MissingAnswerError for any other."""
        return self._answers.function(results_name(function, mistake))

    def _find(self, name: str) -> RecordedOutcome | None:
        found = self._plain.get(name)
        if found is None:
            return None
        programs = tuple(
            (program, {name: _value(value, self._answers) for name, value in values.items()}, error)
            for program, values, error in found["programs"]
        )
        stopped = None
        if found["stopped"] is not None:
            status, value = found["stopped"]
            stopped = CheckStoppedError(Status(status), Feedback("Recorded."), value=value)
        return RecordedOutcome(programs, stopped)


def functions_with(mistake: Mistake, known: Mistake | None = None) -> Callable[[str], Function]:
    """Return a function that finds functions by name: the wrong ones of the mistakes, else the right ones."""
    wrong = {} if known is None else {known.function: known.wrong}
    return mistaken(solution, {**wrong, mistake.function: mistake.wrong})


def _failed(stopped: CheckStoppedError | None) -> bool:
    return stopped is not None and stopped.status is not Status.BLOCKED


def outcome_name(check: RunnableCheck, mistake: Mistake, known: Mistake | None = None) -> str:
    """Return the key of an outcome in the record."""
    return " ".join([check.id, mistake.id, *([] if known is None else [known.id])])


def option_name(check: RunnableCheck, mistake: Mistake) -> str:
    """Return the key of the outcome of a check of other options that takes what the mistake gives."""
    return f"{outcome_name(check, mistake)} in the plain case"


def results_name(function: str, mistake: Mistake) -> str:
    """Return the name under which the results that a mistake gives are recorded."""
    return f"{function}:with {mistake.id}"


def plain_outcome(trace: Trace, answers: Answers) -> dict[str, Any]:
    """Return a trace in a form that JSON can hold, with its arrays stored among the answers."""
    stopped = trace.stopped
    return {
        "programs": [
            [
                _program(entry),
                {name: _plain_value(value, answers) for name, value in entry.values.items()},
                None if entry.error is None else kind_of(entry.error),
            ]
            for entry in trace.recorded_calls
        ],
        "stopped": None if stopped is None else [stopped.status.value, stopped.value],
    }


def _agree(
    recorded_calls: Sequence[RecordedCall], outcome: RecordedOutcome, names: Collection[str] | None
) -> bool:
    """Whether a submission gave the values of a recorded outcome."""
    if len(recorded_calls) != len(outcome.programs):
        return False
    for entry, (program, values, error) in zip(recorded_calls, outcome.programs, strict=True):
        theirs = None if entry.error is None else kind_of(entry.error)
        if _program(entry) != program or theirs != error or not same_values(values, entry.values, names):
            return False
    return True


def _program(entry: RecordedCall) -> str:
    return hashlib.blake2b(repr(entry.calls).encode(), digest_size=8).hexdigest()


def _plain_value(value: WireValue, answers: Answers) -> Any:
    if isinstance(value, NonArray):
        return {"type": value.type, "dtype": value.dtype, "shape": value.shape}
    short = value
    if value.dtype == np.float64:
        with np.errstate(over="ignore"):
            short = value.astype(np.float32)
        # values beyond float32 must stay: the largest decides how closely all are compared
        if not np.array_equal(np.isfinite(short), np.isfinite(value)):
            short = value
    return answers.arrays.put(short)


def _value(value: Any, answers: Answers) -> WireValue:
    if isinstance(value, dict):
        shape = value["shape"]
        return NonArray(value["type"], value["dtype"], None if shape is None else tuple(shape))
    return answers.arrays.get(value)
