"""Put into words why a function of a submission gave no answer, as the end of a check."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence

from grader.core.assignment import FUNCTIONS, TASKS, task_number
from grader.core.errors import CheckStoppedError
from grader.core.results import Feedback, Status
from grader.core.text import excerpt
from grader.submission.ingest import Submission
from grader.worker.numpy_names import renamed
from grader.worker.replies import LeftOut, Loaded, ReportedError, Where

MOST_FACTS = 2
"""on statements that were left out, beside a function that is missing"""
ON_PURPOSE = re.compile(r"(raise|assert)\b")
"""how a line begins that raises on purpose"""

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


def unreadable(told: Sequence[str]) -> CheckStoppedError:
    """Say that the definition of a function, or all of its file, cannot be read."""
    headline, *facts = told
    # without facts it is the whole file: one cause for all functions in it
    feedback = Feedback(headline, tuple(facts), read=COMMON_ERRORS, file=None if facts else headline)
    # it was not called, so there is nothing to find out about it
    return CheckStoppedError(Status.STUDENT_ERROR, feedback)


def not_defined(function: str, left_out: LeftOut, submission: Submission) -> CheckStoppedError:
    """Say that the statement that defines a function failed."""
    reason = because(left_out.type, left_out.text, left_out.where.text)
    headline = f"{function} could not be defined, because {reason}."
    facts = (_line(left_out.where, submission),)
    return CheckStoppedError(Status.STUDENT_ERROR, Feedback(headline, facts, read=COMMON_ERRORS))


def not_imported(error: ReportedError, file: str, submission: Submission) -> CheckStoppedError:
    """Say that nothing of a file can be imported."""
    headline = f"{file} cannot be imported: {_said(error)}"
    feedback = Feedback(headline, _where(error, submission), read=COMMON_ERRORS, file=file)
    return CheckStoppedError(Status.STUDENT_ERROR, feedback)


def because(kind: str, text: str, shown: str) -> str:
    """Return in plain words why a statement at the top level failed; what follows ``because``.

    Parameters
    ----------
    kind
        The type of what it raised.
    text
        Its text.
    shown
        The line.
    """
    if kind == "ModuleNotFoundError":
        found = re.search(r"'([\w.]+)'", text)
        return f"{found[1] if found else 'a module'} is not there while grading"
    if kind == "ImportError":
        return re.sub(r" \(.*", "", text) or "something cannot be imported"
    plain = {
        "OutOfTimeError": "it took too long",
        "EOFError": "nobody answers an input() while grading",
        "SystemExit": "it ends the program",
        "BdbQuit": "a breakpoint was left in",
        "BreakpointLeftInError": "a breakpoint was left in",
        "FileNotFoundError": "it reads a file that is not there while grading",
    }.get(kind)
    if plain is None and kind == "NameError" and "input(" not in shown:
        return text or "a name is not defined"
    return plain or f"it raised {excerpt(f'{kind}: {text}'.rstrip(': '), MOST_EXCERPT)}"


def left_out_notes(loaded: Loaded, submission: Submission) -> list[str]:
    """Return a sentence for every statement that was left out of a module."""
    notes = []
    for left in loaded.left_out:
        where = submission.place(left.where.file, left.where.line)
        if left.type == "decorator":
            notes.append(f"{where}: {left.text} is left out, because it is not there while grading")
        else:
            notes.append(f"{where}: left out, because {because(left.type, left.text, left.where.text)}")
            notes[-1] += f": {left.where.text}"
    if loaded.more and loaded.left_out:
        notes.append(f"{loaded.left_out[0].where.file}: {loaded.more} more statements are left out")
    return notes


def import_ended(file: str, stopped: CheckStoppedError, seconds: float) -> str:
    """Return a note: a module was imported without all that its functions do not need, and why."""
    if stopped.status is Status.TIMEOUT:
        reason = f"importing it takes more than {seconds:g} seconds"
    else:
        reason = f"importing it went wrong ({stopped.feedback.headline.rstrip('.')})"
    return f"{file}: only what its functions need is taken, because {reason}"


def import_timed_out(file: str, seconds: float) -> CheckStoppedError:
    """Say that importing a file did not end."""
    headline = f"{file} could not be imported in {seconds:g} seconds."
    fact = "Importing it should only define functions: move everything else elsewhere."
    return CheckStoppedError(Status.TIMEOUT, Feedback(headline, (fact,), read=COMMON_ERRORS, file=file))


def failed(
    error: ReportedError,
    function: str,
    results: tuple[str, ...],
    submission: Submission | None = None,
    left_out: Sequence[LeftOut] = (),
) -> CheckStoppedError:
    """Say that a call of a function raised, or did not return what it should."""
    if error.kind in {"missing", "not_implemented"} and function in FUNCTIONS:
        said = "is not written yet" if error.kind == "not_implemented" else "is missing"
        facts = (waits_for(function), *(_left_out_fact(left, submission) for left in left_out[:MOST_FACTS]))
        feedback = Feedback(f"{function} {said}.", facts if error.kind == "missing" else facts[:1])
        return CheckStoppedError(Status.NOT_IMPLEMENTED, feedback, function=function)
    if error.kind == "returned":
        counted = [f"It must return {', '.join(results)}: {excerpt(error.text, MOST_EXCERPT)}."]
        if "NoneType" in error.text:
            counted.append("A function without a return statement returns None.")
        feedback = Feedback(f"{function} does not return {len(results)} values.", tuple(counted))
        return CheckStoppedError(Status.FAILED, feedback, function=function)
    headline = f"{function} raised {_said(error)}"
    today = renamed(error.type, error.text)
    facts = (
        *_where(error, submission),
        *_missing_name(error, submission, left_out),
        *([] if today is None else [today]),
    )
    feedback = Feedback(headline, facts, read=COMMON_ERRORS)
    line = "" if error.where is None else error.where.text
    refused = error.type == "AssertionError" or ON_PURPOSE.match(line) is not None
    return CheckStoppedError(
        Status.STUDENT_ERROR, feedback, function=function, raised=error.type, refused=refused
    )


def _left_out_fact(left: LeftOut, submission: Submission | None) -> str:
    reason = because(left.type, left.text, left.where.text)
    return f"{_place(left.where, submission)} was left out, because {reason}."


def _missing_name(
    error: ReportedError, submission: Submission | None, left_out: Sequence[LeftOut]
) -> tuple[str, ...]:
    """Say where a name would come from that is not defined because its statement was left out."""
    name = re.match(r"name '(\w+)' is not defined", error.text) if error.type == "NameError" else None
    for left in left_out:
        if name is not None and name[1] in left.names:
            reason = because(left.type, left.text, left.where.text)
            where = _place(left.where, submission)
            return (f"{name[1]} is not defined because {where} was left out: {reason}.",)
    if error.type == "ModuleNotFoundError":
        return ("There is nothing but NumPy, the standard library and your own files: remove the import.",)
    return ()


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


def _where(error: ReportedError, submission: Submission | None) -> tuple[str, ...]:
    """Return where it was raised; the line itself only where nothing else of the submission is quoted."""
    if error.where is None:
        return ()
    return (_place(error.where, submission) if error.text else _line(error.where, submission),)


def _line(where: Where, submission: Submission | None) -> str:
    return f"{_place(where, submission)}: {excerpt(where.text, MOST_EXCERPT)}".rstrip(": ")


def _place(where: Where, submission: Submission | None) -> str:
    if submission is None:
        return f"{where.file}, line {where.line}"
    return submission.place(where.file, where.line)


def _exit_reason(code: int) -> str:
    if code >= 0:
        return f"it exited with code {code}"
    try:
        return f"it was stopped by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was stopped by signal {-code}"
