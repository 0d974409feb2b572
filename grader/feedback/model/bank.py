"""Every wrong version that the model knows, grouped by what it does."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grader.feedback.exceptions import NOT_WHOLE
from grader.feedback.mistakes.base import mistaken
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.model.edits import Edit, Form, expression_edits
from grader.feedback.model.expressions import propose
from grader.feedback.model.fingerprints import Fingerprint, fingerprint, raised
from grader.feedback.model.functions import FORMS, wrong_function
from grader.feedback.model.probes import Raised, observe
from grader.feedback.model.sentences import KINDS
from grader.feedback.model.statements import statement_edits
from grader.feedback.model.words import Words, words
from grader.feedback.simulation import LocalCaller
from grader.reference.functions import solution


@dataclass(frozen=True)
class Entry:
    """A wrong version: of the catalogue, by its ``id``, or of the model, with its kind, words and source."""

    function: str
    id: str
    kind: str = ""
    words: Words | None = None
    source: str = ""
    rank: int = 0


@dataclass
class Outcomes:
    """What the versions of one function give in its probes.

    ``rows`` holds, for each value, the distinct fingerprints; the first is that of the right function.
    ``groups`` are the entries that do the same, each with the numbers of its rows, in the order of ``names``.
    """

    names: tuple[str, ...]
    rows: dict[str, list[Fingerprint]]
    groups: dict[tuple[int, ...], list[Entry]]


def entries_of(function: str) -> Iterator[Entry]:
    """Make the wrong versions of a function: those of the catalogue first, then edits that have words.

    Parameters
    ----------
    function
        One of the assignment's.

    Yields
    ------
    Entry
        None with the same source as another.
    """
    for mistake in MISTAKES:
        if mistake.shown_in == function:
            yield Entry(mistake.function, mistake.id)
    made: dict[str, Entry] = {}
    right = {Form(plain).source for plain in FORMS.get(function, ())}
    for plain in FORMS.get(function, ()):
        form, module = Form(plain), plain.__module__.rpartition(".")[2]
        edits = [*statement_edits(form), *expression_edits(form, propose)]
        if plain.__name__ == "by_bare_probabilities":
            edits.append(Edit("bare", "", "", (), form.source))
        for edit in edits:
            said = words(function, module, edit)
            if said is None or (edit.source in right and edit.kind != "bare"):
                continue
            entry = _entry(function, edit, said)
            if edit.source not in made or entry.rank < made[edit.source].rank:
                made[edit.source] = entry
    yield from made.values()


def _entry(function: str, edit: Edit, said: Words | None) -> Entry:
    rank = _rank(edit)
    digest = f"{zlib.crc32(edit.source.encode()):08x}"
    return Entry(function, f"{function}:{edit.kind}-{digest}", edit.kind, said, edit.source, rank)


PREFERRED = frozenset({"averaged", "fixed_power", "negated", "rounded_up", "rounded", "not_transposed"})
"""kinds that say more than others that may do the same"""


def _rank(edit: Edit) -> int:
    """Return how complicated the words of an edit are."""
    if "{" not in KINDS[edit.kind]:
        return 1
    if edit.kind in PREFERRED:
        return 2
    return 4 if edit.kind == "taken_for" and not edit.both else 3


def fingerprints_of(entry: Entry, function: str, names: Sequence[str]) -> tuple[Fingerprint, ...] | None:
    """Return what a wrong version gives in the probes of a function.

    Returns
    -------
    tuple or None
        A fingerprint for each name. None for a version of the model that always raises, which could not be
        told from others, and for mistakes that show between calls: probes make each call for itself.
    """
    by_id = {mistake.id: mistake.wrong for mistake in MISTAKES}
    wrong = by_id.get(entry.id) or wrong_function(entry.function, entry.source)
    caller = LocalCaller(mistaken(solution, {entry.function: wrong}))
    seen = observe(caller, function)
    if not entry.source and seen is not None:
        again = observe(caller, function) or ()
        if not all(fingerprint(seen, name).agrees(fingerprint(again, name)).all() for name in names):
            return None
    telling = seen is not None and any(
        isinstance(each, Raised) and each.kind.endswith(NOT_WHOLE) for each in seen
    )
    if seen is None or (entry.source and raised(seen).all() and not telling):
        return None
    return tuple(fingerprint(seen, name) for name in names)


def outcomes_of(function: str, entries: Iterable[Entry]) -> Outcomes:
    """Run wrong versions of a function, and group them by what they give.

    Parameters
    ----------
    function
        One of the assignment's.
    entries
        Wrong versions of it, or of the forward function whose caches it is given.

    Returns
    -------
    Outcomes
        Versions that do the same as the right function are left out.
    """
    right = observe(LocalCaller(mistaken(solution, {})), function)
    assert right is not None
    first = right[0]
    assert isinstance(first, dict)
    names = tuple(first)
    table = {name: _Rows(fingerprint(right, name)) for name in names}
    groups: dict[tuple[int, ...], list[Entry]] = {}
    for entry in entries:
        found = fingerprints_of(entry, function, names)
        if found is None:
            continue
        key = tuple(table[name].number(each) for name, each in zip(names, found, strict=True))
        if any(key):
            groups.setdefault(key, []).append(entry)
    for members in groups.values():
        members.sort(key=lambda entry: (entry.rank, len(entry.words.cause) if entry.words else 0))
    return Outcomes(names, {name: rows.rows for name, rows in table.items()}, groups)


class _Rows:
    """Distinct fingerprints of one value."""

    def __init__(self, right: Fingerprint) -> None:
        self.rows = [right]
        self._by_codes: dict[bytes, list[int]] = {right.codes.tobytes(): [0]}

    def number(self, found: Fingerprint) -> int:
        """Return the number of a fingerprint, which is added if it is new."""
        alike = self._by_codes.setdefault(found.codes.tobytes(), [])
        if alike:
            known = np.stack([self.rows[number].numbers for number in alike])
            others = Fingerprint(np.broadcast_to(found.codes, known.shape[:2]), known)
            agree = others.agrees(found).all(axis=1)
            if agree.any():
                return alike[int(agree.argmax())]
        alike.append(len(self.rows))
        self.rows.append(found)
        return alike[-1]
