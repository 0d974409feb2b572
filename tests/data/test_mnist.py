"""Where the digits come from: MNIST_DIR, the cache, a mirror, and the kit's own drawings."""

import gzip
import hashlib
import io
import os
import pickle
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import data
from data import DataError, load, mnist
from data.formats import IDX_NAMES, NPZ_KEYS

REAL = os.environ.get("MNIST_DIR")
ROOT = Path(data.__file__).parents[1]
FIELDS = tuple(IDX_NAMES)
PACKED = tuple(f"{name}.gz" for name in IDX_NAMES.values())


def idx(array):
    header = struct.pack(f">{1 + array.ndim}I", 0x0800 + array.ndim, *array.shape)
    return header + array.tobytes()


def make(seed):
    """A data set in miniature: its arrays, its packed files and the hashes of their content."""
    random = np.random.RandomState(seed)
    arrays = {
        field: random.randint(
            0, 256 if "images" in field else 10, (9, 28, 28)[: 3 if "images" in field else 1]
        )
        for field in FIELDS
    }
    arrays = {field: array.astype(np.uint8) for field, array in arrays.items()}
    files = {name: gzip.compress(idx(arrays[field])) for field, name in zip(FIELDS, PACKED, strict=True)}
    hashes = {field: hashlib.sha256(idx(array)).hexdigest() for field, array in arrays.items()}
    return arrays, files, hashes


ARRAYS, FILES, SHA256 = make(3)


def same(dataset, arrays=ARRAYS):
    return all(np.array_equal(getattr(dataset, field), arrays[field]) for field in FIELDS)


