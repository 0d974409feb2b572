"""Finds the digits to train on: MNIST from a folder, the cache or a mirror, else digits drawn by the kit."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .dataset import DataError, Dataset, Silence
from .formats import IDX_NAMES, NPZ_KEYS, SHA256, read_idx, read_npz, read_pickle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from .dataset import Progress

DRAWN_TRAINING_IMAGES = 20_000
DRAWN_TEST_IMAGES = 4_000
DRAWN_TRAINING_SEED = 1
DRAWN_TEST_SEED = 2

_FIELDS = {name: field for field, name in IDX_NAMES.items()}
_NPZ_NAME = "mnist.npz"
_PICKLE_NAME = "mnist.pkl.gz"


def load(
    *,
    mnist_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
    download: bool = True,
    fallback: bool = True,
    progress: Progress | None = None,
    mirrors: Sequence[str] | None = None,
    sha256: Mapping[str, str] = SHA256,
    named: str = "MNIST_DIR",
) -> Dataset:
    """Load MNIST, or digits drawn by the kit where MNIST is not available.

    The sources are tried in this order: ``mnist_dir``, the cache, the mirrors, the kit's own digits. The
    content of every file must have its known SHA-256. A damaged file in the cache is replaced by a download.

    Parameters
    ----------
    mnist_dir : str or Path, optional
        Folder with MNIST's four IDX files (compressed with gzip or not), ``mnist.npz`` or ``mnist.pkl.gz``,
        or the path of such a file; by default the environment variable ``MNIST_DIR``. If it is set, nothing
        else is tried.
    cache_dir : str or Path, optional
        Folder that keeps downloaded or drawn digits; by default the environment variable
        ``CONVGRADE_CACHE``, else the platform's cache folder. It need not be writable.
    download : bool
        Whether the mirrors may be used.
    fallback : bool
        Whether digits drawn by the kit may replace MNIST.
    progress : Progress, optional
        Shows downloads, files that had to be replaced, and the fallback; by default nothing is shown.
    mirrors : sequence of str, optional
        Addresses of folders that hold the four files; by default ``data.download.MIRRORS``.
    sha256 : mapping of str to str
        Expected SHA-256 of the content of each IDX file, by field of ``Dataset``.
    named : str
        Name under which the user set ``mnist_dir``, for messages and for the data set's source.

    Returns
    -------
    Dataset
        The digits, in read-only arrays.

    Raises
    ------
    DataError
        If ``mnist_dir`` is set and cannot be used, or nothing was found and ``fallback`` is False.
    """
    progress = progress or Silence()
    given = mnist_dir or os.environ.get("MNIST_DIR")
    if given:
        return _dataset("MNIST", _read_given(_expand(given), sha256, named), named)
    cache = _cache_folder(cache_dir)
    try:
        arrays, source = _cached_or_downloaded(cache, download, mirrors, progress, sha256)
    except DataError as error:
        if not fallback:
            raise
        progress.message(f"{error}\nUntil then, digits drawn by the kit replace it.")
        reason = str(error).splitlines()[0]
        return _dataset("generated digits", _drawn(cache, progress), f"drawn by the kit: {reason}")
    return _dataset("MNIST", arrays, source)


def _dataset(name: str, arrays: Mapping[str, NDArray[np.uint8]], source: str) -> Dataset:
    train_images, train_labels, test_images, test_labels = (arrays[field] for field in IDX_NAMES)
    return Dataset(name, train_images, train_labels, test_images, test_labels, source)


def _expand(path: str | Path) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise DataError(f"{path} names a home folder that does not exist") from error


def _read_given(path: Path, sha256: Mapping[str, str], named: str) -> dict[str, NDArray[np.uint8]]:
    """Read the path that the user gave, and explain what is wrong with it."""
    try:
        if path.is_dir():
            return _read_folder(path, sha256)
        if not path.exists():
            raise DataError(f"{path} does not exist")
        if path.name.endswith(".npz"):
            return read_npz(path, sha256=sha256)
        if path.name.endswith(".pkl.gz"):
            return read_pickle(path, sha256=sha256)
        if any(path.name in _spellings(name) for name in _FIELDS):
            return _read_folder(path.parent, sha256)
        raise DataError(f"{path} is not the name of one of MNIST's files")
    except (DataError, OSError) as error:
        wanted = ", ".join(f"{name}.gz" for name in _FIELDS)
        raise DataError(
            f"{named} cannot be used: {error}\n"
            f"Set it to a folder that holds {wanted}, or {_NPZ_NAME}, or {_PICKLE_NAME}; "
            "or unset it, and the kit finds digits itself."
        ) from error


def _read_folder(folder: Path, sha256: Mapping[str, str]) -> dict[str, NDArray[np.uint8]]:
    found = {name: path for name in _FIELDS if (path := _find(folder, name))}
    if len(found) == len(_FIELDS):
        return {_FIELDS[name]: read_idx(path, _FIELDS[name], sha256=sha256) for name, path in found.items()}
    if (folder / _NPZ_NAME).is_file():
        return read_npz(folder / _NPZ_NAME, sha256=sha256)
    if (folder / _PICKLE_NAME).is_file():
        return read_pickle(folder / _PICKLE_NAME, sha256=sha256)
    if not found:
        raise DataError(f"{folder} holds none of MNIST's files")
    raise DataError(f"{folder} lacks {', '.join(name for name in _FIELDS if name not in found)}")


def _spellings(name: str) -> list[str]:
    """Return the possible names of an IDX file: some unpackers put a dot before ``idx``."""
    return [f"{stem}{suffix}" for stem in (name, name.replace("-idx", ".idx")) for suffix in (".gz", "")]


def _find(folder: Path, name: str) -> Path | None:
    paths = (folder / spelling for spelling in _spellings(name))
    return next((path for path in paths if path.is_file()), None)


def _cache_folder(cache_dir: str | Path | None) -> Path:
    chosen = cache_dir or os.environ.get("CONVGRADE_CACHE")
    if chosen:
        return _expand(chosen)
    from platformdirs import user_cache_path  # only here, so that this package needs nothing but NumPy

    folder = user_cache_path("convgrade")
    # In a container the user may have no home, and "~" stays as it is. A folder of that name in the
    # current one would surprise; below the null device nothing can be kept.
    return folder if folder.is_absolute() else Path(os.devnull) / "convgrade"


def _cached_or_downloaded(
    cache: Path,
    download: bool,
    mirrors: Sequence[str] | None,
    progress: Progress,
    sha256: Mapping[str, str],
) -> tuple[dict[str, NDArray[np.uint8]], str]:
    """Return MNIST and its origin; download files that are missing or damaged in the cache."""
    arrays: dict[str, NDArray[np.uint8]] = {}
    for name, field in _FIELDS.items():
        if path := _find(cache, name):
            try:
                arrays[field] = read_idx(path, field, sha256=sha256)
            except DataError as error:
                progress.message(f"The cache has to be repaired: {error}")

    def accept(file_name: str, data: bytes) -> None:
        field = _FIELDS[file_name.removesuffix(".gz")]
        arrays[field] = read_idx(data, field, sha256=sha256)
        _store(cache / file_name, data, progress)

    missing = [f"{name}.gz" for name, field in _FIELDS.items() if field not in arrays]
    if not missing:
        return arrays, "cache"
    if not download:
        raise DataError(
            "MNIST is not in the cache, and downloading is switched off\n"
            "Allow the download, or set MNIST_DIR to a folder that holds MNIST."
        )
    from .download import MIRRORS, fetch  # only here: requests takes 0.2 s to import

    hosts = fetch(missing, accept, mirrors=MIRRORS if mirrors is None else mirrors, progress=progress)
    return arrays, f"downloaded from {' and '.join(hosts)}"


def _drawn(cache: Path, progress: Progress) -> dict[str, NDArray[np.uint8]]:
    """Return the kit's own digits, from the cache or newly drawn."""
    plan = (DRAWN_TRAINING_IMAGES, DRAWN_TRAINING_SEED, DRAWN_TEST_IMAGES, DRAWN_TEST_SEED)
    # A file's name identifies the code that drew its digits, and its content. After any change of this
    # package they are drawn anew: that takes seconds, while old digits could not be reproduced.
    recipe = hashlib.sha256(repr(plan).encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        recipe.update(module.read_bytes())
    prefix = f"digits-{recipe.hexdigest()[:16]}"
    for path in sorted(cache.glob(f"{prefix}-*.npz")):
        with suppress(OSError, DataError):
            data = path.read_bytes()
            if path.stem == f"{prefix}-{hashlib.sha256(data).hexdigest()}":
                return read_npz(data, sha256=None)

    from .digits import generate_digits

    progress.message(f"Drawing {DRAWN_TRAINING_IMAGES + DRAWN_TEST_IMAGES:,} digits; the cache keeps them.")
    drawn: dict[str, Any] = {
        **dict(zip(("train_images", "train_labels"), generate_digits(*plan[:2]), strict=True)),
        **dict(zip(("test_images", "test_labels"), generate_digits(*plan[2:]), strict=True)),
    }
    buffer = io.BytesIO()
    np.savez(buffer, **{NPZ_KEYS[field]: array for field, array in drawn.items()})
    data = buffer.getvalue()
    _store(cache / f"{prefix}-{hashlib.sha256(data).hexdigest()}.npz", data, progress)
    return read_npz(data, sha256=None)


def _store(path: Path, data: bytes, progress: Progress) -> None:
    """Write a file to the cache atomically, even while other processes do the same."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(data)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        progress.message(f"{path.name} is used, but not kept: the cache cannot be written ({error}).")
