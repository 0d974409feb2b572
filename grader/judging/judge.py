"""Call the student's function and the reference on the same inputs, and compare.

Every method that judges returns nothing if all is well, and otherwise raises a
:class:`~grader.core.errors.CheckStoppedError` with the feedback. Expected values are computed only after the
answer was received.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError
from grader.core.results import Feedback, Status
from grader.judging import compare
from grader.judging.calls import describe_backward_call, describe_call, named_results, results_of
from grader.judging.explain import explain, number_text
from grader.judging.plain_case import Known, PlainCase, ResultsWith
from grader.reference.finite_differences import derivatives
from grader.reference.functions import reference
from grader.worker.caller import Caller, Handle
from grader.worker.failures import waits_for
from grader.worker.values import WireValue

Arrays = tuple[np.ndarray, ...]
Forward = Callable[..., Any]
KnownForwards = Mapping[str, Forward]


class Judge:
    """Compares one submission with the reference.

    Parameters
    ----------
    student
        Caller of the student's functions.
    known
        Forward functions of the student's that are wrong in a known way, by name, as functions of this
        process: a backward function that is the derivative of one of them is right.
    plain
        What is wrong in the plain case, for a check of other options.
    """

    def __init__(
        self, student: Caller, known: KnownForwards | None = None, plain: PlainCase | None = None
    ) -> None:
        self.student = student
        self._known = known or {}
        self._plain = plain or PlainCase()
        self._waiting: dict[str, Sequence[str]] = {}

    def values(
        self,
        function: str,
        *arguments: np.ndarray | None,
        only: Iterable[str] | None = None,
        tolerance: float = compare.TOLERANCE,
        scale: float | None = None,
        **options: Any,
    ) -> None:
        """Compare a function's results with those of the reference.

        Parameters
        ----------
        function
            Name of a function of the assignment.
        *arguments
            Positional arguments of the function.
        only
            Names of the results to compare; if None, all that are not opaque.
        tolerance, scale
            See :func:`grader.judging.compare.compare`.
        **options
            Keyword arguments of the function.
        """
        compared = results_of(function, only)
        answer = self.student.call(function, arguments, compared, **options)
        expected = self.expected(function, arguments, options)
        judged = self.to_judge(function, answer.values, arguments, options, tolerance, scale)
        self.match(function, describe_call(function, arguments, options), judged, expected, tolerance, scale)

    def shapes(self, function: str, *arguments: np.ndarray | None, **options: Any) -> None:
        """Compare types and shapes only; a result that is the same everywhere fails."""
        answer = self.student.call(function, arguments, **options)
        expected = self.expected(function, arguments, options)
        self.match_shapes(function, describe_call(function, arguments, options), answer.values, expected)

    def gradients(
        self,
        function: str,
        *arguments: np.ndarray,
        dout: np.ndarray,
        only: Iterable[str] | None = None,
        scale: float | None = None,
        **options: Any,
    ) -> None:
        """Compare a backward function's gradients with those of the reference.

        Parameters
        ----------
        function
            Name of a backward function; its cache comes from the student's own forward function.
        *arguments
            Positional arguments of the forward function.
        dout
            Upstream gradient.
        only
            Names of the gradients to compare; all if None.
        scale
            See :func:`grader.judging.compare.compare`.
        **options
            Keyword arguments of the forward function.
        """
        wanted = results_of(function, only)

        def attempt(dout: np.ndarray, forward: Forward | None) -> None:
            cache = self.cache(function, arguments, options)
            answer = self.student.call(function, (dout, cache), wanted)
            expected = self.expected_gradients(function, arguments, dout, options, forward)
            called = describe_backward_call(function, arguments, dout, options)
            judged = self.to_judge(function, answer.values, (*arguments, dout), options, scale=scale)
            self.match(function, called, judged, expected, scale=scale)

        self.against_either_forward(function, arguments, options, dout, attempt)

    def to_judge(
        self,
        function: str,
        received: Mapping[str, WireValue],
        arguments: Sequence[np.ndarray | None],
        options: Mapping[str, Any],
        tolerance: float = compare.TOLERANCE,
        scale: float | None = None,
    ) -> dict[str, WireValue]:
        """Return the results of a call that this check judges; the plain case may be charged for others.

        Parameters
        ----------
        function
            Name of the function.
        received
            Its results by name.
        arguments, options
            Arguments and options of the call; for a backward function those of the forward function, and then
            ``dout``.
        tolerance, scale
            See :func:`grader.judging.compare.compare`.
        """

        def results_with(known: Known) -> dict[str, np.ndarray]:
            return named_results(function, known(*copies(arguments), **options))

        return self.left_to_judge(received, results_with, tolerance, scale)

    def left_to_judge(
        self,
        received: Mapping[str, WireValue],
        results_with: ResultsWith,
        tolerance: float = compare.TOLERANCE,
        scale: float | None = None,
    ) -> dict[str, WireValue]:
        """Return the results that this check judges; see :meth:`PlainCase.to_judge`."""
        judged, waiting = self._plain.to_judge(received, results_with, tolerance, scale)
        self._waiting |= {name: self._plain.wrong[name] for name in waiting}
        return judged

    def finish(self, function: str) -> None:
        """End a check: block it if there were results that cannot be judged yet.

        All others have been judged before.
        """
        if self._waiting:
            what = f"{' and '.join(self._waiting)} of {function} {'is' if len(self._waiting) == 1 else 'are'}"
            checks = dict.fromkeys(check for checks in self._waiting.values() for check in checks)
            facts = tuple(f"It waits for the check {check}." for check in checks)
            raise blocked(
                function,
                Feedback(
                    f"Not earned yet: {what} wrong in the plain case.",
                    ("You can still earn these points.", *facts),
                ),
            )

    def against_either_forward(
        self,
        function: str,
        arguments: Arrays,
        options: Mapping[str, Any],
        dout: np.ndarray,
        attempt: Callable[[np.ndarray, Forward | None], None],
    ) -> None:
        """Judge a backward function as the derivative of the right forward function, or of a known wrong one.

        Parameters
        ----------
        function
            Name of the backward function.
        arguments, options
            Arguments and options of the forward call.
        dout
            Upstream gradient, of the shape of the right output.
        attempt
            Function that judges with an upstream gradient and a wrong forward function, or None for the right
            one.

        Raises
        ------
        CheckStoppedError
            If no attempt succeeded; it is the error of the first.
        """
        try:
            return attempt(dout, None)
        except CheckStoppedError as stopped:
            known = self._known.get(FUNCTIONS[function].forward)
            if known is None or stopped.status in {Status.TIMEOUT, Status.NOT_IMPLEMENTED}:
                raise
            first = stopped
        # a wrong function may raise anything; the first attempt's error counts
        with contextlib.suppress(Exception):
            out = known(*(argument.copy() for argument in arguments), **options)[0]
            # the gradient of a constant proves nothing
            if out.max() > out.min():
                return attempt(np.resize(dout, out.shape), known)
        raise first

    def gradient_shapes(
        self, function: str, *arguments: np.ndarray, dout: np.ndarray, **options: Any
    ) -> None:
        """Compare types and shapes of gradients only; see :meth:`shapes`."""

        def attempt(dout: np.ndarray, forward: Forward | None) -> None:
            cache = self.cache(function, arguments, options)
            answer = self.student.call(function, (dout, cache))
            expected = self.expected_gradients(function, arguments, dout, options, forward)
            called = describe_backward_call(function, arguments, dout, options)
            self.match_shapes(function, called, answer.values, expected)

        self.against_either_forward(function, arguments, options, dout, attempt)

    def expected(
        self, function: str, arguments: tuple[np.ndarray | None, ...], options: Mapping[str, Any]
    ) -> dict[str, np.ndarray]:
        """Return the reference's results, without opaque values; the arguments are left unchanged."""
        return named_results(function, reference(function)(*copies(arguments), **options))

    def expected_gradients(
        self,
        function: str,
        arguments: Arrays,
        dout: np.ndarray,
        options: Mapping[str, Any],
        forward: Forward | None = None,
    ) -> dict[str, np.ndarray]:
        """Return the reference's gradients, or the derivatives of another forward function."""
        if forward is not None:
            return named_results(function, derivatives(forward, arguments, dout, options))
        _, cache = reference(FUNCTIONS[function].forward)(*arguments, **options)
        return named_results(function, reference(function)(dout, cache))

    def cache(self, function: str, arguments: Arrays, options: Mapping[str, Any]) -> Handle:
        """Return the cache of the student's forward function; without one, the backward check is blocked."""
        try:
            return self.student.call(
                FUNCTIONS[function].forward, arguments, [], kept=["cache"], **options
            ).handles["cache"]
        except CheckStoppedError as stopped:
            raise as_blocked(function, stopped) from None

    def match(
        self,
        function: str,
        called: str,
        received: Mapping[str, WireValue],
        expected: Mapping[str, np.ndarray],
        tolerance: float = compare.TOLERANCE,
        scale: float | None = None,
    ) -> None:
        """Fail with an explanation at the first received value that is not as expected."""
        mismatches = {}
        for name, value in received.items():
            # a superfluous axis of size 1 is charged by the check of shapes only
            squeezed = compare.without_extra_axes(value, expected[name])
            mismatch = compare.compare(name, squeezed, expected[name], tolerance=tolerance, scale=scale)
            if mismatch is not None:
                mismatches[name] = mismatch
        for name, mismatch in mismatches.items():
            right = [other for other in received if other not in mismatches]
            fail(explain(function, called, mismatch, right), name)

    def match_shapes(
        self,
        function: str,
        called: str,
        received: Mapping[str, WireValue],
        expected: Mapping[str, np.ndarray],
    ) -> dict[str, np.ndarray]:
        """Fail at the first value that has a wrong type or shape, or does not depend on the inputs.

        Returns
        -------
        dict
            The same values, which are now known to be arrays of the expected shapes.
        """
        arrays: dict[str, np.ndarray] = {}
        for name, value in received.items():
            mismatch = compare.compare(name, value, expected[name], tolerance=np.inf)
            if mismatch is not None:
                fail(explain(function, called, mismatch), name)
            assert isinstance(value, np.ndarray)
            right = expected[name]
            if value.size > 1 and value.max() == value.min() and right.max() > right.min():
                fact = f"Every value of {name} is {number_text(float(value.flat[0]))}."
                fail(Feedback(f"{function}: {name} does not depend on the inputs.", (fact,)), name)
            arrays[name] = value
        return arrays


