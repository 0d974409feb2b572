"""The readers of IDX files, mnist.npz and mnist.pkl.gz: what they read, and what they refuse."""

import gzip
import hashlib
import io
import os
import pickle
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from data import DataError, formats
from data.formats import IDX_NAMES, NPZ_KEYS, read_idx, read_npz, read_pickle

FIELDS = tuple(IDX_NAMES)


def idx(array):
    """The bytes of an IDX file, put together by hand."""
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim) + b"".join(struct.pack(">I", n) for n in array.shape)
    return header + array.tobytes()


def hashes(arrays):
    return {field: hashlib.sha256(idx(array)).hexdigest() for field, array in arrays.items()}


@pytest.fixture
def arrays():
    """A data set in miniature: 12 training and 5 test images that use every grey from 0 to 255."""
    random = np.random.RandomState(7)
    images = random.randint(0, 256, (17, 28, 28)).astype(np.uint8)
    images[:, 0, :2] = 0, 255
    labels = (np.arange(17) % 10).astype(np.uint8)
    return {
        "train_images": images[:12],
        "train_labels": labels[:12],
        "test_images": images[12:],
        "test_labels": labels[12:],
    }


@pytest.fixture(scope="module")
def mnist():
    """MNIST itself, where the machine has it."""
    folder = os.environ.get("MNIST_DIR")
    if not folder:
        pytest.skip("MNIST_DIR is not set")
    return {field: read_idx(Path(folder) / f"{name}.gz", field) for field, name in IDX_NAMES.items()}


def same(left, right):
    return left.keys() == right.keys() and all(
        left[field].dtype == np.uint8 and np.array_equal(left[field], right[field]) for field in left
    )


def npz(arrays, save=np.savez):
    buffer = io.BytesIO()
    save(buffer, **{NPZ_KEYS[field]: array for field, array in arrays.items()})
    return buffer.getvalue()


def pairs(arrays, levels=256, label_type=np.int64, validation=4):
    """The three pairs of a pickle, the last training images being the ones for validation."""

    def pair(kind, start, stop):
        images = arrays[f"{kind}_images"][start:stop]
        fractions = images.reshape(len(images), 784).astype(np.float32) / np.float32(levels)
        return fractions, arrays[f"{kind}_labels"][start:stop].astype(label_type)

    cut = len(arrays["train_labels"]) - validation
    return pair("train", 0, cut), pair("train", cut, None), pair("test", 0, None)


def pickle_by_hand(pairs, core="numpy.core", buffers=False):
    """Pickle pairs of arrays instruction by instruction.

    As Python 2's cPickle does in protocol 2, or the way of protocol 5 with its buffers written in place;
    ``core`` is the package that NumPy's functions are in (``numpy.core`` before 2.0, ``numpy._core`` since).
    """

    def array(value):
        shape = (
            b"".join(b"J" + struct.pack("<i", n) for n in value.shape) + {1: b"\x85", 2: b"\x86"}[value.ndim]
        )
        kind = b"cnumpy\ndtype\nU\x02" + value.dtype.str[1:].encode() + b"K\x00K\x01\x87R"
        kind += b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        data = struct.pack("<i", value.nbytes) + value.tobytes()
        if buffers:
            return f"c{core}.numeric\n_frombuffer\n".encode() + b"(B" + data + kind + shape + b"U\x01CtR"
        empty = f"c{core}.multiarray\n_reconstruct\n".encode() + b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        return empty + b"(K\x01" + shape + kind + b"\x89T" + data + b"tb"

    protocol = b"\x80\x05" if buffers else b"\x80\x02"
    return protocol + b"".join(array(x) + array(y) + b"\x86" for x, y in pairs) + b"\x87."


