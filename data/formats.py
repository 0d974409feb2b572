"""Readers for the three formats of MNIST: IDX files, ``mnist.npz`` and ``mnist.pkl.gz``.

No file is trusted before it has been checked: the unpacked size is bounded, the header is compared with the
length, a pickle can build nothing but arrays of numbers, and the content must have MNIST's SHA-256.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import pickle
import pickletools
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from .dataset import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

IDX_NAMES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
"""File name of each array of a data set; the keys are the fields of ``Dataset``."""

SHA256 = {
    "train_images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train_labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "test_images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "test_labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""SHA-256 of each unpacked IDX file. Mirrors recompress, so that packed files have no known checksum."""

IMAGE_SHAPE = (28, 28)
NPZ_KEYS = {
    "train_images": "x_train",
    "train_labels": "y_train",
    "test_images": "x_test",
    "test_labels": "y_test",
}

MIB = 1 << 20
FILE_LIMIT = ARRAY_LIMIT = 64 * MIB
"""Largest size in bytes of a file, and of an unpacked array; MNIST's largest are 52 and 45 MiB."""
PICKLE_LIMIT = 256 * MIB
"""Largest size in bytes of an unpacked pickle; 70,000 images of float32 take 209 MiB."""

_UNSIGNED_BYTES = 0x0800


def read_idx(
    source: bytes | Path,
    field: str,
    *,
    sha256: Mapping[str, str] = SHA256,
    limit: int = ARRAY_LIMIT,
) -> NDArray[np.uint8]:
    """Read one IDX file of images or labels, compressed with gzip or not.

    Parameters
    ----------
    source : bytes or Path
        Content of a file, or its path.
    field : str
        Field of ``Dataset`` that the file holds, which is a key of ``IDX_NAMES``.
    sha256 : mapping of str to str
        Expected SHA-256 of the unpacked content for each field, in hexadecimal.
    limit : int
        Largest size of the unpacked file, in bytes.

    Returns
    -------
    ndarray of uint8, shape (N, 28, 28) or (N,)
        Images or labels, read-only.

    Raises
    ------
    DataError
        If the file cannot be read, is damaged, or is not the expected one.

    References
    ----------
    Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits": the IDX file format.
    """
    data, where = _read(source)
    content = _unpack(data, limit, where)
    item_shape = _item_shape(field)
    header = struct.Struct(f">{2 + len(item_shape)}I")
    if len(content) < header.size:
        raise DataError(f"{where} is cut short: {len(content)} bytes, and an IDX header takes {header.size}")
    magic, *shape = header.unpack_from(content)
    expected = _UNSIGNED_BYTES + len(shape)
    if magic != expected:
        raise DataError(f"{where} starts with {magic}; the magic number of IDX {field} is {expected}")
    if tuple(shape[1:]) != item_shape:
        raise DataError(f"{where} announces images of {shape[1]} x {shape[2]} pixels; MNIST's have 28 x 28")
    if len(content) != header.size + math.prod(shape):
        held = len(content) - header.size
        raise DataError(f"{where} holds {held:,} bytes of {field}; its header announces {math.prod(shape):,}")
    array = np.frombuffer(content, np.uint8, offset=header.size).reshape(shape)
    _verify({field: array}, sha256, where)
    return array


def read_npz(
    source: bytes | Path,
    *,
    sha256: Mapping[str, str] | None = SHA256,
) -> dict[str, NDArray[np.uint8]]:
    """Read ``mnist.npz``, an archive of the arrays ``x_train``, ``y_train``, ``x_test`` and ``y_test``.

    Parameters
    ----------
    source : bytes or Path
        Content of a file, or its path.
    sha256 : mapping of str to str, or None
        Expected SHA-256 of each field, as in `read_idx`; None accepts any digits.

    Returns
    -------
    dict of str to ndarray of uint8
        Images (N, 28, 28) and labels (N,) under the names of the fields of ``Dataset``, read-only.

    Raises
    ------
    DataError
        If the file cannot be read, is damaged, or holds something else.
    """
    data, where = _read(source)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {field: _read_member(archive, f"{key}.npy") for field, key in NPZ_KEYS.items()}
    except Exception as error:  # zipfile and the header parser raise almost anything on hostile bytes
        raise DataError(f"{where} is not an archive of MNIST's four arrays: {_reason(error)}") from error
    arrays = {field: _as_bytes(member, field, where) for field, member in members.items()}
    if sha256 is not None:
        _verify(arrays, sha256, where)
    return arrays


