"""Checking again after every save: what it shows, and what a save has fixed or broken."""

import io
import sys
import threading

import pytest
from rich.console import Console

from grader.cli.check_on_save import changes, progress_line, screen, watch_and_check
from grader.core.assignment import TASKS
from grader.core.errors import GraderError
from grader.core.results import Check, CheckResult, Feedback, Isolation, Kind, Report, Status, SubmissionInfo

PASSED, FAILED, NOT_RUN = Status.PASSED, Status.FAILED, Status.NOT_RUN
NAMES = ("dense_forward.values", "dense_forward.shape", "relu_forward.values")


def report(*statuses):
    results = tuple(
        CheckResult(
            Check(name, name.partition("_")[0], Kind.VALUES, 1.0, "title"),
            status,
            feedback=None if status in (PASSED, NOT_RUN) else Feedback("It is wrong."),
        )
        for name, status in zip(NAMES, statuses, strict=True)
    )
    bonus = frozenset(task.name for task in TASKS if task.bonus)
    nothing = SubmissionInfo("mine", "", ())
    return Report(nothing, results, True, Isolation("process"), {}, None, None, bonus, 0.1)


def test_the_first_result_has_nothing_to_compare_with():
    assert progress_line(None, report(PASSED, FAILED, FAILED)).plain == ""


def test_what_was_fixed_and_what_was_broken_is_named():
    line = progress_line(report(FAILED, PASSED, PASSED), report(PASSED, FAILED, PASSED))
    assert line.plain == (
        "Fixed by this save: dense_forward.values\nBroken by this save: dense_forward.shape"
    )
    assert any("green" in str(span.style) for span in line.spans)
    assert any("red" in str(span.style) for span in line.spans)


def test_checks_that_were_not_run_are_neither():
    line = progress_line(report(PASSED, NOT_RUN, FAILED), report(NOT_RUN, PASSED, FAILED))
    assert line.plain == "This save changed nothing."


def shown(renderable):
    console = Console(file=io.StringIO(), width=100)
    console.print(renderable)
    return console.file.getvalue()


def test_the_screen_says_what_is_watched_and_how_to_end(tmp_path):
    text = shown(screen(report(PASSED, FAILED, FAILED), None, tmp_path))
    assert "Ctrl-C to stop" in text
    assert "Watching" in text


def test_every_save_is_checked_and_compared_with_the_one_before(tmp_path):
    reports = iter(
        [report(FAILED, FAILED, FAILED), report(PASSED, FAILED, FAILED), report(PASSED, PASSED, FAILED)]
    )
    console = Console(file=io.StringIO(), width=100)
    watch_and_check(tmp_path, lambda: next(reports), console, iter([None, None]))
    text = console.file.getvalue()
    assert "Fixed by this save: dense_forward.values" in text
    assert "Fixed by this save: dense_forward.shape" in text


def test_ctrl_c_ends_it_without_a_traceback(tmp_path):
    def interrupted():
        yield
        raise KeyboardInterrupt

    console = Console(file=io.StringIO(), width=100)
    watch_and_check(tmp_path, lambda: report(PASSED, PASSED, PASSED), console, interrupted())
    assert console.file.getvalue().endswith("stopped\n")


def test_without_watchfiles_the_message_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with pytest.raises(GraderError, match=r"pip install 'convgrade\[watch\]'"):
        next(changes(tmp_path))


@pytest.mark.parametrize("replaced", [False, True])
def test_a_real_save_is_seen_and_other_files_are_not(tmp_path, replaced):
    """Editors write a file in place, or write another one and rename it."""
    pytest.importorskip("watchfiles")
    source = tmp_path / "layers.py"
    source.write_text("before\n")
    seen = changes(source)
    done = threading.Event()

    def save():
        count = 0
        # the watch begins at some time after this: so again and again until it was seen
        while not done.wait(0.05):
            count += 1
            (tmp_path / "notes.txt").write_text(str(count))
            if replaced:
                (tmp_path / "layers.py.part").write_text(str(count))
                (tmp_path / "layers.py.part").replace(source)
            else:
                source.write_text(str(count))

    writer = threading.Thread(target=save)
    writer.start()
    try:
        assert next(seen) is None
    finally:
        done.set()
        writer.join()
        seen.close()