def peak_bytes(read):
    """Memory that a refused read took at its height."""
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestReadIdx:
    @pytest.mark.parametrize("field", FIELDS)
    @pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
    def test_reads_images_and_labels(self, arrays, field, pack):
        content = pack(idx(arrays[field]))
        assert same({field: read_idx(content, field, sha256=hashes(arrays))}, {field: arrays[field]})

    def test_reads_a_path(self, arrays, tmp_path):
        path = tmp_path / "labels"
        path.write_bytes(idx(arrays["test_labels"]))
        assert np.array_equal(read_idx(path, "test_labels", sha256=hashes(arrays)), arrays["test_labels"])

    def test_reads_gzip_in_several_members(self, arrays):
        content = idx(arrays["train_images"])
        packed = gzip.compress(content[:100]) + gzip.compress(content[100:])
        assert np.array_equal(read_idx(packed, "train_images", sha256=hashes(arrays)), arrays["train_images"])

    def test_arrays_are_read_only(self, arrays):
        array = read_idx(idx(arrays["test_labels"]), "test_labels", sha256=hashes(arrays))
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1

    @pytest.mark.parametrize(
        ("damage", "message"),
        [
            (lambda _: b"", "is empty"),
            (lambda content: content[:10], "is cut short: 10 bytes, and an IDX header takes 16"),
            (lambda content: content[:-1], "holds 9,407 bytes of train_images; its header announces 9,408"),
            (lambda content: content + b"\0", "holds 9,409 bytes"),
            (lambda content: b"\0\0\x08\x01" + content[4:], "starts with 2049; the magic number .* is 2051"),
            (lambda content: b"\x03\x08\0\0" + content[4:], "starts with 50855936"),
            (lambda content: content[:8] + struct.pack(">2I", 14, 56) + content[16:], "images of 14 x 56"),
            (lambda content: gzip.compress(content)[:-20], "cut short: its gzip stream has no end"),
            (lambda content: gzip.compress(content)[:-8] + bytes(8), "is damaged: CRC check failed"),
            (lambda content: gzip.compress(content)[:10] + b"\xff" * 99, "is damaged: Error -3"),
            (lambda content: gzip.compress(content) + b"junk", "is damaged: Not a gzipped file"),
            (lambda _: b"\n <!DOCTYPE html><title>Log in</title>", "is a web page"),
            (
                lambda content: content[:-1] + bytes([content[-1] ^ 1]),
                "well-formed, but its train_images are not",
            ),
        ],
    )
    def test_refuses_damage_and_says_which(self, arrays, damage, message):
        content = damage(idx(arrays["train_images"]))
        with pytest.raises(DataError, match=message):
            read_idx(content, "train_images", sha256=hashes(arrays))

    def test_names_the_file(self, tmp_path):
        path = tmp_path / "broken.gz"
        path.write_bytes(b"nothing of use")
        with pytest.raises(DataError, match=r"broken\.gz is cut short"):
            read_idx(path, "train_images")
        with pytest.raises(DataError, match="absent cannot be read: No such file"):
            read_idx(tmp_path / "absent", "train_images")

    def test_a_header_cannot_make_it_allocate(self):
        header = struct.pack(">4I", 2051, 2**32 - 1, 28, 28)
        assert peak_bytes(lambda: read_idx(header, "train_images")) < 100_000

    def test_a_gzip_bomb_is_not_unpacked(self):
        bomb = gzip.compress(bytes(64 << 20), compresslevel=1)
        assert peak_bytes(lambda: read_idx(bomb, "train_images", limit=1 << 20)) < 8 << 20

    def test_a_file_too_large_is_not_read(self, tmp_path):
        path = tmp_path / "large"
        with path.open("wb") as file:
            file.truncate(formats.FILE_LIMIT + 1)
        assert peak_bytes(lambda: read_idx(path, "train_images")) < 1 << 20

    def test_the_published_content_is_what_is_expected(self, mnist):
        assert {field: array.shape for field, array in mnist.items()} == {
            "train_images": (60_000, 28, 28),
            "train_labels": (60_000,),
            "test_images": (10_000, 28, 28),
            "test_labels": (10_000,),
        }
        assert mnist["train_labels"][:5].tolist() == [5, 0, 4, 1, 9]