def fill(folder, files=FILES):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def archive(arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **{NPZ_KEYS[field]: array for field, array in arrays.items()})
    return buffer.getvalue()


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Recorder:
    def __init__(self):
        self.files = []
        self.received = 0
        self.text = ""

    def start(self, name, total_bytes):
        self.files.append((name, total_bytes))

    def advance(self, received_bytes):
        self.received += received_bytes

    def message(self, text):
        self.text += text + "\n"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """No folder, cache or proxy of the user who runs the tests."""
    monkeypatch.setenv("CONVGRADE_CACHE", str(tmp_path / "cache"))
    for name in ("MNIST_DIR", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def few_drawn(monkeypatch):
    """Have the kit draw a handful of digits only."""
    monkeypatch.setattr(mnist, "DRAWN_TRAINING_IMAGES", 30)
    monkeypatch.setattr(mnist, "DRAWN_TEST_IMAGES", 20)


class Mirror(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        self.server.asked.append(name)
        body, status, length = self.server.answers[name]
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """Start mirrors of these files; ``answers`` holds (body, status, announced length) for each name."""
    servers = []

    def start(files=FILES):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
        server.answers = {name: (content, 200, len(content)) for name, content in files.items()}
        server.asked = []
        server.url = f"http://127.0.0.1:{server.server_port}/mnist"
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def unreachable():
    """The address of a mirror that does not exist."""
    return "http://127.0.0.1:1/mnist"


class TestMnistDir:
    @pytest.mark.parametrize("packed", [True, False])
    @pytest.mark.parametrize("dot", [True, False])
    def test_reads_the_four_files_under_each_of_their_names(self, tmp_path, packed, dot):
        for name, content in FILES.items():
            spelled = name.replace("-idx", ".idx") if dot else name
            path = tmp_path / (spelled if packed else spelled.removesuffix(".gz"))
            path.write_bytes(content if packed else gzip.decompress(content))
        dataset = load(mnist_dir=tmp_path, sha256=SHA256)
        assert same(dataset)
        assert (dataset.name, dataset.source, dataset.thresholds) == (
            "MNIST",
            "MNIST_DIR",
            (0.90, 0.95, 0.97),
        )

    def test_reads_the_environment_variable_unless_told_otherwise(self, tmp_path, monkeypatch):
        monkeypatch.setenv("MNIST_DIR", str(fill(tmp_path / "mine")))
        assert same(load(sha256=SHA256))
        other, files, hashes = make(4)
        assert same(load(mnist_dir=fill(tmp_path / "other", files), sha256=hashes), other)

    def test_an_empty_environment_variable_is_not_set(self, cache, monkeypatch):
        monkeypatch.setenv("MNIST_DIR", "")
        fill(cache)
        assert load(sha256=SHA256).source == "cache"

    def test_expands_the_home_folder(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        fill(tmp_path / "digits")
        assert same(load(mnist_dir="~/digits", sha256=SHA256))

    @pytest.mark.parametrize("named", ["folder", "file"])
    @pytest.mark.parametrize("kind", ["mnist.npz", "mnist.pkl.gz", PACKED[0]])
    def test_reads_every_format_from_a_folder_or_by_its_name(self, tmp_path, named, kind):
        if kind == "mnist.npz":
            (tmp_path / kind).write_bytes(archive(ARRAYS))
        elif kind == "mnist.pkl.gz":
            x = {field: (ARRAYS[field].reshape(-1, 784) / 256).astype(np.float32) for field in FIELDS[::2]}
            y, x, t = ARRAYS["train_labels"], x["train_images"], (x["test_images"], ARRAYS["test_labels"])
            (tmp_path / kind).write_bytes(gzip.compress(pickle.dumps(((x[:6], y[:6]), (x[6:], y[6:]), t))))
        else:
            fill(tmp_path)
        assert same(load(mnist_dir=tmp_path / kind if named == "file" else tmp_path, sha256=SHA256))

    def test_an_archive_serves_where_idx_files_are_missing(self, tmp_path):
        (fill(tmp_path) / PACKED[2]).unlink()
        (tmp_path / "mnist.npz").write_bytes(archive(ARRAYS))
        assert same(load(mnist_dir=tmp_path, sha256=SHA256))

    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (lambda folder: folder / "absent", r"absent does not exist"),
            (
                lambda folder: (folder / "empty").mkdir() or folder / "empty",
                "empty holds none of MNIST's files",
            ),
            (lambda folder: (folder / PACKED[1]).unlink(), "lacks train-labels-idx1-ubyte"),
            (lambda folder: (folder / PACKED[0]).write_bytes(b"<html>"), f"{PACKED[0]} is a web page"),
            (
                lambda folder: (folder / PACKED[3]).write_bytes(FILES[PACKED[3]][:-9]),
                f"{PACKED[3]} is cut short",
            ),
            (lambda folder: fill(folder, make(4)[1]), f"{PACKED[0]} is well-formed, but .*Fashion-MNIST"),
            (
                lambda folder: fill(folder, {"notes.txt": b""}) / "notes.txt",
                "is not the name of one of MNIST's",
            ),
            (lambda folder: fill(folder, {"x.npz": b""}) / "x.npz", r"x\.npz is not an archive"),
            (lambda folder: fill(folder, {"x.pkl.gz": b"?"}) / "x.pkl.gz", r"x\.pkl\.gz is not a pickle"),
        ],
    )
    def test_says_what_is_wrong_and_never_falls_back(self, tmp_path, cache, spoil, message):
        fill(cache)
        folder = fill(tmp_path / "given")
        spoiled = spoil(folder)
        given = spoiled if isinstance(spoiled, Path) else folder
        with pytest.raises(DataError, match=f"(?s)MNIST_DIR cannot be used: .*{message}.*or unset it"):
            load(mnist_dir=given, sha256=SHA256)

    def test_an_unknown_home_folder_is_an_error(self):
        with pytest.raises(DataError, match="names a home folder that does not exist"):
            load(mnist_dir="~nobody-of-this-name/mnist")

    @pytest.mark.skipif(not REAL, reason="MNIST_DIR is not set")
    def test_reads_mnist(self):
        dataset = load(mnist_dir=REAL)
        assert dataset.train_images.shape == (60_000, 28, 28)
        assert dataset.test_images.shape == (10_000, 28, 28)
        assert np.bincount(dataset.test_labels).tolist() == [
            980,
            1135,
            1032,
            1010,
            982,
            892,
            958,
            1028,
            974,
            1009,
        ]


class TestCache:
    def test_comes_before_the_mirrors(self, cache, serve):
        mirror = serve()
        fill(cache)
        dataset = load(sha256=SHA256, mirrors=[mirror.url])
        assert same(dataset)
        assert (dataset.name, dataset.source) == ("MNIST", "cache")
        assert mirror.asked == []

    def test_the_argument_comes_before_the_environment(self, tmp_path, unreachable):
        folder = fill(tmp_path / "other")
        assert load(cache_dir=folder, sha256=SHA256, mirrors=[unreachable]).source == "cache"

    def test_keeps_what_was_downloaded(self, cache, serve):
        mirror, progress = serve(), Recorder()
        dataset = load(sha256=SHA256, mirrors=[mirror.url], progress=progress)
        assert same(dataset)
        assert dataset.source == f"downloaded from 127.0.0.1:{mirror.server_port}"
        assert contents(cache) == FILES
        assert progress.files == [(name, len(content)) for name, content in FILES.items()]
        assert progress.received == sum(map(len, FILES.values()))
        assert load(sha256=SHA256, download=False).source == "cache"

    def test_takes_files_that_a_mirror_packed_anew(self, cache, serve):
        packed_anew = {
            name: gzip.compress(gzip.decompress(content), 1, mtime=1) for name, content in FILES.items()
        }
        assert packed_anew != FILES
        assert same(load(sha256=SHA256, mirrors=[serve(packed_anew).url]))
        assert contents(cache) == packed_anew

    @pytest.mark.parametrize(
        "damage",
        [
            lambda _: b"",
            lambda content: content[:-20],
            lambda _: b"<!DOCTYPE html><title>Please log in</title>",
            lambda _: gzip.compress(b"something else"),
            lambda _: make(4)[1][PACKED[1]],
        ],
        ids=["empty", "truncated", "page", "junk", "other digits"],
    )
    def test_replaces_a_damaged_file_and_no_other(self, cache, serve, damage):
        fill(cache, {**FILES, PACKED[1]: damage(FILES[PACKED[1]])})
        mirror, progress = serve(), Recorder()
        assert same(load(sha256=SHA256, mirrors=[mirror.url], progress=progress))
        assert mirror.asked == [PACKED[1]]
        assert contents(cache) == FILES
        assert "The cache has to be repaired" in progress.text
        assert PACKED[1] in progress.text

    @pytest.mark.parametrize(
        "answer",
        [
            (b"", 404, 0),
            (b"overloaded", 403, 10),
            (b"<!DOCTYPE html><title>Please log in</title>", 200, 43),
            (make(4)[1][PACKED[2]], 200, len(make(4)[1][PACKED[2]])),
            (FILES[PACKED[2]][:-20], 200, len(FILES[PACKED[2]]) - 20),
        ],
        ids=["404", "403", "page", "other digits", "truncated"],
    )
    def test_a_download_that_fails_changes_nothing(self, cache, serve, answer):
        before = {name: FILES[name] for name in PACKED if name != PACKED[2]}
        fill(cache, before)
        mirror = serve()
        mirror.answers[PACKED[2]] = answer
        with pytest.raises(DataError, match=f"(?s)could not be downloaded.*{PACKED[2]}"):
            load(sha256=SHA256, mirrors=[mirror.url], fallback=False)
        assert contents(cache) == before

    def test_keeps_what_arrived_before_a_failure(self, cache, serve, unreachable):
        mirror = serve()
        mirror.answers[PACKED[3]] = (b"", 404, 0)
        with pytest.raises(DataError):
            load(sha256=SHA256, mirrors=[mirror.url], fallback=False)
        assert set(contents(cache)) == set(PACKED[:3])
        with pytest.raises(DataError, match=r"127\.0\.0\.1:1: "):
            load(sha256=SHA256, mirrors=[unreachable], fallback=False)
        assert set(contents(cache)) == set(PACKED[:3])

    def test_need_not_be_writable(self, tmp_path, serve):
        (tmp_path / "file").write_bytes(b"in the way")
        progress = Recorder()
        dataset = load(
            cache_dir=tmp_path / "file" / "cache", sha256=SHA256, mirrors=[serve().url], progress=progress
        )
        assert same(dataset)
        assert "the cache cannot be written" in progress.text

    def test_leaves_nothing_behind_where_a_file_cannot_be_put(self, cache, serve):
        (cache / PACKED[0]).mkdir(parents=True)
        assert same(load(sha256=SHA256, mirrors=[serve().url]))
        assert {path.name for path in cache.iterdir()} == set(PACKED)

    def test_never_writes_into_a_file_that_another_process_may_be_reading(self, cache, tmp_path, serve):
        fill(cache, {PACKED[0]: b"damaged"})
        (tmp_path / "open elsewhere").hardlink_to(cache / PACKED[0])
        load(sha256=SHA256, mirrors=[serve().url])
        assert (tmp_path / "open elsewhere").read_bytes() == b"damaged"
        assert contents(cache) == FILES

    def test_serves_several_at_once(self, cache, serve):
        mirror = serve()
        with ThreadPoolExecutor(6) as pool:
            datasets = list(pool.map(lambda _: load(sha256=SHA256, mirrors=[mirror.url]), range(6)))
        assert all(map(same, datasets))
        assert contents(cache) == FILES

    def test_a_user_without_a_home_gets_no_folder_of_that_name(self, monkeypatch, tmp_path, serve):
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("CONVGRADE_CACHE")
        monkeypatch.setattr("platformdirs.user_cache_path", lambda _: Path("~/.cache/convgrade"))
        assert same(load(sha256=SHA256, mirrors=[serve().url]))
        assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("few_drawn")
class TestFallback:
    def test_draws_digits_where_no_mirror_answers(self, unreachable):
        progress = Recorder()
        dataset = load(mirrors=[unreachable], progress=progress)
        assert (dataset.name, dataset.thresholds) == ("generated digits", (0.90, 0.95, 0.97))
        assert dataset.source == "drawn by the kit: MNIST could not be downloaded"
        assert "127.0.0.1:1: " in progress.text
        assert "digits drawn by the kit replace it" in progress.text
        assert dataset.train_images.shape == (30, 28, 28)
        assert dataset.test_images.shape == (20, 28, 28)
        assert set(dataset.train_labels) == set(dataset.test_labels) == set(range(10))

    def test_says_that_the_download_was_switched_off(self, serve):
        mirror = serve()
        source = load(download=False, mirrors=[mirror.url]).source
        assert source == "drawn by the kit: MNIST is not in the cache, and downloading is switched off"
        assert mirror.asked == []

    def test_can_be_refused(self):
        with pytest.raises(DataError, match=r"(?s)downloading is switched off.*set MNIST_DIR"):
            load(download=False, fallback=False)

    def test_training_and_test_digits_differ(self):
        dataset = load(download=False)
        trained = {image.tobytes() for image in dataset.train_images}
        assert not trained & {image.tobytes() for image in dataset.test_images}

    def test_every_array_is_read_only_unsigned_bytes(self):
        dataset = load(download=False)
        for field in FIELDS:
            array = getattr(dataset, field)
            assert array.dtype == np.uint8
            assert not array.flags.writeable

    def test_keeps_what_was_drawn(self, cache):
        first, progress = load(download=False), Recorder()
        [path] = cache.iterdir()
        second = load(download=False, progress=progress)
        assert "Drawing" not in progress.text
        assert same(second, vars(first))
        assert list(cache.iterdir()) == [path]

    @pytest.mark.parametrize(
        "damage",
        [
            lambda _: b"",
            lambda content: content[:-1],
            lambda content: content[:2000] + bytes([content[2000] ^ 1]) + content[2001:],
            lambda _: archive(make(4)[0]),
        ],
        ids=["empty", "truncated", "one bit", "other digits"],
    )
    def test_draws_anew_what_is_damaged(self, cache, damage):
        first, progress = load(download=False), Recorder()
        [path] = cache.iterdir()
        good = path.read_bytes()
        path.write_bytes(damage(good))
        assert same(load(download=False, progress=progress), vars(first))
        assert "Drawing 50 digits" in progress.text
        assert contents(cache) == {path.name: good}

    def test_draws_anew_when_the_plan_changes(self, cache, monkeypatch):
        load(download=False)
        monkeypatch.setattr(mnist, "DRAWN_TRAINING_IMAGES", 40)
        assert len(load(download=False).train_images) == 40
        assert len(list(cache.iterdir())) == 2

    def test_needs_no_cache(self, tmp_path):
        (tmp_path / "file").write_bytes(b"in the way")
        assert load(cache_dir=tmp_path / "file", download=False).name == "generated digits"


class TestPackage:
    def test_importing_it_needs_numpy_only(self):
        code = (
            "before = set(sys.modules); import data; "
            "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
        )
        modules = subprocess.run(
            [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        # Some of NumPy's extension modules bring the runtime of Cython with them.
        foreign = {name for name in modules.split() if "cython" not in name} - sys.stdlib_module_names
        assert foreign == {"data", "numpy"}

    def test_two_data_sets_are_equal_only_if_they_are_the_same(self, cache):
        fill(cache)
        first, second = load(sha256=SHA256), load(sha256=SHA256)
        assert first == first
        assert first != second
        assert len({first, second}) == 2
