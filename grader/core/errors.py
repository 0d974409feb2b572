"""Every error that the grader raises on purpose, with one base class and a text for the user.

The worker's side has errors of its own (in ``worker/protocol.py`` and ``worker/program.py``): its files are
loaded by path, where nothing of the grader can be imported.
"""

from __future__ import annotations

from grader.core.results import Feedback, Status


class GraderError(Exception):
    """Base of every error that the grader raises on purpose; its text is for the user."""


class CheckStoppedError(GraderError):
    """A check ended without passing; the error carries its status and the student's feedback.

    ``function`` is the function whose call failed, if one did; ``value`` names the array or number that was
    found wrong, if there was one. ``raised`` is the class of the exception, if the function
    raised one, ``refused`` whether it did so on purpose, by ``raise`` or ``assert``.
    """

    def __init__(
        self,
        status: Status,
        feedback: Feedback,
        *,
        function: str | None = None,
        value: str | None = None,
        raised: str | None = None,
        refused: bool = False,
    ) -> None:
        super().__init__(feedback.headline)
        self.status = status
        self.feedback = feedback
        self.function = function
        self.value = value
        self.raised = raised
        self.refused = refused


class IngestError(GraderError):
    """The submission cannot be used; the text says why in one sentence."""


class NotebookError(GraderError):
    """The notebook cannot be used; the text says why in one sentence."""


class IsolationError(GraderError):
    """The isolation that was asked for is not available."""


class StartError(GraderError):
    """A worker of some tier could not be started; the text says why."""


class FilterError(GraderError):
    """No filter can be built here; the text says what is missing."""


class SeedError(GraderError):
    """The source of the seed is missing or holds no usable seed."""


class MissingAnswerError(GraderError):
    """The solution's answer to these inputs was not recorded."""


class AuditError(GraderError):
    """A training step of the student's functions does not agree with the reference."""


class TrainingStoppedError(GraderError):
    """A function of the submission failed during a training."""


class OtherTrainingError(GraderError):
    """A checkpoint belongs to another training."""


class StubError(GraderError):
    """The markers in a solution are wrong; the text names the line."""


class ReleaseError(GraderError):
    """What would be released is not right; nothing was written."""


class ClassError(GraderError):
    """A class cannot be graded as asked: a download, a roster, the book or a sheet is not right."""
