"""The names of a program's variables where a function is called more than once."""

from __future__ import annotations

_AGAIN, _OF_OTHERS = " again", " of others"


def again(name: str) -> str:
    """Return the name for a result of the same call when it is made a second time."""
    return name + _AGAIN


def of_others(name: str) -> str:
    """Return the name for an argument or a result of a call for other inputs."""
    return name + _OF_OTHERS


def first_of(name: str) -> str:
    """Return the name that :func:`again` was given; return other names as they are."""
    return name.removesuffix(_AGAIN)