class TestReadNpz:
    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    def test_reads_what_numpy_writes(self, arrays, save):
        assert same(read_npz(npz(arrays, save), sha256=hashes(arrays)), arrays)

    def test_reads_labels_of_any_integer_type_and_images_in_fortran_order(self, arrays):
        changed = {
            **arrays,
            "train_images": np.asfortranarray(arrays["train_images"]),
            "train_labels": arrays["train_labels"].astype(">i8"),
        }
        assert same(read_npz(npz(changed), sha256=hashes(arrays)), arrays)

    def test_reads_mnist_back(self, mnist, tmp_path):
        path = tmp_path / "mnist.npz"
        path.write_bytes(npz(mnist))
        assert same(read_npz(path), mnist)

    def test_takes_any_digits_when_no_hash_is_expected(self, arrays):
        assert same(read_npz(npz(arrays), sha256=None), arrays)

    def test_refuses_other_digits(self, arrays):
        with pytest.raises(DataError, match="its train_images are not MNIST's"):
            read_npz(npz(arrays))

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("train_images", np.zeros((12, 784), np.uint8), r"train_images have the shape \(12, 784\)"),
            (
                "train_images",
                np.zeros((12, 28, 28), np.float32),
                "train_images of float32 are not whole numbers",
            ),
            (
                "train_labels",
                np.full(12, 256, np.int64),
                "train_labels of int64 are not whole numbers from 0 to 255",
            ),
            ("train_labels", np.full(12, -1, np.int64), "not whole numbers from 0 to 255"),
            ("test_labels", np.uint8(3), r"test_labels have the shape \(\)"),
            ("test_labels", np.array([None] * 5), "not an archive of MNIST's four arrays"),
        ],
    )
    def test_refuses_arrays_that_are_no_digits(self, arrays, field, value, message):
        with pytest.raises(DataError, match=message):
            read_npz(npz({**arrays, field: value}), sha256=None)

    def test_refuses_an_archive_that_lacks_an_array(self, arrays):
        del arrays["test_labels"]
        with pytest.raises(DataError, match=r"There is no item named 'y_test\.npy'"):
            read_npz(npz(arrays))

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>", bytes(100)])
    def test_refuses_what_is_no_archive(self, content):
        with pytest.raises(DataError, match="File is not a zip file"):
            read_npz(content)

    def test_refuses_a_damaged_member(self, arrays):
        content = bytearray(npz(arrays))
        content[5000] ^= 1
        with pytest.raises(DataError, match="Bad CRC-32"):
            read_npz(bytes(content))

    def test_an_object_array_is_not_unpickled(self, arrays, tmp_path):
        witness = tmp_path / "ran"
        hostile = np.empty(1, object)
        hostile[0] = Payload(witness)
        with pytest.raises(DataError):
            read_npz(npz({**arrays, "train_images": hostile}))
        assert not witness.exists()

    def test_a_zip_bomb_is_not_unpacked(self, arrays, monkeypatch):
        monkeypatch.setattr(formats, "ARRAY_LIMIT", 1 << 20)
        bomb = npz({**arrays, "train_images": np.zeros((40_000, 28, 28), np.uint8)}, np.savez_compressed)
        assert len(bomb) < 1 << 20
        assert peak_bytes(lambda: read_npz(bomb)) < 8 << 20

    def test_a_zip_bomb_that_lies_about_its_size_is_not_unpacked(self, arrays, monkeypatch):
        monkeypatch.setattr(formats, "ARRAY_LIMIT", 1 << 20)
        bomb = npz({**arrays, "train_images": np.zeros((40_000, 28, 28), np.uint8)}, np.savez_compressed)
        true_size = struct.pack("<I", 40_000 * 784 + 128)
        assert true_size in bomb
        lie = bomb.replace(true_size, struct.pack("<I", 1000))
        assert peak_bytes(lambda: read_npz(lie)) < 8 << 20

    def test_a_header_cannot_make_it_allocate(self):
        stream = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            stream, {"descr": "|u1", "fortran_order": False, "shape": (10**12, 28, 28)}
        )
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("x_train.npy", stream.getvalue())
        assert peak_bytes(lambda: read_npz(archive.getvalue())) < 1 << 20

    def test_refuses_a_compression_that_cannot_be_bounded(self):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_BZIP2) as file:
            file.writestr("x_train.npy", b"")
        with pytest.raises(DataError, match="only deflate is read"):
            read_npz(archive.getvalue())


class Payload:
    """Pickles to an instruction that makes a folder."""

    def __init__(self, witness):
        self.witness = witness

    def __reduce__(self):
        return os.mkdir, (str(self.witness),)


def asks_for(module, name):
    """A pickle that calls something by name, with one argument that would do no harm."""
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b"U\x01b\x85R."


