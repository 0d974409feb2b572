"""A learning curve in a few lines of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.text import Text

from grader.core.results import TrainingResult

WIDTH = 48
ROWS = 7
LEAST_ERROR = 0.01
MOST_ERROR = 0.4
"""larger errors lie on the bottom row: with a wider scale two thresholds would share a row"""


def _row(accuracy: float, most_error: float) -> int:
    """Return the row of an accuracy, counted from the top: errors on a logarithmic scale."""
    error = min(max(1 - accuracy, LEAST_ERROR), most_error)
    share = math.log(error / LEAST_ERROR) / math.log(most_error / LEAST_ERROR)
    return round(share * (ROWS - 1))


def learning_curve(training: TrainingResult) -> Text:
    """Return a chart of accuracy against steps, with a line for each threshold.

    The scale is logarithmic in the error, so that 90, 95 and 97 % lie well apart.
    """
    most_error = min(max([0.2, *(1 - accuracy for _, accuracy in training.curve)]), MOST_ERROR)
    columns = _columns(training.curve, training.most_steps)
    thresholds = {_row(least, most_error): least for least in training.thresholds}
    text = Text()
    for row in range(ROWS):
        label = f"{thresholds[row]:.0%}" if row in thresholds else ""
        text.append(f"{label:>5} ", style="dim").append("┤", style="dim")
        for column in range(WIDTH):
            accuracy = columns.get(column)
            if accuracy is not None and _row(accuracy, most_error) == row:
                text.append("●", style="cyan")
            else:
                text.append("┄" if row in thresholds else " ", style="dim")
        text.append("\n")
    last = f"{training.most_steps}"
    text.append(f"{'':6}└{'─' * WIDTH}\n", style="dim")
    text.append(f"{'':7}0{'steps':^{WIDTH - 1 - len(last)}}{last}", style="dim")
    return text


def _columns(curve: Sequence[tuple[int, float]], most_steps: int) -> dict[int, float]:
    """Return the last accuracy that falls into each column."""
    return {min(int(step / most_steps * WIDTH), WIDTH - 1): accuracy for step, accuracy in curve}
