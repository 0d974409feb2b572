"""Hands in an archive of fifty thousand empty files."""

# response: R

import zipfile


def build(where):
    archive = where / "handed-in.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for number in range(50_000):
            file.writestr(f"{number}.py", "")
    return archive
