"""Names and arguments that NumPy no longer has, and what takes their place.

Source: https://numpy.org/doc/stable/numpy_2_0_migration_guide.html and the release notes of later versions.
"""

from __future__ import annotations

import re

RENAMED = {
    "Inf": "np.inf",
    "Infinity": "np.inf",
    "NAN": "np.nan",
    "NINF": "-np.inf",
    "NaN": "np.nan",
    "PINF": "np.inf",
    "alen": "len",
    "alltrue": "np.all",
    "asfarray": "np.asarray with dtype=float",
    "asscalar": "the method item()",
    "bool8": "np.bool_",
    "cast": "np.asarray with a dtype",
    "complex": "complex or np.complex128",
    "complex_": "np.complex128",
    "cumproduct": "np.cumprod",
    "find_common_type": "np.result_type",
    "float": "float or np.float64",
    "float_": "np.float64",
    "in1d": "np.isin",
    "infty": "np.inf",
    "int": "int or np.int64",
    "int0": "np.intp",
    "mat": "np.asarray",
    "msort": "np.sort with axis=0",
    "object": "object",
    "product": "np.prod",
    "rank": "np.ndim",
    "round_": "np.round",
    "sometrue": "np.any",
    "str": "str",
    "string_": "np.bytes_",
    "trapz": "np.trapezoid",
    "unicode_": "np.str_",
}
"""what ``np.NAME`` is called today"""

METHODS = {
    "itemset": "an assignment, a[index] = value",
    "newbyteorder": "a.view(a.dtype.newbyteorder())",
    "ptp": "np.ptp(a)",
    "tostring": "a.tobytes()",
}
"""what takes the place of a method of arrays"""

ARGUMENTS = {"interpolation": "method", "newshape": "shape", "normed": "density"}
"""what an argument is called today"""

_NAME = re.compile(r"module 'numpy' has no attribute '(\w+)'|`np\.(\w+)` was removed")
_METHOD = re.compile(
    r"'numpy\.ndarray' object has no attribute '(\w+)'|`(\w+)` was removed from the ndarray class"
)
_ARGUMENT = re.compile(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'")


def renamed(kind: str, text: str) -> str | None:
    """Return what an exception says about a name that NumPy has removed.

    Parameters
    ----------
    kind
        Class of the exception.
    text
        Its text.

    Returns
    -------
    str or None
        A sentence with the new name; None if the exception is about something else.
    """
    if kind == "AttributeError":
        for pattern, table, prefix in ((_NAME, RENAMED, "np."), (_METHOD, METHODS, "the method ")):
            found = pattern.search(text)
            name = found and (found[1] or found[2])
            if name in table:
                return f"NumPy has removed {prefix}{name}: use {table[name]} instead."
    if kind == "TypeError" and (found := _ARGUMENT.search(text)) and found[2] in ARGUMENTS:
        return f"NumPy has renamed the argument {found[2]} of {found[1]}: it is {ARGUMENTS[found[2]]} today."
    if kind == "ValueError" and "Unable to avoid copy" in text:
        return "Since NumPy 2, copy=False forbids a copy: use np.asarray, which copies only where it must."
    return None
