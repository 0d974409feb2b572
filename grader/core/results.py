"""How a submission fared: plain values, and the one place where points are added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Status(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_IMPLEMENTED = "not_implemented"
    BLOCKED = "blocked"
    TIMEOUT = "timeout"
    STUDENT_ERROR = "student_error"
    NOT_RUN = "not_run"
    GRADER_ERROR = "grader_error"


class Kind(StrEnum):
    """What a check looks at."""

    SHAPE = "shape"
    VALUES = "values"
    GRADIENTS = "gradients"
    CONTRACT = "contract"
    ACCURACY = "accuracy"


@dataclass(frozen=True)
class Cause:
    """A known mistake that was tried and gives the results that the submission gave.

    ``sentence`` says what is wrong and ``remedy`` what to do about it; ``read`` is a heading of the handout
    and ``guide`` a heading of the error guide, as links name them.
    """

    id: str
    sentence: str
    remedy: str
    read: str
    guide: str


@dataclass(frozen=True)
class Replay:
    """How to run a check again in a notebook, with the inputs of the published seed."""

    check: str

    IMPORT = "from grader.notebook import replay"

    @property
    def call(self) -> str:
        """The call, as Python."""
        return f'replay("{self.check}", globals())'

    @property
    def code(self) -> str:
        """The import and the call, as one line of Python."""
        return f"{self.IMPORT}; {self.call}"


class Part(StrEnum):
    """The role of a line of feedback."""

    HEADLINE = "headline"
    FACT = "fact"
    CAUSE = "cause"
    REMEDY = "remedy"
    PICTURE = "picture"


@dataclass(frozen=True)
class Feedback:
    """What a student reads about a check that did not pass.

    ``facts`` are observations. ``causes`` are the known mistakes that explain them equally well, usually one
    or none. ``read`` is a heading of the handout. ``replay`` says how to see the case again. ``file`` names
    the file that cannot be imported, if that is what ended the check. ``picture`` shows where an array is
    wrong, as a title and rows of signs.
    """

    headline: str
    facts: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    read: str | None = None
    replay: Replay | None = None
    file: str | None = None
    picture: tuple[str, ...] = ()

    @property
    def cause(self) -> str | None:
        """The cause in words, or None."""
        sentences = [cause.sentence for cause in self.causes]
        if len(sentences) > 1:
            return "One of these: " + " Or: ".join(sentences)
        return sentences[0] if sentences else None

    @property
    def remedy(self) -> str | None:
        """What to do about the cause, or None."""
        return " Or: ".join(dict.fromkeys(cause.remedy for cause in self.causes)) or None

    @property
    def guide(self) -> str | None:
        """The heading of the error guide, or None."""
        return self.causes[0].guide if self.causes else None

    def lines(self) -> list[tuple[Part, str]]:
        """Return the lines that every kind of report shows, in order, each with its role."""
        lines = [(Part.HEADLINE, self.headline), *((Part.FACT, fact) for fact in self.facts)]
        lines += [(Part.PICTURE, row) for row in self.picture]
        if self.cause is not None:
            lines.append((Part.CAUSE, f"Cause: {self.cause}"))
        if self.remedy is not None:
            lines.append((Part.REMEDY, f"Remedy: {self.remedy}"))
        return lines

    def text(self) -> str:
        """Return the lines as text, with all but the headline indented."""
        return "\n  ".join(line for _, line in self.lines())


@dataclass(frozen=True)
class Check:
    """What is checked, and what it is worth."""

    id: str
    task: str
    kind: Kind
    points: float
    title: str

    @property
    def function(self) -> str:
        """Name of the function (or ``mnist``) that the check judges."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class CheckResult:
    """How one check ended, what it earned, and how long it took in seconds."""

    check: Check
    status: Status
    earned: float = 0.0
    feedback: Feedback | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class TrainingResult:
    """The training on MNIST, with accuracies from 0 to 1, steps counted in batches, and times in seconds."""

    network: str
    steps: int
    most_steps: int
    curve: tuple[tuple[int, float], ...]
    """pairs of a step and the accuracy on held-back training images"""
    test_accuracy: float | None
    thresholds: tuple[float, ...]
    stopped: str
    """``accurate`` | ``steps`` | ``time`` | ``diverged`` | ``audit`` | ``error``"""
    replaced: tuple[str, ...] = ()
    own_steps: int = 0
    """steps that the student's functions took; where they are too slow, the reference took the others"""
    audited_steps: int = 0
    """steps of the student's, including those with few images, that were compared with the reference's"""
    seconds: float = 0.0
    limit_seconds: float = 0.0
    step_seconds: float = 0.0
    """duration of the last step that the student's functions took, scaled to a whole batch"""
    function_seconds: Mapping[str, float] = field(default_factory=dict)
    """durations of the student's functions, each tried alone"""

    @property
    def slow(self) -> bool:
        """Whether the reference took steps because the student's functions were too slow."""
        return self.own_steps < self.steps

    def slowest(self) -> str:
        """Return in words which functions take most of the time of a step."""
        total = sum(self.function_seconds.values()) or 1.0
        ordered = sorted(self.function_seconds.items(), key=lambda item: -item[1])[:3]
        return ", ".join(f"{name} {part / total:.0%}" for name, part in ordered if part / total >= 0.1)


