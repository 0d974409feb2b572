"""Add the cause of a failure to its facts, as far as it is known."""

from __future__ import annotations

from dataclasses import replace

from grader.core.errors import CheckStoppedError
from grader.core.results import Feedback, Status
from grader.feedback.diagnosis import Diagnosis
from grader.feedback.mistakes.catalogue import as_cause


def explained(diagnosis: Diagnosis, check_id: str, stopped: CheckStoppedError) -> Feedback:
    """Return the feedback of a failed check with its causes, or else with the smallest case that fails.

    Parameters
    ----------
    diagnosis
        Diagnosis of the submission.
    check_id
        Id of the check.
    stopped
        Error that ended the check.

    Returns
    -------
    Feedback
        The error's feedback, with more facts or with causes.
    """
    feedback = stopped.feedback
    if stopped.status is Status.STUDENT_ERROR and (called := diagnosis.called(check_id)):
        feedback = replace(feedback, facts=(*feedback.facts, f"Called with {called}."))
    causes = tuple(as_cause(mistake) for mistake in diagnosis.causes(check_id))
    if causes:
        return replace(feedback, causes=causes, read=causes[0].read)
    smallest = diagnosis.minimal_case_sentence(check_id)
    return replace(feedback, facts=(*feedback.facts, smallest)) if smallest else feedback
