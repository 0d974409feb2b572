"""The trial: each function is called alone, at the shapes and the type of training, before it may train.

A function that is wrong, fails or is missing is replaced by the reference for the training, and costs only
its own share of the points there. Slow is not wrong: a function that does not answer in time is tried again
with one image, and then with a small one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS, MODULES, NUMBERS, OPAQUE
from grader.core.errors import CheckStoppedError
from grader.core.results import Status
from grader.judging.compare import compare
from grader.judging.draw import Draw
from grader.training import naming
from grader.training.network import Network, functions_of, initial_parameters, step_calls
from grader.worker.caller import Caller, Handle
from grader.worker.program import BUILTINS, Call, execute

TOLERANCE = 1e-3
"""of the largest value: far above the rounding of float32, far below any real mistake"""
CALL_SECONDS = 10.0
"""for one call of one function"""


@dataclass(frozen=True)
class Size:
    """What a trial is made with: how many images, and their height and width, None for those of training."""

    batch: int
    side: int | None = None

    @property
    def name(self) -> str:
        """The name of the random inputs of this size."""
        return f"{self.batch}x{self.side or ''}"

    def of(self, network: Network) -> Network:
        """Return the network for images of this size."""
        if self.side is None:
            return network
        return replace(network, input_shape=(network.input_shape[0], self.side, self.side))

    def values(self, network: Network) -> int:
        """Return how many values the images have."""
        return self.batch * int(np.prod(self.of(network).input_shape))


SIZES = (Size(4), Size(1), Size(1, 8))
"""few images, so that slow code answers in time; the later ones are for functions that did not"""


@dataclass
class TrialResult:
    """The result of a trial: why functions are rejected, and the seconds that each function took.

    The seconds are those for a step with one image; where an image was too slow, they are estimated from a
    smaller one.
    """

    rejected: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def run_trial(
    network: Network,
    student: Caller,
    functions: Callable[[str], Callable[..., Any]],
    draw: Draw,
    *,
    sizes: Sequence[Size] = SIZES,
    seconds: float = CALL_SECONDS,
) -> TrialResult:
    """Call every function that a training step of a network needs on random inputs of a small batch.

    Parameters
    ----------
    network
        The network to be trained.
    student
        Calls the student's functions.
    functions
        Finds the reference's functions.
    draw
        Draws random inputs.
    sizes
        Sizes of the trial, the largest first; all but the first are for functions that ran out of time.
    seconds
        Time for each call.

    Returns
    -------
    TrialResult
        By the names of the functions.
    """
    # the worker starts here, not within the time of the first function
    student.prepare(functions_of(network))
    found = TrialResult(seconds=dict.fromkeys(functions_of(network), 0.0))
    left = dict.fromkeys(functions_of(network), "")
    for size in sizes:
        trial = _Trial(size, size.of(network), student, functions, draw.part(size.name), seconds)
        left = trial.run(left)
        # the first verdict counts: a forward function may be here once more, for the cache of a slow one
        found.rejected = trial.found.rejected | found.rejected
        for name, taken in trial.found.seconds.items():
            if name not in left and not found.seconds[name]:
                found.seconds[name] = taken * Size(1).values(network) / size.values(network)
        if not left:
            break
    found.rejected |= left
    return found


class _Trial:
    """The trial at one size; ``found`` is its result."""

    def __init__(
        self,
        size: Size,
        network: Network,
        student: Caller,
        functions: Callable[[str], Callable[..., Any]],
        draw: Draw,
        seconds: float,
    ) -> None:
        self.found = TrialResult()
        self._batch, self._network, self._student, self._functions = size.batch, network, student, functions
        self._seconds = seconds
        self._inputs = _inputs(network, size.batch, functions, draw)
        self._caches: dict[str, tuple[Handle | None, Any]] = {}

    def run(self, names: Collection[str]) -> dict[str, str]:
        """Try some functions, and return those that ran out of time, with reasons."""
        # a backward function needs the cache of its forward function
        names = {*names, *(FUNCTIONS[name].forward for name in names)}
        fatal: dict[str, str] = {}
        late: dict[str, str] = {}
        new_workers = len(MODULES)
        while True:
            self.found = TrialResult(dict(fatal), dict.fromkeys(names, 0.0))
            ended = self._round(names - set(fatal) - set(late))
            if ended is None:
                break
            function, stopped = ended
            if self._student.running and stopped.status is not Status.TIMEOUT and new_workers:
                # an import of a module can need a new worker, once
                new_workers -= 1
                continue
            # the caches of all others are gone with the process: try again without the one that ended it
            (late if stopped.status is Status.TIMEOUT else fatal)[function] = stopped.feedback.headline
        for name in list(late):
            if (backward := FUNCTIONS[name].backward) != name and backward in names and backward not in fatal:
                self.found.rejected.pop(backward, None)
                late.setdefault(backward, f"It needs the cache of {name}.")
        return late

    def _round(self, names: Collection[str]) -> tuple[str, CheckStoppedError] | None:
        """Try functions; return the one at which the process or its time was over, if there is one."""
        self._caches.clear()
        alive = self._student.run([], {"alive": np.zeros(1)}, [], kept=["alive"]).handles
        for call, given in zip(step_calls(self._network, self._batch), self._inputs, strict=True):
            if call.function in BUILTINS:
                continue
            try:
                self._try(call, given, names)
            except CheckStoppedError as stopped:
                over = stopped.status is Status.TIMEOUT or not self._student.running
                if over or not self._is_kept(alive):
                    return call.function, stopped
                self.found.rejected.setdefault(call.function, stopped.feedback.headline)
        return None

    def _is_kept(self, handles: Mapping[str, Handle]) -> bool:
        """Whether values that were kept are still there."""
        try:
            self._student.run([Call("@reshape", ("alive",), ("shaped",), {"shape": (1,)})], handles, [])
        except CheckStoppedError:
            return False
        return True

    def _try(self, call: Call, given: Sequence[np.ndarray | None], names: Collection[str]) -> None:
        """Call a function of the reference and, if it is to be tried, of the student, and compare."""
        function = FUNCTIONS[call.function]
        inputs: dict[str, np.ndarray | Handle] = {}
        ours: list[Any] = []
        without_cache = False
        for name, drawn in zip(call.arguments, given, strict=True):
            assert name is not None
            if drawn is None:
                handle, cache = self._caches[name]
                ours.append(cache)
                if handle is None:
                    without_cache = True
                else:
                    inputs[name] = handle
            else:
                inputs[name] = drawn
                ours.append(drawn.copy())
        if without_cache:
            if call.function in names:
                self.found.rejected.setdefault(call.function, f"It needs the cache of {function.forward}.")
            return
        named = function.named(self._functions(call.function)(*ours, **call.options))
        variables = dict(zip(function.returns, call.results, strict=True))
        kept = [variables[name] for name in function.returns if name in OPAQUE]
        for name in function.returns:
            if name in OPAQUE:
                self._caches[variables[name]] = (None, named[name])
        if call.function not in names:
            return
        wanted = [variable for variable in call.results if variable not in kept]
        start = time.perf_counter()
        answer = self._student.run([call], inputs, wanted, kept=kept, seconds=self._seconds)
        self.found.seconds[call.function] += time.perf_counter() - start
        for variable in kept:
            self._caches[variable] = (answer.handles[variable], self._caches[variable][1])
        for name, variable in variables.items():
            if name in OPAQUE:
                continue
            expected, received = np.asarray(named[name]), answer.values[variable]
            if (
                compare(name, received, expected, tolerance=TOLERANCE, floating=name not in NUMBERS)
                is not None
            ):
                self.found.rejected.setdefault(
                    call.function, f"Its {name} is wrong at the shapes of training."
                )


def _inputs(
    network: Network, batch: int, functions: Callable[[str], Callable[..., Any]], draw: Draw
) -> list[list[np.ndarray | None]]:
    """Draw the arguments of every call of a training step, None for caches, whichever function fails."""
    shapes = _shapes(network, batch, functions)
    inputs: list[list[np.ndarray | None]] = []
    for call in step_calls(network, batch):
        inputs.append([])
        for name in call.arguments:
            assert name is not None
            if call.function in BUILTINS or name not in shapes:
                inputs[-1].append(None)
            elif name == "labels":
                inputs[-1].append(draw.labels(batch, 10))
            else:
                inputs[-1].append(draw.normal(*shapes[name]).astype(np.float32))
    return inputs


def _shapes(
    network: Network, batch: int, functions: Callable[[str], Callable[..., Any]]
) -> Mapping[str, tuple[int, ...]]:
    """Return the shape of every variable of a training step but the caches, by running one."""
    random = np.random.RandomState(0)
    variables: dict[str, Any] = {
        "images": np.zeros((batch, *network.input_shape[1:]), np.uint8),
        "indices": np.arange(batch),
        "labels": np.zeros(batch, np.int64),
        **initial_parameters(network, random),
    }
    calls = step_calls(network, batch)
    execute(calls, [()] * len(calls), variables, functions)
    caches = {naming.cache(index) for index in range(len(network.layers))}
    return {name: np.shape(value) for name, value in variables.items() if name not in caches}