def read_pickle(source: bytes | Path, *, sha256: Mapping[str, str] = SHA256) -> dict[str, NDArray[np.uint8]]:
    """Read ``mnist.pkl.gz``: a pickle of training, validation and test pairs ``(images, labels)``.

    The images are fractions of ink, with a flat row for each. Training and validation images together are
    MNIST's 60,000 training images. Pickles of Python 2 and 3 can be read; a pickle never gets to call, import
    or build anything of its own choice.

    Parameters
    ----------
    source : bytes or Path
        Content of a file, or its path.
    sha256 : mapping of str to str
        Expected SHA-256 of each field, as in `read_idx`.

    Returns
    -------
    dict of str to ndarray of uint8
        Images (N, 28, 28) and labels (N,) under the names of the fields of ``Dataset``, read-only.

    Raises
    ------
    DataError
        If the file cannot be read, is damaged, or holds anything but such arrays.
    """
    data, where = _read(source)
    content = _unpack(data, PICKLE_LIMIT, where)
    try:
        _scan(content)
        (train_x, train_y), (valid_x, valid_y), (test_x, test_y) = _ArrayUnpickler(
            io.BytesIO(content), encoding="bytes"
        ).load()
        images = [_to_pixels(pickled.array) for pickled in (train_x, valid_x, test_x)]
        labels = [pickled.array for pickled in (train_y, valid_y, test_y)]
        members = {
            "train_images": np.concatenate(images[:2]).reshape(-1, *IMAGE_SHAPE),
            "train_labels": np.concatenate(labels[:2]),
            "test_images": images[2].reshape(-1, *IMAGE_SHAPE),
            "test_labels": labels[2],
        }
    except Exception as error:  # the unpickler raises almost anything on hostile bytes
        raise DataError(f"{where} is not a pickle of MNIST's arrays: {_reason(error)}") from error
    arrays = {field: _as_bytes(member, field, where) for field, member in members.items()}
    _verify(arrays, sha256, where)
    return arrays


def _digest(array: NDArray[np.uint8]) -> str:
    """Return the SHA-256 of the IDX file that would hold an array."""
    digest = hashlib.sha256(struct.pack(f">{1 + array.ndim}I", _UNSIGNED_BYTES + array.ndim, *array.shape))
    digest.update(array.data)
    return digest.hexdigest()


def _verify(arrays: Mapping[str, NDArray[np.uint8]], sha256: Mapping[str, str], where: str) -> None:
    for field, array in arrays.items():
        digest = _digest(array)
        if digest != sha256[field]:
            raise DataError(
                f"{where} is well-formed, but its {field} are not MNIST's: SHA-256 {digest[:12]}, expected "
                f"{sha256[field][:12]}. Is it damaged, or another data set such as Fashion-MNIST?"
            )


def _item_shape(field: str) -> tuple[int, ...]:
    return IMAGE_SHAPE if field.endswith("images") else ()


def _read(source: bytes | Path) -> tuple[bytes, str]:
    """Return the bytes of a source, and its name for messages."""
    if isinstance(source, bytes):
        return source, "the data"
    try:
        if source.stat().st_size > FILE_LIMIT:
            raise DataError(f"{source} is larger than {FILE_LIMIT // MIB} MiB; no file of MNIST is")
        return source.read_bytes(), str(source)
    except OSError as error:
        raise DataError(f"{source} cannot be read: {error.strerror or error}") from error


