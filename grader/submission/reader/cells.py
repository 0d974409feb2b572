"""Read a notebook: its code cells, whatever version of the format and whatever tool wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from grader.submission.limits import MOST_FILE_BYTES
from grader.submission.reader.text import decode


class Cell(NamedTuple):
    """A code cell: its number among the code cells, from 1, and whether it was run (None: not known)."""

    number: int
    source: str
    tags: tuple[str, ...]
    ran: bool | None


class NotebookError(Exception):
    """A file is no notebook; the text says why, and is the end of a sentence about the file."""


def code_cells(content: bytes) -> list[Cell]:
    """Return the code cells of a notebook of nbformat 2, 3 or 4.

    Raises
    ------
    NotebookError
        If it is not a notebook.
    EncodingError
        If it is not UTF-8.
    """
    try:
        notebook = json.loads(decode(content))
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise NotebookError(f"is not a readable notebook: {reason[:200]}") from None
    found = [cell for cell in _cells(notebook) if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    if sum(len(_source(cell)) for cell in found) > MOST_FILE_BYTES:
        raise NotebookError(
            f"holds more than {MOST_FILE_BYTES >> 20} MB of code: hand in the assignment's only"
        )
    # a notebook that was never run, or whose outputs were cleared, says nothing of any cell
    says = any(_count(cell) for cell in found)
    return [
        Cell(number, _source(cell), _tags(cell), bool(_count(cell)) if says else None)
        for number, cell in enumerate(found, start=1)
    ]


def is_notebook(content: bytes) -> bool:
    """Whether a file without the name of a notebook is one."""
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"{") and (b'"cells"' in content or b'"worksheets"' in content)


def _cells(notebook: Any) -> Iterator[Any]:
    if not isinstance(notebook, dict):
        raise NotebookError("is not a readable notebook: its JSON is not an object")
    sheets = notebook.get("worksheets") if "worksheets" in notebook else [notebook]
    if not isinstance(sheets, list):
        raise NotebookError("is not a readable notebook: it has no worksheets")
    for sheet in sheets:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        if not isinstance(cells, list):
            raise NotebookError("is not a readable notebook: it has no cells")
        yield from cells


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return ""
    # half of a pair is no text that a file could hold
    source = source.encode("utf-8", "replace").decode()
    return source.replace("\r\n", "\n").replace("\r", "\n")


def _count(cell: dict[str, Any]) -> int:
    count = cell.get("execution_count", cell.get("prompt_number"))
    return count if type(count) is int else 0


def _tags(cell: dict[str, Any]) -> tuple[str, ...]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()