@dataclass(frozen=True)
class DataUsed:
    """The images that were trained on: their name, the number for training, and where they came from."""

    name: str
    images: int
    source: str


NOT_PROMISED = {
    "strict": (),
    "confined": ("names of files of this machine can be seen",),
    "container": (
        "the network can be reached",
        "processes can be started, up to the limit",
        "the disk is looked at twenty times a second, and not bounded by the kernel",
    ),
    "process": (
        "every file that the grader may read can be read, the solution and secrets among them",
        "every file that the grader may write can be changed",
        "the grader's memory can be read, and the grader can be ended",
        "the network can be reached",
        "processes that it starts may outlive the run",
    ),
}
"""what a submission is not kept from, at each tier; documented and measured in docs/security.md"""


TIERS = ("process", "container", "confined", "strict")
"""of isolation, from weakest to strongest"""


@dataclass(frozen=True)
class Isolation:
    """The tier of isolation while student code ran, and what a higher one would need."""

    tier: str
    missing: tuple[str, ...] = ()

    @property
    def not_promised(self) -> tuple[str, ...]:
        """What the tier does not keep a submission from, each in words."""
        return NOT_PROMISED.get(self.tier, ())


@dataclass(frozen=True)
class SubmissionInfo:
    """What was graded: a name to show, the digest and names of its files, and notes on what was odd."""

    name: str
    digest: str
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    problem: str | None = None
    """why the submission could not be used at all, in one sentence, or None"""


@dataclass(frozen=True)
class Score:
    """Points earned and points possible, with the bonus kept apart."""

    earned: float
    points: float
    bonus_earned: float
    bonus_points: float

    @property
    def total(self) -> float:
        """The points earned, including the bonus."""
        return self.earned + self.bonus_earned


@dataclass(frozen=True)
class Report:
    """Everything that is known about one graded submission.

    ``seed`` is the text of a secret seed, for instructors only; it is None for the published seed, and in
    reports that students may see. ``practice`` says whether students know the seed: then the score is not for
    credit.
    """

    submission: SubmissionInfo
    results: tuple[CheckResult, ...]
    practice: bool
    isolation: Isolation
    versions: dict[str, str] = field(default_factory=dict)
    data: DataUsed | None = None
    training: TrainingResult | None = None
    bonus_tasks: frozenset[str] = frozenset()
    seconds: float = 0.0
    seed: str | None = field(default=None, repr=False)

    def for_students(self) -> Report:
        """Return the report as students may see it: without a secret seed."""
        return replace(self, seed=None)

    @property
    def score(self) -> Score:
        """The points of the whole submission."""
        return add_up(self.results, self.bonus_tasks)


def add_up(results: Iterable[CheckResult], bonus_tasks: frozenset[str]) -> Score:
    """Add up points; nothing else in the kit does.

    Parameters
    ----------
    results
        One result for each check, whatever its status; a check that did not run counts in the total.
    bonus_tasks
        Names of the tasks whose points are a bonus.

    Returns
    -------
    Score
        The sums, rounded to a hundredth of a point so that they do not depend on the order of addition.
    """
    sums = [0.0, 0.0, 0.0, 0.0]
    for result in results:
        first = 2 if result.check.task in bonus_tasks else 0
        sums[first] += result.earned
        sums[first + 1] += result.check.points
    return Score(*(round(value, 2) for value in sums))
