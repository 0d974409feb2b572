"""The documentation as readers get it: every page in a real browser, without barriers and without errors."""

import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from grader.core.kit import HOME

TOOLS = Path(__file__).parent / "axe"
PAGES = sorted((HOME / "docs").glob("*.md"))


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the folder of the site, built as for publishing."""
    pytest.importorskip("material")
    folder = tmp_path_factory.mktemp("built") / "axe"
    options = ["--quiet", "--strict", "--config-file", str(HOME / ".mkdocs.yml"), "--site-dir", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", *options], cwd=HOME, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def address(built):
    """Return the address at which the site is served on this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def place(page):
    """Return the path of a page on the site."""
    return "/" if page.stem == "index" else f"/{page.stem}/"


@pytest.mark.slow
def test_every_command_and_option_stands_on_the_page_of_commands(built):
    from grader.cli.main import cli

    text = (built / "cli" / "index.html").read_text(encoding="utf-8")
    names = set(cli.list_commands(None))
    assert {name for name in names if f"grader {name}" not in text} == set()
    assert "--pass-mark" in text


@pytest.mark.slow
def test_no_page_asks_another_host_for_anything(built):
    for page in built.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        asked = re.findall(r'<(?:script|img|iframe)[^>]+src="(https?:[^"]+)', text)
        asked += re.findall(
            r'<link[^>]+rel="(?:stylesheet|preconnect|preload)"[^>]+href="(https?:[^"]+)', text
        )
        assert asked == [], page


@pytest.mark.slow
def test_no_page_has_a_barrier_that_axe_finds(address):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not (chromium and shutil.which("node") and (TOOLS / "node_modules").exists()):
        pytest.skip("needs chromium, node, and 'npm ci' in tests/axe")
    done = subprocess.run(
        ["node", "axe.mjs", chromium, *(address + place(page) for page in PAGES)],
        cwd=TOOLS,
        capture_output=True,
        encoding="utf-8",
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == [], "\n".join(map(str, found))
