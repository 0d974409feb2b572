"""The accuracy check: a training loop in the trusted process that drives the student's functions.

This process owns the weights, the clock and the count of steps. The worker gets weights and indices of
images with every step and answers with gradients and new weights; on random steps, and on every step that
moves the weights unusually far, the reference computes the same step, and the two must agree.

Slow is not wrong. Code that cannot finish in the time budget is compared with the reference on a few images
of some steps, and the reference takes the steps; code that runs out of time is taken over by the reference.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np

from grader.core.errors import AuditError, CheckStoppedError
from grader.core.results import Status, TrainingResult
from grader.training.audit import audit, run_reference
from grader.training.network import Network, forward_calls, initial_parameters, parameter_names, step_calls
from grader.worker.caller import Handle
from grader.worker.placement import PlacedProgram
from grader.worker.program import Call
from grader.worker.session import Student
from grader.worker.values import WireValue

AUDITED_SHARE = 1 / 32
UNUSUAL_MOVE = 4.0
"""times the median move of the weights so far: such a step is always audited"""
PROBE_IMAGES = 4
"""images of a step that is only compared"""


@dataclass(frozen=True)
class TrainingBudget:
    """What a training may take: steps of ``batch`` images, and seconds of the student's time."""

    steps: int = 2811
    batch: int = 64
    seconds: float | None = None
    """None: the larger of ``least_seconds`` and ``times_reference`` times what the reference would need"""
    least_seconds: float = 60.0
    most_seconds: float = 300.0
    times_reference: float = 10.0
    evaluate_every: int = 100
    held_back: int = 2000
    stop_margin: float = 0.006
    """above the top threshold, on average over two evaluations: enough for the test set to agree"""
    too_slow: float = 3.0
    """times the budget: what would need more is only compared (most trainings end after a third of it)"""
    compared_share: float = 1 / 64
    compared_steps: int = 12
    """at most"""

    def enough(self, accuracies: Sequence[float], thresholds: Sequence[float]) -> bool:
        """Whether the top threshold is surely reached, as accuracies of held-back images tell."""
        recent = accuracies[-2:]
        return len(recent) == 2 and sum(recent) / 2 >= thresholds[-1] + self.stop_margin


@dataclass(frozen=True)
class Images:
    """Images, uint8 (N, 28, 28), and labels (N,)."""

    images: np.ndarray
    labels: np.ndarray


