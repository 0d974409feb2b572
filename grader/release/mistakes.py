"""Proves that known mistakes are caught: it grades each as a submission, and writes a table of all.

``python -m grader.release.mistakes`` writes ``docs/mistakes.md``, and ``docs/errors.md``, which explains each
mistake; with ``--check`` it only says whether the files are up to date.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.core.kit import HOME
from grader.core.results import CheckResult, Status
from grader.core.seed import PUBLISHED, Seed
from grader.feedback.mistakes.base import Mistake
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.mistakes.submission import write_submission
from grader.feedback.model.sentences import KINDS
from grader.feedback.model.words import guide_words
from grader.run.grading import Options, grade

TABLE = HOME / "docs" / "mistakes.md"
GUIDE = HOME / "docs" / "errors.md"

HEADING = """\
# Known mistakes

Each row was graded: the solution with one function replaced by a wrong version, all checks but the training,
published seed. *Lost* are points, and *in* which checks; *named* says whether the scorecard names this
mistake, and no other, as the cause. All checks are public: a final grade differs in the seed of its inputs.

`python -m grader.release.mistakes` writes this page.
"""

KINDS_HEADING = """\
## Kinds of mistakes

Besides these, the grader knows plain implementations of every function but dropout, and what small changes
make of them. Where one of these changed versions gives what your function gives, in a series of small calls
and in the failed checks, the hint says what was changed and in which part; here is what can be done about it.
"""

GUIDE_HEADING = """\
# Error guide

Every mistake that the grader knows by name. A hint names one only where it was tested: the mistake, made in
the solution, gives what your functions gave. The [handout](handout.md) says more about each idea.
"""


@dataclass(frozen=True)
class Proof:
    """The checks that one mistake, or several together, fail."""

    mistakes: tuple[Mistake, ...]
    missed: tuple[CheckResult, ...]

    @property
    def lost(self) -> float:
        """The points that were lost."""
        return sum(result.check.points - result.earned for result in self.missed)

    @property
    def causes(self) -> list[tuple[str, ...]]:
        """The ids of the mistakes that were named as causes together, without repetition."""
        feedbacks = [result.feedback for result in self.missed if result.feedback is not None]
        named = (tuple(cause.id for cause in feedback.causes) for feedback in feedbacks)
        return list(dict.fromkeys(ids for ids in named if ids))

    @property
    def named(self) -> bool:
        """Whether each mistake was named alone, and no other was named."""
        return set(self.causes) == {(mistake.id,) for mistake in self.mistakes}

    @property
    def misnamed(self) -> list[tuple[str, ...]]:
        """The ids that were named together without any of the mistakes among them."""
        made = {mistake.id for mistake in self.mistakes}
        return [ids for ids in self.causes if not made & set(ids)]


def prove(*mistakes: Mistake, seed: Seed = PUBLISHED) -> Proof:
    """Grade the solution with some mistakes in it, without the training.

    Parameters
    ----------
    *mistakes
        Mistakes of different functions.
    seed
        Seed of all inputs; the published one if None.

    Returns
    -------
    Proof
        The checks that did not pass.
    """
    options = Options(seed, mnist=False)
    with tempfile.TemporaryDirectory() as folder:
        outcome = grade(write_submission(Path(folder) / "submission", mistakes), options)
    missed = [
        result for result in outcome.report.results if result.status not in {Status.PASSED, Status.NOT_RUN}
    ]
    return Proof(mistakes, tuple(missed))


def page(proofs: Iterable[Proof]) -> str:
    """Return the page that shows proofs of single mistakes."""
    proofs = list(proofs)
    lines = [HEADING]
    caught, named = (sum(column) for column in zip(*((p.lost > 0, p.named) for p in proofs), strict=True))
    wrong = sum(bool(proof.misnamed) for proof in proofs)
    lines.append(
        f"**{len(proofs)} mistakes: {caught} caught, {named} named ({named / len(proofs):.0%}), "
        f"{wrong} named wrongly.**\n"
    )
    lines.append("| function | mistake | lost | in | named |\n| --- | --- | --- | --- | --- |")
    for proof in proofs:
        (mistake,) = proof.mistakes
        where = ", ".join(result.check.id.removeprefix(f"{mistake.function}.") for result in proof.missed)
        named_as = "yes" if proof.named else "; ".join(" or ".join(ids) for ids in proof.causes) or "no"
        cause = f"[{mistake.cause}](errors.md#{mistake.anchor})"
        lines.append(f"| {mistake.function} | {cause} | {proof.lost:g} | {where} | {named_as} |")
    return "\n".join(lines) + "\n"


def guide(mistakes: Iterable[Mistake] = MISTAKES) -> str:
    """Return the page that explains each mistake and its remedy, with an anchor for each."""
    lines = [GUIDE_HEADING]
    for function, of_function in itertools.groupby(mistakes, lambda mistake: mistake.function):
        lines.append(f"## {function}\n")
        for mistake in of_function:
            # headings from which every renderer of Markdown makes the same anchors
            lines.append(f"### {mistake.function}: {mistake.name}\n")
            # stars are powers or products here, not emphasis
            lines.append(f"{mistake.cause}\n\n{mistake.remedy}\n".replace("*", r"\*"))
            where = "" if mistake.shown_in == function else f" It shows in {mistake.shown_in}."
            lines.append(f"Handout: [{mistake.read}](handout.md#{mistake.read}).{where}\n")
    lines += _kinds()
    return "\n".join(lines).rstrip() + "\n"


def _kinds() -> list[str]:
    """Explain the kinds of edits: a hint says where in the function one of them was found."""
    lines = [KINDS_HEADING]
    for kind in KINDS:
        said = guide_words(kind)
        lines.append(f"### edit: {kind}\n")
        lines.append(f"{said.cause}\n\n{said.remedy}\n".replace("*", r"\*"))
    return lines


def main() -> int:
    """Write the pages, or check them.

    Returns
    -------
    int
        1 if pages were checked and are out of date, else 0.
    """
    pages = {GUIDE: guide(), TABLE: page(prove(mistake) for mistake in MISTAKES)}
    if "--check" in sys.argv[1:]:
        old = [
            path.name
            for path, text in pages.items()
            if not path.is_file() or path.read_text(encoding="utf-8") != text
        ]
        if old:
            print(f"{' and '.join(old)} out of date: run python -m grader.release.mistakes")
        return 1 if old else 0
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