def copies(arguments: Sequence[np.ndarray | None]) -> list[np.ndarray | None]:
    """Return copies of the arguments of a call, which a function may change."""
    return [None if argument is None else argument.copy() for argument in arguments]


def fail(feedback: Feedback, value: str | None = None) -> NoReturn:
    """End a check that found a mistake; ``value`` names the result that is wrong, if it is a single one."""
    raise CheckStoppedError(Status.FAILED, feedback, value=value)


def blocked(function: str, reason: Feedback) -> CheckStoppedError:
    """Return the error that ends a check which could not judge its function."""
    return CheckStoppedError(Status.BLOCKED, reason, function=function)


def as_blocked(function: str, stopped: CheckStoppedError) -> CheckStoppedError:
    """Turn a failure of the forward function into the error of a backward check that could not run."""
    if stopped.function is None or stopped.function == function:
        return stopped
    why = "is not written yet" if stopped.status is Status.NOT_IMPLEMENTED else "fails"
    headline = f"Not run: it needs the cache of {stopped.function}, which {why}."
    facts: tuple[str, ...] = ("You can still earn these points.", waits_for(stopped.function))
    if stopped.status is not Status.NOT_IMPLEMENTED:
        facts = (stopped.feedback.headline, *facts)
    return blocked(function, Feedback(headline, facts))
