"""The autograder for Classroom 50, called as its runner does in the checkout of a student."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from grader.core.kit import HOME
from grader.release.classroom50 import write_autograder

SOLUTION = HOME / "solution"


@pytest.fixture(scope="module")
def autograder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher") / "cs231" / "autograders" / "convnet"
    write_autograder(SOLUTION, folder)
    return folder


@pytest.fixture
def published(autograder, tmp_path):
    """Return a function that grades a checkout, and gives the process, the result and the page."""

    def run(*, first=(), **variables):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment |= {"AUTOGRADER_PYTHON": sys.executable, "PYTHONPATH": str(HOME), "CLASSROOM": "cs231"}
        done = subprocess.run(
            [*first, sys.executable, str(autograder / "autograder.py")],
            cwd=tmp_path,
            env={**environment, **variables},
            capture_output=True,
            encoding="utf-8",
            timeout=600,
        )
        result, page = tmp_path / "result.json", tmp_path / "release-body.md"
        return (
            done,
            json.loads(result.read_text()) if result.exists() else None,
            page.read_text() if page.exists() else None,
        )

    return run


@pytest.mark.slow
def test_a_checkout_is_graded_and_the_points_are_published(published, tmp_path):
    (tmp_path / "optim.py").write_text((SOLUTION / "optim.py").read_text())
    (tmp_path / "grader.py").write_text("raise SystemExit('a file of the checkout was imported')")
    done, result, page = published()
    assert done.returncode == 0, done.stderr
    assert (result["classroom"], result["max-score"]) == ("cs231", 100)
    points = {test["test-name"]: test["score"] for test in result["tests"]}
    # a function that is right earns its share of the training as well
    assert (points["SGD"], points["MNIST"], result["score"]) == (6, 1, 7)
    assert "| SGD | 6 / 6 |" in page


def test_what_a_student_puts_there_is_no_result(published, tmp_path):
    (tmp_path / "result.json").write_text('{"score": 100, "max-score": 100}')
    (tmp_path / "release-body.md").mkdir()
    done, result, page = published()
    assert done.returncode == 0, done.stderr
    assert result["score"] == 0
    assert "100 / 100" not in page


def test_a_grader_that_fails_publishes_no_points_of_its_own(published, tmp_path):
    (tmp_path / "optim.py").write_text((SOLUTION / "optim.py").read_text())
    done, result, page = published(AUTOGRADER_PYTHON="/bin/false")
    assert (done.returncode, result, page) == (1, None, None)
    assert "not the student's fault" in done.stderr


def test_the_kit_beside_it_can_be_installed(autograder):
    with zipfile.ZipFile(autograder / "kit.zip") as archive:
        names = set(archive.namelist())
    assert {"kit/pyproject.toml", "kit/solution/layers.py", "kit/grader/__main__.py"} <= names


@pytest.mark.slow
def test_it_installs_the_kit_by_itself(published, tmp_path):
    (tmp_path / "optim.py").write_text((SOLUTION / "optim.py").read_text())
    done, result, _ = published(AUTOGRADER_PYTHON="", PYTHONPATH="")
    assert done.returncode == 0, done.stderr
    assert result["score"] == 7
