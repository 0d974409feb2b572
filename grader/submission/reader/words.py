"""Python's words for a broken statement, and what they mean."""

from __future__ import annotations

import re
import sys

_NEWER = (
    (re.compile(r"\s*type\s+\w+\s*(?:\[.*\])?\s*="), (3, 12), "a type statement"),
    (re.compile(r"\s*(?:async\s+)?def\s+\w+\["), (3, 12), "a function with type parameters"),
    (re.compile(r"\s*class\s+\w+\["), (3, 12), "a class with type parameters"),
    (re.compile(r"\s*except\s+[\w.]+\s*,\s*[\w.]+[\w., ]*:"), (3, 14), "'except' without parentheses"),
    (re.compile(r"(?:.*[^\w])?[tT][rR]?[\"']"), (3, 14), "a template string"),
)
_NEWER_STRINGS = re.compile(r"f-string: (?:expecting|unterminated|expression cannot|unmatched|empty)")


def in_plain_words(kind: str, message: str, line: str) -> str:
    """Return what is wrong with a line that is not Python.

    Parameters
    ----------
    kind
        ``SyntaxError`` or one of its kind.
    message
        As Python words it.
    line
        Where it happened.
    """
    for pattern, version, what in _NEWER:
        if sys.version_info < version and pattern.match(line):
            return _newer(what, version)
    if sys.version_info < (3, 12) and _NEWER_STRINGS.match(message):
        return f"{message}; {_newer('an f-string with its own quotes inside', (3, 12))}"
    if kind == "TabError":
        return f"{message}: indent with spaces only"
    return message


def _newer(what: str, version: tuple[int, int]) -> str:
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return f"{what} needs Python {version[0]}.{version[1]}, and this is Python {here}"
