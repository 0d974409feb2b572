"""From the bytes that were handed in to what is graded, or one sentence that says why nothing can be."""

from __future__ import annotations

import json
import struct
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from grader.core.assignment import FUNCTIONS
from grader.core.errors import IngestError
from grader.submission.limits import MB, MOST_FILES, MOST_TOTAL_BYTES
from grader.submission.names import WHAT_IS_WANTED, is_archive, is_notebook, is_python
from grader.submission.reader.bridge import bridge, near_names, what_was_found
from grader.submission.reader.candidates import Candidate
from grader.submission.reader.choice import Choice, choose
from grader.submission.review_notes import flags

Named = tuple[PurePosixPath, bytes]


@dataclass
class Reading:
    """What is graded, and notes; or a problem, and notes on what was found instead."""

    choice: Choice = field(default_factory=Choice)
    notes: list[str] = field(default_factory=list)
    problem: str | None = None


def read(name: str, files: Sequence[Named], others: Sequence[str]) -> Reading:
    """Read a submission; nothing of it is executed.

    Parameters
    ----------
    name
        Of what was handed in, for messages.
    files
        Its files: Python, notebooks, archives, and texts that may be one of these.
    others
        Names of files that were not read.
    """
    candidates: list[Candidate] = []
    seen = list(others)
    has_python = False
    try:
        found = _unpacked(name, files, seen)
        has_python = any(is_python(path.name) or is_notebook(path.name) for path in found)
        choice = choose(found, candidates)
    except IngestError as error:
        return _nothing(name, str(error), candidates, seen, has_python)
    missing = [function for function in FUNCTIONS if function not in (*choice.homes, *choice.lost)]
    notes = [
        *choice.notes,
        *(near_names(candidates, missing) if choice.homes or missing != list(FUNCTIONS) else []),
        *_hiding(choice),
        *flags(choice.sources),
    ]
    return Reading(choice, list(dict.fromkeys(notes)))


def _unpacked(name: str, files: Sequence[Named], others: list[str]) -> dict[PurePosixPath, bytes]:
    plain = [(path, content) for path, content in files if not is_archive(path.name)]
    archives = [(path, content) for path, content in files if is_archive(path.name)]
    if archives and not any(is_python(path.name) or is_notebook(path.name) for path, _ in plain):
        from grader.submission.reader.unpack import Unpacked  # most submissions are no archives

        unpacked = Unpacked()
        for path, content in archives:
            # the only one is what was handed in, and its name no folder of its own
            unpacked.unpack(path.name, content, PurePosixPath() if len(files) == 1 else path)
        plain += unpacked.files
        others += unpacked.others
    else:
        others += [str(path) for path, _ in archives]
    return _checked(name, plain)


def _checked(name: str, files: Sequence[Named]) -> dict[PurePosixPath, bytes]:
    """Return files by path, if they are not too many, too large, or named alike."""
    found: dict[PurePosixPath, bytes] = {}
    folded: set[str] = set()
    total = 0
    for handed_in, content in files:
        # some systems store an umlaut as two characters; an import statement looks for one
        path = PurePosixPath(unicodedata.normalize("NFC", str(handed_in)))
        if str(path).casefold() in folded:
            raise IngestError(f"{name} holds {str(path)!r} more than once (letter case does not count).")
        folded.add(str(path).casefold())
        found[path] = content
        total += len(content) if is_python(path.name) else 0
    if sum(is_python(path.name) or is_notebook(path.name) for path in found) > MOST_FILES:
        raise IngestError(f"{name} holds more than {MOST_FILES} Python files; hand in the assignment's only.")
    if total > MOST_TOTAL_BYTES:
        raise IngestError(f"{name} holds more than {MOST_TOTAL_BYTES // MB} MB of sources.")
    return found


def _hiding(choice: Choice) -> list[str]:
    """Say which files would hide modules of the standard library."""
    standard = sys.stdlib_module_names
    return [
        f"{path} has the name of a module of the standard library: only your own files find it, "
        "and a program that is run beside it may break"
        for path in sorted(choice.sources)
        if len(path.parts) == 1 and path.stem in standard and path.stem not in choice.modules
    ]


def _nothing(
    name: str, told: str, candidates: Sequence[Candidate], others: Sequence[str], has_python: bool
) -> Reading:
    notes = [note for candidate in candidates for note in candidate.notes]
    troubles = [candidate.trouble for candidate in candidates if candidate.trouble]
    if told:
        return Reading(notes=[*notes, *(f"{trouble}" for trouble in troubles)], problem=told)
    found = what_was_found(candidates, others)
    if troubles and not found:
        problem = f"{troubles[0]}."
        troubles = troubles[1:]
    elif found and not has_python:
        problem = f"{name} holds no Python file, but {found}; give {WHAT_IS_WANTED}."
    elif found:
        problem = f"{name} defines none of the functions of the assignment; it holds {found}."
    elif not has_python:
        problem = f"{name} holds no Python file; give {WHAT_IS_WANTED}."
    else:
        problem = f"{name} defines none of the functions of the assignment."
    lines = bridge(candidates)
    if lines:
        notes += [
            "A layers.py of such lines would lead to what was found; complete it, and hand it in as well:"
        ]
        notes += [f"    {line}" for line in lines]
    return Reading(
        notes=[*near_names(candidates, FUNCTIONS), *notes, *(f"{trouble}" for trouble in troubles)],
        problem=problem,
    )


def encode(found: Reading, most_notes: int) -> bytes:
    """Return what was read as bytes: the length of a JSON object, the object, and the sources."""
    choice = found.choice
    said = {
        "problem": found.problem,
        "notes": found.notes[:most_notes],
        "sources": [[str(path), len(content)] for path, content in choice.sources.items()],
        "modules": choice.modules,
        "homes": choice.homes,
        "lost": {name: [lost.headline, *lost.facts] for name, lost in choice.lost.items()},
        "places": {
            file: [[place.first, place.label, place.line] for place in places]
            for file, places in choice.places.items()
        },
        "ranges": choice.ranges,
    }
    encoded = json.dumps(said).encode()
    return struct.pack("<I", len(encoded)) + encoded + b"".join(choice.sources.values())
