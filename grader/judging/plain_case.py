"""What is wrong in the plain case, so that checks of other options do not charge for it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.core.errors import MissingAnswerError
from grader.judging.compare import TOLERANCE, compare, without_extra_axes
from grader.worker.values import WireValue

Known = Callable[..., Any]
"""does what a function does with a known mistake; a backward function takes the arguments of its forward
function and then ``dout``, and the options"""

ResultsWith = Callable[[Known], Mapping[str, np.ndarray]]
"""returns the results of a call, by name, if it were made with a known mistake"""


@dataclass(frozen=True)
class PlainCase:
    """What is wrong with the results of a function in the plain case, which has its own checks.

    ``wrong`` has the ids of the checks that found a result wrong, by the name of the result. ``known`` holds,
    for those that known mistakes explain, functions of this process that make such a mistake.
    """

    wrong: Mapping[str, Sequence[str]] = field(default_factory=dict)
    known: Mapping[str, Sequence[Known]] = field(default_factory=dict)

    def to_judge(
        self,
        received: Mapping[str, WireValue],
        results_with: ResultsWith,
        tolerance: float = TOLERANCE,
        scale: float | None = None,
    ) -> tuple[dict[str, WireValue], list[str]]:
        """Return the results that a check of other options judges.

        Parameters
        ----------
        received
            Results of the function by name.
        results_with
            Function that returns the results of the same call with a known mistake.
        tolerance, scale
            See :func:`grader.judging.compare.compare`.

        Returns
        -------
        to_judge : dict
            All results but those that were wrong in the plain case for an unknown reason, or that a known
            mistake gives for these options, too.
        waiting : list of str
            The names of those that nothing can be said about as long as the plain case is wrong: its mistake
            is not known, what it gives for these options was not recorded, or it computes nothing.
        """
        if not self.wrong or all(_is_constant(value) for value in received.values()):
            return dict(received), []
        left, waiting = {}, []
        for name, value in received.items():
            if name not in self.wrong:
                left[name] = value
                continue
            # that a mistake computes nothing is no reason to earn anything
            computed = () if _is_constant(value) else self.known.get(name, ())
            given = [_gives(known, results_with, name, value, tolerance, scale) for known in computed]
            if any(given):
                continue
            if not given or None in given:
                waiting.append(name)
            else:
                left[name] = value
        return left, waiting


def _is_constant(value: WireValue) -> bool:
    """Whether an array has one value everywhere: where all results are so, there is no result yet."""
    return isinstance(value, np.ndarray) and value.size > 1 and bool((value == value.flat[0]).all())


def _gives(
    known: Known,
    results_with: ResultsWith,
    name: str,
    received: WireValue,
    tolerance: float,
    scale: float | None,
) -> bool | None:
    """Whether a known mistake gives a received result, too; None if that was not recorded."""
    try:
        found = results_with(known)[name]
        received = without_extra_axes(received, found)
        floating = found.dtype.kind == "f"
        mismatch = compare(name, received, found, tolerance=tolerance, scale=scale, floating=floating)
    except MissingAnswerError:
        return None
    except Exception:
        # a wrong function may raise anything
        return False
    return mismatch is None
