"""The steps of the accuracy check: the student's functions take them, and the reference audits some.

This process owns the weights, the clock and the count of steps. The worker gets weights and indices of images
with every step and answers with gradients and new weights; on random steps, and on every step that moves the
weights unusually far, the reference computes the same step, and the two must agree. Where they do not, or a
function fails, the functions that are to blame are found and replaced by the reference's, and the training
continues. If each of them is right when it is tried, the training ends.

Slow is not wrong. Code that cannot finish in the budget is only compared: it takes a few images of some
steps (probes), and the reference takes the steps. Code that runs out of time is taken over by the reference.
Without the solution there is no reference, and nothing is audited, compared or taken over.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median

import numpy as np

from grader.core.errors import AuditError, CheckStoppedError
from grader.core.results import Status
from grader.training import naming
from grader.training.audit import AuditSchedule, compare_step, reference_step, run_reference
from grader.training.budget import TrainingBudget
from grader.training.calls_engine import Functions
from grader.training.culprits import find_culprits
from grader.training.loop import Images, State, Stepper
from grader.training.network import Network, step_calls, step_results
from grader.worker.caller import Handle
from grader.worker.placement import PlacedProgram
from grader.worker.session import Student
from grader.worker.values import WireValue

PROBE_IMAGES = 4
"""images of a step that is only compared"""
FIRST_PROBES = 2
"""that every submission must answer before its first step"""
REFERENCE_STEPS = 7
"""that are timed, for the time of one"""


class StudentStepper(Stepper):
    """Takes steps with a student's functions, audited by the reference.

    ``replaced`` are the functions of the reference that are used in place of the student's, with reasons.
    ``own_steps`` counts the steps that the student's functions took, ``audited_steps`` those (also with few
    images) that the reference computed as well. ``step_seconds`` is the time of the last step, scaled to a
    whole batch, and ``limit_seconds`` the time for all steps.

    Parameters
    ----------
    network
        The network to train.
    train
        All training images.
    pool
        Indices of the images to train on.
    functions
        Finds the reference's functions.
    student
        The student whose functions take the steps; None to let the reference take all, in this process.
    replaced
        Functions of the reference to use in place of the student's from the start, each with the reason.
    budget
        Steps, seconds, and what is compared of slow code.
    schedule
        Chooses the steps to audit.
    spots
        Random numbers that choose the steps to compare.
    audited
        Whether there is a reference that audits and takes over.
    """

    def __init__(
        self,
        network: Network,
        train: Images,
        pool: np.ndarray,
        functions: Functions,
        *,
        student: Student | None,
        replaced: Mapping[str, str],
        budget: TrainingBudget,
        schedule: AuditSchedule,
        spots: np.random.RandomState,
        audited: bool,
    ) -> None:
        self.own_steps = self.audited_steps = 0
        self.step_seconds = self.limit_seconds = 0.0
        self._network, self._train, self._pool, self._functions = network, train, pool, functions
        self._student, self._budget = student, budget
        self.replaced = dict(replaced)
        self._schedule = schedule
        self._spots = spots
        self._audited = audited and student is not None
        self._compared = 0
        self._taken_over = False
        self._reference = self._program(budget.batch, None)
        self._handles: dict[str, Handle] = {}
        self._place()

    def _place(self) -> None:
        """Divide a step between the student's functions and those of the reference that replace them."""
        self._own = self._program(self._budget.batch, self._student)
        self._probe = self._program(PROBE_IMAGES, self._student)

    def start(self, state: State) -> None:
        """Set the limit of time, send the training images, and see whether the code is far too slow.

        Raises
        ------
        CheckStoppedError
            If the student's functions fail.
        AuditError
            If they do not agree with the reference.
        """
        timed = self._budget.seconds is None and (self._audited or self._student is None)
        self.limit_seconds = self._budget.limit(self._reference_seconds(state) if timed else 0.0)
        self._send_images()
        if self._audited:
            # ties and zeros come with real images, and with no random input
            self._replace(self._culprits(state, self._pool.astype(np.int64)))
            for _ in range(FIRST_PROBES):
                self._compare(state, self._pool.astype(np.int64))
            # even a step with few images would not fit
            self._taken_over = self._is_too_slow(self.step_seconds * PROBE_IMAGES / self._budget.batch)

    def take(self, state: State, indices: np.ndarray) -> str:
        """Take a step; see :meth:`Stepper.take`.

        Returns
        -------
        str
            ``time`` if the time is over and nothing takes over, ``diverged`` if weights are no longer finite;
            else empty.

        Raises
        ------
        CheckStoppedError
            If a function of the student's fails.
        AuditError
            If the step is not what the reference computes.
        """
        inputs = self._inputs(state, self._train.images, indices, indices)
        try:
            answer = None if self._taken_over else self._own_step(state, inputs)
        except CheckStoppedError as stopped:
            self._blame(state, indices, stopped)
            return self.take(state, indices)
        if answer is None:
            if not self._audited:
                return "time"
            if self._spots.random_sample() < self._budget.compared_share:
                self._compare(state, indices)
            self._taken_over, answer = True, self._reference.run(inputs, {})
        try:
            finite = self._accept(state, answer, None if self._taken_over else inputs)
        except AuditError as error:
            self._blame(state, indices, error)
            return self.take(state, indices)
        state.step += 1
        self.own_steps += not self._taken_over
        if not finite:
            return "diverged"
        if state.step == 2 and self._audited:
            self._taken_over = self._taken_over or self._is_too_slow(self.step_seconds)
        return ""

    def _is_too_slow(self, step_seconds: float) -> bool:
        return step_seconds * self._budget.steps > self._budget.too_slow * self.limit_seconds

    def _program(self, batch: int, student: Student | None) -> PlacedProgram:
        """Return a training step with so many images."""
        calls, wanted = step_calls(self._network, batch), step_results(self._network)
        replaced = frozenset(self.replaced)
        return PlacedProgram(calls, wanted, self._functions, student=student, replaced=replaced)

    def _send_images(self) -> None:
        """Let the worker keep the training images: a step names them by their indices."""
        if self._student is not None:
            images = {"images": self._train.images}
            self._handles = self._student.run([], images, [], kept=["images"]).handles

    def _culprits(self, state: State, indices: np.ndarray) -> dict[str, str]:
        """Return the functions that are wrong at this step, for the first few images of a batch."""
        assert self._student is not None
        which = indices[:PROBE_IMAGES]
        inputs = self._inputs(state, self._train.images[which], np.arange(PROBE_IMAGES), which)
        return find_culprits(
            self._network,
            self._student,
            self._functions,
            inputs,
            trusted=self.replaced,
            step=state.step + 1,
            seconds=max(1.0, self.limit_seconds - state.seconds),
        )

    def _replace(self, culprits: Mapping[str, str]) -> None:
        """Use the reference's functions in place of some from now on."""
        if culprits:
            self.replaced |= culprits
            self._place()
        if self._student is not None and not self._student.running:
            self._send_images()

    def _blame(self, state: State, indices: np.ndarray, error: CheckStoppedError | AuditError) -> None:
        """Replace the functions that made a step wrong; raise the error if there are none."""
        culprits = self._culprits(state, indices) if self._audited else {}
        if not culprits:
            raise error
        self._replace(culprits)

    def _inputs(
        self, state: State, images: np.ndarray, indices: np.ndarray, which: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Return what a step reads: images, indices into them, labels of the images ``which``, weights."""
        labels = self._train.labels[which].astype(np.int64)
        return {"images": images, "indices": indices, "labels": labels, **state.weights}

    def _compare(self, state: State, indices: np.ndarray) -> None:
        """Let the student and the reference take a step with the first few images of a batch."""
        out_of_time = self._compared > 0 and state.seconds > self.limit_seconds
        if self._compared >= self._budget.compared_steps or out_of_time:
            return
        which = indices[:PROBE_IMAGES]
        inputs = self._inputs(state, self._train.images[which], np.arange(PROBE_IMAGES), which)
        self._compared += 1
        self.audited_steps += 1
        try:
            answer = self._timed(state, self._probe, inputs, {})
        except CheckStoppedError as stopped:
            if stopped.status is Status.TIMEOUT and self._compared > FIRST_PROBES:
                # the time ended within this comparison, and the earlier ones agreed
                self.audited_steps -= 1
                return
            raise
        try:
            self._audit(state, inputs, answer)
        except AuditError as error:
            self._blame(state, indices, error)

    def _audit(self, state: State, inputs: dict[str, np.ndarray], answer: dict[str, WireValue]) -> None:
        right = reference_step(self._network, self._functions, inputs)
        compare_step(self._network, inputs, right, answer, state.step + 1)

    def _own_step(self, state: State, inputs: dict[str, np.ndarray]) -> dict[str, WireValue] | None:
        """Return the student's step; None if it did not fit into what is left of the budget."""
        if state.seconds > self.limit_seconds:
            return None
        try:
            return self._timed(state, self._own, inputs, self._handles)
        except CheckStoppedError as stopped:
            if stopped.status is Status.TIMEOUT and self._audited:
                return None
            raise

    def _timed(
        self,
        state: State,
        program: PlacedProgram,
        inputs: dict[str, np.ndarray],
        handles: dict[str, Handle],
    ) -> dict[str, WireValue]:
        start = time.perf_counter()
        try:
            return program.run(inputs, handles, seconds=max(self.limit_seconds - state.seconds, 0) + 1)
        finally:
            seconds = time.perf_counter() - start
            state.seconds += seconds
            self.step_seconds = seconds * self._budget.batch / len(inputs["indices"])

    def _accept(
        self, state: State, answer: dict[str, WireValue], inputs: dict[str, np.ndarray] | None
    ) -> bool:
        """Take the new weights after a look at them; False if they are no longer finite.

        Only the student's own steps, whose inputs are given, are audited.
        """
        fresh: dict[str, np.ndarray] = {}
        moved = 0.0
        for name, weights in state.weights.items():
            new = answer[naming.updated(name)]
            if not isinstance(new, np.ndarray) or new.shape != weights.shape or new.dtype.kind != "f":
                raise AuditError(f"after step {state.step + 1} {name} is no longer an array of its shape")
            with np.errstate(over="ignore", invalid="ignore"):
                fresh[name] = new.astype(np.float32, copy=False)
                moved += float(np.square(fresh[name] - weights).sum())
        if not np.isfinite(moved):
            return False
        chosen = self._schedule.chooses(state.step + 1, moved)
        if chosen and inputs is not None and self._audited:
            self.audited_steps += 1
            self._audit(state, inputs, answer)
        state.weights = fresh
        return True

    def _reference_seconds(self, state: State) -> float:
        """Return the seconds that a step of the reference takes here and now."""
        calls = step_calls(self._network, self._budget.batch)
        indices = self._pool[: self._budget.batch].astype(np.int64)
        inputs = self._inputs(state, self._train.images, indices, indices)
        seconds = []
        for _ in range(REFERENCE_STEPS):
            start = time.perf_counter()
            run_reference(calls, ["loss"], dict(inputs), self._functions)
            seconds.append(time.perf_counter() - start)
        return median(seconds)
