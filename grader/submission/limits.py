"""How much of a submission is read, and with how much time and memory."""

from __future__ import annotations

MB = 1 << 20

MOST_FILES = 200
"""Python files and notebooks"""
MOST_FILE_BYTES = 1 * MB
"""of a Python file, or of the code of a notebook: Python's own parser needs 500 times as much"""
MOST_STATEMENTS = 2_000
"""at the top of a file or a cell: more are data, and Python's compiler takes the square of their number"""
MOST_RAW_BYTES = 128 * MB
"""of a notebook with its outputs, or of an archive"""
MOST_TOTAL_BYTES = 8 * MB
"""of all Python sources together"""
MOST_ENTRIES = 10_000
"""of a folder or an archive, whatever they are"""
MOST_DEPTH = 6
MOST_NESTED = 2
"""archives inside archives"""
MOST_RESULT_BYTES = 64 * MB

READER_MEMORY_BYTES = 1536 * MB
READER_CPU_SECONDS = 30
READER_SECONDS = 120.0
"""of wall-clock time: far more than the computing time, so that only a reader that hangs meets it"""
