"""Gradescope's export: a folder for each submission, and a file that says whose it is."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from grader.classroom.handins import Who
from grader.classroom.patterns import Piece, Reader
from grader.classroom.sources import Listing
from grader.core.errors import ClassError

METADATA = "submission_metadata.yml"
MOST_METADATA_BYTES = 256 << 20


def gradescope(listing: Listing) -> Reader | None:
    """Return the reader of Gradescope: ``submission_12345/layers.py`` beside ``submission_metadata.yml``."""
    metadata = next((found for found in listing.files if str(found.path) == METADATA), None)
    if metadata is None:
        return None
    known = _submissions(metadata.read(MOST_METADATA_BYTES))

    def read(path: PurePosixPath) -> Piece | None:
        if len(path.parts) < 2 or path.parts[0] not in known:
            return None
        members, when = known[path.parts[0]]
        return Piece(members, path.relative_to(path.parts[0]), when, attempt=path.parts[0])

    return read


def _submissions(content: bytes) -> dict[str, tuple[tuple[Who, ...], datetime | None]]:
    try:
        import yaml
    except ImportError:
        raise ClassError(
            "an export of Gradescope is read with PyYAML: python -m pip install 'convgrade[gradescope]'"
        ) from None
    try:
        # symbols of Ruby are read as text that begins with a colon
        data = yaml.load(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return {str(folder): _submission(entry) for folder, entry in data.items()}
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, IndexError) as error:
        raise ClassError(
            f"{METADATA} is not as Gradescope writes it ({type(error).__name__}): download it again"
        ) from error


def _submission(entry: dict[str, Any]) -> tuple[tuple[Who, ...], datetime | None]:
    members = []
    for submitter in entry[":submitters"]:
        sid, email, name = (str(submitter.get(f":{field}") or "") for field in ("sid", "email", "name"))
        members.append(Who(sid or email or name, name, email, frozenset({sid, email} - {""})))
    created = entry.get(":created_at")
    if isinstance(created, str):
        try:
            created = datetime.fromisoformat(created)
        except ValueError:
            created = None
    return tuple(members), created if isinstance(created, datetime) else None