@dataclass
class Training:
    """One run of the accuracy check.

    Parameters
    ----------
    network
        What to train.
    train
        Training images; some are held back to see when to stop.
    functions
        Finds the reference's functions.
    seed
        Of weights, order of images and audits.
    student
        Whose functions to drive; None trains the reference in this process.
    replaced
        Functions for which the reference stands in.
    """

    network: Network
    train: Images
    thresholds: tuple[float, ...]
    functions: Callable[[str], Callable[..., Any]]
    seed: int
    student: Student | None = None
    replaced: frozenset[str] = frozenset()
    budget: TrainingBudget = field(default_factory=TrainingBudget)
    on_evaluation: Callable[[int, int, float], None] | None = None
    curve: list[tuple[int, float]] = field(default_factory=list)
    best: dict[str, np.ndarray] = field(default_factory=dict)
    problem: CheckStoppedError | AuditError | None = None

    def run(self, test: Images) -> TrainingResult:
        """Train until accurate, out of steps or out of time, and read the test images once.

        Parameters
        ----------
        test
            Images that the student's functions never see.

        Returns
        -------
        TrainingResult
            Also when the training broke off: then with what was reached before. ``problem`` says why.
        """
        random = np.random.RandomState(self.seed % 2**32)
        self._weights = initial_parameters(self.network, random)
        order = random.permutation(len(self.train.images))
        self._held_back = self._pick(order[: self.budget.held_back])
        self._pool = order[self.budget.held_back :]
        self._random = random
        self._audits = self._steps = self._own_steps = self._compared = 0
        self._seconds = self._step_seconds = 0.0
        self._moves: list[float] = []
        self._evaluate = self._evaluator()
        self._limit = self.budget.seconds if self.budget.seconds is not None else self._time_for_reference()
        try:
            stopped = self._loop()
        except AuditError as problem:
            self.problem, stopped = problem, "audit"
        except CheckStoppedError as problem:
            self.problem, stopped = problem, "time" if problem.status is Status.TIMEOUT else "error"
        seen = self.curve[-1][0] if self.curve else 0
        if stopped in {"steps", "time", "error"} and self._steps > seen:
            self._note_accuracy()
        reached = None
        if self.best and stopped != "audit":
            reached = round(self._evaluate(self.best, test), 4)
        return TrainingResult(
            self.network.name,
            self._steps,
            self.budget.steps,
            tuple(self.curve),
            reached,
            self.thresholds,
            stopped,
            tuple(sorted(self.replaced)),
            self._own_steps,
            self._audits + self._compared,
            self._seconds,
            self._limit,
            self._step_seconds,
        )

    def _pick(self, indices: np.ndarray) -> Images:
        return Images(self.train.images[indices], self.train.labels[indices])

    def _loop(self) -> str:
        own, handles = self._program(self.budget.batch, self.student), self._sent_images()
        reference = self._program(self.budget.batch, None)
        probe = None if self.student is None else self._program(PROBE_IMAGES, self.student)
        spots = np.random.RandomState((self.seed + 1) % 2**32)
        taken_over = probe is not None and self._probes_are_too_slow(probe)
        for indices in self._batches():
            inputs = self._inputs(self.train.images, indices, indices)
            answer = None if taken_over else self._own_step(own, inputs, handles)
            if answer is None:
                if probe is None:
                    return "time"
                if spots.random_sample() < self.budget.compared_share:
                    self._compare(probe, indices)
                taken_over, answer = True, reference.run(inputs, {})
            self._steps += 1
            self._own_steps += not taken_over
            if not self._accept(answer, None if taken_over else inputs):
                return "diverged"
            if self._steps == 2 and probe is not None:
                taken_over = taken_over or self._too_slow(self._step_seconds)
            if self._steps % self.budget.evaluate_every == 0 and self._note_accuracy():
                return "accurate"
            if self._steps == self.budget.steps:
                break
        return "steps"

    def _probes_are_too_slow(self, probe: PlacedProgram) -> bool:
        """Compare two steps with few images; True if even such steps would not fit the budget."""
        for _ in range(2):
            self._compare(probe, self._pool.astype(np.int64))
        return self._too_slow(self._step_seconds * PROBE_IMAGES / self.budget.batch)

    def _too_slow(self, step_seconds: float) -> bool:
        return step_seconds * self.budget.steps > self.budget.too_slow * self._limit

    def _program(self, batch: int, student: Student | None) -> PlacedProgram:
        """Return a training step for so many images."""
        names = parameter_names(self.network)
        wanted = ["loss", *(f"d{name}" for name in names), *(f"new {name}" for name in names)]
        calls = step_calls(self.network, batch)
        return PlacedProgram(calls, wanted, self.functions, student=student, replaced=self.replaced)

    def _sent_images(self) -> dict[str, Handle]:
        """Let the worker keep the training images."""
        if self.student is None:
            return {}
        return self.student.run([], {"images": self.train.images}, [], kept=["images"]).handles

    def _inputs(self, images: np.ndarray, indices: np.ndarray, which: np.ndarray) -> dict[str, np.ndarray]:
        """Return what a step needs: images, indices into them, which images of all these are, weights."""
        labels = self.train.labels[which].astype(np.int64)
        return {"images": images, "indices": indices, "labels": labels, **self._weights}

    def _batches(self) -> Iterator[np.ndarray]:
        while True:
            shuffled = self._random.permutation(self._pool).astype(np.int64)
            for start in range(0, len(shuffled) - self.budget.batch + 1, self.budget.batch):
                yield shuffled[start : start + self.budget.batch]

    def _compare(self, probe: PlacedProgram, indices: np.ndarray) -> None:
        """Let both take a step with the first few images of a batch, at the weights of now."""
        if self._compared >= self.budget.compared_steps or (self._compared and self._seconds > self._limit):
            return
        which = indices[:PROBE_IMAGES]
        inputs = self._inputs(self.train.images[which], np.arange(PROBE_IMAGES), which)
        self._compared += 1
        audit(self.network, self.functions, inputs, self._timed(probe, inputs, {}), self._steps + 1)

    def _own_step(
        self, own: PlacedProgram, inputs: dict[str, np.ndarray], handles: dict[str, Handle]
    ) -> dict[str, WireValue] | None:
        """Return the student's step; None if it did not fit into what is left of the budget."""
        if self._seconds > self._limit:
            return None
        try:
            return self._timed(own, inputs, handles)
        except CheckStoppedError as stopped:
            if stopped.status is Status.TIMEOUT and self.student is not None:
                return None
            raise

    def _timed(
        self, program: PlacedProgram, inputs: dict[str, np.ndarray], handles: dict[str, Handle]
    ) -> dict[str, WireValue]:
        start = time.perf_counter()
        try:
            return program.run(inputs, handles, seconds=max(self._limit - self._seconds, 0) + 1)
        finally:
            seconds = time.perf_counter() - start
            self._seconds += seconds
            self._step_seconds = seconds * self.budget.batch / len(inputs["indices"])

    def _accept(self, answer: dict[str, WireValue], inputs: dict[str, np.ndarray] | None) -> bool:
        """Take over the new weights after a look at them; False if they are no longer finite.

        Only steps of the student's, whose inputs are given, are looked at closely.
        """
        fresh: dict[str, np.ndarray] = {}
        moved = 0.0
        for name, weights in self._weights.items():
            new = answer[f"new {name}"]
            if not isinstance(new, np.ndarray) or new.shape != weights.shape or new.dtype.kind != "f":
                raise AuditError(f"after step {self._steps} {name} is no longer an array of its shape")
            with np.errstate(over="ignore", invalid="ignore"):
                fresh[name] = new.astype(np.float32, copy=False)
                moved += float(np.square(fresh[name] - weights).sum())
        if not np.isfinite(moved):
            return False
        unusual = len(self._moves) >= 20 and moved > UNUSUAL_MOVE**2 * median(self._moves[-100:])
        self._moves.append(moved)
        chosen = self._steps == 1 or unusual or self._random.random_sample() < AUDITED_SHARE
        if chosen and inputs is not None and self.student is not None:
            self._audits += 1
            audit(self.network, self.functions, inputs, answer, self._steps)
        self._weights = fresh
        return True

    def _evaluator(self) -> Callable[[dict[str, np.ndarray], Images], float]:
        """Return a function that reads images with the reference and gives the share it reads right."""
        batch, last = 250, f"a{len(self.network.layers)}"
        programs: dict[int, list[Call]] = {}

        def evaluate(weights: dict[str, np.ndarray], images: Images) -> float:
            right = 0
            for start in range(0, len(images.images), batch):
                part = images.images[start : start + batch]
                calls = programs.setdefault(len(part), forward_calls(self.network, len(part)))
                variables: dict[str, Any] = {"a0": part[:, None] * np.float32(1 / 255), **weights}
                run_reference(calls, [last], variables, self.functions)
                labels = images.labels[start : start + batch]
                right += int((variables[last].argmax(axis=1) == labels).sum())
            return right / len(images.images)

        return evaluate

    def _note_accuracy(self) -> bool:
        """Read the held-back images; keep the best weights; True if the top threshold is surely reached."""
        accuracy = round(self._evaluate(self._weights, self._held_back), 4)
        if accuracy >= max((seen for _, seen in self.curve), default=0.0):
            self.best = self._weights
        self.curve.append((self._steps, accuracy))
        if self.on_evaluation is not None:
            self.on_evaluation(self._steps, self.budget.steps, accuracy)
        return self.budget.enough([seen for _, seen in self.curve], self.thresholds)

    def _time_for_reference(self) -> float:
        """Return the seconds that the student may take, from steps of the reference timed here and now."""
        calls = step_calls(self.network, self.budget.batch)
        indices = self._pool[: self.budget.batch].astype(np.int64)
        labels = self.train.labels[indices].astype(np.int64)
        inputs = {"images": self.train.images, "indices": indices, "labels": labels, **self._weights}
        seconds = []
        for _ in range(7):
            start = time.perf_counter()
            run_reference(calls, ["loss"], dict(inputs), self.functions)
            seconds.append(time.perf_counter() - start)
        needed = self.budget.times_reference * self.budget.steps * median(seconds)
        return min(self.budget.most_seconds, max(self.budget.least_seconds, needed))