class TestReadPickle:
    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_reads_pickles_of_python_3(self, arrays, protocol):
        content = gzip.compress(pickle.dumps(pairs(arrays), protocol))
        assert same(read_pickle(content, sha256=hashes(arrays)), arrays)

    def test_reads_pickles_of_python_2(self, arrays):
        content = pickle_by_hand(pairs(arrays))
        assert pickle.loads(content, encoding="latin1")[0][0].shape == (8, 784)
        assert same(read_pickle(gzip.compress(content), sha256=hashes(arrays)), arrays)

    @pytest.mark.parametrize("core", ["numpy.core", "numpy._core"])
    @pytest.mark.parametrize("buffers", [False, True])
    def test_reads_the_names_of_numpy_1_and_2(self, arrays, core, buffers):
        content = pickle_by_hand(pairs(arrays), core, buffers)
        assert same(read_pickle(content, sha256=hashes(arrays)), arrays)

    @pytest.mark.slow
    def test_reads_mnist_back(self, mnist, tmp_path):
        path = tmp_path / "mnist.pkl.gz"
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(pickle_by_hand(pairs(mnist, validation=10_000)))
        assert same(read_pickle(path), mnist)

    @pytest.mark.parametrize("levels", [255, 256])
    def test_restores_pixels_from_either_scale(self, arrays, levels):
        content = pickle.dumps(pairs(arrays, levels=levels))
        assert same(read_pickle(content, sha256=hashes(arrays)), arrays)

    @pytest.mark.parametrize("label_type", [np.uint8, np.int32, ">i8"])
    def test_reads_labels_of_any_integer_type(self, arrays, label_type):
        content = pickle.dumps(pairs(arrays, label_type=label_type))
        assert same(read_pickle(content, sha256=hashes(arrays)), arrays)

    @pytest.mark.parametrize("pixel", [np.nan, np.inf, -0.25, 1.5, 0.3, 3e38])
    def test_refuses_pixels_on_no_scale(self, arrays, pixel):
        triple = pairs(arrays)
        triple[1][0][2, 5] = pixel
        with pytest.raises(DataError, match="neither multiples of 1/256 nor of 1/255"):
            read_pickle(pickle.dumps(triple))

    def test_refuses_other_digits(self, arrays):
        with pytest.raises(DataError, match="its train_images are not MNIST's"):
            read_pickle(pickle.dumps(pairs(arrays)))

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    @pytest.mark.parametrize("place", ["instead", "behind"])
    def test_a_hostile_pickle_runs_nothing(self, arrays, tmp_path, protocol, place):
        witness = tmp_path / "ran"
        payload = Payload(witness)
        content = pickle.dumps(payload if place == "instead" else (*pairs(arrays), payload), protocol)
        with pytest.raises(DataError, match=r"asks for \w+\.mkdir, which no array needs"):
            read_pickle(gzip.compress(content))
        assert not witness.exists()
        pickle.loads(content)
        assert witness.exists(), "the payload does nothing, so the test shows nothing"

    @pytest.mark.parametrize(
        ("module", "name"),
        [
            ("builtins", "eval"),
            ("__builtin__", "eval"),
            ("builtins", "getattr"),
            ("numpy", "load"),
            ("numpy", "ndarray.tofile"),
            ("numpy.core.multiarray", "fromfile"),
            ("numpy._core.multiarray", "scalar"),
            ("_codecs", "decode"),
            ("copyreg", "_reconstructor"),
        ],
    )
    def test_no_other_name_is_known(self, module, name):
        with pytest.raises(DataError, match=f"asks for .*{name}"):
            read_pickle(asks_for(module, name))

    @pytest.mark.parametrize(
        "content",
        [
            pickle.dumps({"x": 1}),
            pickle.dumps((1, 2, 3)),
            pickle.dumps(((1, 2), (3, 4), (5, 6))),
            pickle.dumps([np.zeros((1, 784), np.float32)] * 3),
            pickle.dumps(((np.array([None]), np.array([1])),) * 3),
            pickle.dumps(((np.array([b"text"]), np.array([1])),) * 3),
            pickle.dumps(((np.zeros((0, 784), np.float32), np.zeros(0, int)),) * 3),
            pickle.dumps(((np.zeros((2, 783), np.float32), np.zeros(2, int)),) * 3),
            pickle.dumps(np.zeros(100))[:-30],
            b"\x80\x02Pelsewhere\n.",
            b"\x80\x02.",
            b"\x80\x63.",
            b"not a pickle at all",
        ],
    )
    def test_refuses_what_holds_no_three_pairs_of_arrays(self, content):
        with pytest.raises(DataError, match="not a pickle of MNIST's arrays"):
            read_pickle(content)

    def test_refuses_a_shape_that_its_bytes_do_not_fill(self, arrays):
        content = pickle_by_hand(pairs(arrays))
        true_shape = b"J" + struct.pack("<i", 8) + b"J" + struct.pack("<i", 784)
        assert true_shape in content
        larger = content.replace(true_shape, b"J" + struct.pack("<i", 2**30) + b"J" + struct.pack("<i", 784))
        assert peak_bytes(lambda: read_pickle(larger)) < 1 << 20

    def test_refuses_a_type_smuggled_in_as_byte_order(self, arrays):
        content = pickle_by_hand(pairs(arrays)).replace(b"U\x01<", b"U\x022,")
        with pytest.raises(DataError, match="elements in the byte order '2,'"):
            read_pickle(content)

    @pytest.mark.parametrize(
        "content",
        [
            b"\x80\x02Nr" + struct.pack("<I", 2**31 - 1) + b".",
            b"\x80\x02(" + b"]" * (1 << 20) + b"t.",
        ],
        ids=["a place far out in the memo", "a million lists"],
    )
    def test_few_bytes_cannot_fill_the_memory(self, content):
        assert peak_bytes(lambda: read_pickle(content)) < 4 << 20

    def test_a_gzip_bomb_is_not_unpacked(self, monkeypatch):
        monkeypatch.setattr(formats, "PICKLE_LIMIT", 1 << 20)
        bomb = gzip.compress(bytes(64 << 20), compresslevel=1)
        assert peak_bytes(lambda: read_pickle(bomb)) < 8 << 20
