"""The index of the model: fingerprints of all wrong versions, in which a submission is looked up.

It is shipped with the kit. A kit without the solution has the same fingerprints and words, but no sources.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from grader.core.errors import GraderError
from grader.core.kit import KIT
from grader.feedback.exceptions import NOT_WHOLE
from grader.feedback.model.fingerprints import Fingerprint, fingerprint, raised
from grader.feedback.model.pairs import explaining_together
from grader.feedback.model.probes import Raised, Seen

WORDS, NUMBERS = "model.json.gz", "model.npz"
HOME = Path(__file__).parent

MOST_RAISED = 0.8
"""share of the probes that may raise: where nearly all do, they say nothing about the mistake"""
MOST_VERSIONS = 2
"""versions that may explain a value: where more do, too little was seen of it"""


@dataclass(frozen=True)
class Version:
    """What the index holds of a wrong version; words and source are empty for those of the catalogue."""

    function: str
    id: str
    kind: str = ""
    cause: str = ""
    remedy: str = ""
    read: str = ""
    source: str = ""


@dataclass(frozen=True)
class Recognised:
    """What explains the values of a function that are wrong.

    ``names`` are those of all values that were compared, ``wrong`` of those that differ from the right ones
    in some probe. ``versions`` has, for
    each of them, the versions that give the same in every probe.
    """

    names: tuple[str, ...]
    wrong: frozenset[str]
    versions: Mapping[str, tuple[Version, ...]]

    def of(self, value: str | None) -> tuple[Version, ...]:
        """Return the versions that explain a value; any if the probes do not compare it."""
        if value in self.wrong:
            return self.versions.get(value or "", ())
        if value in self.names:
            return ()
        return tuple(dict.fromkeys(each for name in sorted(self.versions) for each in self.versions[name]))


class FunctionIndex:
    """The wrong versions of one function.

    Parameters
    ----------
    names
        Of the values that are compared.
    rows
        For each value its distinct fingerprints; the first is that of the right function.
    versions
        One for each group of versions that do the same.
    table
        Numbers of the rows of each version, shape (V, names).
    """

    def __init__(
        self,
        names: Sequence[str],
        rows: Mapping[str, Fingerprint],
        versions: Sequence[Version],
        table: np.ndarray,
    ) -> None:
        self.names = tuple(names)
        self.rows = rows
        self.versions = tuple(versions)
        self.table = table

    @property
    def has_sources(self) -> bool:
        """Whether versions can be run, not only recognised."""
        return any(version.source for version in self.versions)

    @cached_property
    def raising(self) -> np.ndarray:
        """Which versions raise in which probes, shape (V, P)."""
        found: np.ndarray = self.rows[self.names[0]].codes[self.table[:, 0]] < 0
        return found

    def recognise(self, seen: Sequence[Seen | None], judged: np.ndarray | None = None) -> Recognised:
        """Look up what a submission gave.

        Parameters
        ----------
        seen
            What the probes gave.
        judged
            Which probes say something, shape (P,); all if None.

        Returns
        -------
        Recognised
        """
        judged = np.ones(len(seen), bool) if judged is None else judged
        stopped = raised(seen)
        agreeing: dict[str, np.ndarray] = {}
        wrong = set()
        for name in self.names:
            agreeing[name] = self.rows[name].agrees(fingerprint(seen, name)) | ~judged
            if not agreeing[name][0].all():
                wrong.add(name)
        telling = any(isinstance(each, Raised) and each.kind.endswith(NOT_WHOLE) for each in seen)
        if not wrong or (not telling and (stopped & judged).sum() > MOST_RAISED * judged.sum()):
            return Recognised(self.names, frozenset(wrong), {})
        by_version = np.stack(
            [agreeing[name][self.table[:, column]] for column, name in enumerate(self.names)]
        )
        alone: np.ndarray = np.asarray(by_version.all(axis=(0, 2)))
        if 0 < alone.sum() <= MOST_VERSIONS:
            found = self._chosen(alone)
            return Recognised(self.names, frozenset(wrong), dict.fromkeys(wrong, found))
        apart = self._apart(wrong, by_version, stopped & judged, judged, agreeing)
        return Recognised(self.names, frozenset(wrong), apart)

    def _apart(
        self,
        wrong: Iterable[str],
        by_version: np.ndarray,
        stopped: np.ndarray,
        judged: np.ndarray,
        agreeing: Mapping[str, np.ndarray],
    ) -> dict[str, tuple[Version, ...]]:
        """Explain each wrong value by a version of its own; all together must raise where it was seen."""
        raising = self.raising
        # a version may not raise where nothing was raised, and its other values must be right or as seen
        possible = ~(raising & ~stopped).any(axis=1)
        where_seen = by_version | (stopped & ~raising)
        found: dict[str, tuple[Version, ...]] = {}
        explained = np.zeros_like(stopped)
        for column, name in enumerate(self.names):
            if name not in wrong:
                continue
            others = [
                (self.table[:, other] == 0) | where_seen[other].all(axis=1)
                for other in range(len(self.names))
                if other != column
            ]
            right_elsewhere = np.logical_and.reduce([possible, *others])
            differs = self.table[:, column] != 0
            chosen = right_elsewhere & differs & where_seen[column].all(axis=1)
            if not chosen.any():
                chosen = self._together(
                    column, right_elsewhere, by_version[column], agreeing[name][0], judged
                )
            if 0 < chosen.sum() <= MOST_VERSIONS:
                found[name] = self._chosen(chosen)
                explained |= raising[chosen].any(axis=0)
        if (explained != stopped).any():
            return {}
        return found

    def _together(
        self,
        column: int,
        possible: np.ndarray,
        agreeing: np.ndarray,
        seen_right: np.ndarray,
        judged: np.ndarray,
    ) -> np.ndarray:
        """Return which versions explain a value in pairs only, shape (V,)."""
        rows = self.rows[self.names[column]]
        right = rows.agrees(Fingerprint(rows.codes[:1], rows.numbers[:1]))[self.table[:, column]]
        chosen = np.zeros(len(self.versions), bool)
        # the right function in front
        candidates = np.flatnonzero(possible & ~right.all(axis=1))
        numbers = explaining_together(
            np.vstack([seen_right, agreeing[candidates]]),
            np.vstack([np.ones_like(seen_right), right[candidates]]),
            judged,
        )
        chosen[candidates[np.array(numbers, int) - 1]] = True
        return chosen

    def _chosen(self, which: np.ndarray) -> tuple[Version, ...]:
        return tuple(self.versions[number] for number in np.flatnonzero(which))


def save(folder: Path, functions: Mapping[str, FunctionIndex], *, with_sources: bool) -> None:
    """Write an index as two files.

    Parameters
    ----------
    folder
        Must exist.
    functions
        The wrong versions of each function.
    with_sources
        Whether to write the sources of wrong versions, too: they are almost right.
    """
    words: dict[str, Any] = {}
    numbers: dict[str, np.ndarray] = {}
    for function, index in functions.items():
        plain = []
        for version in index.versions:
            said = {name: value for name, value in vars(version).items() if value}
            if not with_sources:
                said.pop("source", None)
            plain.append(said)
        words[function] = {"names": index.names, "versions": plain}
        numbers[f"{function} table"] = index.table.astype(np.int16)
        for name, rows in index.rows.items():
            numbers[f"{function} {name} codes"] = rows.codes
            numbers[f"{function} {name} numbers"] = rows.numbers.astype(np.float32)
    content = json.dumps(words, indent=0).encode()
    # the same index is the same file
    (folder / WORDS).write_bytes(gzip.compress(content, mtime=0))
    np.savez_compressed(folder / NUMBERS, **numbers)  # type: ignore[arg-type]


def load(folder: Path) -> dict[str, FunctionIndex]:
    """Read an index.

    Raises
    ------
    GraderError
        If it cannot be read.
    """
    try:
        words = json.loads(gzip.decompress((folder / WORDS).read_bytes()))
        with np.load(folder / NUMBERS) as numbers:
            return {
                function: FunctionIndex(
                    said["names"],
                    {
                        name: Fingerprint(
                            numbers[f"{function} {name} codes"],
                            numbers[f"{function} {name} numbers"].astype(np.float64),
                        )
                        for name in said["names"]
                    },
                    [Version(**each) for each in said["versions"]],
                    numbers[f"{function} table"],
                )
                for function, said in words.items()
            }
    except (OSError, ValueError, KeyError) as error:
        raise GraderError(f"the index of causes in {folder} cannot be read; install the kit again") from error


@cache
def index() -> dict[str, FunctionIndex]:
    """Return the index of this kit, by function."""
    return load(HOME if KIT.record is None else KIT.record)
