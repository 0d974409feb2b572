"""What it means that a function raised: the kind of the exception, whatever its text."""

from __future__ import annotations

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
    if error.refused:
        kind = REFUSED
    elif any(text in str(error) for text in NOT_WHOLE_TEXTS):
        kind = NOT_WHOLE
    else:
        kind = FAMILIES.get(error.raised, error.raised)
    return f"{error.function} {kind}"
