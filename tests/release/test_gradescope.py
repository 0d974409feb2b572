"""The zip for Gradescope, unpacked and run in a tree as Gradescope lays it out."""

import io
import json
import os
import stat
import subprocess
import sys
import zipfile

import pytest

from grader.core.kit import HOME
from grader.core.seed import Seed
from grader.release.gradescope import RUN, autograder

SOLUTION = HOME / "solution"
SEED = Seed("a seed that only this test knows")


@pytest.fixture
def gradescope(tmp_path):
    """Return a function that hands a submission in, runs the autograder, and gives its results."""
    root = tmp_path / "autograder"
    (root / "source").mkdir(parents=True)
    content = autograder(SOLUTION, SEED)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            path = root / "source" / archive.extract(entry, root / "source")
            path.chmod(entry.external_attr >> 16)
    # Gradescope puts it there
    (root / "source" / "run_autograder").rename(root / "run_autograder")
    (root / "submission_metadata.json").write_text("{}")

    def hand_in(write, **variables):
        submission = root / "submission"
        submission.mkdir()
        write(submission)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment |= {
            "AUTOGRADER_ROOT": str(root),
            "AUTOGRADER_PYTHON": sys.executable,
            "PYTHONPATH": str(root / "source" / "kit"),
            # the training has tests of its own
            "CONVGRADE_CACHE": str(tmp_path / "cache"),
            **variables,
        }
        done = subprocess.run(
            [root / "run_autograder"],
            cwd=root,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return json.loads((root / "results" / "results.json").read_text())

    return hand_in


def test_the_same_kit_gives_the_same_zip_with_executable_scripts():
    content = autograder(SOLUTION, SEED)
    assert content == autograder(SOLUTION, SEED)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in ("setup.sh", "run_autograder"):
            mode = archive.getinfo(name).external_attr >> 16
            assert stat.S_IMODE(mode) == 0o755
        names = archive.namelist()
        assert "kit/pyproject.toml" in names
        assert "kit/solution/layers.py" in names
        assert not any("__pycache__" in name for name in names)


def test_the_scripts_are_valid_for_the_shell(tmp_path):
    with zipfile.ZipFile(io.BytesIO(autograder(SOLUTION, SEED))) as archive:
        for name in ("setup.sh", "run_autograder"):
            (tmp_path / name).write_bytes(archive.read(name))
            subprocess.run(["bash", "-n", str(tmp_path / name)], check=True)


@pytest.mark.slow
def test_a_submission_is_graded_with_the_seed_of_the_release(gradescope):
    def write(folder):
        (folder / "layers.py").write_text("def relu_forward(x):\n    return x * (x > 0), x > 0\n")

    results = gradescope(write)
    scores = {test["name"]: test["score"] for test in results["tests"]}
    assert scores["ReLU"] == 2
    # a tenth of the training, which has ten functions
    assert scores["MNIST"] == 1
    assert results["score"] == 3


def test_an_empty_submission_gets_results_that_say_so(gradescope):
    results = gradescope(lambda folder: None)
    assert results["score"] == 0
    assert results["output"]


def test_a_machine_that_cannot_isolate_is_named_as_the_reason(gradescope, tmp_path):
    refusing = tmp_path / "refusing"
    refusing.write_text("#!/bin/sh\nexit 3\n")
    refusing.chmod(0o755)
    results = gradescope(lambda folder: None, AUTOGRADER_PYTHON=str(refusing))
    assert results["score"] == 0
    assert "cannot isolate" in results["output"]
    assert "not your fault" in results["output"]


def test_submissions_are_not_run_below_the_tier_container():
    action = (HOME / ".github" / "actions" / "grade" / "action.yml").read_text(encoding="utf-8")
    for text in (RUN, action):
        assert "--isolation container" in text
        assert "--isolation process" not in text


def test_a_grader_that_fails_does_not_blame_the_student(gradescope):
    results = gradescope(lambda folder: None, AUTOGRADER_PYTHON="/bin/false")
    assert results["score"] == 0
    assert "not your fault" in results["output"]
