"""Points for form need substance: shapes and contracts count only if a function has a right value."""

from __future__ import annotations

from collections.abc import Iterable

from grader.core.results import CheckResult, Feedback, Kind, Status

FORM = frozenset({Kind.SHAPE, Kind.CONTRACT})
"""kinds of checks that a function can pass without computing the right values"""

PASSED_BY_NOTHING = frozenset({"dropout_forward.evaluation"})
"""checks of values that a function passes which returns its argument"""

NOT_JUDGED = frozenset({Status.NOT_RUN, Status.BLOCKED, Status.GRADER_ERROR})
"""ends of a check that say nothing about the values of a function"""

GIVES_AN_ARGUMENT = frozenset(
    {"dense_backward:db_not_summed", "l2_penalty:strength_missing_in_gradient", "relu_backward:no_mask"}
)
"""known mistakes whose wrong result is an argument: they explain it, and give the function no substance"""


def is_form(result: CheckResult) -> bool:
    """Whether a check tests only form; this includes difference quotients of the function itself."""
    check = result.check
    return check.kind in FORM or check.id in PASSED_BY_NOTHING or check.id.endswith(".numerical")


def without_substance(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Block the checks of form of functions that have no right value.

    A function that is wrong in a known way keeps such points: its mistake is charged where it
    shows.

    Parameters
    ----------
    results
        All results of a run, with their explanations.

    Returns
    -------
    list of CheckResult
        Blocked results, which replace the passed ones.
    """
    functions: dict[str, list[CheckResult]] = {}
    for result in results:
        functions.setdefault(result.check.function, []).append(result)
    replaced = []
    for function, mine in functions.items():
        substance = [result for result in mine if not is_form(result) and result.status not in NOT_JUDGED]
        if not substance or any(result.earned or _is_explained(result) for result in substance):
            continue
        headline = f"Not earned yet: no value of {function} is right."
        feedback = Feedback(headline, ("You can still earn these points.",))
        replaced += [
            CheckResult(result.check, Status.BLOCKED, 0.0, feedback, result.seconds)
            for result in mine
            if is_form(result) and result.status is Status.PASSED
        ]
    return replaced


def _is_explained(result: CheckResult) -> bool:
    causes = result.feedback.causes if result.feedback is not None else ()
    return any(cause.id not in GIVES_AN_ARGUMENT for cause in causes)
