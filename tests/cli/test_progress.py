"""What is shown while a run lasts: a bar that goes away in a terminal, plain lines elsewhere."""

import io
import re

import pytest
from rich.console import Console

from grader.cli.progress import LiveProgress, PlainProgress, progress_for
from grader.core.kit import HOME
from grader.run.grading import Options, grade


class Terminal(io.StringIO):
    def isatty(self):
        return True


def plain():
    return Console(file=io.StringIO(), width=80)


def terminal():
    return Console(file=Terminal(), width=100, force_terminal=True, color_system=None, legacy_windows=False)


def shown(console):
    """Return all that a console was ever sent, without what steers it."""
    return re.sub(r"\x1b\[[?\d;]*[a-zA-Z]", "", console.file.getvalue())


class TestChoice:
    def test_a_terminal_gets_the_live_display(self):
        assert isinstance(progress_for(terminal()), LiveProgress)

    def test_a_log_gets_lines_even_if_it_wants_colours(self):
        assert isinstance(progress_for(plain()), PlainProgress)
        coloured = Console(file=io.StringIO(), force_terminal=True)
        assert isinstance(progress_for(coloured), PlainProgress)

    def test_a_terminal_that_cannot_move_its_cursor_gets_lines(self, monkeypatch):
        monkeypatch.setenv("TERM", "dumb")
        assert isinstance(progress_for(Console(file=Terminal())), PlainProgress)


class TestPlain:
    def test_every_task_is_a_line(self, submission):
        console = plain()
        # the line that fails costs nothing
        wrong = "def softmax_cross_entropy(logits, labels):\n    return 0.0, logits * 0\n\n\n1 / 0"
        folder = submission(layers="def relu_forward(x):\n    return x, x", loss=wrong)
        with progress_for(console) as progress:
            grade(folder, Options(tasks=("relu", "softmax", "sgd", "l2")), progress.recorder)
        assert console.file.getvalue().splitlines()[1:] == [
            "softmax: 0 of 10 passed, 0 of 12 points",
            "sgd: 5 of 5 passed, 6 of 6 points",
            "l2: 3 of 3 passed, 2 of 2 points",
        ]
        assert re.fullmatch(
            r"relu: \d of 8 passed, [\d.]+ of 6 points", console.file.getvalue().splitlines()[0]
        )

    @pytest.mark.usefixtures("small_training")
    def test_the_training_is_one_too(self):
        console = plain()
        with progress_for(console) as progress:
            grade(HOME / "solution", Options(tasks=("mnist",)), progress.recorder)
        assert console.file.getvalue() == "mnist: 1 of 1 passed, 10 of 10 points\n"

    def test_long_trainings_tell_of_every_500_steps(self):
        console = plain()
        with PlainProgress(console) as progress:
            for step in range(100, 1100, 100):
                progress.recorder.on_training(step, 2811, step / 2000)
        assert console.file.getvalue().splitlines() == [
            "training: step 500 of at most 2811, 25.0% accuracy",
            "training: step 1000 of at most 2811, 50.0% accuracy",
        ]

    def test_downloads_and_messages_are_lines_of_any_length(self):
        console = plain()
        with PlainProgress(console) as progress:
            progress.recorder.download.start("train-images.gz", 9_912_422)
            progress.recorder.download.advance(1000)
            progress.recorder.download.start("labels.gz", None)
            progress.recorder.download.message("[red] " + "word " * 30 + "end")
        lines = console.file.getvalue().splitlines()
        assert lines[:2] == ["downloading train-images.gz, 9,912,422 bytes", "downloading labels.gz"]
        assert lines[2] == "[red] " + "word " * 30 + "end"
        assert len(lines) == 3

    def test_what_was_done_before_an_interruption_is_printed(self):
        console = plain()
        with progress_for(console) as progress:
            progress.recorder.on_result = stop_after(3, progress.recorder.on_result)
            assert grade(HOME / "solution", Options(tasks=("sgd",)), progress.recorder).interrupted
        assert console.file.getvalue() == "sgd: 3 of 3 passed, 4 of 4 points\n"


def stop_after(count, on_result):
    seen = []

    def heard(result):
        on_result(result)
        seen.append(result)
        if len(seen) == count:
            raise KeyboardInterrupt

    return heard


class TestLive:
    def test_it_shows_the_check_and_how_many_passed(self):
        console = terminal()
        with progress_for(console) as progress:
            grade(HOME / "solution", Options(tasks=("sgd",)), progress.recorder)
        text = shown(console)
        assert "5 of 5 passed" in text
        assert "sgd_step." in text

    def test_it_is_gone_at_the_end(self):
        console = terminal()
        with LiveProgress(console) as progress:
            progress.recorder.on_training(100, 2811, 0.875)
        last = console.file.getvalue().rpartition("\x1b[2K")
        assert last[1]
        assert last[2].strip() == ""

    def test_it_shows_training_downloads_and_messages(self):
        console = terminal()
        with LiveProgress(console) as progress:
            recorder = progress.recorder
            recorder.download.start("train-images.gz", 1000)
            recorder.download.advance(500)
            recorder.download.message("[red]the mirror is slow[/red]")
            progress._progress.refresh()
            recorder.on_training(100, 2811, 0.875)
            progress._progress.refresh()
        text = shown(console)
        assert "downloading train-images.gz" in text
        assert "[red]the mirror is slow[/red]" in text
        assert "training on digits" in text
        assert "87.5% accuracy at step 100" in text
