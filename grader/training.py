"""The accuracy check: a training loop in the trusted process that drives the student's functions.

This process owns the weights, the clock and the count of steps. The worker gets weights and indices of
images with every step and answers with gradients and new weights; on random steps, and on every step that
moves the weights unusually far, the reference computes the same step, and the two must agree.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np

from grader.caller import Handle
from grader.compare import Received
from grader.network import Network, forward_calls, initial_parameters, parameter_names, step_calls
from grader.program import Call, Failure, execute, last_uses
from grader.results import CheckStoppedError, Status, TrainingResult
from grader.split import SplitProgram
from grader.student import Student

AUDITED_SHARE = 1 / 32
AUDIT_TOLERANCE = 0.02
"""of a gradient's norm; float32 code that sums in another order stays below 0.001"""
UNUSUAL_MOVE = 4.0
"""times the median move of the weights so far: such a step is always audited"""


@dataclass(frozen=True)
class Box:
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


@dataclass(frozen=True)
class Images:
    """Images, uint8 (N, 28, 28), and labels (N,)."""

    images: np.ndarray
    labels: np.ndarray


class AuditError(Exception):
    """A step of the student's does not agree with the reference's."""


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
    box: Box = field(default_factory=Box)
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
        self._held_back = self._pick(order[: self.box.held_back])
        self._pool = order[self.box.held_back :]
        self._random = random
        self._audits = self._steps = 0
        self._seconds = 0.0
        self._moves: list[float] = []
        self._evaluate = self._evaluator()
        limit = self.box.seconds if self.box.seconds is not None else self._time_for_reference()
        try:
            stopped = self._loop(limit)
        except AuditError as problem:
            self.problem, stopped = problem, "audit"
        except CheckStoppedError as problem:
            if problem.status is Status.TIMEOUT:
                # a step was given what was left of the box: slow code ends here
                stopped = "time"
            else:
                self.problem, stopped = problem, "error"
        seen = self.curve[-1][0] if self.curve else 0
        if stopped in {"steps", "time", "error"} and self._steps > seen:
            self._note_accuracy()
        reached = None
        if self.best and stopped != "audit":
            reached = round(self._evaluate(self.best, test), 4)
        return TrainingResult(
            self.network.name,
            self._steps,
            self.box.steps,
            tuple(self.curve),
            reached,
            self.thresholds,
            stopped,
            tuple(sorted(self.replaced)),
            self._audits,
            self._seconds,
            limit,
        )

    def _pick(self, indices: np.ndarray) -> Images:
        return Images(self.train.images[indices], self.train.labels[indices])

    def _loop(self, limit: float) -> str:
        names = parameter_names(self.network)
        wanted = ["loss", *(f"d{name}" for name in names), *(f"new {name}" for name in names)]
        calls = step_calls(self.network, self.box.batch)
        program = SplitProgram(calls, wanted, self.functions, student=self.student, replaced=self.replaced)
        handles: dict[str, Handle] = {}
        if self.student is not None:
            handles = self.student.run([], {"images": self.train.images}, [], kept=["images"]).handles
        batches = self._batches()
        while self._steps < self.box.steps:
            indices = next(batches)
            labels = self.train.labels[indices].astype(np.int64)
            arrays = {"images": self.train.images, "indices": indices, "labels": labels, **self._weights}
            start = time.perf_counter()
            try:
                answer = program.run(arrays, handles, seconds=max(limit - self._seconds, 0) + 1)
            finally:
                self._seconds += time.perf_counter() - start
            self._steps += 1
            if not self._accept(answer, indices, labels):
                return "diverged"
            if self._steps % self.box.evaluate_every == 0 and self._note_accuracy():
                return "accurate"
            if self._seconds > limit:
                return "time"
        return "steps"

    def _batches(self) -> Any:
        while True:
            shuffled = self._random.permutation(self._pool).astype(np.int64)
            for start in range(0, len(shuffled) - self.box.batch + 1, self.box.batch):
                yield shuffled[start : start + self.box.batch]

    def _accept(self, answer: dict[str, Received], indices: np.ndarray, labels: np.ndarray) -> bool:
        """Take over the new weights after a look at them; False if they are no longer finite."""
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
        if self._steps == 1 or unusual or self._random.random_sample() < AUDITED_SHARE:
            self._audit(answer, fresh, indices, labels)
        self._weights = fresh
        return True

    def _audit(
        self,
        answer: dict[str, Received],
        fresh: dict[str, np.ndarray],
        indices: np.ndarray,
        labels: np.ndarray,
    ) -> None:
        """Compute the same step with the reference; it and the student's must agree."""
        if self.student is None:
            return
        self._audits += 1
        variables: dict[str, Any] = {
            "images": self.train.images,
            "indices": indices,
            "labels": labels,
            **self._weights,
        }
        calls = step_calls(self.network, len(indices))
        wanted = [f"{prefix}{name}" for name in self._weights for prefix in ("d", "new ")]
        self._run_reference(calls, last_uses(calls, wanted), variables)
        for name in self._weights:
            gradient, right = answer[f"d{name}"], variables[f"d{name}"]
            if not isinstance(gradient, np.ndarray) or gradient.shape != right.shape:
                raise AuditError(f"at step {self._steps} the gradient of {name} has another shape")
            error = float(np.linalg.norm(gradient - right))
            if not error <= AUDIT_TOLERANCE * float(np.linalg.norm(right)) + 1e-6:
                raise AuditError(
                    f"at step {self._steps} the gradient of {name} is not that of the loss: it differs by "
                    f"{error / max(float(np.linalg.norm(right)), 1e-12):.0%} for the same weights and images"
                )
            step = self._weights[name] - variables[f"new {name}"]
            error = float(np.linalg.norm(fresh[name] - variables[f"new {name}"]))
            if not error <= AUDIT_TOLERANCE * float(np.linalg.norm(step)) + 1e-5:
                raise AuditError(f"at step {self._steps} {name} was not changed by -lr times its gradient")

    def _evaluator(self) -> Callable[[dict[str, np.ndarray], Images], float]:
        """Return a function that reads images with the reference and gives the share it reads right."""
        batch, last = 250, f"a{len(self.network.layers)}"
        programs = {}

        def evaluate(weights: dict[str, np.ndarray], images: Images) -> float:
            right = 0
            for start in range(0, len(images.images), batch):
                part = images.images[start : start + batch]
                if len(part) not in programs:
                    calls = forward_calls(self.network, len(part))
                    programs[len(part)] = calls, last_uses(calls, [last])
                calls, dropped = programs[len(part)]
                variables: dict[str, Any] = {"a0": part[:, None] * np.float32(1 / 255), **weights}
                with np.errstate(all="ignore"):
                    self._run_reference(calls, dropped, variables)
                labels = images.labels[start : start + batch]
                right += int((variables[last].argmax(axis=1) == labels).sum())
            return right / len(images.images)

        return evaluate

    def _run_reference(
        self, calls: list[Call], dropped: list[tuple[str, ...]], variables: dict[str, Any]
    ) -> None:
        """Run a program in this process; what is raised there, Ctrl-C above all, is raised here."""
        try:
            execute(calls, dropped, variables, self.functions)
        except Failure as failure:
            raise failure.error from None

    def _note_accuracy(self) -> bool:
        """Read the held-back images; keep the best weights; True if the top threshold is surely reached."""
        accuracy = round(self._evaluate(self._weights, self._held_back), 4)
        if accuracy >= max((seen for _, seen in self.curve), default=0.0):
            self.best = self._weights
        self.curve.append((self._steps, accuracy))
        if self.on_evaluation is not None:
            self.on_evaluation(self._steps, self.box.steps, accuracy)
        recent = [seen for _, seen in self.curve[-2:]]
        return len(recent) == 2 and sum(recent) / 2 >= self.thresholds[-1] + self.box.stop_margin

    def _time_for_reference(self) -> float:
        """Return the seconds that the student may take, from steps of the reference timed here and now."""
        calls = step_calls(self.network, self.box.batch)
        dropped = last_uses(calls, ["loss"])
        indices = self._pool[: self.box.batch].astype(np.int64)
        labels = self.train.labels[indices].astype(np.int64)
        inputs = {"images": self.train.images, "indices": indices, "labels": labels, **self._weights}
        seconds = []
        for _ in range(7):
            start = time.perf_counter()
            self._run_reference(calls, dropped, dict(inputs))
            seconds.append(time.perf_counter() - start)
        needed = self.box.times_reference * self.box.steps * median(seconds)
        return min(self.box.most_seconds, max(self.box.least_seconds, needed))
