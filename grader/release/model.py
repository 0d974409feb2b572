"""Compute the index of wrong versions: every edit of every plain implementation, and what it gives in probes.

``python -m grader.release.model`` writes it, which takes some minutes; it has to be done whenever the plain
implementations, their edits, the words, the probes or the catalogue have changed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from grader.feedback.model.bank import Entry, Outcomes, entries_of, outcomes_of
from grader.feedback.model.fingerprints import Fingerprint
from grader.feedback.model.functions import FORMS
from grader.feedback.model.index import HOME, MOST_RAISED, FunctionIndex, Version, save


def index_of(outcomes: Outcomes) -> FunctionIndex:
    """Return the index of one function: of each group, the version that is said in the simplest words.

    Parameters
    ----------
    outcomes
        Groups of versions that do the same.

    Returns
    -------
    FunctionIndex
    """
    groups = {
        key: members
        for key, members in outcomes.groups.items()
        if not _ambiguous(outcomes, key) and not _mostly_raising(outcomes, key)
    }
    versions = [_version(members) for members in groups.values()]
    rows = {
        name: Fingerprint(np.stack([row.codes for row in found]), np.stack([row.numbers for row in found]))
        for name, found in outcomes.rows.items()
    }
    table = np.array(list(groups)).reshape(-1, len(outcomes.names))
    return FunctionIndex(outcomes.names, rows, versions, table)


def _ambiguous(outcomes: Outcomes, key: tuple[int, ...]) -> bool:
    """Whether versions of different meaning do the same because they do nothing but raise.

    Which exception it is says little: where a wrong version gives no wrong value at all, it is told only if
    all versions that do the same are told in the same words.
    """
    causes = {entry.words.cause for entry in outcomes.groups[key] if entry.words is not None}
    if len(causes) < 2 or any(entry.words is None for entry in outcomes.groups[key]):
        return False
    for number, name in zip(key, outcomes.names, strict=True):
        right, found = outcomes.rows[name][0], outcomes.rows[name][number]
        wrong = ~right.agrees(found)
        if (found.codes[wrong] > 0).any():
            return False
    return True


def _mostly_raising(outcomes: Outcomes, key: tuple[int, ...]) -> bool:
    """Whether versions of the model raise in so many probes that they are never recognised."""
    first = outcomes.groups[key][0]
    if first.words is None or first.kind == "not_whole":
        return False
    codes = outcomes.rows[outcomes.names[0]][key[0]].codes
    return bool((codes < 0).mean() > MOST_RAISED)


def _version(members: Sequence[Entry]) -> Version:
    first = members[0]
    said = first.words
    if said is None:
        return Version(first.function, first.id)
    # all do the same: the one with the fewest loops is the fastest
    source = min((entry.source for entry in members if entry.source), key=lambda text: text.count("for "))
    return Version(first.function, first.id, first.kind, said.cause, said.remedy, said.read, source)


def built(function: str) -> FunctionIndex:
    """Compute the index of one function."""
    return index_of(outcomes_of(function, entries_of(function)))


def main() -> int:
    """Write the index of all functions."""
    with ProcessPoolExecutor() as pool:
        found = dict(zip(FORMS, pool.map(built, FORMS), strict=True))
    save(HOME, found, with_sources=True)
    for function, each in found.items():
        print(f"{function}: {len(each.versions)} versions that differ in what they do")
    return 0


if __name__ == "__main__":
    sys.exit(main())
