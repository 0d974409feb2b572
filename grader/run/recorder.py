"""Records a run as it happens: the checks, and a result for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from grader.core.results import (
    Check,
    CheckResult,
    DataUsed,
    Feedback,
    Status,
    SubmissionInfo,
    TrainingResult,
)
from grader.core.seed import Seed


@dataclass(eq=False)
class Recorder:
    """Collects the results of a run; register it as a pytest plugin to read them afterwards.

    ``on_start``, ``on_result`` and ``on_training`` are called for checks that start, for results, and for
    evaluations of the training; ``download`` shows the progress of a download. ``seed`` is the seed of the
    run; if it is None, the options of pytest decide.
    """

    on_start: Callable[[Check], None] | None = None
    on_result: Callable[[CheckResult], None] | None = None
    on_training: Callable[[int, int, float], None] | None = None
    download: Any = None
    checks: list[Check] = field(default_factory=list)
    results: dict[str, CheckResult] = field(default_factory=dict)
    seed: Seed | None = None
    submission: SubmissionInfo | None = None
    data: DataUsed | None = None
    training: TrainingResult | None = None
    internal_errors: list[str] = field(default_factory=list)
    broken_modules: list[str] = field(default_factory=list)
    interrupted: bool = False
    last_task: str | None = None

    def record(self, result: CheckResult) -> None:
        """Keep a result; one from a later phase of the same check replaces it."""
        self.results[result.check.id] = result
        if self.on_result is not None:
            self.on_result(result)

    def replace(self, result: CheckResult) -> None:
        """Replace an earlier result by one that says more, without a call of ``on_result``."""
        self.results[result.check.id] = result

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember a module of checks that cannot be imported, because it would silently lower the total."""
        if report.failed:
            self.broken_modules.append(f"{report.nodeid}\n{report.longreprtext}")

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that the user stopped the run."""
        self.interrupted = True

    def complete(self) -> tuple[CheckResult, ...]:
        """Return one result for each check, in order; checks that never ran have the status NOT_RUN."""
        not_run = Feedback("Not run.")
        return tuple(
            self.results.get(check.id) or CheckResult(check, Status.NOT_RUN, feedback=not_run)
            for check in self.checks
        )
