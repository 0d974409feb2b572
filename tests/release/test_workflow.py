"""The workflow and the action are what GitHub accepts, and the action grades."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from grader.core.errors import GraderError
from grader.core.kit import HOME
from grader.release.workflow import workflow

ACTION = HOME / ".github" / "actions" / "grade" / "action.yml"
CI = HOME / ".github" / "workflows" / "ci.yml"
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


class TestTheWorkflowOfThisProject:
    def test_it_has_githubs_schema(self):
        check("vendor.github-workflows", CI)

    def test_it_runs_the_tests_on_every_system_with_every_version_that_is_supported(self):
        matrix = yaml.YAML(typ="safe").load(CI.read_text())["jobs"]["tests"]["strategy"]["matrix"]
        assert {system.partition("-")[0] for system in matrix["system"]} == {"ubuntu", "macos", "windows"}
        classifiers = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]["classifiers"]
        supported = [line.rpartition(" :: ")[2] for line in classifiers if " :: Python :: 3." in line]
        assert set(supported) < set(matrix["python"])

    @pytest.mark.parametrize("file", [CI, ACTION], ids=["ci", "action"])
    def test_every_action_is_pinned_to_a_major_version(self, file):
        used = re.findall(r"uses: (\S+)", file.read_text())
        assert used
        assert [action for action in used if not re.fullmatch(r"[\w./-]+@v\d+", action)] == []


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
        "CONVGRADE_SEED": "a seed that only this test knows",
        "PASS_MARK": pass_mark,
        "CLASSROOM50": str(tmp_path / "result.json"),
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == code, done.stderr
    assert "::error title=" in done.stdout
    report = (tmp_path / "output").read_text().strip().removeprefix("report=")
    told = json.loads(Path(report).read_text(encoding="utf-8"))
    assert (told["practice"], told["seed"]) == (False, None)
    assert (tmp_path / "summary.md").exists()
    assert (tmp_path / "result.json").exists()
