"""Find out why checks failed: compare the submission's answers with those that each known mistake gives.

A mistake is named only if it gives the same values as the submission wherever the failed check looked, if it
would fail no check of its function that the submission passes, and if no other mistake explains more. If two
explain equally well, both are named as alternatives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from grader.core.assignment import FUNCTIONS
from grader.core.results import Status
from grader.feedback.equality import equality
from grader.feedback.minimal_case import describe_last, minimal_case_sentence
from grader.feedback.mistakes.base import Mistake
from grader.feedback.mistakes.catalogue import mistakes_of
from grader.feedback.outcomes import Outcomes
from grader.feedback.recognition import Recogniser
from grader.feedback.recording import Trace, run_and_record
from grader.feedback.simulation import Outcome
from grader.judging.judge import KnownForwards
from grader.judging.plain_case import PlainCase
from grader.judging.runnable import RunnableCheck
from grader.worker.caller import Caller

DIAGNOSABLE = frozenset({Status.FAILED, Status.STUDENT_ERROR})
"""statuses that show how the function is wrong"""


class Diagnosis:
    """Explains the failures of one submission.

    Parameters
    ----------
    student
        Caller of the submission, for checks without a trace and for the smallest failing case.
    checks
        All checks that can be run again.
    outcomes
        Function that returns the outcomes of known mistakes.
    recogniser
        Recognises the submission's functions among the wrong versions of the model; if None, only mistakes
        of the catalogue are named.
    """

    def __init__(
        self,
        student: Caller,
        checks: Iterable[RunnableCheck],
        outcomes: Callable[[], Outcomes],
        recogniser: Recogniser | None = None,
    ) -> None:
        self._student = student
        self._checks = {check.id: check for check in checks}
        self._outcomes = outcomes
        self._recogniser = recogniser
        self._traces: dict[str, Trace] = {}
        self._causes: dict[str, tuple[Mistake, ...]] = {}
        self._late: set[str] = set()
        self._plain: dict[tuple[str, ...], dict[str, tuple[Mistake, ...]]] = {}

    def __contains__(self, check_id: str) -> bool:
        return check_id in self._checks

    def observe(self, check_id: str, trace: Trace) -> None:
        """Take in the trace of a check that ran; checks without one are run when they are needed."""
        if check_id in self._checks:
            self._take(self._checks[check_id], trace)

    def causes(self, check_id: str) -> tuple[Mistake, ...]:
        """Return the known mistakes that explain best why a check failed, or an empty tuple."""
        if check_id not in self._checks:
            return ()
        if check_id not in self._causes:
            for other in self._of(self._checks[check_id].function):
                # all that can be known about the plain case is found out first, in whatever order they ran
                self._wrong_in_plain_case(other)
            self._causes[check_id] = self._explain(self._checks[check_id])
        return self._causes[check_id]

    def minimal_case_sentence(self, check_id: str) -> str | None:
        """Return a sentence about the smallest inputs for which a check's last call is wrong, or None."""
        if check_id not in self._checks:
            return None
        trace = self._trace(self._checks[check_id])
        stopped = trace.stopped
        if stopped is None or stopped.value is None:
            return None
        return minimal_case_sentence(self._student, trace.recorded_calls, stopped.value)

    def equality(self, check_id: str) -> str | None:
        """Return a sentence about what the wrong result of a check equals instead, or None."""
        if check_id not in self._checks:
            return None
        trace = self._trace(self._checks[check_id])
        if trace.stopped is None or trace.stopped.value is None or not trace.recorded_calls:
            return None
        return equality(trace.recorded_calls, trace.stopped.value)

    def called(self, check_id: str) -> str | None:
        """Return in words how the last call of a check was made; None if the check cannot be run again."""
        if check_id not in self._checks:
            return None
        recorded_calls = self._trace(self._checks[check_id]).recorded_calls
        return describe_last(recorded_calls) if recorded_calls else None

    def known_forwards(self, function: str) -> KnownForwards:
        """Return the wrong forward functions that a judge of a function may accept.

        Parameters
        ----------
        function
            Name of the function to be judged.

        Returns
        -------
        dict
            For a backward function whose forward function is wrong in a known way, that wrong function by its
            name, as a function of this process. Empty in all other cases.
        """
        mistake = self._known_mistake(function)
        return {} if mistake is None else {mistake.function: self._outcomes().function(mistake)}

    def plain_case(self, check_id: str) -> PlainCase | None:
        """Return what is wrong in the plain case, for a check of other options.

        Parameters
        ----------
        check_id
            Id of the check to be judged.

        Returns
        -------
        PlainCase or None
            The wrong results of the function, with the known mistakes that explain them. None for a check
            that is not of other options, and where all results are right.
        """
        if check_id not in self._checks:
            return None
        check = self._checks[check_id]
        found = self._wrong_in_plain_case(check)
        if not found:
            return None
        wrong = {name: [each.id for each in self._found_wrong(check, name)] for name in found}
        known = {
            name: [self._outcomes().results(mistake, check.function) for mistake in mistakes]
            for name, mistakes in found.items()
            if mistakes
        }
        return PlainCase(wrong, known)

    def _wrong_in_plain_case(self, check: RunnableCheck) -> dict[str, tuple[Mistake, ...]]:
        """Return the mistakes that explain each result that is wrong in the plain case, by its name."""
        if check.option_of not in self._plain:
            found = {}
            for name in FUNCTIONS[check.function].returns:
                explained = [
                    self._explain(plain) or self._explain(plain, in_plain_case=True)
                    for plain in self._found_wrong(check, name)
                ]
                if explained:
                    # in the order in which they were found
                    common = set.intersection(*map(set, explained))
                    found[name] = tuple(mistake for mistake in explained[0] if mistake in common)
            self._plain[check.option_of] = found
        return self._plain[check.option_of]

    def _found_wrong(self, check: RunnableCheck, name: str) -> list[RunnableCheck]:
        """Return the checks of the plain case that found a result wrong."""
        plain = (self._checks[each] for each in check.option_of if each in self._checks)
        stops = ((each, self._trace(each).stopped) for each in plain)
        return [each for each, stopped in stops if stopped is not None and stopped.value == name]

    def _known_mistake(self, function: str) -> Mistake | None:
        """Return the one mistake that explains every failure of a backward function's forward function."""
        if not FUNCTIONS[function].is_backward:
            return None
        forward = FUNCTIONS[function].forward
        explained = [self.causes(check.id) for check in self._of(forward) if self._failed(check)]
        common = set.intersection(*map(set, explained)) if explained else set()
        # in the order in which they were found
        return next((mistake for mistake in (explained or [()])[0] if mistake in common), None)

    def _of(self, function: str) -> list[RunnableCheck]:
        return [check for check in self._checks.values() if check.function == function]

    def _failed(self, check: RunnableCheck) -> bool:
        stopped = self._trace(check).stopped
        return stopped is not None and stopped.status is not Status.BLOCKED

    def _trace(self, check: RunnableCheck) -> Trace:
        if check.id not in self._traces:
            if check.function in self._late:
                # this function ran out of time, and is not called again
                return Trace((), None)
            known, plain = self.known_forwards(check.function), self.plain_case(check.id)
            self._take(check, run_and_record(check, self._student, known, plain))
        return self._traces[check.id]

    def _take(self, check: RunnableCheck, trace: Trace) -> None:
        self._traces[check.id] = trace
        if trace.stopped is not None and trace.stopped.status is Status.TIMEOUT:
            self._late.add(check.function)

    def _explain(self, check: RunnableCheck, *, in_plain_case: bool = False) -> tuple[Mistake, ...]:
        """Return the mistakes that explain a failed check best; for the plain case alone, if that is asked.

        What is seen for other options may come from a second mistake, and then contradicts the first.
        """
        stopped = self._trace(check).stopped
        if stopped is None or stopped.status not in DIAGNOSABLE:
            return ()
        if stopped.status is Status.STUDENT_ERROR and stopped.function is None:
            # no function was called: its file, or its definition, cannot be used
            return ()
        # a wrong cache of the forward function shows in the gradients
        functions = dict.fromkeys((check.function, FUNCTIONS[check.function].forward))
        listed = mistakes_of(*functions)
        if self._recogniser is not None and not in_plain_case:
            listed = self._recogniser.consistent(listed, check.function)
        candidates = self._tested(check, listed)
        if not candidates and self._recogniser is not None:
            candidates = self._recognised(check, self._recogniser, stopped.value)
        if len(candidates) < 2:
            return tuple(candidates)
        scores = {mistake: self._score(check, mistake) for mistake in candidates}
        best = max(scores.values())
        return tuple(mistake for mistake in candidates if scores[mistake] == best)

    def _recognised(self, check: RunnableCheck, recogniser: Recogniser, value: str | None) -> list[Mistake]:
        """Return the versions of the model that explain a failed check."""
        found = recogniser.mistakes(check.function, value)
        if recogniser.can_run:
            return self._tested(check, found)
        # the value that is wrong in the check was recognised in all calls that were tried
        return found if value is not None and len(found) == 1 else []

    def _tested(self, check: RunnableCheck, mistakes: Iterable[Mistake]) -> list[Mistake]:
        """Return the mistakes that do what was seen, and nothing that was not."""
        return [
            mistake
            for mistake in mistakes
            if self._reproduced(check, mistake) and not self._refuted(check, mistake)
        ]

    def _reproduced(self, check: RunnableCheck, mistake: Mistake) -> bool:
        """Whether the mistake fails at the same place, with the same values wherever the check looked."""
        stopped = self._trace(check).stopped
        assert stopped is not None
        names = None if stopped.value is None else {stopped.value}
        if stopped.status is Status.STUDENT_ERROR:
            names = set()
        ended = self._outcome(check, mistake, names)
        return ended.agrees and ended.stopped is not None and ended.stopped.value == stopped.value

    def _refuted(self, check: RunnableCheck, mistake: Mistake) -> bool:
        """Whether the mistake would fail a check of the function that the submission passes."""
        functions = dict.fromkeys((check.function, mistake.function))
        others = [other for function in functions for other in self._comparable(function)]
        return any(
            self._trace(other).stopped is None
            and not self._accepted(other, mistake)
            and self._outcomes().would_fail(other, mistake)
            for other in others
            if other.id != check.id
        )

    def _accepted(self, check: RunnableCheck, mistake: Mistake) -> bool:
        """Whether a check takes what the mistake gives, because the plain case is charged for it."""
        return any(mistake in mistakes for mistakes in self._wrong_in_plain_case(check).values())

    def _score(self, check: RunnableCheck, mistake: Mistake) -> int:
        """Return the number of checks in which the mistake gives exactly what the submission gave."""
        others = self._comparable(check.function)
        return sum(self._outcome(other, mistake, None).agrees for other in others)

    def _comparable(self, function: str) -> list[RunnableCheck]:
        """Return the checks of a function from which conclusions can be drawn.

        Checks of other options depend on what is found out about the plain case, and not the other way round.
        """
        return [
            other for other in self._of(function) if not other.option_of or other.option_of in self._plain
        ]

    def _outcome(self, check: RunnableCheck, mistake: Mistake, names: set[str] | None) -> Outcome:
        """Return how a check of a submission with this mistake ends."""
        known = self._known_mistake(check.function)
        recorded_calls, plain = self._trace(check).recorded_calls, self.plain_case(check.id)
        return self._outcomes().outcome(check, mistake, known, recorded_calls, names, plain)
