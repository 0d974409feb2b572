"""What it means that a function raised: the kind of the exception, whatever its text."""

from __future__ import annotations

import re

from grader.core.errors import CheckStoppedError

FAMILIES = {
    "UnboundLocalError": "NameError",
    "UFuncTypeError": "TypeError",
    "_UFuncNoLoopError": "TypeError",
    "_UFuncOutputCastingError": "TypeError",
    "_UFuncInputCastingError": "TypeError",
    "AxisError": "ValueError",
    "LinAlgError": "ValueError",
}
"""exceptions that mean the same as another"""

NOT_WHOLE = "not a whole number"
"""stands for all exceptions of Python and NumPy about a float in the place of an integer"""

NOT_WHOLE_TEXTS = (
    "'float' object cannot be interpreted as an integer",
    "only integers, slices",
    "arrays used as indices must be of integer",
    "slice indices must be integers",
    "'numpy.float64' object cannot be interpreted as an integer",
)

ON_PURPOSE = re.compile(r"line \d+: (raise|assert)\b")
"""a fact that says where an exception was raised, and by what"""

REFUSED = "refused"
"""stands for all exceptions that a function raises on purpose"""


def kind_of(error: CheckStoppedError) -> str:
    """Return which function ended a call, and how: two mistakes that are the same raise alike.

    An exception counts by its class; one that was raised on purpose, by ``assert`` or ``raise``, counts as a
    refusal whatever its class is.

    Parameters
    ----------
    error
        What ended the call.

    Returns
    -------
    str
    """
    if error.raised is None:
        return str(error)
    if any(text in str(error) for text in NOT_WHOLE_TEXTS):
        return f"{error.function} {NOT_WHOLE}"
    refused = error.raised == "AssertionError" or any(map(ON_PURPOSE.search, error.feedback.facts[:1]))
    return f"{error.function} {REFUSED if refused else FAMILIES.get(error.raised, error.raised)}"
