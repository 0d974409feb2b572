"""Show the progress of a run: live in a terminal, as plain lines elsewhere."""

from __future__ import annotations

import threading
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from grader.core.results import Check, CheckResult, Status
from grader.report.words import points
from grader.run.recorder import Recorder


class LiveProgress:
    """Bars for the checks and for the training or a download, which disappear when the run is over."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._checks = self._progress.add_task("checks", total=None, detail="")
        self._other: TaskID | None = None
        self._passed = self._done = 0
        self.recorder = Recorder(
            on_start=self._start, on_result=self._result, on_training=self._training, download=self
        )

    def __enter__(self) -> LiveProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def _start(self, check: Check) -> None:
        self._progress.update(
            self._checks,
            total=len(self.recorder.checks),
            description=check.id.ljust(34),
            detail=self._detail(),
        )

    def _result(self, result: CheckResult) -> None:
        self._done += 1
        self._passed += result.status is Status.PASSED
        self._progress.update(self._checks, completed=self._done, detail=self._detail())

    def _detail(self) -> str:
        return f"{self._passed} of {self._done} passed"

    def _training(self, step: int, steps: int, accuracy: float) -> None:
        self._show("training on digits".ljust(34), step, steps, f"{accuracy:.1%} accuracy at step {step}")

    def _show(self, description: str, completed: float, total: float | None, detail: str) -> None:
        if self._other is None:
            self._other = self._progress.add_task(description, total=total, detail=detail)
        self._progress.update(
            self._other, description=description, completed=completed, total=total, detail=detail
        )

    def start(self, name: str, total_bytes: int | None) -> None:
        """Show that the download of a file begins."""
        self._show(f"downloading {name}", 0, total_bytes, "")

    def advance(self, received_bytes: int) -> None:
        """Add received bytes to the bar of the download."""
        if self._other is not None:
            self._progress.advance(self._other, received_bytes)

    def message(self, text: str) -> None:
        """Print a message above the bars."""
        self._progress.console.print(text, style="dim", markup=False, highlight=False)


class PlainProgress:
    """Prints a line for each task, for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._task: str | None = None
        self._results: list[CheckResult] = []
        self._lock = threading.Lock()
        self.recorder = Recorder(
            on_start=self._start, on_result=self._results.append, on_training=self._training, download=self
        )

    def __enter__(self) -> PlainProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish_task()

    def _print(self, text: str) -> None:
        with self._lock:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _start(self, check: Check) -> None:
        if check.task != self._task:
            self._finish_task()
            self._task = check.task

    def _finish_task(self) -> None:
        if self._results:
            passed = sum(result.status is Status.PASSED for result in self._results)
            earned = sum(result.earned for result in self._results)
            possible = sum(result.check.points for result in self._results)
            count = len(self._results)
            self._print(
                f"{self._task}: {passed} of {count} passed, {points(earned)} of {points(possible)} points"
            )
            self._results.clear()

    def _training(self, step: int, steps: int, accuracy: float) -> None:
        if step % 500 == 0:
            self._print(f"training: step {step} of at most {steps}, {accuracy:.1%} accuracy")

    def start(self, name: str, total_bytes: int | None) -> None:
        """Print that a download begins."""
        self._print(f"downloading {name}" + (f", {total_bytes:,} bytes" if total_bytes else ""))

    def advance(self, received_bytes: int) -> None:
        """Print nothing, because a log needs no bar."""

    def message(self, text: str) -> None:
        """Print a message."""
        self._print(text)


def progress_for(console: Console) -> LiveProgress | PlainProgress:
    """Return the display that suits a console."""
    # colours may be forced where there is no terminal, but in a log no bar can move
    live = console.is_interactive and console.file.isatty()
    return LiveProgress(console) if live else PlainProgress(console)
