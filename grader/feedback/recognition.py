"""Recognise a submission's functions among the wrong versions of the model, by a few small calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grader.feedback.mistakes.base import Mistake
from grader.feedback.mistakes.catalogue import unknown
from grader.feedback.model.functions import wrong_function
from grader.feedback.model.index import FunctionIndex, Recognised, Version
from grader.feedback.model.probes import observe
from grader.worker.caller import Caller

LEAST_JUDGED = 0.5
"""share of the probes that must say something about a function"""

NOTHING = Recognised(frozenset(), {})


class ModelMistake(Mistake):
    """A wrong version of the model: as good as one of the catalogue, but explained by its kind of edit."""

    @property
    def anchor(self) -> str:
        """Where its kind is in the error guide."""
        return f"edit-{self.name.partition('-')[0]}".replace("_", "-")


class Recogniser:
    """Holds what a submission gives in probes against the index.

    Parameters
    ----------
    student
        The submission.
    index
        Of the wrong versions, by function.
    """

    def __init__(self, student: Caller, index: Mapping[str, FunctionIndex]) -> None:
        self._student = student
        self._index = index
        self._recognised: dict[str, Recognised | None] = {}
        self._made: dict[str, Mistake] = {}

    def recognised(self, function: str) -> Recognised | None:
        """Return what a function was recognised as; it is called when this is first asked.

        Parameters
        ----------
        function
            One of the assignment's.

        Returns
        -------
        Recognised or None
            None if nothing can be said: there are no probes, or the function did not answer them.
        """
        if function not in self._recognised:
            self._recognised[function] = self._probed(function)
        return self._recognised[function]

    def _probed(self, function: str) -> Recognised | None:
        index = self._index.get(function)
        if index is None:
            return None
        seen = observe(self._student, function)
        if seen is None:
            return None
        judged = np.array([each is not None for each in seen])
        if judged.mean() < LEAST_JUDGED:
            return None
        return index.recognise(seen, judged)

    def consistent(self, mistakes: Sequence[Mistake], function: str) -> list[Mistake]:
        """Return the mistakes that do not contradict what the probes of a function gave.

        Parameters
        ----------
        mistakes
            Of the catalogue.
        function
            The function that is judged.

        Returns
        -------
        list of Mistake
        """
        recognised, index = self.recognised(function), self._index.get(function)
        if recognised is None or index is None:
            return list(mistakes)
        visible = {version.id for version in index.versions}
        found = {version.id for versions in recognised.versions.values() for version in versions}
        return [mistake for mistake in mistakes if mistake.id in found or mistake.id not in visible]

    def mistakes(self, function: str, value: str | None) -> list[Mistake]:
        """Return the versions of the model that explain a value of a function.

        Parameters
        ----------
        function
            The function that is judged.
        value
            The name of the value; None for any.

        Returns
        -------
        list of Mistake
            None of the catalogue is among them.
        """
        recognised = self.recognised(function)
        if recognised is None:
            return []
        return [self._mistake(version) for version in recognised.of(value) if version.kind]

    def _mistake(self, version: Version) -> Mistake:
        if version.id not in self._made:
            wrong = wrong_function(version.function, version.source) if version.source else unknown
            self._made[version.id] = ModelMistake(
                version.function,
                version.id.partition(":")[2],
                version.cause,
                version.remedy,
                version.read,
                wrong,
                version.function,
            )
        return self._made[version.id]
