"""Hands in an archive that says it holds little."""

# response: R

import struct
import zipfile


def build(where):
    archive = where / "handed-in.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("layers.py", b"#" * (100 << 20))
    said, truth = struct.pack("<I", 100), struct.pack("<I", 100 << 20)
    archive.write_bytes(archive.read_bytes().replace(truth, said))
    return archive
