"""Downloads MNIST from public mirrors, and notices within seconds when there is no network."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from .dataset import DataError, Silence
from .formats import FILE_LIMIT, IDX_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .dataset import Progress

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
ATTEMPTS = 3
"""How often a file is requested from one mirror if the failure may be temporary."""

_PASSING_STATUS = frozenset({429, 500, 502, 503, 504})


def fetch(
    names: Sequence[str],
    accept: Callable[[str, bytes], None],
    *,
    mirrors: Sequence[str] = MIRRORS,
    progress: Progress | None = None,
    deadline: float = 3.0,
    stall: float = 10.0,
    pause: float = 0.5,
) -> list[str]:
    """Download files, each from the first reachable mirror that sends the expected content.

    Nothing is written to disk here: files are passed on when they are complete.

    Parameters
    ----------
    names : sequence of str
        Names of the files below each mirror's address.
    accept : callable
        Function that takes the name and the bytes of a complete file. If it raises DataError, because the
        content is not as expected, the next mirror is tried.
    mirrors : sequence of str
        Addresses of folders, without a slash at the end.
    progress : Progress, optional
        Shows each file and each failure.
    deadline : float
        Seconds in which a mirror has to answer a first request; all mirrors are asked at once.
    stall : float
        Seconds without any data after which a transfer is given up.
    pause : float
        Seconds before a mirror is tried again.

    Returns
    -------
    list of str
        The hosts that the files came from, without repetition.

    Raises
    ------
    DataError
        If a file could not be downloaded from any mirror. The message has a line for each mirror.
    """
    progress = progress or Silence()
    missing = list(names)
    hosts: list[str] = []
    failures: dict[str, str] = {}
    with requests.Session() as session:
        for mirror in _reachable(mirrors, missing[0], deadline, failures):
            try:
                while missing:
                    data = _download(session, mirror, missing[0], progress, stall, pause)
                    accept(missing[0], data)
                    hosts.append(_host(mirror))
                    del missing[0]
            except (requests.RequestException, DataError) as error:
                failures[mirror] = f"{missing[0]}: {_reason(error)}"
                progress.message(f"{_host(mirror)}: {failures[mirror]}")
            else:
                return list(dict.fromkeys(hosts))
    lines = [f"  {_host(mirror)}: {failures[mirror]}" for mirror in mirrors]
    wanted = ", ".join(f"{name}.gz" for name in IDX_NAMES.values())
    raise DataError(
        "\n".join(
            [
                "MNIST could not be downloaded",
                *lines,
                f"Connect to the internet, or put {wanted} into a folder and set MNIST_DIR to it.",
            ]
        )
    )


def _reachable(mirrors: Sequence[str], name: str, deadline: float, failures: dict[str, str]) -> Iterator[str]:
    """Yield mirrors in the order in which they answer, and record why the others did not."""
    answers: queue.SimpleQueue[tuple[str, str | None]] = queue.SimpleQueue()

    def probe(mirror: str) -> None:
        try:
            requests.head(f"{mirror}/{name}", timeout=deadline)
        except requests.Timeout:
            pass  # the waiting thread notices by itself that no answer came
        except Exception as error:  # whatever it is, the waiting thread has to know
            answers.put((mirror, _reason(error)))
        else:
            answers.put((mirror, None))

    # No timeout of requests covers the resolver, which can hang for half a minute: hence daemon threads
    # that are left behind, rather than a pool that waits for its threads at exit.
    for mirror in mirrors:
        threading.Thread(target=probe, args=(mirror,), daemon=True).start()
    end = time.monotonic() + deadline
    silent = list(mirrors)
    while silent:
        try:
            mirror, failure = answers.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        silent.remove(mirror)
        if failure is None:
            yield mirror
        else:
            failures[mirror] = failure
    failures.update(dict.fromkeys(silent, f"no answer within {deadline:g} s"))


def _download(
    session: requests.Session, mirror: str, name: str, progress: Progress, stall: float, pause: float
) -> bytes:
    """Return the bytes of one file, trying again after a failure that may be temporary."""
    for _ in range(ATTEMPTS - 1):
        try:
            return _get(session, f"{mirror}/{name}", name, progress, stall)
        except requests.RequestException as error:
            if not _may_pass(error):
                raise
            progress.message(f"{_host(mirror)}: {name}: {_reason(error)}; trying again")
        time.sleep(pause)
    return _get(session, f"{mirror}/{name}", name, progress, stall)


def _get(session: requests.Session, url: str, name: str, progress: Progress, stall: float) -> bytes:
    # The files are packed as they are; a transfer encoding on top would make their size unknown.
    headers = {"Accept-Encoding": "identity"}
    with session.get(url, stream=True, timeout=stall, headers=headers) as response:
        response.raise_for_status()
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdecimal() else None
        progress.start(name, total)
        data = bytearray()
        for chunk in response.iter_content(1 << 16):
            data += chunk
            if len(data) > FILE_LIMIT:
                raise DataError(f"the file is larger than {FILE_LIMIT:,} bytes")
            progress.advance(len(chunk))
    if total is not None and len(data) < total:  # urllib3 before 2.0 takes this for the end of the file
        raise requests.exceptions.ChunkedEncodingError
    return bytes(data)


def _may_pass(error: requests.RequestException) -> bool:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return error.response.status_code in _PASSING_STATUS
    return isinstance(
        error, requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError
    )


def _reason(error: BaseException) -> str:
    """Return in a few words what went wrong, which the errors of requests bury under several layers."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was lost"
    proxy = "proxy: " if isinstance(error, requests.exceptions.ProxyError) else ""
    cause = error
    while isinstance(error, requests.RequestException) and (cause.__cause__ or cause.__context__):
        cause = cause.__cause__ or cause.__context__ or cause
    text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return proxy + " ".join(str(text).split())


def _host(mirror: str) -> str:
    """Return the host of an address, without a user's name and password."""
    return urlsplit(mirror).netloc.rpartition("@")[2] or mirror
