"""A run that must not skip anything fails if it did, in one process as in several."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PASSING = "def test_passes():\n    pass\n"
SKIPPING = "import pytest\n\ndef test_skips():\n    pytest.skip('no time')\n"
SKIPPED_MODULE = "import pytest\n\npytest.importorskip('nothing_of_this_name')\n"
EXPECTED = "import pytest\n\n@pytest.mark.xfail\ndef test_fails():\n    assert False\n"
OF_ROOT = "import pytest\n\n@pytest.mark.skip('only root may')\ndef test_may():\n    pass\n"
NO_IMAGES = "import pytest\n\n@pytest.mark.skip('MNIST_DIR is not set')\ndef test_reads():\n    pass\n"


@pytest.fixture(params=[0, 2], ids=["in one process", "in several"])
def run(request, tmp_path):
    """Return a function that runs pytest with the plugin on some modules; gives exit code and output."""

    def run(*sources, **variables):
        for number, source in enumerate(sources):
            (tmp_path / f"test_{number}.py").write_text(source)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        for name in ("MNIST_DIR", "CONVGRADE_FORBID_SKIPS"):
            kept.pop(name, None)
        plugins = ("-pskips", "-pxdist", "-pno:cacheprovider")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *plugins, f"-n{request.param}", str(tmp_path)],
            cwd=tmp_path,
            env={**kept, "PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables},
            capture_output=True,
            encoding="utf-8",
        )
        return done.returncode, done.stdout

    return run


def test_what_was_skipped_fails_the_run_and_is_named(run):
    code, output = run(PASSING, SKIPPING, SKIPPED_MODULE, CONVGRADE_FORBID_SKIPS="1")
    assert code == pytest.ExitCode.TESTS_FAILED
    for name in ("test_1.py::test_skips", "test_2.py"):
        assert f"skipped, which CONVGRADE_FORBID_SKIPS forbids: {name}\n" in output


def test_skipping_is_allowed_unless_it_is_forbidden(run):
    assert run(PASSING, SKIPPING, SKIPPED_MODULE)[0] == pytest.ExitCode.OK


def test_an_expected_failure_and_the_want_of_images_are_no_skips(run):
    assert run(EXPECTED, NO_IMAGES, OF_ROOT, CONVGRADE_FORBID_SKIPS="1")[0] == pytest.ExitCode.OK


def test_where_the_images_are_they_are_no_reason_to_skip(run):
    code, _ = run(NO_IMAGES, CONVGRADE_FORBID_SKIPS="1", MNIST_DIR="somewhere")
    assert code == pytest.ExitCode.TESTS_FAILED
