"""Downloads from mirrors: real servers on the loopback interface, each failing in its own way."""

import socket
import struct
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from data import DataError, download
from data.download import ATTEMPTS, fetch

IMAGES = b"\x1f\x8b" + bytes(range(256)) * 1000
LABELS = b"\x1f\x8b" + bytes(300)
FILES = {"images.gz": IMAGES, "labels.gz": LABELS}


class Handler(BaseHTTPRequestHandler):
    """Answers as the test has laid down: each answer of a file's list once, the last one for good."""

    def do_HEAD(self):
        self.server.awake.wait(300)
        self.send_response(self.server.head_status)
        self.end_headers()

    def do_GET(self):
        name = urlsplit(self.path).path.rpartition("/")[2]
        self.server.asked.append(self.path)
        answers = self.server.answers[name] or [data(FILES[name])]
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def log_message(self, *_):
        pass


def data(body, status=200, length=None):
    """An answer with a body, and perhaps with a false length."""

    def answer(handler):
        handler.send_response(status)
        if length != "none":
            handler.send_header("Content-Length", str(length or len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def waking(server, answer):
    """An answer that lets another mirror, asleep until then, answer its first request."""

    def wake_and_answer(handler):
        server.awake.set()
        answer(handler)

    return wake_and_answer


def reset(handler):
    """Break the connection off with a reset, in the middle of the body."""
    data(IMAGES[:1000], length=len(IMAGES))(handler)
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def hang(handler):
    """Send a part, then nothing until the test is over."""
    data(IMAGES[:1000], length=len(IMAGES))(handler)
    handler.wfile.flush()
    handler.server.over.wait(300)


PAGE = data(b"<!DOCTYPE html><title>Please log in</title>")
TRUNCATED = data(IMAGES[:70_000], length=len(IMAGES))


@pytest.fixture
def serve(monkeypatch):
    """Start mirrors; each is a server with ``answers``, ``asked`` and ``url``."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    servers = []

    def start(asleep=False, **answers):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.answers = defaultdict(list, {f"{name}.gz": list(given) for name, given in answers.items()})
        server.asked = []
        server.head_status = 200
        server.over = threading.Event()
        server.awake = threading.Event()
        if not asleep:
            server.awake.set()
        server.url = f"http://127.0.0.1:{server.server_port}/mnist"
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.over.set()
        server.awake.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def refusing():
    """The address of a mirror with a closed port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}/mnist"


@pytest.fixture
def mute():
    """The address of a mirror that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/mnist"


class Recorder:
    """Writes down what a download tells."""

    def __init__(self):
        self.files = []
        self.messages = []

    def start(self, name, total_bytes):
        self.files.append([name, total_bytes, 0])

    def advance(self, received_bytes):
        self.files[-1][2] += received_bytes

    def message(self, text):
        self.messages.append(text)


def run(*mirrors, progress=None, **options):
    """Fetch both files, and return what was accepted and the hosts."""
    accepted = {}

    def accept(name, content):
        if content != FILES[name]:
            raise DataError("the data is something else")
        assert name not in accepted
        accepted[name] = content

    hosts = fetch(list(FILES), accept, mirrors=mirrors, progress=progress, pause=0, **options)
    return accepted, hosts


def host(server):
    return f"127.0.0.1:{server.server_port}"


class TestFetch:
    def test_hands_on_every_file_and_names_the_host(self, serve):
        mirror = serve()
        assert run(mirror.url) == (FILES, [host(mirror)])
        assert mirror.asked == ["/mnist/images.gz", "/mnist/labels.gz"]

    @pytest.mark.parametrize(
        ("failure", "reason"),
        [
            (data(b"overloaded", status=500), "HTTP status 500"),
            (data(b"slow down", status=429), "HTTP status 429"),
            (TRUNCATED, "the connection was lost"),
            (reset, "the connection was lost"),
        ],
        ids=["500", "429", "truncated", "reset"],
    )
    def test_asks_again_after_a_failure_that_may_pass(self, serve, failure, reason):
        mirror, progress = serve(images=[failure, data(IMAGES)]), Recorder()
        assert run(mirror.url, progress=progress)[0] == FILES
        assert progress.messages == [f"{host(mirror)}: images.gz: {reason}; trying again"]

    @pytest.mark.parametrize(
        ("failure", "reason", "asked"),
        [
            (data(b"", status=503), "HTTP status 503", ATTEMPTS),
            (TRUNCATED, "the connection was lost", ATTEMPTS),
            (reset, "the connection was lost", ATTEMPTS),
            (data(b"", status=404), "HTTP status 404", 1),
            (data(b"", status=403), "HTTP status 403", 1),
            (PAGE, "the data is something else", 1),
            (data(IMAGES[:-1] + b"x"), "the data is something else", 1),
            (data(IMAGES[:70_000], length="none"), "the data is something else", 1),
        ],
        ids=["503", "truncated", "reset", "404", "403", "page", "wrong content", "cut, no length"],
    )
    def test_gives_a_mirror_up_and_turns_to_the_next(self, serve, failure, reason, asked):
        broken = serve(images=[failure])
        with pytest.raises(DataError, match=f"{host(broken)}: images.gz: {reason}"):
            run(broken.url)
        assert len(broken.asked) == asked
        good = serve(asleep=True)
        broken.answers["images.gz"] = [waking(good, failure)]
        assert run(broken.url, good.url) == (FILES, [host(good)])
        assert len(broken.asked) == 2 * asked

    def test_keeps_what_the_first_mirror_had(self, serve):
        second = serve(asleep=True)
        first = serve(labels=[waking(second, data(b"", status=404))])
        assert run(first.url, second.url) == (FILES, [host(first), host(second)])
        assert second.asked == ["/mnist/labels.gz"]

    def test_a_dead_mirror_costs_nothing_when_another_answers(self, serve, refusing, mute):
        mirror = serve()
        assert run(refusing, mute, mirror.url, deadline=30) == (FILES, [host(mirror)])

    def test_an_error_as_first_answer_is_an_answer(self, serve):
        mirror = serve()
        mirror.head_status = 405
        assert run(mirror.url)[0] == FILES

    def test_gives_up_on_mirrors_that_never_answer(self, mute):
        with pytest.raises(DataError, match=r"127\.0\.0\.1:\d+: no answer within 0\.2 s"):
            run(mute, deadline=0.2)

    def test_gives_up_on_a_resolver_that_hangs(self, monkeypatch):
        over = threading.Event()

        def hanging(*_args, **_options):
            over.wait(300)
            raise socket.gaierror(socket.EAI_AGAIN, "the resolver came back")

        monkeypatch.setattr(socket, "getaddrinfo", hanging)
        try:
            with pytest.raises(DataError, match=r"mirror\.invalid: no answer within 0\.1 s"):
                run("http://mirror.invalid/mnist", deadline=0.1)
        finally:
            over.set()

    def test_gives_up_on_a_transfer_that_stalls(self, serve):
        mirror = serve(images=[hang])
        with pytest.raises(DataError, match=r"images\.gz: .*timed out"):
            run(mirror.url, stall=0.1)

    def test_lists_what_happened_mirror_by_mirror(self, serve, refusing, mute):
        page = serve(images=[PAGE])
        with pytest.raises(DataError) as caught:
            run(refusing, mute, page.url, "nonsense", deadline=0.2)
        first, *lines, last = str(caught.value).splitlines()
        assert first == "MNIST could not be downloaded"
        assert lines == [
            f"  {urlsplit(refusing).netloc}: Connection refused",
            f"  {urlsplit(mute).netloc}: no answer within 0.2 s",
            f"  {host(page)}: images.gz: the data is something else",
            "  nonsense: Invalid URL 'nonsense/images.gz': No scheme supplied."
            " Perhaps you meant https://nonsense/images.gz?",
        ]
        assert "train-images-idx3-ubyte.gz" in last
        assert "MNIST_DIR" in last

    def test_shows_no_password_of_an_address(self, refusing):
        with pytest.raises(DataError) as caught:
            run(refusing.replace("http://", "http://user:secret@"))
        assert "secret" not in str(caught.value)

    def test_progress_adds_up_to_the_size(self, serve):
        progress = Recorder()
        run(serve().url, progress=progress)
        assert progress.files == [[name, len(content), len(content)] for name, content in FILES.items()]

    def test_progress_of_a_file_begins_anew_after_a_failure(self, serve):
        progress = Recorder()
        run(serve(images=[TRUNCATED, data(IMAGES)]).url, progress=progress)
        assert progress.files[0][:2] == ["images.gz", len(IMAGES)]
        assert progress.files[0][2] <= 70_000
        assert progress.files[1] == ["images.gz", len(IMAGES), len(IMAGES)]

    def test_a_size_that_is_not_announced_is_none(self, serve):
        progress = Recorder()
        run(serve(images=[data(IMAGES, length="none")]).url, progress=progress)
        assert progress.files[0] == ["images.gz", None, len(IMAGES)]

    def test_refuses_a_file_without_end(self, serve, monkeypatch):
        monkeypatch.setattr(download, "FILE_LIMIT", 100_000)
        with pytest.raises(DataError, match=r"images\.gz: the file is larger than 100,000 bytes"):
            run(serve(images=[data(IMAGES, length="none")]).url)

    def test_goes_through_the_proxy_of_the_environment(self, serve, monkeypatch):
        proxy = serve()
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.server_port}")
        accepted, hosts = run("http://mirror.invalid/mnist")
        assert accepted == FILES
        assert hosts == ["mirror.invalid"]
        assert proxy.asked[0] == "http://mirror.invalid/mnist/images.gz"

    def test_says_that_the_proxy_is_at_fault(self, refusing, monkeypatch):
        monkeypatch.setenv("http_proxy", refusing)
        with pytest.raises(DataError, match=r"mirror\.invalid: proxy: Connection refused"):
            run("http://mirror.invalid/mnist")
