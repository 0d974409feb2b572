"""Hands in an archive with links to files of this machine."""

# response: R

import zipfile


def build(where):
    archive = where / "handed-in.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("layers.py", "loss.py", "optim.py"):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o120777 << 16
            file.writestr(entry, f"@SOLUTION@/{name}")
    return archive
