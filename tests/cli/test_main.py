"""The commands: what they print and write, how they exit, and that it does not matter where they run."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import click
import jsonschema
import pytest
from totals import BONUS

from grader import __version__
from grader.cli.common import Exit
from grader.cli.main import COMMANDS, cli, run
from grader.core.assignment import TASKS
from grader.core.kit import HOME, kit_module
from grader.judging.judge import Judge
from grader.report.json import SCHEMA
from grader.run import collect

SOLUTION = HOME / "solution"
WRONG = "right = relu_forward\ndef relu_forward(x):\n    out, cache = right(x)\n    return 2 * out, cache"
SCRIPT = "from grader.__main__ import main\nmain()\n"


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    """Return a function that runs a command in this process; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def environment(**variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    return {**kept, "PYTHONPATH": str(HOME), "COLUMNS": "100", **variables}


def process(*arguments, cwd, start=("-P", "-m", "grader"), prefix=(), **variables):
    """Run a command in a process of its own."""
    return subprocess.run(
        [*prefix, sys.executable, *start, *map(str, arguments)],
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        encoding="utf-8",
        timeout=3000,
    )


class TestExitCodes:
    def test_graded_is_zero_whatever_the_points(self, command):
        code, out, err = command("grade", HOME / "student", "--tasks", "sgd")
        assert code == Exit.GRADED == 0
        assert "0 / 100 points" in out
        assert err == "sgd: 0 of 5 passed, 0 of 6 points\n"

    @pytest.mark.parametrize(
        ("mark", "code"), [("0", 0), ("6", 0), ("6.0", 0), ("6.01", 1), ("90", 1), ("1000", 1)]
    )
    def test_a_pass_mark_is_compared_with_the_points(self, command, mark, code):
        assert command("grade", SOLUTION, "--tasks", "sgd", "--pass-mark", mark)[0] == code

    def test_bonus_points_count_for_the_pass_mark(self, command):
        assert command("grade", SOLUTION, "--tasks", "sgd,l2", "--pass-mark", "8")[0] == Exit.GRADED

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((), "Usage"),
            (("grade",), "Missing argument 'PATH'"),
            (("grade", "nowhere"), "Path 'nowhere' does not exist"),
            (("grade", SOLUTION, "--tasks", "sgd,lstm"), "'lstm' is not a task; choose from dense, relu,"),
            (("grade", SOLUTION, "--tasks", ""), "'' is not a task; choose from dense, relu,"),
            (("grade", SOLUTION, "--seed", "8472"), "a seed on the command line can be read"),
            (("grade", SOLUTION, "--seed", "x"), "the seed cannot be read from 'x'"),
            (("grade", SOLUTION, "--time-box", "0"), "--time-box"),
            (("grade", SOLUTION, "--isolation", "none"), "'none' is not one of 'process'"),
            (("grade", SOLUTION, "--colour"), "No such option"),
            (("check", "lstm"), "'lstm' is not a task; choose from dense, relu,"),
            (("check", "conv2"), "'conv2' is not a task; did you mean 'conv2d'?"),
            (("check", "--path", "nowhere"), "Path 'nowhere' does not exist"),
            (("retrain",), "No such command 'retrain'"),
        ],
    )
    def test_wrong_usage_is_two_and_says_what_is_right(self, command, arguments, message):
        code, out, err = command(*arguments)
        assert code == Exit.USAGE == 2
        assert message in err
        assert out == ""

    def test_nothing_to_grade_is_three(self, command, tmp_path):
        (tmp_path / "notes.txt").write_text("hello")
        code, out, _ = command("grade", tmp_path, "--no-mnist")
        assert code == Exit.UNUSABLE_SUBMISSION == 3
        assert "0 / 100 points" in out
        assert "no Python file" in out

    @pytest.mark.parametrize("tier", ["strict", "confined", "container"])
    @pytest.mark.usefixtures("process_only")
    def test_isolation_that_cannot_be_had_is_three_and_says_what_to_do(self, command, tier):
        code, out, err = command("grade", SOLUTION, "--isolation", tier, "--pass-mark", "100")
        assert code == Exit.UNUSABLE_SUBMISSION
        assert out == ""
        assert f"isolation '{tier}' was asked for" in err
        assert "--isolation process" in err

    def test_the_tier_there_is_may_be_asked_for(self, command):
        assert command("grade", SOLUTION, "--tasks", "sgd", "--isolation", "process")[0] == Exit.GRADED

    def test_a_fault_in_a_check_is_four_and_more_on_request(self, command, monkeypatch):
        def values(*_, **__):
            raise RuntimeError("a bug of ours")

        monkeypatch.setattr(Judge, "values", values)
        code, out, err = command("grade", SOLUTION, "--tasks", "relu", "--pass-mark", "100")
        assert code == Exit.GRADER_FAILED == 4
        assert "a bug in the grader, not in your code" in " ".join(out.split())
        assert "The grader itself failed; --traceback shows where:\nrelu_forward.values\n" in err
        assert "a bug of ours" not in err
        code, _, err = command("grade", SOLUTION, "--tasks", "relu", "--traceback")
        assert code == Exit.GRADER_FAILED
        assert "RuntimeError: a bug of ours" in err

    def test_checks_that_cannot_be_loaded_are_four(self, command, monkeypatch, tmp_path):
        monkeypatch.setattr(collect, "CHECKS", tmp_path)
        code, out, err = command("grade", SOLUTION)
        assert code == Exit.GRADER_FAILED
        assert out == ""
        assert err.startswith("grader: the checks could not be run")

    def test_anything_unexpected_is_four_and_no_traceback_unless_asked_for(self, command, monkeypatch):
        def scorecard(_):
            raise ZeroDivisionError("oh")

        monkeypatch.setattr("grader.report.scorecard.scorecard", scorecard)
        code, _, err = command("grade", SOLUTION, "--tasks", "sgd")
        assert code == Exit.GRADER_FAILED
        assert "grader: ZeroDivisionError: oh; --traceback shows where it failed\n" in err
        assert "Traceback" not in err
        code, _, err = command("grade", SOLUTION, "--tasks", "sgd", "--traceback")
        assert code == Exit.GRADER_FAILED
        assert "Traceback" in err

    @pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["grade", "-h"], ["check", "--help"]])
    def test_help_is_zero(self, command, arguments):
        code, out, err = command(*arguments)
        assert code == 0
        assert __version__ in out or "Usage: grader" in out
        assert err == ""


