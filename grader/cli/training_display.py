"""The display of a training in a terminal and in a log."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from grader.training.experiment import Trained
from grader.training.sweep import Configuration
from grader.training.trainer import Trainer

ENDINGS = {
    "epochs": "",
    "seconds": "ended because the time was up",
    "stopped": "stopped; --resume continues it",
    "diverged": "ended because the loss is no longer a number; try a smaller --lr",
}
"""what is said about trainings, by why they ended"""


class TrainingDisplay:
    """A bar with rate, time left, loss and accuracy in a terminal; a line for each epoch elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = console.is_interactive and console.file.isatty()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}"),
            console=console,
            transient=True,
            disable=not self._live,
        )
        self._task = self._progress.add_task("", total=None, detail="")
        self._name = ""

    def __enter__(self) -> TrainingDisplay:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def start(self, name: str, trainer: Trainer) -> None:
        """Show a training that begins or is resumed."""
        self._name = name
        self._progress.reset(self._task, total=trainer.steps, description=name, detail="")
        self._progress.update(self._task, completed=trainer.state.step)
        if trainer.state.step:
            self._print(f"{name}: resumed at step {trainer.state.step:,} of {trainer.steps:,}")

    def step(self, trainer: Trainer) -> None:
        """Show a step."""
        state = trainer.state
        if self._live:
            self._progress.update(self._task, completed=self._share(trainer), detail=self._detail(trainer))
        elif state.step % trainer.steps_in_epoch == 0:
            epoch = state.step // trainer.steps_in_epoch
            self._print(f"{self._name}: epoch {epoch} of {trainer.settings.epochs}, {self._detail(trainer)}")

    def _share(self, trainer: Trainer) -> float:
        """Return the steps done, or the share of the time that has passed in steps, whichever is more."""
        limit = trainer.settings.seconds
        passed = trainer.state.seconds / limit * trainer.steps if limit else 0.0
        return max(trainer.state.step, passed)

    @staticmethod
    def _detail(trainer: Trainer) -> str:
        state = trainer.state
        rate = state.step * trainer.settings.batch / max(state.seconds, 1e-9)
        parts = [f"{rate:,.0f} images/s"]
        if state.losses or state.points:
            recent = state.losses[-100:]
            parts.append(f"loss {np.mean(recent) if recent else state.points[-1].loss:.3f}")
        if state.points:
            parts.append(f"{state.points[-1].accuracy:.1%} accuracy")
        return ", ".join(parts)

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def results_table(trainings: Sequence[tuple[str, Trained]], data: str) -> Table:
    """Return a table with a row for each training, by name."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("Network", overflow="fold")
    for heading in ("Weights", "Steps", "Seconds", "s/epoch", "s to 97 %", "Loss", f"{data} accuracy"):
        table.add_column(heading, justify="right")
    for name, trained in trainings:
        reached = trained.seconds_to(0.97)
        table.add_row(
            name,
            f"{trained.parameters:,}",
            f"{trained.step:,}",
            f"{trained.seconds:.1f}",
            f"{trained.epoch_seconds:.1f}",
            "-" if reached is None else f"{reached:.1f}",
            f"{trained.points[-1].loss:.3f}" if trained.points else "-",
            f"[bold]{trained.test_accuracy:.2%}[/]",
        )
    return table


def comparison_table(results: Sequence[tuple[Configuration, dict[str, Any]]], data: str) -> Table:
    """Return a table with a row for each configuration and its result."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("Configuration", overflow="fold")
    for heading in ("Weights", "s/epoch", "s to 97 %", "Loss", f"{data} accuracy"):
        table.add_column(heading, justify="right")
    best = max((result["test_accuracy"] for _, result in results), default=0.0)
    group = None
    for configuration, result in results:
        if configuration.group != group:
            if group is not None:
                table.add_section()
            group = configuration.group
            if group:
                table.add_row(f"[dim]{group}[/]")
        reached, accuracy = result["seconds_to_97_percent"], f"{result['test_accuracy']:.2%}"
        stopped = " [dim](stopped)[/]" if result["ended"] == "stopped" else ""
        table.add_row(
            ("  " if group else "") + escape(configuration.name) + stopped,
            f"{result['parameters']:,}",
            f"{result['epoch_seconds']:.1f}",
            "-" if reached is None else f"{reached:.1f}",
            f"{result['test_loss']:.3f}",
            f"[bold green]{accuracy}[/]" if result["test_accuracy"] == best else accuracy,
        )
    return table
