"""The scorecard: it fits its width, tells everything without colour, and lets nothing harmful through."""

import dataclasses
import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console
from totals import BONUS

from grader.core.assignment import TASKS
from grader.core.kit import HOME
from grader.core.results import (
    Cause,
    Check,
    CheckResult,
    DataUsed,
    Feedback,
    Isolation,
    Kind,
    Report,
    Status,
    SubmissionInfo,
    TrainingResult,
)
from grader.report.chart import learning_curve
from grader.report.scorecard import scorecard
from grader.run.grading import Options, grade

WIDTHS = (80, 100, 120, 200)
COLOUR = re.compile(r"\x1b\[([\d;]*;)?([349][0-8]|10[0-7])[;m]")
NASTY = "\x1b[31m\r\x00\ud800\u202e\u2066\x9b\x07[red]bold[/red] [/] :smile: [link=http://x]y[/link]"

BROKEN = """
def dense_forward(x, w, b):
    return x @ w, (x, w)

def relu_forward(x):
    raise ValueError("\\x1b[2J [bold]not bold[/bold] " + "a_very_long_word_" * 8)

def conv2d_backward(dout, cache):
    raise NotImplementedError

def maxpool2d_forward(x, *, size=2, stride=None):
    return None

def dropout_forward(x, *, p, train=True, seed=None):
    return x.tolist(), None
"""


def show(report, width=80, **options):
    """Return what a console without colours shows."""
    console = Console(file=io.StringIO(), width=width, color_system=None, **options)
    console.print(scorecard(report))
    return console.file.getvalue()


def one_line(text):
    return " ".join(text.replace("│", " ").split())


def training(**fields):
    curve = tuple((step, 1 - 0.5 * 0.8 ** (step / 100)) for step in range(100, 1500, 100))
    result = TrainingResult(
        "A", 1400, 2811, curve, 0.9781, (0.9, 0.95, 0.97), "accurate", (), 1400, 44, 5.25, 60.0
    )
    return dataclasses.replace(result, **fields)


def row(check_id, status=Status.PASSED, earned=0.0, points=1.0, kind=Kind.VALUES, feedback=None):
    function = check_id.partition(".")[0]
    task = function.removesuffix("_forward").removesuffix("_backward")
    check = Check(check_id, task, kind, points, "A check of something")
    return CheckResult(check, status, earned, feedback or Feedback("It went wrong."))


def report_of(*rows, name="ada", **fields):
    return Report(SubmissionInfo(name, "", ()), rows, True, Isolation("process"), **fields)


@pytest.fixture(scope="module")
def reports(tmp_path_factory, write_submission):
    folder = tmp_path_factory.mktemp("scorecard")
    broken = write_submission(folder / "broken", layers=BROKEN, loss="this is no Python")
    empty = folder / "empty"
    empty.mkdir()
    paths = {
        "perfect": HOME / "solution",
        "untouched": HOME / "student",
        "broken": broken,
        "unusable": empty,
    }
    return {name: grade(path, Options(mnist=False)).report for name, path in paths.items()}


class TestWidth:
    @pytest.mark.parametrize("width", WIDTHS)
    @pytest.mark.parametrize("name", ["perfect", "untouched", "broken", "unusable"])
    def test_no_line_is_longer(self, reports, name, width):
        report = dataclasses.replace(reports[name], training=training(replaced=tuple("abcdefgh" * 3)))
        lines = show(report, width).splitlines()
        assert max(map(cell_len, lines)) <= width

    @pytest.mark.parametrize("width", WIDTHS)
    @pytest.mark.parametrize("name", ["perfect", "untouched", "broken"])
    def test_nothing_is_cut(self, reports, name, width):
        report = reports[name]
        text = one_line(show(report, width))
        assert "…" not in text
        for task in TASKS:
            assert task.title in text
        for kind in Kind:
            assert str(kind).capitalize() in text
        score = report.score
        assert f"{score.earned:g} / {score.points:g} points" in text
        assert f"+ {score.bonus_earned:g} / {BONUS:g} bonus" in text

    @pytest.mark.parametrize("width", WIDTHS)
    def test_feedback_is_whole(self, reports, width):
        text = show(reports["broken"], width).replace("\n", "").replace(" ", "")
        assert "a_very_long_word_" * 8 in text
        assert "dense_forward:outhaswrongvalues." in text
        assert 'loss.py,line91:leftout,becauseof"invalidsyntax":thisisnoPython' in text

    @pytest.mark.parametrize("width", WIDTHS)
    def test_the_longest_numbers_leave_room_for_the_names(self, reports, width):
        rows = tuple(
            dataclasses.replace(
                result, status=Status.FAILED, earned=result.check.points - 0.25, feedback=Feedback("x")
            )
            for result in reports["perfect"].results
        )
        text = show(dataclasses.replace(reports["perfect"], results=rows), width)
        assert max(map(cell_len, text.splitlines())) <= width
        assert "…" not in text
        for task in TASKS:
            assert all(word in text for word in task.title.split())

    def test_a_long_name_is_cut_and_the_points_are_not(self):
        text = show(report_of(row("dense_forward.x", earned=1), name="x" * 300))
        assert "1 / 1 points" in text
        assert "xxx…" in text


