"""Check what a function must not do: change its arguments, or remember earlier calls."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError
from grader.core.results import Feedback
from grader.judging import compare
from grader.judging.calls import (
    describe_backward_call,
    describe_call,
    parameter_names,
    results_of,
)
from grader.judging.judge import Arrays, Forward, Judge, as_blocked, fail
from grader.judging.variables import again, of_others
from grader.worker.caller import Handle
from grader.worker.program import Call
from grader.worker.values import WireValue


def unchanged(judge: Judge, function: str, *arguments: np.ndarray, **options: Any) -> None:
    """Check that a function leaves its arguments alone and repeats its results for the same inputs."""
    returns = FUNCTIONS[function].returns
    names = parameter_names(function, arguments)
    compared = results_of(function, None)
    inputs = dict(zip(names, arguments, strict=True))
    values = judge.student.run([Call(function, names, returns, options)], inputs, [*names, *compared]).values
    called = describe_call(function, arguments, options)
    for name, array in inputs.items():
        _same(function, called, name, array, values[name])
    _computed(function, [values[name] for name in compared])
    # call it again, and then for other inputs of the same shapes: the first results must not change
    repeats = [again(name) for name in compared]
    others = tuple(of_others(name) for name in names)
    calls = [
        Call(function, names, tuple(again(name) for name in returns), options),
        Call(function, others, tuple(of_others(name) for name in returns), options),
    ]
    other_inputs = {name: array[::-1].copy() for name, array in zip(others, arguments, strict=True)}
    repeated = judge.student.run(calls, {**inputs, **other_inputs}, repeats).values
    for name in compared:
        _repeated(function, called, name, values[name], repeated[again(name)])


def unchanged_by_backward(
    judge: Judge, function: str, *arguments: np.ndarray, dout: np.ndarray, **options: Any
) -> None:
    """Check that a backward function changes neither dout nor the cache, so that it can be called twice."""
    forward = FUNCTIONS[function].forward
    names = parameter_names(forward, arguments)
    inputs = dict(zip(names, arguments, strict=True))
    first = Call(forward, names, FUNCTIONS[forward].returns, options)
    try:
        before = judge.student.run([first], inputs, list(names), kept=["cache", *names])
    except CheckStoppedError as stopped:
        raise as_blocked(function, stopped) from None
    returns = FUNCTIONS[function].returns
    calls = [
        Call(function, ("dout", "cache"), returns),
        Call(function, ("dout", "cache"), tuple(again(name) for name in returns)),
    ]
    wanted = ["dout", *names, *returns, *(again(name) for name in returns)]

    def attempt(dout: np.ndarray, _: Forward | None) -> None:
        values = judge.student.run(calls, {"dout": dout, **before.handles}, wanted).values
        called = describe_backward_call(function, arguments, dout, options)
        _same(function, called, "dout", dout, values["dout"])
        for name in names:
            earlier = before.values[name]
            if isinstance(earlier, np.ndarray):
                _same(function, called, name, earlier, values[name])
        _computed(function, [values[name] for name in returns])
        for name in returns:
            _repeated(function, called, name, values[name], values[again(name)])

    judge.against_either_forward(function, arguments, options, dout, attempt)


def interleaved(
    judge: Judge,
    function: str,
    first: Arrays,
    second: Arrays,
    douts: Arrays,
    second_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> None:
    """Check that two forward calls, then the backward calls in reverse order, give what each gives alone.

    Parameters
    ----------
    judge
        Judge of the submission.
    function
        Name of a backward function.
    first, second
        Arguments of the two forward calls.
    douts
        Upstream gradients of the two backward calls.
    second_options
        Options of the second forward call, if they differ from those of the first.
    **options
        Options of the forward calls.
    """
    all_options = options, options if second_options is None else second_options
    layers = first, second
    forward = FUNCTIONS[function].forward

    def caches() -> list[Handle]:
        return [judge.cache(function, layers[number], all_options[number]) for number in (0, 1)]

    def attempt(number: int, dout: np.ndarray, _: Forward | None) -> None:
        arguments, chosen = layers[number], all_options[number]
        alone = judge.student.call(function, (dout, judge.cache(function, arguments, chosen))).values
        _computed(function, list(alone.values()))
        handles = caches()
        if number == 0:
            with contextlib.suppress(CheckStoppedError):
                # this call has a judgement of its own, and only has to come first here
                judge.student.call(function, (douts[1], handles[1]))
        values = judge.student.call(function, (dout, handles[number])).values
        for name in FUNCTIONS[function].returns:
            ours, theirs = alone[name], values[name]
            if isinstance(ours, np.ndarray) and compare.compare(name, theirs, ours) is not None:
                facts = (
                    f"Called with {describe_backward_call(function, arguments, dout, chosen)}.",
                    f"{forward} was called for two inputs, then {function} for the second one and the first.",
                    "Everything that a backward call needs belongs in its own cache.",
                )
                fail(Feedback(f"{function}: {name} changes when calls are interleaved.", facts), name)

    for number in (1, 0):
        judge.against_either_forward(
            function, layers[number], all_options[number], douts[number], partial(attempt, number)
        )


def _same(function: str, called: str, name: str, sent: np.ndarray, received: WireValue) -> None:
    if isinstance(received, np.ndarray) and np.array_equal(received, sent):
        return
    facts = (
        f"Called with {called}.",
        f"After the call {name} holds other values: an in-place operation changed the caller's array.",
    )
    fail(Feedback(f"{function} changes its argument {name}.", facts), name)


def _computed(function: str, values: list[WireValue]) -> None:
    """Fail if no result depends on the inputs: a function that does nothing would keep every contract."""
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    if not any(array.size > 1 and array.max() > array.min() for array in arrays):
        fail(
            Feedback(
                f"{function} returns nothing that depends on its inputs.", ("There is nothing to judge yet.",)
            )
        )


def _repeated(function: str, called: str, name: str, first: WireValue, second: WireValue) -> None:
    if not isinstance(first, np.ndarray) or compare.compare(name, second, first) is None:
        return
    facts = (
        f"Called twice with {called}, and then for other inputs.",
        "Nothing may be kept from one call to the next, and no result may be changed by a later call.",
    )
    fail(Feedback(f"{function}: {name} differs when the same call is repeated.", facts), name)
