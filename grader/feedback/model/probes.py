"""Small calls that tell mistakes apart: what a function answers to them is compared with every wrong version.

The inputs are the same for every submission and every seed, so what wrong versions answer is computed once.
Each size and option differs from the plain case in some probe, and no two sizes of a probe agree by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS, OPAQUE
from grader.core.errors import CheckStoppedError
from grader.core.results import Status
from grader.feedback.exceptions import kind_of
from grader.worker.caller import Caller, Handle
from grader.worker.values import WireValue

MOST_SECONDS_LOST = frozenset({Status.TIMEOUT, Status.NOT_IMPLEMENTED})
"""ends after which a function is not probed any further"""

Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Probe:
    """One call, or the steps of an optimiser.

    ``arguments`` are those of the forward function for a backward function, which is given ``dout``. An
    optimiser is given its parameter, and one of ``gradients`` in each step.
    """

    arguments: Arrays
    options: Mapping[str, Any] = field(default_factory=dict)
    dout: np.ndarray | None = None
    gradients: Arrays = ()


@dataclass(frozen=True)
class Raised:
    """A call that raised, by the kind of its exception."""

    kind: str


Seen = Mapping[str, WireValue] | Raised
"""what one probe gave: values by name, or an exception"""

CONV2D: Sequence[tuple[Any, ...]] = (
    # N, C, H, W, F, KH, KW, stride, pad
    (2, 2, 4, 4, 2, 3, 3, 1, 1),
    (2, 2, 4, 4, 2, 3, 3, 1, 0),
    (2, 2, 3, 3, 2, 3, 3, 1, 2),
    (2, 2, 5, 5, 2, 3, 3, 2, 1),
    (2, 2, 6, 6, 2, 3, 3, 2, 1),
    (2, 2, 6, 6, 2, 3, 3, 2, 0),
    (1, 2, 8, 8, 2, 3, 3, 3, 0),
    (2, 2, 7, 7, 2, 3, 3, 3, 1),
    (2, 3, 3, 5, 4, 3, 3, 1, 1),
    (2, 3, 5, 3, 4, 3, 3, 1, 1),
    (2, 2, 4, 4, 2, 3, 2, 1, 1),
    (2, 2, 4, 4, 2, 2, 3, 1, 0),
    (3, 2, 5, 7, 4, 3, 2, 2, 1),
    (2, 2, 4, 5, 2, 3, 3, (1, 2), (2, 1)),
    (2, 2, 7, 6, 2, 3, 3, (3, 2), (1, 0)),
    (1, 2, 6, 4, 2, 3, 3, (2, 1), (0, 1)),
    (2, 3, 4, 4, 2, 1, 1, 1, 0),
    (2, 2, 4, 4, 2, 1, 1, 2, 1),
    (1, 2, 4, 4, 2, 5, 5, 1, 2),
    (1, 1, 4, 4, 1, 3, 3, 1, 1),
    (2, 2, 4, 4, 3, 2, 2, 2, 0),
    (1, 2, 2, 2, 2, 3, 3, 1, 3),
    (3, 2, 6, 5, 4, 2, 3, (2, 3), (1, 2)),
)

MAXPOOL2D: Sequence[tuple[Any, ...]] = (
    # N, C, H, W, size, stride
    (2, 3, 4, 4, 2, 2),
    (2, 3, 4, 4, 2, None),
    (2, 2, 5, 5, 2, 2),
    (2, 2, 7, 7, 3, 3),
    (2, 2, 5, 5, 3, 1),
    (2, 2, 5, 5, 2, 1),
    (2, 2, 7, 7, 3, 2),
    (2, 2, 6, 6, 3, 2),
    (2, 2, 6, 6, 2, 3),
    (2, 2, 4, 6, 2, 2),
    (2, 2, 6, 4, 2, 2),
    (2, 2, 6, 6, (3, 2), (3, 2)),
    (2, 2, 6, 6, (2, 3), (2, 3)),
    (2, 2, 6, 7, (3, 2), (1, 2)),
    (2, 2, 7, 6, (2, 3), (2, 1)),
    (1, 1, 4, 4, 2, 2),
    (3, 2, 6, 8, 2, 2),
    (2, 2, 5, 5, 3, None),
    (2, 2, 4, 4, (1, 3), 1),
    (2, 2, 4, 4, (3, 1), 1),
)


NEGATIVE = 16
"""the probe of pooling in which all values are negative"""


def observe(
    caller: Caller, function: str, probes: Sequence[Probe] | None = None
) -> tuple[Seen | None, ...] | None:
    """Call a function with all its probes.

    Parameters
    ----------
    caller
        What answers: a submission, or functions of this process.
    function
        One of the assignment's.
    probes
        Which to use; all of the function if None.

    Returns
    -------
    tuple or None
        What each probe gave, None where the forward function gave no cache; None for all if a function did
        not answer in time, or is not written.
    """
    seen: list[Seen | None] = []
    for probe in probes_of(function) if probes is None else probes:
        try:
            seen.append(_answered(caller, function, probe))
        except CheckStoppedError as stopped:
            if stopped.status in MOST_SECONDS_LOST:
                return None
            seen.append(Raised(kind_of(stopped)) if stopped.function in {function, None} else None)
    return tuple(seen)


def _answered(caller: Caller, function: str, probe: Probe) -> Mapping[str, WireValue]:
    described = FUNCTIONS[function]
    results = [name for name in described.returns if name not in OPAQUE]
    if probe.gradients:
        return _steps(caller, function, probe)
    arguments: tuple[np.ndarray | Handle, ...] = probe.arguments
    options = dict(probe.options)
    if probe.dout is not None:
        handles = caller.call(described.forward, arguments, [], kept=["cache"], **options).handles
        arguments, options = (probe.dout, handles["cache"]), {}
    wanted = [*results, *(f"argument{number}" for number, given in enumerate(arguments) if _sent(given))]
    return caller.call(function, arguments, wanted, **options).values


def _sent(given: object) -> bool:
    return isinstance(given, np.ndarray)


def _steps(caller: Caller, function: str, probe: Probe) -> Mapping[str, WireValue]:
    has_state = "state" in FUNCTIONS[function].returns
    (param,), state = probe.arguments, None
    params, gradients = [], []
    for gradient in probe.gradients:
        arguments = (param, gradient, state) if has_state else (param, gradient)
        kept = ["state"] if has_state else []
        answer = caller.call(function, arguments, ["param", "argument1"], kept=kept, **probe.options)
        got, left = answer.values["param"], answer.values["argument1"]
        if not isinstance(got, np.ndarray) or not isinstance(left, np.ndarray) or got.shape != param.shape:
            return answer.values
        param, state = got, answer.handles.get("state")
        params.append(got)
        gradients.append(left)
    return {"param": np.stack(params), "argument1": np.stack(gradients)}


@cache
def probes_of(function: str) -> tuple[Probe, ...]:
    """Return the probes of a function; none for functions whose answers are random."""
    random = np.random.RandomState(sum(function.partition("_")[0].encode()))
    layer = function.partition("_")[0]
    made = _MAKERS.get(function, _MAKERS.get(layer))
    probes = () if made is None else tuple(made(random))
    if FUNCTIONS[function].is_backward:
        return probes
    return tuple(Probe(probe.arguments, probe.options, None, probe.gradients) for probe in probes)


def _conv2d(random: np.random.RandomState) -> Iterator[Probe]:
    for n, c, h, w, f, kh, kw, stride, pad in CONV2D:
        (down, across), (top, left) = np.broadcast_to(stride, 2), np.broadcast_to(pad, 2)
        size = (h + 2 * top - kh) // down + 1, (w + 2 * left - kw) // across + 1
        arrays = random.standard_normal((n, c, h, w)), random.standard_normal((f, c, kh, kw))
        bias = random.standard_normal(f)
        dout = random.standard_normal((n, f, *size))
        yield Probe((*arrays, bias), {"stride": stride, "pad": pad}, dout)


def _maxpool2d(random: np.random.RandomState) -> Iterator[Probe]:
    for number, (n, c, h, w, size, stride) in enumerate(MAXPOOL2D):
        (down, across), (kh, kw) = np.broadcast_to(stride or size, 2), np.broadcast_to(size, 2)
        count = n * c * h * w
        x = (random.permutation(count) - count // 2 + 0.25).reshape(n, c, h, w) * 0.1
        if number == 0:
            x = np.round(x / 4)
        if number == NEGATIVE:
            x = x - 30
        dout = random.standard_normal((n, c, (h - kh) // down + 1, (w - kw) // across + 1))
        yield Probe((x,), {"size": size} if stride is None else {"size": size, "stride": stride}, dout)


def _dense(random: np.random.RandomState) -> Iterator[Probe]:
    for n, d, m in ((3, 5, 4), (5, 3, 4), (1, 4, 2), (4, 3, 1), (4, 4, 4)):
        arrays = tuple(random.standard_normal(shape) for shape in ((n, d), (d, m), (m,)))
        yield Probe(arrays, {}, random.standard_normal((n, m)))


def _elementwise(random: np.random.RandomState) -> Iterator[Probe]:
    for shape, scale in (((3, 4), 1.0), ((2, 3, 2, 3), 2.0), ((5,), 1.0), ((4, 6), 1000.0)):
        yield Probe((scale * random.standard_normal(shape),), {}, random.standard_normal(shape))


def _softmax(random: np.random.RandomState) -> Iterator[Probe]:
    for n, k in ((5, 4), (3, 6), (1, 3), (4, 2), (4, 4)):
        yield Probe((random.standard_normal((n, k)), np.arange(n) % k))
    yield Probe((np.zeros((3, 10)), np.array([3, 1, 7])))
    plain = random.standard_normal((4, 5))
    for factors, shifts in (
        ([50.0, 1, 1, 1], [0.0, 0, 0, 0]),
        ([1.0, 1, 1, 1], [0.0, 900, 0, 0]),
        ([1.0, 1, 1, 1], [0.0, 0, -900, 0]),
        ([9000.0, 1, 1, 1], [0.0, 0, 0, 0]),
        ([1.0, 1, 1, 1], [300.0, 300, 300, 300]),
        ([1.0, 1, 1, 1], [900.0, 900, 900, 900]),
    ):
        logits = plain * np.array(factors)[:, None] + np.array(shifts)[:, None]
        yield Probe((logits, logits.argmin(axis=1)))


def _steps_of(
    random: np.random.RandomState, chosen: Sequence[Mapping[str, float]], scales: Sequence[float] = (1.0,)
) -> Iterator[Probe]:
    for options in chosen:
        for scale in scales:
            gradients = tuple(scale * random.standard_normal((3, 2)) for _ in range(5))
            yield Probe((scale * random.standard_normal((3, 2)),), options, None, gradients)


def _momentum(random: np.random.RandomState) -> Iterator[Probe]:
    yield from _steps_of(random, ({"lr": 0.1, "momentum": 0.9}, {"lr": 0.3, "momentum": 0.5}, {"lr": 0.2}))


def _adam(random: np.random.RandomState) -> Iterator[Probe]:
    yield from _steps_of(random, ({"lr": 0.1}, {}, {"lr": 0.1, "beta1": 0.8, "beta2": 0.9}), (1.0, 0.01))
    yield from _steps_of(random, ({"lr": 0.1, "eps": 1e-7}, {"lr": 0.1}), (1e-7,))
    yield from _steps_of(random, ({"lr": 0.1, "eps": 0.5},))


def _sgd(random: np.random.RandomState) -> Iterator[Probe]:
    yield from _steps_of(random, ({"lr": 0.1}, {"lr": 0.7}))


def _l2(random: np.random.RandomState) -> Iterator[Probe]:
    for shape, reg in (((4, 3), 0.1), ((5,), 2.0), ((2, 3, 2, 2), 0.7)):
        yield Probe((random.standard_normal(shape),), {"reg": reg})


_MAKERS = {
    "conv2d": _conv2d,
    "maxpool2d": _maxpool2d,
    "dense": _dense,
    "relu": _elementwise,
    "sigmoid": _elementwise,
    "softmax": _softmax,
    "sgd_step": _sgd,
    "sgd_momentum_step": _momentum,
    "adam_step": _adam,
    "l2": _l2,
}
