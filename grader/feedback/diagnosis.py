"""Find out why a check failed: rehearse it with each known mistake in the student's place.

A mistake is named only if it gives what the student gave, wherever the failed check looked, if it would fail
no check of its function that the student passes, and if no other mistake explains more. Where two explain
equally well, both are named as such.
"""

from __future__ import annotations

from functools import cached_property

from grader.core.errors import CheckStoppedError, DeviationError
from grader.core.results import Status
from grader.feedback.minimal_case import describe_last, minimal_case_sentence
from grader.feedback.mistakes.base import Function, Mistake
from grader.feedback.mistakes.catalogue import mistakes_of
from grader.feedback.outcomes import Trace, run_and_record, simulate, would_fail, wrong_function
from grader.judging.calls import forward_of
from grader.judging.runnable import KnownForward, RunnableCheck, no_known_forward, runnable_checks
from grader.worker.caller import Caller

DIAGNOSABLE = frozenset({Status.FAILED, Status.STUDENT_ERROR})
"""ends of a check that say how the function is wrong"""


class Diagnosis:
    """Explains the failures of one submission."""

    def __init__(self, student: Caller, seed: int) -> None:
        self._student = student
        self._seed = seed
        self._traces: dict[str, Trace] = {}
        self._causes: dict[str, tuple[Mistake, ...]] = {}
        self._late: set[str] = set()

    @cached_property
    def _scripts(self) -> dict[str, RunnableCheck]:
        return runnable_checks(self._seed)

    def causes(self, check_id: str) -> tuple[Mistake, ...]:
        """Return the known mistakes that explain equally well why a check failed; empty if none does.

        Parameters
        ----------
        check_id
            Of a check of the scripts. It is run again, and so are the others of its function.

        Returns
        -------
        tuple of Mistake
        """
        if check_id not in self._scripts:
            return ()
        if check_id not in self._causes:
            self._causes[check_id] = self._explain(self._scripts[check_id])
        return self._causes[check_id]

    def minimal_case_sentence(self, check_id: str) -> str | None:
        """Say in words on which smallest inputs the call that was found wrong is still wrong."""
        if check_id not in self._scripts:
            return None
        trace = self._trace(self._scripts[check_id])
        stopped = trace.stopped
        if stopped is None or stopped.value is None:
            return None
        return minimal_case_sentence(self._student, trace.recorded_calls, stopped.value)

    def called(self, check_id: str) -> str | None:
        """Say in words with what the last call of a check was made; None for a check without a script."""
        if check_id not in self._scripts:
            return None
        recorded_calls = self._trace(self._scripts[check_id]).recorded_calls
        return describe_last(recorded_calls) if recorded_calls else None

    def wrong_forward(self, forward: str) -> Function | None:
        """Return the student's forward function if it was recognised, as a function of this process.

        Parameters
        ----------
        forward
            Name of a forward function.

        Returns
        -------
        callable or None
            A wrong version that explains every failure of the function; None also if nothing is wrong.
        """
        mistake = self._only_mistake(forward)
        return None if mistake is None else wrong_function(mistake)

    def _only_mistake(self, function: str) -> Mistake | None:
        failed = [script for script in self._of(function) if self._failed(script)]
        explained = [set(self.causes(script.id)) for script in failed]
        common = set.intersection(*explained) if explained else set()
        return next((mistake for mistake in mistakes_of(function) if mistake in common), None)

    def _of(self, function: str) -> list[RunnableCheck]:
        return [script for script in self._scripts.values() if script.function == function]

    def _failed(self, script: RunnableCheck) -> bool:
        stopped = self._trace(script).stopped
        return stopped is not None and stopped.status is not Status.BLOCKED

    def _trace(self, script: RunnableCheck) -> Trace:
        """Run a check once more with the student's functions, and write down what comes back."""
        if script.id not in self._traces:
            if script.function in self._late:
                # whoever ran out of time is not asked again
                return Trace((), None)
            made = run_and_record(script, self._student, self._accepted(script.function))
            self._traces[script.id] = made
            if made.stopped is not None and made.stopped.status is Status.TIMEOUT:
                self._late.add(script.function)
        return self._traces[script.id]

    def _accepted(self, function: str) -> KnownForward:
        return self.wrong_forward if function.endswith("_backward") else no_known_forward

    def _explain(self, script: RunnableCheck) -> tuple[Mistake, ...]:
        stopped = self._trace(script).stopped
        if stopped is None or stopped.status not in DIAGNOSABLE:
            return ()
        functions = [script.function]
        if script.function.endswith("_backward"):
            # what a forward function cached wrongly shows in the gradients
            functions.append(forward_of(script.function))
        candidates = [
            mistake
            for mistake in mistakes_of(*functions)
            if self._reproduced(script, mistake) and not self._refuted(script, mistake)
        ]
        if len(candidates) < 2:
            return tuple(candidates)
        scores = {mistake: self._score(script, mistake) for mistake in candidates}
        best = max(scores.values())
        return tuple(mistake for mistake in candidates if scores[mistake] == best)

    def _reproduced(self, script: RunnableCheck, mistake: Mistake) -> bool:
        """Whether a rehearsal fails at the same place, with the same values as far as the check looked."""
        trace = self._trace(script)
        stopped = trace.stopped
        assert stopped is not None
        names = None if stopped.value is None else {stopped.value}
        if stopped.status is Status.STUDENT_ERROR:
            names = set()
        ended = self._simulate(script, mistake, names)
        return isinstance(ended, CheckStoppedError) and ended.value == stopped.value

    def _refuted(self, script: RunnableCheck, mistake: Mistake) -> bool:
        """Whether the mistake would fail a check of the function that the student passes."""
        functions = dict.fromkeys((script.function, mistake.function))
        others = [other for function in functions for other in self._of(function) if other.id != script.id]
        return any(not self._failed(other) and would_fail(other, mistake) for other in others)

    def _score(self, script: RunnableCheck, mistake: Mistake) -> int:
        """Return how many checks give in all respects what the student gave."""
        played = [self._simulate(other, mistake, None) for other in self._of(script.function)]
        return sum(not isinstance(ended, DeviationError) for ended in played)

    def _simulate(
        self, script: RunnableCheck, mistake: Mistake, names: set[str] | None
    ) -> CheckStoppedError | DeviationError | None:
        """Return how a check ends with a mistake in the student's place."""
        known = None
        if script.function.endswith("_backward"):
            known = self._only_mistake(forward_of(script.function))
        return simulate(script, mistake, known, self._trace(script).recorded_calls, names)
