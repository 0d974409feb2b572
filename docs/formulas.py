"""Turn formulas between dollar signs into MathML, which browsers draw without a network."""

from __future__ import annotations

import re
from typing import Any

from latex2mathml.converter import convert

CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$\n]+)\$", re.DOTALL)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the formulas of a page; code stays as it is."""
    parts = CODE.split(markdown)
    return "".join(part if place % 2 else FORMULA.sub(_drawn, part) for place, part in enumerate(parts))


def _drawn(formula: re.Match[str]) -> str:
    block = formula["block"]
    if block is None:
        # at the beginning of a line MathML by itself would be a paragraph
        return f"<span>{convert(formula['inline'])}</span>"
    return f'<div style="margin: 1em 0">{convert(block.strip(), display="block")}</div>'
