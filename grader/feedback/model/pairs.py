"""Two mistakes in one value: pairs of wrong versions that explain together what none explains alone."""

from __future__ import annotations

import numpy as np

LEAST_EVIDENCE = 2
"""probes in which one version of a pair is wrong, the other right, and the submission like the former"""
MOST_USEFUL = 60
"""versions that may explain a part: where more do, too little was seen"""


def explaining_together(agreeing: np.ndarray, right: np.ndarray, judged: np.ndarray) -> list[int]:
    """Return the versions without which no pair explains a value.

    Where neither version of a pair is wrong the submission must be right, and where one is, it must give the
    same. Where both are wrong nothing can be said without running them together.

    Parameters
    ----------
    agreeing
        Whether the submission gives what a version gives, shape (V, P); the first is the right function.
    right
        Whether a version is right, shape (V, P).
    judged
        Which probes say something, shape (P,).

    Returns
    -------
    list of int
        Two numbers where one pair alone explains the value; one where several pairs have it in common.
    """
    wrong_there = judged & ~agreeing[0]
    right_there = judged & agreeing[0]
    useful = (agreeing & ~right & wrong_there).sum(axis=1) >= LEAST_EVIDENCE
    useful &= ~(~right & right_there).any(axis=1)
    numbers = np.flatnonzero(useful)
    if len(numbers) > MOST_USEFUL:
        return []
    found = [
        {int(first), int(second)}
        for position, first in enumerate(numbers)
        for second in numbers[position + 1 :]
        if _explain(agreeing[[first, second]], right[[first, second]], wrong_there)
    ]
    return sorted(set.intersection(*found)) if found else []


def _explain(agreeing: np.ndarray, right: np.ndarray, wrong_there: np.ndarray) -> bool:
    """Whether two versions, shape (2, P) each, explain what is wrong."""
    # where both are right, nothing could be wrong
    if (right.all(axis=0) & wrong_there).any():
        return False
    alone = ~right & right[::-1] & wrong_there
    return bool((agreeing | ~alone).all() and alone.sum(axis=1).min() >= LEAST_EVIDENCE)