class TestPartialRuns:
    def test_only_the_rows_of_the_tasks_that_ran_are_shown_and_the_others_named(self):
        others = [row(f"{task.name}.x", Status.NOT_RUN) for task in TASKS if task.name != "adam"]
        text = one_line(show(report_of(row("adam.x", Status.PASSED, 1), *others)))
        assert "Bonus 10 Adam" in text
        assert "1 Dense layer" not in text
        assert "Not run: Dense layer, ReLU," in text

    def test_the_training_alone_keeps_its_row(self):
        rows = [row(f"{task.name}.x", Status.PASSED, 1) for task in TASKS if task.name != "mnist"]
        text = one_line(show(report_of(*rows, row("mnist.x", Status.NOT_RUN))))
        assert "7 MNIST" in text
        assert "Not run:" not in text


class TestWithoutColour:
    def test_passed_failed_waiting_and_not_run_have_signs_of_their_own(self):
        rows = [
            row("dense_forward.x", Status.PASSED, 1),
            row("relu_forward.x", Status.FAILED),
            row("softmax.x", Status.NOT_IMPLEMENTED, feedback=Feedback("no", ("It waits.",))),
            row("conv2d_forward.x", Status.NOT_RUN),
            row("maxpool2d_forward.x", Status.BLOCKED),
            row("sgd.x", Status.FAILED, 0.5),
        ]
        lines = show(report_of(*rows)).splitlines()
        cells = {task.title: next(line for line in lines if f" {task.title} " in line) for task in TASKS[:7]}
        ends = {title: line.split()[-2:] for title, line in cells.items()}
        assert ends == {
            "Dense layer": ["✓", "1/1"],
            "ReLU": ["✗", "0/1"],
            "Softmax cross-entropy": ["○", "0/1"],
            "Convolution": ["-", "0/1"],
            "Max-pooling": ["○", "0/1"],
            "SGD": ["✗", "0.5/1"],
            "MNIST": ["·", "·"],
        }

    def test_nothing_but_text_is_written(self, reports):
        for report in reports.values():
            assert "\x1b" not in show(report)

    def test_no_color_leaves_no_colour(self, reports):
        console = Console(
            file=io.StringIO(), width=80, force_terminal=True, color_system="truecolor", no_color=True
        )
        console.print(scorecard(reports["broken"]))
        assert not COLOUR.search(console.file.getvalue())

    def test_with_colours_the_text_is_the_same(self, reports):
        console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="truecolor")
        console.print(scorecard(reports["broken"]))
        coloured = console.file.getvalue()
        assert COLOUR.search(coloured)
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == show(reports["broken"])


class TestPoints:
    def test_an_untouched_submission_has_everything_to_earn(self, reports):
        text = one_line(show(reports["untouched"]))
        assert f"0 / 100 points + 0 / {BONUS:g} bonus" in text
        assert "What went wrong" not in text
        assert "○ Convolution 40 left write conv2d_forward" in text
        assert "○ L2 penalty 2 left write l2_penalty" in text

    def test_a_perfect_submission_has_nothing_left_but_the_training(self, reports):
        text = one_line(show(reports["perfect"]))
        assert f"90 / 100 points + {BONUS:g} / {BONUS:g} bonus" in text
        assert "MNIST 10 left train your network: grader check mnist" in text
        assert "✗" not in text
        assert "7 MNIST · · · · - 0/10 - 0/10" in text

    def test_a_full_bar_is_full_and_an_empty_one_is_empty(self):
        full, empty = (show(report_of(row("dense_forward.x", Status.PASSED, earned))) for earned in (1, 0))
        assert "━" * 40 in full
        assert "100%" in full
        assert "━" not in empty.splitlines()[2]
        assert "0%" in empty

    def test_no_points_at_all_are_no_error(self):
        assert "0 / 0 points" in show(report_of())


