"""Marks for the parameters of tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet


def slowly(cases: Iterable[Any], quick: Iterable[Any] = ()) -> list[ParameterSet]:
    """Return cases of one parameter, all but the quick ones marked as slow."""
    chosen = list(quick)
    return [pytest.param(case, marks=() if case in chosen else pytest.mark.slow) for case in cases]
