"""Every error that the grader raises on purpose: one base, and a text that is for the user.

The worker's side has errors of its own (in ``worker/protocol.py`` and ``worker/program.py``): its files are
loaded by path, where nothing of the grader can be imported.
"""

from __future__ import annotations

from grader.core.results import Feedback, Status


class GraderError(Exception):
    """Base of every error that the grader raises on purpose; its text is for the user."""


class CheckStoppedError(GraderError):
    """A check ended without passing; carries the status and what to tell the student.

    ``function`` is the one that is to blame, if a call of it failed; ``value`` names the array or number that
    was found wrong, if it was one. ``raised`` is the class of the exception, if the function raised one.
    """

    def __init__(
        self,
        status: Status,
        feedback: Feedback,
        *,
        function: str | None = None,
        value: str | None = None,
        raised: str | None = None,
    ) -> None:
        super().__init__(feedback.headline)
        self.status = status
        self.feedback = feedback
        self.function = function
        self.value = value
        self.raised = raised


class IngestError(GraderError):
    """What was handed in cannot be used; the text says why in one sentence."""


class NotebookError(GraderError):
    """The notebook cannot be used; the text says why in one sentence."""


class IsolationError(GraderError):
    """The isolation that was asked for cannot be had."""


class StartError(GraderError):
    """A worker of some tier cannot be had; the text says why."""


class FilterError(GraderError):
    """No filter can be built here; the text says what is missing."""


class MissingAnswerError(GraderError):
    """Nobody has written down what the solution answers to such inputs."""


class DeviationError(GraderError):
    """A rehearsal gave something else than what was written down."""


class AuditError(GraderError):
    """A step of the student's does not agree with the reference's."""


class TrainingStoppedError(GraderError):
    """A function of the submission failed while it trained."""


class OtherTrainingError(GraderError):
    """A checkpoint belongs to another training."""


class StubError(GraderError):
    """The markers in a solution are wrong; the text names the line."""


class ReleaseError(GraderError):
    """What would be handed out is not right; nothing was written."""
