"""Recognise a submission's functions among the wrong versions of the model, by a few small calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np

from grader.feedback.mistakes.base import Function, Mistake
from grader.feedback.mistakes.catalogue import unknown
from grader.feedback.model.index import FunctionIndex, Recognised, Version
from grader.feedback.model.probes import Probe, Seen, observe, probes_of
from grader.worker.caller import Caller
from grader.worker.values import WireValue

LEAST_JUDGED = 0.5
"""share of the probes that must say something about a function"""


class ModelMistake(Mistake):
    """A wrong version of the model: as good as one of the catalogue, but explained by its kind of edit."""

    @property
    def anchor(self) -> str:
        """Where its kind is in the error guide."""
        return f"edit-{self.name.partition('-')[0]}"


class Recogniser:
    """Holds what a submission gives in probes against the index.

    Parameters
    ----------
    student
        The submission.
    index
        Returns the index of the wrong versions, by function; it is read when something has failed.
    """

    def __init__(self, student: Caller, index: Callable[[], Mapping[str, FunctionIndex]]) -> None:
        self._student = student
        self._read = index
        self._recognised: dict[str, Recognised | None] = {}
        self._made: dict[str, Mistake] = {}

    @cached_property
    def _index(self) -> Mapping[str, FunctionIndex]:
        return self._read()

    @property
    def can_run(self) -> bool:
        """Whether versions can be run in checks; in a kit without the solution they are recognised only."""
        return any(index.has_sources for index in self._index.values())

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
        recognised = index.recognise(seen, judged)
        nothing = _nothing(function, seen)
        if nothing:
            # versions that leave out so much that an argument or 0 comes back explain no attempt
            versions = {
                name: tuple(version for version in found if not (version.kind and name in nothing))
                for name, found in recognised.versions.items()
            }
            return Recognised(recognised.names, recognised.wrong, versions)
        if recognised.wrong and not recognised.versions and judged.all() and index.has_sources:
            from grader.feedback.model.estimation import estimated

            version = estimated(function, index, seen)
            if version is not None:
                return Recognised(index.names, recognised.wrong, dict.fromkeys(recognised.wrong, (version,)))
        return recognised

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
            self._made[version.id] = mistake_of(version)
        return self._made[version.id]


def _nothing(function: str, seen: Sequence[Seen | None]) -> set[str]:
    """Return the results that are an argument, 0, or one value everywhere in all probes of a function."""
    given = [
        (probe, values)
        for probe, values in zip(probes_of(function), seen, strict=True)
        if isinstance(values, Mapping)
    ]
    names = {name for _, values in given for name in values if not name.startswith("argument")}
    return {
        name
        for name in names
        if all(_is_given(probe, values[name]) for probe, values in given if name in values)
    }


def _is_given(probe: Probe, result: WireValue) -> bool:
    if not isinstance(result, np.ndarray) or result.size == 0:
        return False
    arguments = [each for each in (*probe.arguments, probe.dout) if each is not None]
    return (
        not result.any()
        or (result.size > 1 and bool((result == result.flat[0]).all()))
        or any(
            # the steps of an optimiser are stacked
            result.ndim >= argument.ndim > 0
            and result.shape[-argument.ndim :] == argument.shape
            and np.allclose(result, argument, 1e-6, 1e-9)
            for argument in arguments
        )
    )


def mistake_of(version: Version) -> Mistake:
    """Return a wrong version of the model as a mistake."""
    return ModelMistake(
        version.function,
        version.id.partition(":")[2],
        version.cause,
        version.remedy,
        version.read,
        _wrong(version),
        version.function,
    )


def _wrong(version: Version) -> Function:
    if not version.source:
        return unknown
    # a kit without the solution has no plain implementations
    from grader.feedback.model.functions import wrong_function

    return wrong_function(version.function, version.source)
