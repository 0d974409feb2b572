"""``grader train`` and ``grader compare`` as they are used."""

import json
import os
import signal
import subprocess
import sys

import pytest

from grader.cli.common import Exit
from grader.cli.main import run
from grader.core.kit import HOME, kit_module

QUICK = ("--network", "flatten, dense 10", "--epochs", "2", "--cores", "1")


@pytest.fixture
def command(capsys, tmp_path, monkeypatch, digits):
    """Return a function that runs a command on few digits; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(kit_module("data"), "load", lambda **_: digits)

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


class TestTrain:
    def test_it_prints_a_row_and_keeps_checkpoint_result_and_pictures(self, command, tmp_path):
        code, out, err = command("train", *QUICK)
        assert code == Exit.GRADED
        assert "own" in out
        assert "a few digits accuracy" in out
        assert "epoch 2 of 2" in err
        kept = {path.name for path in (tmp_path / "runs" / "own").iterdir()}
        assert {"checkpoint.npz", "result.json", "curves.png", "confusion.svg"} <= kept

    @pytest.mark.parametrize("pictures", [False, pytest.param(True, marks=pytest.mark.slow)])
    def test_networks_stand_side_by_side(self, command, tmp_path, pictures):
        networks = ("--net", "mlp", "--net", "conv-pool")
        options = () if pictures else ("--no-pictures",)
        code, out, _ = command("train", *networks, "--epochs", "1", "--cores", "1", *options)
        assert code == Exit.GRADED
        assert [line.split()[0] for line in out.splitlines()[1:3]] == ["mlp", "conv-pool"]
        assert (tmp_path / "runs" / "curves.png").exists() is pictures

    def test_longer_training_goes_on(self, command):
        command("train", *QUICK, "--no-pictures")
        code, out, err = command("train", *QUICK, "--no-pictures", "--epochs", "3", "--resume")
        assert code == Exit.GRADED
        assert "resumed at step 38 of 57" in err
        assert " 57 " in out

    def test_a_students_own_layers_train_in_the_worker(self, command, submission):
        code, out, _ = command("train", *QUICK, "--layers", submission(), "--no-pictures")
        assert code == Exit.GRADED
        assert " 38 " in out

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("--network", "dense 10"), "put 'flatten' before it"),
            (("--lr", "-1"), "lr is -1.0: it must be greater than 0"),
            (("--batch", "4000"), "batch is 4000"),
            (("--layers", "nowhere"), "no such file or folder"),
            (("--resume",), "there is no checkpoint"),
        ],
    )
    def test_what_cannot_be_trained_is_an_error_without_a_traceback(self, command, arguments, told):
        code, _, err = command("train", *QUICK, *arguments)
        assert code == Exit.GRADER_FAILED
        assert told in err
        assert "Traceback" not in err

    def test_unfinished_layers_are_named(self, command):
        code, _, err = command("train", *QUICK, "--layers", HOME / "student")
        assert code == Exit.GRADER_FAILED
        assert "dense_forward is not written yet" in err

    def test_without_matplotlib_it_trains_and_says_what_is_missing(self, command, monkeypatch):
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        code, out, _ = command("train", *QUICK)
        assert code == Exit.GRADED
        assert "No pictures" in out
        assert "convgrade[plots]" in out


class TestCompare:
    SET = """
    [[configuration]]
    name = "SGD"
    net = "mlp"
    optimiser = "sgd"
    [[configuration]]
    name = "Adam [fast]"
    net = "mlp"
    optimiser = "adam"
    """

    def test_it_prints_a_table_and_draws_a_picture_and_trains_only_once(self, command, tmp_path):
        (tmp_path / "set.toml").write_text(self.SET)
        code, out, err = command("compare", "set.toml", "--cores", "1")
        assert code == Exit.GRADED
        assert "Adam [fast]" in out
        assert "79,510" in out
        assert (tmp_path / "runs" / "compare" / "comparison.svg").exists()
        assert err.count("epoch 1 of 1") == 2
        _, again, err = command("compare", "set.toml", "--cores", "1")
        assert again == out
        assert "epoch" not in err

    def test_a_changed_configuration_is_trained_anew_over_its_old_checkpoint(self, command, tmp_path):
        (tmp_path / "set.toml").write_text(self.SET)
        command("compare", "set.toml", "--cores", "1")
        (tmp_path / "set.toml").write_text(self.SET.replace('"adam"', '"momentum"'))
        code, _, err = command("compare", "set.toml", "--cores", "1")
        assert code == Exit.GRADED
        assert err.count("epoch 1 of 1") == 1
        result = json.loads((tmp_path / "runs/compare/adam-fast/result.json").read_text())
        assert result["settings"]["optimiser"] == "momentum"


def test_ctrl_c_keeps_the_checkpoint_and_resume_goes_on(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {
        "PYTHONPATH": str(HOME),
        "CONVGRADE_CACHE": str(tmp_path / "cache"),
        "PYTHONUNBUFFERED": "1",
    }
    environment.pop("MNIST_DIR", None)
    kit_module("data.digits")
    write = (
        "import sys, numpy as np\n"
        "from grader.core.kit import kit_module\n"
        "digits = kit_module('data.digits').generate_digits\n"
        "data = kit_module('data').Dataset('few', *digits(600, 5), *digits(100, 6), 'drawn')\n"
        "kit_module('data').load = lambda **_: data\n"
        "from grader.__main__ import main\n"
        "main()\n"
    )
    arguments = [
        sys.executable,
        "-c",
        write,
        "train",
        "--network",
        "conv 2 3x3, flatten, dense 10",
        "--batch",
    ]
    arguments += ["10", "--no-pictures", "--epochs"]
    process = subprocess.Popen(
        [*arguments, "100000"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    assert "epoch 1 of 100000" in line
    # as a terminal does: to the whole group, helpers included
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert "stopped; --resume continues it" in out
    assert "Traceback" not in err
    steps = json.loads((tmp_path / "runs" / "own" / "result.json").read_text())["step"]
    epochs = -(-steps // 50) + 1
    again = subprocess.run(
        [*arguments, str(epochs), "--resume"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert again.returncode == 0, again.stderr
    assert f"resumed at step {steps:,} of {epochs * 50:,}" in again.stderr
