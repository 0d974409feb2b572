"""Collect the checks as pytest does, without running them."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from grader.core.errors import GraderError
from grader.core.kit import CHECKS
from grader.core.results import Check
from grader.core.seed import Seed
from grader.judging.runnable import RunnableCheck

UNNEEDED = (
    "cacheprovider",
    "debugging",
    "doctest",
    "faulthandler",
    "junitxml",
    "legacypath",
    "logging",
    "pastebin",
    "setuponly",
    "setupplan",
    "stepwise",
    "terminal",
    "threadexception",
    "unittest",
    "unraisableexception",
)
"""pytest's own plugins that no check uses; together they take a tenth of the time of all checks"""

UNWANTED_VARIABLES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


def base_arguments() -> list[str]:
    """Return the arguments with which pytest finds the checks, whatever folder it runs in."""
    return [
        str(CHECKS),
        f"--rootdir={CHECKS}",
        # the settings of the user's current folder must not matter
        f"--config-file={CHECKS / 'pytest.ini'}",
        "--import-mode=importlib",
        "--assert=plain",
        *(f"-pno:{plugin}" for plugin in UNNEEDED),
    ]


@contextlib.contextmanager
def undisturbed() -> Iterator[io.StringIO]:
    """Keep plugins and options of the environment away from pytest; yield a stream with its output."""
    kept = {name: os.environ.pop(name) for name in UNWANTED_VARIABLES if name in os.environ}
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield printed
    finally:
        os.environ.update(kept)
        if before is None:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        else:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = before


class _Collector:
    """A pytest plugin that takes over the checks that their own plugin collected."""

    def __init__(self) -> None:
        self.found: tuple[RunnableCheck, ...] = ()
        self.described: tuple[Check, ...] = ()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        from grader.run.plugin import RECORDER, RUNNABLE

        self.found = session.config.stash[RUNNABLE]
        self.described = tuple(session.config.stash[RECORDER].checks)


@cache
def _collected() -> _Collector:
    collector = _Collector()
    with undisturbed() as printed:
        code = pytest.main([*base_arguments(), "--collect-only", "--capture=no"], plugins=[collector])
    if code != pytest.ExitCode.OK or not collector.found:
        raise GraderError(f"the checks cannot be loaded:\n{printed.getvalue().strip()}")
    return collector


def described_checks() -> dict[str, Check]:
    """Return what is checked and what it is worth, by id, for all checks in the order of the assignment."""
    return {check.id: check for check in _collected().described}


def runnable_checks(seed: Seed) -> dict[str, RunnableCheck]:
    """Return the checks that need only inputs and functions, by id, in the order in which they are written.

    Parameters
    ----------
    seed
        Seed of all inputs.

    Raises
    ------
    GraderError
        If the modules of checks cannot be imported.
    """
    return {check.id: replace(check, seed=seed) for check in _collected().found}
