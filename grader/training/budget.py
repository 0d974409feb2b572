"""What the training of the accuracy check may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingBudget:
    """Steps of ``batch`` images, seconds of the student's time, and when to evaluate and to stop."""

    steps: int = 2811
    batch: int = 64
    seconds: float | None = None
    """None: the larger of ``least_seconds`` and ``times_reference`` times what the reference would need"""
    least_seconds: float = 60.0
    most_seconds: float = 300.0
    times_reference: float = 10.0
    evaluate_every: int = 100
    held_back: int = 2000
    stop_margin: float = 0.006
    """above the top threshold, on average over two evaluations: enough for the test set to agree"""
    too_slow: float = 3.0
    """times the budget: code that would need more is only compared (a third of the steps is enough)"""
    compared_share: float = 1 / 64
    compared_steps: int = 12
    """at most"""

    def limit(self, step_seconds: float) -> float:
        """Return the seconds that the student's functions may take, given those of a reference step."""
        if self.seconds is not None:
            return self.seconds
        needed = self.times_reference * self.steps * step_seconds
        return min(self.most_seconds, max(self.least_seconds, needed))

    def is_enough(self, accuracies: Sequence[float], thresholds: Sequence[float]) -> bool:
        """Return whether accuracies on held-back images show that the top threshold is surely reached."""
        recent = accuracies[-2:]
        return len(recent) == 2 and sum(recent) / 2 >= thresholds[-1] + self.stop_margin
