"""Entries of zip files that do not depend on the time at which they are written."""

from __future__ import annotations

import stat
import zipfile

DATE = (2026, 1, 1, 0, 0, 0)


def add(archive: zipfile.ZipFile, name: str, data: bytes, *, executable: bool = False) -> None:
    """Add a file to an archive."""
    entry = zipfile.ZipInfo(name, DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
    archive.writestr(entry, data)
