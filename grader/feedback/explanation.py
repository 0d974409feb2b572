"""Add the cause of a failure to its facts, as far as it is known."""

from __future__ import annotations

from dataclasses import replace

from grader.core.errors import CheckStoppedError
from grader.core.results import Feedback, Status
from grader.feedback.diagnosis import Diagnosis
from grader.feedback.mistakes.catalogue import as_cause

HEADINGS = {
    "dense_forward": "dense",
    "dense_backward": "dense",
    "relu_forward": "relu",
    "relu_backward": "relu",
    "softmax_cross_entropy": "softmax",
    "conv2d_forward": "convolution",
    "conv2d_backward": "backward",
    "maxpool2d_forward": "pooling",
    "maxpool2d_backward": "pooling",
    "sgd_step": "sgd",
    "mnist": "mnist",
    "sigmoid_forward": "sigmoid",
    "sigmoid_backward": "sigmoid",
    "sgd_momentum_step": "momentum",
    "adam_step": "adam",
    "dropout_forward": "dropout",
    "dropout_backward": "dropout",
    "l2_penalty": "l2",
}
"""the heading of the handout that explains a function"""


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
    more = (diagnosis.equality(check_id), diagnosis.minimal_case_sentence(check_id))
    return replace(feedback, facts=(*feedback.facts, *(fact for fact in more if fact)))


def with_heading(feedback: Feedback, function: str) -> Feedback:
    """Return feedback that ends with a heading of the handout, if it names none yet.

    Parameters
    ----------
    feedback
        What is known about a failed check.
    function
        The function that the check judges, or ``mnist``.
    """
    return feedback if feedback.read else replace(feedback, read=HEADINGS[function])
