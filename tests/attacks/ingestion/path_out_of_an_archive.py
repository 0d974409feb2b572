"""Hands in an archive whose files lie outside of it."""

# response: R

import zipfile


def build(where):
    archive = where / "handed-in.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("layers.py", "../" * 12 + "@FOLDER@/written.py".lstrip("/"), "@FOLDER@/absolute.py"):
            file.writestr(name, "x = 1")
    return archive
