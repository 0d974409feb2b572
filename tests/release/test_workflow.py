"""The workflow and the action are what GitHub accepts, and the action grades."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.core.errors import GraderError
from grader.core.kit import HOME
from grader.release.workflow import workflow

ACTION = HOME / ".github" / "actions" / "grade" / "action.yml"
yaml = pytest.importorskip("ruamel.yaml", reason="check-jsonschema brings it")


def check(schema, file):
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_has_githubs_schema():
    check("vendor.github-actions", ACTION)


def test_the_workflow_has_githubs_schema(tmp_path):
    file = tmp_path / "grade.yml"
    file.write_text(workflow("cs101/convgrade"))
    check("vendor.github-workflows", file)
    steps = yaml.YAML(typ="safe").load(file.read_text())["jobs"]["grade"]["steps"]
    assert steps[1]["uses"] == "cs101/convgrade/.github/actions/grade@main"
    assert steps[1]["with"]["seed"] == "${{ secrets.CONVGRADE_SEED }}"


@pytest.mark.parametrize("kit", ["convgrade", "a/b/c", "a/b@main\n", "a b/c", ""])
def test_what_is_no_repository_is_refused(kit):
    with pytest.raises(GraderError, match="like owner/convgrade"):
        workflow(kit)


def steps_of_the_action():
    return yaml.YAML(typ="safe").load(ACTION.read_text())["runs"]["steps"]


def test_nothing_of_the_inputs_is_part_of_a_script():
    for step in steps_of_the_action():
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize(("pass_mark", "code"), [("", 0), ("1000", 1)])
def test_the_step_that_grades_does(tmp_path, pass_mark, code):
    command = steps_of_the_action()[-1]["run"]
    python = tmp_path / "convgrade" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@" --no-mnist\n')
    python.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "PYTHONPATH": str(HOME),
        "SUBMISSION": str(HOME / "student"),
        "SEED": "77",
        "PASS_MARK": pass_mark,
        "CLASSROOM50": str(tmp_path / "result.json"),
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
    )
    assert done.returncode == code, done.stderr
    assert "::error title=" in done.stdout
    report = (tmp_path / "output").read_text().strip().removeprefix("report=")
    assert json.loads(Path(report).read_text(encoding="utf-8"))["seed"] == 77
    assert (tmp_path / "summary.md").exists()
    assert (tmp_path / "result.json").exists()