class TestFeedback:
    def test_the_first_failure_of_a_function_is_explained_and_the_others_are_named(self, reports):
        text = one_line(show(reports["broken"], 120))
        assert text.count("dense_forward: out has wrong values.") == 1
        assert "✗ dense_forward: out has wrong values. Called with x (3,6), w (6,4), b (4,)." in text
        assert "1 point to earn" in text
        assert "Also: " in text

    def test_a_cause_is_shown(self):
        cause = Cause("dense_forward:x", "The stride was forgotten.", "Use it.", "stride", "dense-x")
        feedback = Feedback("wrong", ("a fact",), (cause,))
        text = show(report_of(row("dense_forward.x", Status.FAILED, feedback=feedback)))
        assert "Cause: The stride was forgotten." in text
        assert "Remedy: Use it." in text

    def test_functions_beyond_the_most_are_named(self):
        rows = [row(f"function{number}.x", Status.FAILED) for number in range(12)]
        report = report_of(*rows)
        console = Console(file=io.StringIO(), width=80, color_system=None)
        console.print(scorecard(report, failures=3))
        text = one_line(console.file.getvalue())
        assert text.count("It went wrong.") == 3
        assert "And in function3, function4, function5" in text
        assert "function11." in text

    def test_a_fault_of_the_grader_is_reported_as_such(self):
        feedback = Feedback("The grader failed in this check: a bug in the grader, not in your code.")
        text = show(report_of(row("dense_forward.x", Status.GRADER_ERROR, feedback=feedback)))
        assert "a bug in the grader, not in your code" in one_line(text)

    def test_an_unusable_submission_says_why_once(self, reports):
        text = one_line(show(reports["unusable"], 200))
        assert text.count(reports["unusable"].submission.problem) == 1
        assert "What went wrong" not in text
        assert "next points" not in text

    def test_notes_are_shown(self):
        info = SubmissionInfo("ada", "", (), ("optim.py not found",))
        assert "optim.py not found" in show(Report(info, (), True, Isolation("process")))


class TestHarmlessness:
    @pytest.mark.parametrize("width", [80, 120])
    def test_signs_that_steer_a_terminal_are_replaced_and_markup_is_text(self, width):
        feedback = Feedback(NASTY, (NASTY,), (Cause("dense_forward:x", NASTY, NASTY, "relu", "relu-x"),))
        info = SubmissionInfo(NASTY, "", (NASTY,), (NASTY,), None)
        rows = (
            row("dense_forward.x", Status.FAILED, feedback=feedback),
            row("relu_forward.x", Status.BLOCKED, feedback=feedback),
            row("sgd_step.x", Status.NOT_IMPLEMENTED, feedback=feedback),
        )
        report = Report(info, rows, True, Isolation("process"), data=DataUsed("MNIST", 1, NASTY))
        for shown in (
            report,
            dataclasses.replace(report, submission=dataclasses.replace(info, problem=NASTY)),
        ):
            text = show(shown, width)
            assert not re.search(
                r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", text
            )
            assert "[red]bold[/red]" in text
            assert "\N{REPLACEMENT CHARACTER}" in text
            assert text.encode("utf-8")

    def test_what_a_real_submission_raises_is_text(self, reports):
        text = one_line(show(reports["broken"], 200))
        assert "relu_forward raised ValueError: \ufffd[2J [bold]not bold[/bold] a_very_long_word" in text


