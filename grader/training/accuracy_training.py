"""The training of the accuracy check: network A, a student's functions, and one look at the test images."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from grader.core.errors import AuditError, CheckStoppedError
from grader.core.results import Status, TrainingResult
from grader.core.seed import Seed
from grader.training.audit import AuditSchedule
from grader.training.budget import TrainingBudget
from grader.training.calls_engine import Functions, compute_logits
from grader.training.loop import Batches, Images, Point, State, TrainingLoop
from grader.training.network import Network, initial_parameters
from grader.training.student_steps import StudentStepper
from grader.worker.session import Student


class AccuracyTraining:
    """One training of the accuracy check.

    ``best`` holds the weights with the highest accuracy so far, ``problem`` the error that ended it.

    Parameters
    ----------
    network
        The network to train.
    train
        Training images; some are held back to see when to stop.
    thresholds
        Accuracies that are worth points, in ascending order.
    functions
        Finds the reference's functions.
    seed
        The seed of weights, order of images and audits.
    student
        The student whose functions to train with; None trains the reference in this process.
    replaced
        Functions of the reference to use in place of the student's from the start, each with the reason.
    budget
        Steps and seconds.
    audited
        Whether there is a reference. Without one, the student's functions also evaluate, and nothing is
        audited or taken over.
    on_evaluation
        Called with step, number of steps and accuracy; None for nothing.
    """

    def __init__(
        self,
        network: Network,
        train: Images,
        thresholds: tuple[float, ...],
        functions: Functions,
        seed: Seed,
        *,
        student: Student | None = None,
        replaced: Mapping[str, str] | None = None,
        budget: TrainingBudget | None = None,
        audited: bool = True,
        on_evaluation: Callable[[int, int, float], None] | None = None,
    ) -> None:
        self.best: dict[str, np.ndarray] = {}
        self.problem: CheckStoppedError | AuditError | None = None
        self._network, self._thresholds, self._functions = network, thresholds, functions
        self._audited = audited
        self._evaluated_by = None if audited else student
        self._budget = budget = budget or TrainingBudget()
        self._on_evaluation = on_evaluation
        # a stream of its own for each purpose: the weights, which the worker sees, do not tell the audits
        self._state = State(initial_parameters(network, seed.random("training.weights")))
        random = seed.random("training.order")
        order = random.permutation(len(train.images))
        held_back, pool = train.pick(order[: budget.held_back]), order[budget.held_back :]
        self._stepper = StudentStepper(
            network,
            train,
            pool,
            functions,
            student=student,
            replaced=replaced or {},
            budget=budget,
            schedule=AuditSchedule(seed.random("training.audits")),
            spots=seed.random("training.probes"),
            audited=audited,
        )
        self._loop = TrainingLoop(
            self._state,
            Batches(pool, budget.batch, lambda _, pool: random.permutation(pool)),
            self._stepper,
            lambda weights: self._accuracy(weights, held_back),
            steps=budget.steps,
            evaluate_every=budget.evaluate_every,
            is_enough=lambda points: budget.is_enough([point.accuracy for point in points], thresholds),
            on_evaluation=self._note,
        )

    @property
    def replaced(self) -> Mapping[str, str]:
        """The functions of the reference that were used in place of the student's, each with the reason."""
        return self._stepper.replaced

    def run(self, test: Images) -> TrainingResult:
        """Train until accurate, out of steps or out of time, and evaluate on the test images once.

        Parameters
        ----------
        test
            Images that are not trained on; if there is a reference, the student's functions never see them.

        Returns
        -------
        TrainingResult
            Also when the training broke off: then with what was reached before. ``problem`` says why.
        """
        stopped = self._train()
        accuracy = None
        # without a reference, functions that failed cannot evaluate either
        if stopped != "audit" and (self._audited or self.problem is None):
            try:
                accuracy = self._test_accuracy(stopped, test)
            except CheckStoppedError as problem:
                stopped = self._ended_by(problem)
        state, stepper = self._state, self._stepper
        return TrainingResult(
            network=self._network.name,
            steps=state.step,
            most_steps=self._budget.steps,
            curve=tuple((point.step, round(point.accuracy, 4)) for point in state.points),
            test_accuracy=accuracy,
            thresholds=self._thresholds,
            stopped=stopped,
            replaced=tuple(sorted(stepper.replaced)),
            own_steps=stepper.own_steps,
            audited_steps=stepper.audited_steps,
            seconds=state.seconds,
            limit_seconds=stepper.limit_seconds,
            step_seconds=stepper.step_seconds,
        )

    def _train(self) -> str:
        """Train, and return why it ended."""
        try:
            self._stepper.start(self._state)
            return self._loop.run()
        except AuditError as problem:
            self.problem = problem
            return "audit"
        except CheckStoppedError as problem:
            return self._ended_by(problem)

    def _ended_by(self, problem: CheckStoppedError) -> str:
        self.problem = problem
        return "time" if problem.status is Status.TIMEOUT else "error"

    def _test_accuracy(self, stopped: str, test: Images) -> float | None:
        """Return the accuracy of the best weights, those of the last steps included."""
        if stopped != "diverged":
            self._loop.evaluate_rest()
        return round(self._accuracy(self.best, test), 4) if self.best else None

    def _accuracy(self, weights: dict[str, np.ndarray], images: Images) -> float:
        """Return the share of images that are classified correctly."""
        with np.errstate(all="ignore"):
            scores = compute_logits(
                self._network, weights, images.images, self._functions, self._evaluated_by
            )
        return int((scores.argmax(axis=1) == images.labels).sum()) / len(images.images)

    def _note(self, point: Point) -> None:
        if point.accuracy == max(earlier.accuracy for earlier in self._state.points):
            self.best = self._state.weights
        if self._on_evaluation is not None:
            self._on_evaluation(point.step, self._budget.steps, round(point.accuracy, 4))
