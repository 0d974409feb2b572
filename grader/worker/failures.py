"""Put into words why a function of a submission gave no answer, as the end of a check."""

from __future__ import annotations

import signal

from grader.core.assignment import FUNCTIONS, TASKS, task_number
from grader.core.errors import CheckStoppedError
from grader.core.results import Feedback, Status
from grader.core.text import excerpt
from grader.worker.replies import ReportedError

COMMON_ERRORS = "common-errors"
"""the heading of the handout on exceptions"""
MOST_EXCERPT = 200
"""characters of a submission's own text in a check: what a function was given may stand in it"""


def waits_for(function: str) -> str:
    """Return the sentence that says which task a function belongs to."""
    task = next(task for task in TASKS if task.name == FUNCTIONS[function].task)
    return f"It waits for task {task_number(task.name)}, {task.title}."


def unusable(function: str, problem: str) -> CheckStoppedError:
    """Say that the submission as a whole cannot be used."""
    feedback = Feedback(f"There is nothing to check: {problem}")
    return CheckStoppedError(Status.STUDENT_ERROR, feedback, function=function)


def module_missing(function: str, module: str) -> CheckStoppedError:
    """Say that the file that should hold a function was not handed in."""
    feedback = Feedback(
        f"{function} is missing.", (f"The submission has no {module}.py.", waits_for(function))
    )
    return CheckStoppedError(Status.NOT_IMPLEMENTED, feedback, function=function)


def not_imported(error: ReportedError, file: str) -> CheckStoppedError:
    """Say that importing a file raised."""
    headline = f"{file} cannot be imported: {_said(error)}"
    facts = _where(error)
    if error.type == "ModuleNotFoundError":
        facts += ("There is nothing but NumPy, the standard library and your own files: remove the import.",)
    return CheckStoppedError(Status.STUDENT_ERROR, Feedback(headline, facts, read=COMMON_ERRORS, file=file))


def import_timed_out(file: str, seconds: float) -> CheckStoppedError:
    """Say that importing a file did not end."""
    headline = f"{file} could not be imported in {seconds:g} seconds."
    fact = "Importing it should only define functions: move everything else elsewhere."
    return CheckStoppedError(Status.TIMEOUT, Feedback(headline, (fact,), read=COMMON_ERRORS, file=file))


def failed(error: ReportedError, function: str, results: tuple[str, ...]) -> CheckStoppedError:
    """Say that a call of a function raised, or did not return what it should."""
    if error.kind in {"missing", "not_implemented"} and function in FUNCTIONS:
        said = "is not written yet" if error.kind == "not_implemented" else "is missing"
        feedback = Feedback(f"{function} {said}.", (waits_for(function),))
        return CheckStoppedError(Status.NOT_IMPLEMENTED, feedback, function=function)
    if error.kind == "returned":
        facts = [f"It must return {', '.join(results)}: {excerpt(error.text, MOST_EXCERPT)}."]
        if "NoneType" in error.text:
            facts.append("A function without a return statement returns None.")
        feedback = Feedback(f"{function} does not return {len(results)} values.", tuple(facts))
        return CheckStoppedError(Status.FAILED, feedback, function=function)
    headline = f"{function} raised {_said(error)}"
    feedback = Feedback(headline, _where(error), read=COMMON_ERRORS)
    refused = error.type == "AssertionError" or error.source.startswith(
        ("raise ", "raise(", "assert ", "assert(")
    )
    return CheckStoppedError(
        Status.STUDENT_ERROR, feedback, function=function, raised=error.type, refused=refused
    )


def timed_out(what: str, seconds: float) -> CheckStoppedError:
    """Say that a function did not answer in time."""
    facts = ("The inputs are tiny: look for a loop that never ends.",) if what in FUNCTIONS else ()
    feedback = Feedback(f"{what} did not return within {seconds:g} seconds.", facts)
    return CheckStoppedError(Status.TIMEOUT, feedback, function=what)


def given_up(function: str, times: int) -> CheckStoppedError:
    """Say that a function ran out of time too often to be called once more."""
    feedback = Feedback(f"{function} was not called again: it ran out of time in {times} earlier checks.")
    return CheckStoppedError(Status.TIMEOUT, feedback, function=function)


def no_time_left(what: str) -> CheckStoppedError:
    """Say that all the time for a submission was used before a function could be called, or answer."""
    feedback = Feedback(
        f"{what} was not called: the time for this submission is over.",
        ("Look at what takes so long in the checks before this one.",),
    )
    return CheckStoppedError(Status.TIMEOUT, feedback, function=what)


def exceeded(what: str, how: str) -> CheckStoppedError:
    """Say that a function did too much of something."""
    feedback = Feedback(f"{what} {how}, and was stopped.")
    return CheckStoppedError(Status.STUDENT_ERROR, feedback, function=what)


def broke_protocol(what: str, how: str) -> CheckStoppedError:
    """Say that what came from the worker is no answer of a worker."""
    feedback = Feedback(f"The process that ran {what} broke the protocol ({how}), and was stopped.")
    return CheckStoppedError(Status.STUDENT_ERROR, feedback, function=what)


def died(what: str, code: int) -> CheckStoppedError:
    """Say that the worker ended; a negative code is the number of a signal."""
    facts = ("Calls such as exit() or quit() have no place in a function.",) if code >= 0 else ()
    feedback = Feedback(f"The process ended while it ran {what}: {_exit_reason(code)}.", facts)
    return CheckStoppedError(Status.STUDENT_ERROR, feedback, function=what)


def lost(function: str, name: str) -> CheckStoppedError:
    """Say that a value that was kept in a worker went with it."""
    feedback = Feedback(f"The {name} of an earlier call was lost when its process ended.")
    return CheckStoppedError(Status.STUDENT_ERROR, feedback, function=function)


def _said(error: ReportedError) -> str:
    return excerpt(f"{error.type}: {error.text}".rstrip(": "), MOST_EXCERPT)


def _where(error: ReportedError) -> tuple[str, ...]:
    """Return where it was raised; the line itself only where nothing else of the submission is quoted."""
    if error.where is None:
        return ()
    if error.text or not error.source:
        return (error.where,)
    return (f"{error.where}: {excerpt(error.source, MOST_EXCERPT)}",)


def _exit_reason(code: int) -> str:
    if code >= 0:
        return f"it exited with code {code}"
    try:
        return f"it was stopped by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was stopped by signal {-code}"