class TestFacts:
    def test_the_run_is_described(self):
        report = report_of(data=DataUsed("MNIST", 60_000, "cache"), seconds=1.25)
        text = one_line(show(report))
        assert "Time 1.2 s" in text
        assert "Data MNIST, 60,000 training images (cache)" in text
        assert "Inputs published seed: for practice, not for credit" in text
        assert "convgrade, practice" in text
        assert "Isolation process: NOT isolated" in text

    def test_a_secret_seed_is_not_called_published(self):
        text = one_line(show(dataclasses.replace(report_of(), practice=False, seed="secret words")))
        assert "Inputs secret seed" in text
        assert "practice" not in text


class TestTraining:
    def test_it_shows_how_it_ended_and_what_it_reached(self):
        text = one_line(show(report_of(training=training())))
        assert "Learning curve of network A accurate enough after 1400 steps, 5.2 s" in text
        assert "Test accuracy: 97.81% 3 of 3 thresholds reached (90%, 95%, 97%)" in text
        assert "Replaced" not in text

    @pytest.mark.parametrize("stopped", ["accurate", "steps", "time", "diverged", "audit", "error"])
    def test_every_end_has_words(self, stopped):
        assert "after 1400 steps" in show(report_of(training=training(stopped=stopped)))

    def test_the_scorecard_says_which_code_is_slow(self):
        seconds = {"conv2d_forward": 3.0, "relu_forward": 1.0}
        slow = training(own_steps=0, audited_steps=12, step_seconds=4.25, function_seconds=seconds)
        text = one_line(show(report_of(training=slow)))
        assert (
            "Right but slow: at 4.2 s a step, your functions would exceed the limit of 60 s. "
            "They took 0 of the 1400 steps" in text
        )
        assert "12 steps were compared and agree. Most of the time goes to conv2d_forward 75%, relu" in text
        assert "slow" not in show(report_of(training=training()))

    def test_replaced_functions_are_named(self):
        text = show(report_of(training=training(replaced=("conv2d_forward", "sgd_step"))))
        assert "Replaced by the reference: conv2d_forward, sgd_step" in text

    def test_a_test_set_that_was_not_read_is_not_mentioned(self):
        assert "Test accuracy" not in show(report_of(training=training(test_accuracy=None)))

    def test_a_training_without_an_evaluation_shows_no_curve(self):
        assert "Learning curve" not in show(report_of(training=training(curve=())))


def marks(curve):
    """Return (row, column) of every mark of a chart."""
    rows = [line.partition("┤")[2] for line in curve.plain.splitlines() if "┤" in line]
    return [(y, x) for y, line in enumerate(rows) for x, sign in enumerate(line) if sign == "●"]


class TestLearningCurve:
    def test_it_rises_with_the_accuracy_and_goes_right_with_the_steps(self):
        found = sorted(marks(learning_curve(training())), key=lambda mark: mark[1])
        rows = [y for y, _ in found]
        assert rows == sorted(rows, reverse=True)
        assert len(found) == 14
        assert found[-1][1] < 48 / 2

    def test_each_threshold_has_its_line(self):
        lines = learning_curve(training()).plain.splitlines()
        labelled = [line for line in lines if "%" in line]
        assert [line.split()[0] for line in labelled] == ["97%", "95%", "90%"]
        assert all("┄" in line for line in labelled)

    @pytest.mark.parametrize("start", [0.0, 0.1, 0.5, 0.7, 0.9, 0.98])
    def test_no_two_thresholds_share_a_line(self, start):
        lines = learning_curve(training(curve=((100, start), (200, start)))).plain.splitlines()
        assert [line.split()[0] for line in lines if "%" in line] == ["97%", "95%", "90%"]

    def test_the_axis_names_the_steps(self):
        last = learning_curve(training()).plain.splitlines()[-1]
        assert last.split() == ["0", "steps", "2811"]

    @pytest.mark.parametrize("accuracy", [0.0, 0.1, 0.5, 0.9, 0.99, 1.0])
    def test_a_single_evaluation_is_a_single_mark_within_the_chart(self, accuracy):
        ((y, x),) = marks(learning_curve(training(curve=((2811, accuracy),))))
        assert 0 <= y < 7
        assert x == 47

    def test_better_is_higher_also_near_the_top(self):
        heights = [
            marks(learning_curve(training(curve=((100, 0.5), (1000, accuracy)))))[0][0]
            for accuracy in (0.6, 0.9, 0.95, 0.97, 0.99)
        ]
        assert heights == sorted(heights, reverse=True)
        assert len(set(heights)) == 5