def _unpack(data: bytes, limit: int, where: str) -> bytes:
    """Undo gzip where it was used, and reject what certainly is not data."""
    if data.startswith(b"\x1f\x8b"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
                data = file.read(limit + 1)
        except EOFError as error:
            raise DataError(f"{where} is cut short: its gzip stream has no end") from error
        except (OSError, zlib.error) as error:
            raise DataError(f"{where} is damaged: {error}") from error
    if len(data) > limit:
        raise DataError(f"{where} unpacks to more than {limit:,} bytes; MNIST does not")
    if not data:
        raise DataError(f"{where} is empty")
    if data[:256].lstrip().startswith(b"<"):
        raise DataError(f"{where} is a web page (HTML), not data")
    return data


def _read_member(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Read one array of an archive, without numpy.load, which would allocate whatever the header asks for."""
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is packed by method {info.compress_type}; only deflate is read")
    with archive.open(info) as member:
        content = member.read(ARRAY_LIMIT + 1)
    if len(content) > ARRAY_LIMIT:
        raise ValueError(f"{name} unpacks to more than {ARRAY_LIMIT:,} bytes")
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream)
    else:
        shape, fortran_order, dtype = np.lib.format.read_array_header_2_0(stream)
    array: NDArray[Any] = np.frombuffer(content, dtype, offset=stream.tell())
    return array.reshape(shape, order="F" if fortran_order else "C")


def _as_bytes(array: NDArray[Any], field: str, where: str) -> NDArray[np.uint8]:
    """Return images or labels of any integer type as read-only unsigned bytes of their proper shape."""
    item_shape = _item_shape(field)
    if array.ndim == 0 or array.shape[1:] != item_shape:
        raise DataError(f"{where}: {field} have the shape {array.shape}; expected {('N', *item_shape)}")
    if array.dtype.kind not in "iu" or (array.size and not (array.min() >= 0 and array.max() <= 255)):
        raise DataError(f"{where}: {field} of {array.dtype} are not whole numbers from 0 to 255")
    result = np.ascontiguousarray(array, dtype=np.uint8)
    result.setflags(write=False)
    return result


def _to_pixels(fractions: NDArray[Any]) -> NDArray[np.uint8]:
    """Turn fractions of ink back into bytes; the well-known file holds k/256, others hold k/255."""
    for levels in (256, 255):
        # In blocks, because temporary arrays for all images at once take half a gigabyte.
        blocks = [_quantise(fractions[i : i + 1000], levels) for i in range(0, len(fractions), 1000)]
        fitting = [block for block in blocks if block is not None]
        if fitting and len(fitting) == len(blocks):
            return np.concatenate(fitting)
    raise ValueError("its images are neither multiples of 1/256 nor of 1/255 from 0 to 1")


def _quantise(fractions: NDArray[Any], levels: int) -> NDArray[np.uint8] | None:
    with np.errstate(all="ignore"):
        scaled = fractions * levels
        nearest = np.rint(scaled)
        fits = (np.abs(scaled - nearest) <= 1e-3) & (nearest >= 0) & (nearest <= 255)
    return nearest.astype(np.uint8) if fits.all() else None


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


_PICKLE_LENGTH = 1000
_PICKLE_NUMBERS = frozenset({"f4", "f8", "u1", "i1", "i2", "i4", "i8"})


def _scan(content: bytes) -> None:
    """Reject a pickle that is too long, before any of its instructions is carried out.

    Six arrays take about 200 instructions. In a hostile pickle a few bytes can fill the memory: millions of
    empty lists, or a place far out in the memo.
    """
    for count, (instruction, argument, _) in enumerate(pickletools.genops(content)):
        memo_index = int(argument or 0) if instruction.name.endswith("PUT") else 0
        if max(count, memo_index) > _PICKLE_LENGTH:
            raise pickle.UnpicklingError("it has far more instructions than six arrays need")


class _PickledDtype:
    """Replaces ``numpy.dtype`` in a pickle, and allows only a few types of numbers."""

    def __init__(self, code: str | bytes, *_flags: object) -> None:
        self.name = _text(code)
        if self.name not in _PICKLE_NUMBERS:
            raise pickle.UnpicklingError(f"it holds elements of the type {self.name!r}")
        self.dtype = np.dtype(self.name)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        byte_order = _text(state[1])
        if byte_order not in {"<", ">", "|"}:
            raise pickle.UnpicklingError(f"it holds elements in the byte order {byte_order!r}")
        self.dtype = np.dtype(byte_order + self.name)


class _PickledArray:
    """Replaces ``numpy.ndarray`` in a pickle, and only wraps bytes of the pickle itself."""

    def __init__(self, *_placeholder: object) -> None:
        self.array: NDArray[Any] = np.empty(0, np.uint8)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, kind, fortran_order, data = state
        self.array = np.frombuffer(data, kind.dtype).reshape(shape, order="F" if fortran_order else "C")


def _pickled_buffer(data: bytes, kind: _PickledDtype, shape: tuple[int, ...], order: str) -> _PickledArray:
    pickled = _PickledArray()
    pickled.__setstate__((1, shape, kind, order == "F", data))
    return pickled


def _pickled_bytes(text: str, _encoding: str) -> bytes:
    return text.encode("latin1")


def _text(value: str | bytes) -> str:
    """Return a short string, which Python 2 pickled as bytes."""
    return value.decode("ascii") if isinstance(value, bytes) else value


class _ArrayUnpickler(pickle.Unpickler):
    """An unpickler that knows only the names in a pickled array, and gives harmless classes for them."""

    _names: Mapping[tuple[str, str], object] = {
        ("numpy", "ndarray"): _PickledArray,
        ("numpy", "dtype"): _PickledDtype,
        ("_codecs", "encode"): _pickled_bytes,  # how Python 3 writes bytes in protocol 2
        ("numpy.core.multiarray", "_reconstruct"): _PickledArray,
        ("numpy._core.multiarray", "_reconstruct"): _PickledArray,
        ("numpy.core.numeric", "_frombuffer"): _pickled_buffer,
        ("numpy._core.numeric", "_frombuffer"): _pickled_buffer,
    }

    def find_class(self, module: str, name: str) -> object:
        try:
            return self._names[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no array needs") from None
