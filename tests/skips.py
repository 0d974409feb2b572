"""A pytest plugin for where everything is installed: a run in which a test was skipped fails."""

from __future__ import annotations

import os
import re

import pytest


class Skips:
    """Remembers the tests that were skipped, and fails the run if there are any.

    It accepts two reasons: the want of the real images, which are not part of the project, and that a test is
    for root or for a normal user alone, since CI runs them as both.
    """

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skipped test."""
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a skipped module."""
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = str(report.longrepr)
            no_images = "MNIST_DIR is not set" in reason and "MNIST_DIR" not in os.environ
            other_user = re.search(r"\broot\b", reason.rpartition("Skipped: ")[2]) is not None
            if not no_images and not other_user:
                self.names.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail."""
        if self.names:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say why."""
        for name in self.names:
            terminalreporter.write_line(f"skipped, which CONVGRADE_FORBID_SKIPS forbids: {name}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    """Watch if the environment asks for it.

    Where tests run in several processes, the first hears of all of them, and its exit code counts.
    """
    in_a_worker = hasattr(config, "workerinput")
    if os.environ.get("CONVGRADE_FORBID_SKIPS") and not in_a_worker:
        config.pluginmanager.register(Skips())
