"""Make text of a submission harmless for terminals, files, workflow runners and their readers."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""controls, lone surrogates, and what is invisible or turns the direction of text around"""

_COMMAND = re.compile(r"::(?=\s*[A-Za-z])|##(?=\[)")
"""what runners of workflows obey at the beginning of a line, wherever lines will break"""


def clean(text: str) -> str:
    """Return text as one line that nothing obeys."""
    return clean_lines(text).replace("\n", " ")


def clean_lines(text: str) -> str:
    """Return text of several lines that nothing obeys."""
    text = _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)
    return _COMMAND.sub(lambda found: f"{found[0][0]} {found[0][1]}", text)
