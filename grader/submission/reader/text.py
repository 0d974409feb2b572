"""Turn the bytes of a file into text: UTF-8, with or without a byte order mark, and nothing else."""

from __future__ import annotations

import codecs

HOW_TO_SAVE = "save it as UTF-8 (in VS Code: 'Save with Encoding', in Notepad: 'Save as')"

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class EncodingError(Exception):
    """A file is not UTF-8; the text says what it is, and is the end of a sentence about the file."""

    def __init__(self, told: str, line: int | None = None) -> None:
        super().__init__(told)
        self.line = line


def decode(content: bytes) -> str:
    """Return the text of a file; its lines end with line feeds, as Python reads them.

    Raises
    ------
    EncodingError
        If it is not UTF-8.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            raise EncodingError(f"is {encoding}, not UTF-8: {HOW_TO_SAVE}")
    if b"\0" in content:
        if content.count(b"\0", 0, 1000) > min(len(content), 1000) // 4:
            raise EncodingError(f"is not UTF-8, it looks like UTF-16: {HOW_TO_SAVE}")
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise EncodingError("holds a null byte, as no text does: write the file anew", line)
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        raise EncodingError(
            f"is not UTF-8 (the byte {byte:#04x} looks like Windows-1252 or Latin-1): {HOW_TO_SAVE}", line
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
