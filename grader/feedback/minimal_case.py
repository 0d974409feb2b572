"""Search for the smallest case on which a function is still wrong, by cropping its inputs axis by axis."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.feedback.recording import RecordedCall, arrays_of, forward_entry, last_call
from grader.judging.calls import describe_backward_call, describe_call, named_results
from grader.judging.compare import Mismatch, compare
from grader.reference.functions import reference
from grader.worker.caller import Caller

AXES: Mapping[str, tuple[str, ...]] = {
    "dense_forward": ("ND", "DM", "M"),
    "conv2d_forward": ("NCHW", "FCIJ", "F"),
    "maxpool2d_forward": ("NCHW",),
    "softmax_cross_entropy": ("NK", "N"),
}
"""for each function, a letter for each axis of each argument: axes with one letter are cropped together"""

Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class _Sizes:
    letters: tuple[str, ...]
    sizes: Mapping[str, int]

    def crop(self, arguments: Arrays) -> Arrays:
        """Return the leading corner of every argument."""
        cropped = []
        for array, letters in zip(arguments, self.letters, strict=True):
            cropped.append(np.ascontiguousarray(array[tuple(slice(self.sizes[x]) for x in letters)]))
        return tuple(cropped)


def smallest(
    function: str, arguments: Arrays, fails: Callable[[Arrays], bool], most_trials: int = 60
) -> Arrays | None:
    """Return the smallest corner of some arguments that still fails.

    Parameters
    ----------
    function
        Name of the function that takes the arguments: for a gradient, the forward function.
    arguments
        Arguments that fail.
    fails
        Function that says whether other arguments fail, too; it returns False if they are not valid.
    most_trials
        Largest number of calls of ``fails``.

    Returns
    -------
    tuple of ndarray or None
        The smaller arguments, or None if nothing smaller fails.
    """
    letters = AXES.get(function) or tuple("abcdefgh"[: array.ndim] for array in arguments)
    current = _Sizes(
        letters,
        {
            x: size
            for array, axes in zip(arguments, letters, strict=True)
            for x, size in zip(axes, array.shape, strict=True)
        },
    )
    start, before = current, None
    trials = 0
    # a smaller kernel may allow a smaller image: repeat until nothing changes
    while current is not before:
        before = current
        for letter in current.sizes:
            for size in range(1, current.sizes[letter]):
                if trials == most_trials:
                    break
                trials += 1
                smaller = _Sizes(letters, {**current.sizes, letter: size})
                if fails(smaller.crop(arguments)):
                    current = smaller
                    break
    return None if current is start else current.crop(arguments)


def describe_last(recorded_calls: Sequence[RecordedCall]) -> str:
    """Return in words how the last of some recorded calls was made."""
    last, made = recorded_calls[-1].calls[0], forward_entry(recorded_calls)
    arguments, options = tuple(arrays_of(made).values()), made.calls[0].options
    dout = arrays_of(recorded_calls[-1]).get("dout")
    if made is not recorded_calls[-1] and dout is not None:
        return describe_backward_call(last.function, arguments, dout, options)
    return describe_call(last.function, arguments, options)


def minimal_case_sentence(student: Caller, recorded_calls: Sequence[RecordedCall], value: str) -> str | None:
    """Return a sentence about the smallest inputs for which a recorded call still gives a wrong value.

    Parameters
    ----------
    student
        Caller of the submission, for calls with smaller inputs.
    recorded_calls
        Calls of a check, of which the last one was found wrong.
    value
        Name of the wrong result.

    Returns
    -------
    str or None
        The sentence, or None if no smaller inputs fail.
    """
    call = last_call(recorded_calls)
    if call is None or value not in FUNCTIONS[call.function].returns:
        return None
    backward, forward = FUNCTIONS[call.function].is_backward, FUNCTIONS[call.function].forward
    arguments, options = call.arguments, call.options

    def wrong(arguments: Arrays) -> Mismatch | None:
        """Return how the value is wrong; raise if the arguments are not valid."""
        copies = [array.copy() for array in arguments]
        if not backward:
            expected = named_results(forward, reference(forward)(*copies, **options))[value]
            received = student.call(forward, arguments, [value], **options).values[value]
            return compare(value, received, expected)
        out, cache = reference(forward)(*copies, **options)
        dout = np.random.RandomState(0).standard_normal(out.shape)
        expected = named_results(call.function, reference(call.function)(dout, cache))[value]
        handle = student.call(forward, arguments, [], kept=["cache"], **options).handles["cache"]
        return compare(value, student.call(call.function, (dout, handle), [value]).values[value], expected)

    def mismatch(arguments: Arrays) -> Mismatch | None:
        # sizes that the reference rejects, or another failure of the student's, which does not count here
        with contextlib.suppress(Exception):
            return wrong(arguments)
        return None

    whole = mismatch(arguments)
    if whole is None:
        return None

    def fails(cropped: Arrays) -> bool:
        found = mismatch(cropped)
        return found is not None and found.kind is whole.kind

    found = smallest(forward, arguments, fails)
    return None if found is None else f"It still fails with {describe_call(forward, found, options)}."