class TestStart:
    @pytest.mark.parametrize(
        "arguments",
        [["--help"], ["--version"], ["grade"], ["nonsense"], ["check", "--nonsense"], ["grade", "-h"]],
    )
    def test_help_and_usage_errors_do_not_wait_for_heavy_imports(self, arguments, tmp_path):
        heavy = ("numpy", "pytest", "rich", "nbformat", "matplotlib")
        script = (
            "import sys\nfrom grader.__main__ import main\n"
            f"try: main()\nfinally: print([name for name in {heavy} if name in sys.modules])"
        )
        found = process(*arguments, cwd=tmp_path, start=("-c", script))
        assert found.stdout.endswith("[]\n")
        assert "Traceback" not in found.stderr

    @pytest.mark.parametrize("name", COMMANDS)
    def test_the_summary_of_a_command_is_its_own(self, name):
        command = cli.get_command(click.Context(cli), name)
        assert command.get_short_help_str(200) == COMMANDS[name].summary


class TestCheck:
    def test_it_looks_in_the_current_folder(self, command, submission, monkeypatch):
        monkeypatch.chdir(submission(layers=WRONG))
        code, out, err = command("check", "relu", "sgd")
        assert code == Exit.GRADED
        assert "relu_forward: out is exactly 2 times too large." in out
        assert err.splitlines() == [
            "relu: 7 of 8 passed, 5 of 6 points",
            "sgd: 5 of 5 passed, 6 of 6 points",
        ]

    def test_it_looks_in_a_folder_called_student_next(self, command, submission):
        submission("student")
        _, out, _ = command("check", "sgd")
        assert "6 / 100 points" in out
        assert "student" in out

    def test_a_folder_without_any_work_is_refused(self, command, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        code, out, err = command("check")
        assert (code, out) == (Exit.USAGE, "")
        assert "there is no layers.py and no notebook" in err

    def test_several_modules_of_other_names_are_no_work_either(self, command, tmp_path, monkeypatch):
        for name in ("a.py", "b.py"):
            (tmp_path / name).touch()
        monkeypatch.chdir(tmp_path)
        assert command("check")[0] == Exit.USAGE

    def test_the_name_of_a_function_stands_for_its_task(self, command):
        assert "6 / 100 points" in command("check", "sgd_step", "--path", SOLUTION)[1]

    def test_it_looks_at_the_given_path(self, command):
        assert "6 / 100 points" in command("check", "sgd", "--path", SOLUTION)[1]

    def test_everything_but_the_training_is_checked_by_default(self, command):
        _, out, err = command("check", "--path", SOLUTION)
        assert f"90 / 100 points   + {BONUS:g} / {BONUS:g} bonus" in out
        assert "mnist" not in err

    @pytest.mark.usefixtures("small_training")
    @pytest.mark.parametrize("arguments", [["mnist"], ["sgd", "--mnist", "mnist"]])
    def test_the_training_runs_when_it_is_asked_for(self, command, arguments):
        _, out, err = command("check", *arguments, "--path", SOLUTION)
        assert "mnist: 1 of 1 passed, 10 of 10 points" in err
        assert "Learning curve of network A" in out
        assert "a few digits, 1,500 training images" in out

    def test_its_score_is_practice(self, command):
        _, out, _ = command("check", "sgd", "--path", SOLUTION)
        assert "convgrade, practice" in out
        assert "published seed: for practice, not for credit" in out


class TestFiles:
    def test_the_reports_are_written_where_they_are_wanted(self, command, tmp_path):
        places = tmp_path / "new folder" / "report.json", tmp_path / "other" / "report.xml"
        code, out, _ = command("grade", SOLUTION, "--tasks", "sgd", "--json", places[0], "--junit", places[1])
        assert code == Exit.GRADED
        data = json.loads(places[0].read_text(encoding="utf-8"))
        jsonschema.validate(data, json.loads(SCHEMA.read_text(encoding="utf-8")))
        assert (data["score"]["earned"], data["score"]["points"]) == (6, 100)
        assert 'tests="5"' in places[1].read_text(encoding="utf-8")
        assert "6 / 100 points" in out

    def test_an_earlier_report_is_replaced(self, command, tmp_path):
        (tmp_path / "report.json").write_text("x" * 100_000)
        command("grade", SOLUTION, "--tasks", "sgd", "--json", "report.json")
        assert json.loads((tmp_path / "report.json").read_text())["score"]["earned"] == 6

    @pytest.mark.parametrize("option", ["--json", "--junit"])
    def test_a_place_that_cannot_be_written_is_refused_before_anything_runs(self, command, tmp_path, option):
        (tmp_path / "file").write_text("x")
        for place in (tmp_path / "file" / "report", tmp_path):
            code, out, err = command("grade", SOLUTION, "--tasks", "sgd", option, place)
            assert code == Exit.USAGE
            assert out == ""
            assert option in err
            assert "sgd:" not in err

    @pytest.mark.usefixtures("process_only")
    def test_trying_a_place_leaves_nothing_behind(self, command, tmp_path):
        code, _, _ = command("grade", SOLUTION, "--isolation", "strict", "--json", "report.json")
        assert code == Exit.UNUSABLE_SUBMISSION
        assert list(tmp_path.iterdir()) == []

    def test_a_disk_that_fills_up_costs_the_file_and_not_the_scorecard(self, command, monkeypatch):
        actual_write_text = Path.write_text

        def write_text(path, *arguments, **options):
            if path.name == "report.json":
                raise OSError(28, "No space left on device")
            return actual_write_text(path, *arguments, **options)

        monkeypatch.setattr(Path, "write_text", write_text)
        code, out, err = command("grade", SOLUTION, "--tasks", "sgd", "--json", "report.json")
        assert code == Exit.GRADER_FAILED
        assert "6 / 100 points" in out
        assert err.endswith("grader: the report cannot be written to report.json: No space left on device\n")

    def test_a_report_is_written_for_a_submission_that_cannot_be_used(self, command, tmp_path):
        (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
        code, _, _ = command("grade", "photo.jpg", "--no-mnist", "--json", "report.json")
        assert code == Exit.UNUSABLE_SUBMISSION
        data = json.loads((tmp_path / "report.json").read_text())
        assert "photo.jpg is not a submission" in data["submission"]["problem"]
        assert data["score"] == {"earned": 0, "points": 100, "bonus_earned": 0, "bonus_points": BONUS}

    def test_spaces_and_other_letters_in_paths(self, command, submission, tmp_path):
        folder = submission("Größe 3 日本 [red] 'x' $HOME %s")
        code, out, _ = command("grade", folder, "--tasks", "sgd", "--json", tmp_path / "é ü" / "ö.json")
        assert code == Exit.GRADED
        assert "Größe 3 日本 [red] 'x' $HOME %s" in out
        data = json.loads((tmp_path / "é ü" / "ö.json").read_text(encoding="utf-8"))
        assert data["submission"]["name"] == folder.name


def bound_by_permissions():
    """Return what runs a command in such a way that permissions count even for an administrator."""
    prefix = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")
    works = shutil.which("setpriv") and subprocess.run([*prefix, "true"], check=False).returncode == 0
    return prefix if works and os.geteuid() == 0 else ()


TRAPS = ("data", "grader", "solution", "student", "conftest", "rich", "click")


class TestAnywhere:
    """Whole processes: what the current folder or the installation is like does not matter."""

    @pytest.fixture
    def trap(self, tmp_path):
        folder = tmp_path / "Ordner mit Fallen"
        folder.mkdir()
        for name in TRAPS:
            (folder / f"{name}.py").write_text(f"raise SystemExit('imported the wrong {name}')\n")
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
        return folder

    def test_the_command_among_files_of_the_same_names(self, trap, tmp_path):
        (tmp_path / "bin").mkdir()
        script = tmp_path / "bin" / "grader"
        script.write_text(SCRIPT)
        done = process("grade", SOLUTION, "--tasks", "sgd", "--json", "r.json", cwd=trap, start=[str(script)])
        assert (done.returncode, done.stderr) == (0, "sgd: 5 of 5 passed, 6 of 6 points\n")
        assert "\x1b" not in done.stdout
        assert json.loads((trap / "r.json").read_text())["score"]["earned"] == 6

    def test_the_module_among_files_of_the_same_names(self, trap):
        done = process("grade", SOLUTION, "--tasks", "sgd", cwd=trap)
        assert (done.returncode, done.stderr) == (0, "sgd: 5 of 5 passed, 6 of 6 points\n")

    def test_the_kits_own_data_and_solution_are_taken_and_not_those_of_the_folder(self, trap):
        for name in set(TRAPS) - {"data", "solution", "student"}:
            (trap / f"{name}.py").unlink()
        done = process(
            "grade",
            SOLUTION,
            "--tasks",
            "mnist",
            cwd=trap,
            start=("-m", "grader"),
            MNIST_DIR="no such folder",
        )
        assert done.returncode == Exit.GRADER_FAILED
        assert "MNIST_DIR cannot be used: no such folder does not exist" in " ".join(done.stdout.split())
        assert "imported the wrong" not in done.stdout + done.stderr

    def test_a_read_only_installation_and_a_read_only_folder(self, tmp_path):
        home, folder = tmp_path / "installed", tmp_path / "folder"
        for package in ("grader", "data", "solution"):
            shutil.copytree(HOME / package, home / package, ignore=shutil.ignore_patterns("__pycache__"))
        folder.mkdir()
        everything = [home, folder, *home.rglob("*")]
        for path in everything:
            path.chmod(path.stat().st_mode & ~0o222)
        before = sorted(home.rglob("*"))
        done = process(
            "check",
            "sgd",
            "--path",
            SOLUTION,
            cwd=folder,
            prefix=bound_by_permissions(),
            PYTHONPATH=str(home),
        )
        for path in everything:
            path.chmod(path.stat().st_mode | 0o200)
        assert (done.returncode, done.stderr) == (0, "sgd: 5 of 5 passed, 6 of 6 points\n")
        assert sorted(home.rglob("*")) == before
        assert list(folder.iterdir()) == []

    def test_an_encoding_without_our_signs_still_tells_passed_from_failed(self, submission, tmp_path):
        folder = submission("Größe", layers=WRONG)
        done = process("grade", folder, "--tasks", "relu", cwd=tmp_path, PYTHONIOENCODING="ascii")
        assert done.returncode == 0
        assert done.stdout.isascii()
        (line,) = (line for line in done.stdout.splitlines() if "2 ReLU" in line)
        assert "+ 2" in line
        assert "x 0/1" in line

    def test_ctrl_c_stops_and_shows_what_is_known(self, submission, tmp_path):
        folder = submission(layers="def relu_forward(x):\n    while True:\n        pass")
        # the process that started these tests may have made its children ignore the signal
        script = f"import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n{SCRIPT}"
        arguments = ["grade", str(folder), "--no-mnist", "--json", "report.json"]
        with subprocess.Popen(
            [sys.executable, "-P", "-c", script, *arguments],
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as grader:
            assert grader.stderr.readline() == "dense: 12 of 12 passed, 12 of 12 points\n"
            grader.send_signal(signal.SIGINT)
            out, err = grader.communicate(timeout=300)
        assert grader.returncode == 130
        assert "12 / 100 points" in out
        assert "Traceback" not in err
        data = json.loads((tmp_path / "report.json").read_text())
        assert data["score"]["points"] == 100
        assert {row["status"] for row in data["checks"]} == {"passed", "not_run"}


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
class TestTerminal:
    def run(self, tmp_path, **variables):
        """Run a command whose output is a terminal; return all that was sent to it."""
        import pty  # which not every platform has

        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "grader", "check", "sgd", "--path", str(SOLUTION)],
            cwd=tmp_path,
            env=environment(TERM="xterm-256color", **variables),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ) as grader:
            os.close(theirs)
            sent = bytearray()
            while True:
                try:
                    part = os.read(ours, 1 << 16)
                except OSError:  # how Linux says that the other end is closed
                    break
                if not part:
                    break
                sent += part
        os.close(ours)
        assert grader.returncode == 0
        return sent.decode("utf-8")

    def test_there_are_colours_and_a_display_that_goes_away(self, tmp_path):
        text = self.run(tmp_path)
        assert re.search(r"\x1b\[[\d;]*3[0-7]m", text)
        assert "5 of 5 passed" in text
        assert "\x1b[2K" in text
        assert "sgd: 5 of 5" not in text
        assert "6 / 100 points" in text

    def test_no_color_is_respected(self, tmp_path):
        text = self.run(tmp_path, NO_COLOR="1")
        assert not re.search(r"\x1b\[([\d;]*;)?([349][0-8]|10[0-7])[;m]", text)
        assert "6 / 100 points" in text


def test_every_task_can_be_named(command):
    names = ",".join(task.name for task in TASKS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kit_module("data"), "load", None)
        code, _, err = command("grade", HOME / "student", "--tasks", names)
    assert code == Exit.GRADED
    assert len(err.splitlines()) == len(TASKS)
