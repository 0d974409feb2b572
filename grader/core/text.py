"""Make text of a submission harmless for terminals, files, workflow runners and their readers."""

from __future__ import annotations

import re
import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""controls, formats (invisible, or turning the direction of text), separators, what has no agreed look"""

BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
"""letters and symbols without ink"""

_SELECTORS = (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_INVISIBLE_MARKS = frozenset(map(chr, (0x034F, 0x17B4, 0x17B5, *_SELECTORS)))
"""combining characters that are never drawn: joiners and selectors of variants"""

_COMMAND = re.compile(r":(?=:+\s*[A-Za-z])|#(?=#)")
"""GitHub Actions obeys ``::name`` and ``##[name]``, Azure Pipelines ``##vso[``, TeamCity ``##teamcity[``,
some of them anywhere in a line: between these signs a space is put"""


class _Signs(dict[int, str]):
    """What stands for a character, by its number; found when it is first met."""

    def __missing__(self, number: int) -> str:
        sign = chr(number)
        category = unicodedata.category(sign)
        unsafe = category in UNSAFE_CATEGORIES and sign not in "\t\n"
        if unsafe or sign in BLANK or sign in _INVISIBLE_MARKS:
            sign = REPLACEMENT
        elif category == "Zs":
            sign = " "
        self[number] = sign
        return sign


_SIGNS = _Signs()


def clean(text: str) -> str:
    """Return text as one line that nothing obeys.

    Every character that is invisible, turns the direction of text or controls a terminal is replaced, by its
    category in Unicode; commands for the runners of workflows are broken up.
    """
    return clean_lines(text).replace("\n", " ")


def clean_lines(text: str) -> str:
    """Return text of several lines that nothing obeys; see :func:`clean`."""
    return _COMMAND.sub(lambda found: f"{found[0]} ", text.translate(_SIGNS))


def excerpt(text: str, most: int) -> str:
    """Return the beginning of a text, cleaned, of at most ``most`` characters.

    Parameters
    ----------
    text
        Anything that a submission says.
    most
        Length from which on the rest is left out.
    """
    shown = clean(text[: 2 * most]).strip()
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
