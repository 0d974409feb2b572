"""Sources of the seed of a run, but never the command line itself, which every process can read."""

from __future__ import annotations

import getpass
import json
import os
import re
from pathlib import Path

from grader.core.errors import SeedError
from grader.core.kit import KIT
from grader.core.seed import LEAST_DIGITS, PUBLISHED, Seed, fresh_seed

VARIABLE = "CONVGRADE_SEED"
SOURCES = "published, fresh, ask, or a file that holds a seed or an instructor's report"


def read_seed(source: str | None) -> Seed:
    """Return the seed from a source.

    Parameters
    ----------
    source
        ``published``; ``fresh`` for a new secret seed; ``ask`` to ask for it without an echo; or the path
        of a file that holds a seed or an instructor's JSON report. None means the variable ``CONVGRADE_SEED``
        or, without it, a fresh seed; in a kit without the solution, the published one.

    Returns
    -------
    Seed
        The seed of the run.

    Raises
    ------
    SeedError
        If the source does not exist, or its text is too short to be a secret.
    """
    if source is None:
        if os.environ.get(VARIABLE, "").strip():
            return _checked(os.environ[VARIABLE], VARIABLE)
        return fresh_seed() if KIT.has_solution else PUBLISHED
    if source == "published":
        return PUBLISHED
    if source == "fresh":
        return fresh_seed()
    if source == "ask":
        return _checked(getpass.getpass("Seed: "), "the answer")
    return _from_file(Path(source))


def _from_file(path: Path) -> Seed:
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        if re.fullmatch(r"[0-9a-fA-F]+", str(path)):
            raise SeedError(
                "a seed on the command line can be read by every process of this machine: put it into a file "
                f"and name the file, or set {VARIABLE}"
            ) from None
        raise SeedError(f"the seed cannot be read from '{path}': --seed takes {SOURCES}") from None
    if content.lstrip().startswith("{"):
        return _from_report(content, path)
    return _checked(content, str(path))


def _from_report(content: str, path: Path) -> Seed:
    try:
        report = json.loads(content)
        practice, text = report["practice"], report["seed"]
    except (ValueError, KeyError, TypeError):
        raise SeedError(f"{path} is not a report of the grader: --seed takes {SOURCES}") from None
    if practice is True:
        return PUBLISHED
    if not isinstance(text, str):
        raise SeedError(f"{path} is a report for students, which holds no seed; name the instructor's report")
    return _checked(text, str(path))


def _checked(text: str, where: str) -> Seed:
    text = text.strip()
    if text == "published":
        return PUBLISHED
    if len(text) < LEAST_DIGITS // 2:
        raise SeedError(
            f"the seed in {where} has {len(text)} characters: a secret needs at least {LEAST_DIGITS // 2}, "
            "such as those of: python -c 'import secrets; print(secrets.token_hex(16))'"
        )
    return Seed(text)
