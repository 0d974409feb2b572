"""Hands in an archive of a megabyte that holds a gigabyte."""

# response: R

import zipfile


def build(where):
    archive = where / "handed-in.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file, file.open("layers.py", "w") as entry:
        for _ in range(1000):
            entry.write(b"#" * (1 << 20))
    return archive
