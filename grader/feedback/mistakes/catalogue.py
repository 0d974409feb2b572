"""All known mistakes: as they are written, or what a record says of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, NoReturn

from grader.core.kit import RECORD
from grader.core.results import Cause
from grader.feedback.mistakes.base import Mistake

LIST = "mistakes.json"
"""beside the recorded answers, in a kit without the solution"""


def _read() -> tuple[Mistake, ...]:
    if RECORD.is_dir():
        said = json.loads((RECORD / LIST).read_text(encoding="utf-8"))
        return tuple(Mistake(**each, wrong=unknown) for each in said)
    from grader.feedback.mistakes import (
        conv2d,
        dense,
        maxpool2d,
        optim,
        regularisation,
        relu,
        sigmoid,
        softmax,
    )

    modules = (dense, relu, softmax, conv2d, maxpool2d, optim, sigmoid, regularisation)
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Mistake))


def unknown(*_: Any, **__: Any) -> NoReturn:
    """Take the place of a wrong function of which only the answers were recorded."""
    raise NotImplementedError("only what this function returns was recorded")


MISTAKES = _read()


def mistakes_of(*functions: str) -> list[Mistake]:
    """Return the known mistakes of some functions, in the order of the catalogue."""
    return [mistake for mistake in MISTAKES if mistake.function in functions]


def as_cause(mistake: Mistake) -> Cause:
    """Return what feedback says of a mistake."""
    return Cause(mistake.id, mistake.cause, mistake.remedy, mistake.read, mistake.anchor)


def plain_list(mistakes: Iterable[Mistake]) -> str:
    """Return what mistakes are, but not how they are made, as :data:`LIST` holds it."""
    said = [asdict(mistake) for mistake in mistakes]
    for each in said:
        del each["wrong"]
    return json.dumps(said, indent=1) + "\n"
