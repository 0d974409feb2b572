"""All known mistakes, from their modules or from a record."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, NoReturn

from grader.core.kit import KIT
from grader.core.results import Cause
from grader.feedback.mistakes.base import Mistake

LIST = "mistakes.json"
"""name of the file with the list of mistakes, beside the recorded answers in a kit without the solution"""


def _read() -> tuple[Mistake, ...]:
    if KIT.record is not None:
        entries = json.loads((KIT.record / LIST).read_text(encoding="utf-8"))
        return tuple(Mistake(**entry, wrong=unknown) for entry in entries)
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
    """Return a mistake as a cause in feedback."""
    return Cause(mistake.id, mistake.cause, mistake.remedy, mistake.read, mistake.anchor)


def plain_list(mistakes: Iterable[Mistake]) -> str:
    """Return the content of :data:`LIST`: everything about the mistakes but their wrong functions."""
    entries = [asdict(mistake) for mistake in mistakes]
    for entry in entries:
        del entry["wrong"]
    return json.dumps(entries, indent=1) + "\n"
