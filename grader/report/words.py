"""Words and numbers that all reports share."""

from __future__ import annotations

from grader.core.assignment import TASKS
from grader.core.results import CheckResult, Report, Status, TrainingResult

STATUS_WORDS = {
    Status.PASSED: "passed",
    Status.FAILED: "failed",
    Status.NOT_IMPLEMENTED: "not written yet",
    Status.BLOCKED: "blocked",
    Status.TIMEOUT: "out of time",
    Status.STUDENT_ERROR: "error",
    Status.NOT_RUN: "not run",
    Status.GRADER_ERROR: "grader error",
}


def points(value: float) -> str:
    """Return points as text without needless decimals: ``3``, ``0.5``."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def first_failures(report: Report) -> list[tuple[CheckResult, list[CheckResult]]]:
    """Return the first failure for each function and cause, or for each file, with the others like it."""
    groups: dict[tuple[str, tuple[str, ...]], list[CheckResult]] = {}
    quiet = {Status.PASSED, Status.NOT_RUN}
    for result in report.results:
        if result.status not in quiet:
            causes = tuple(cause.id for cause in result.feedback.causes) if result.feedback else ()
            file = result.feedback.file if result.feedback else None
            groups.setdefault((file or result.check.function, causes), []).append(result)
    for group in groups.values():
        # what is blocked says least
        group.sort(key=lambda result: result.status is Status.BLOCKED)
    # a file that cannot be used comes first: it explains more than any function does
    ordered = sorted(groups.values(), key=lambda group: not (group[0].feedback and group[0].feedback.file))
    return [(group[0], group[1:]) for group in ordered]


def next_points(report: Report) -> list[tuple[str, float, CheckResult]]:
    """Return the title, the points left and the next check of each incomplete task that was tried."""
    rows = []
    for task in TASKS:
        tried = [
            result
            for result in report.results
            if result.check.task == task.name and result.status is not Status.NOT_RUN
        ]
        missed = [result for result in tried if result.earned < result.check.points]
        if missed:
            left = sum(result.check.points - result.earned for result in missed)
            rows.append((task.title, left, missed[0]))
    training = next((result for result in report.results if result.check.task == "mnist"), None)
    if not rows and training is not None and training.status is Status.NOT_RUN:
        others = [
            result for result in report.results if result.check.task not in report.bonus_tasks | {"mnist"}
        ]
        if all(result.status is Status.PASSED for result in others):
            title = next(task.title for task in TASKS if task.name == "mnist")
            rows.append((title, training.check.points, training))
    return rows


def data_sentence(report: Report) -> str:
    """Return which images were used, and, if they were not MNIST, why."""
    if report.data is None:
        return "none"
    return f"{report.data.name}, {report.data.images:,} training images ({report.data.source})"


def inputs_sentence(report: Report) -> str:
    """Return where the inputs of the checks come from, and whether the score counts."""
    if report.practice:
        return "published seed: for practice, not for credit"
    return "secret seed, in the instructor's report; the checks themselves are public"


def slow_words(training: TrainingResult) -> str:
    """Return in words how a training went in which the reference took steps for slow functions."""
    return (
        f"Right but slow: at {training.step_seconds:.1f} s a step, your functions would exceed the limit of "
        f"{training.limit_seconds:.0f} s. They took {training.own_steps} of the {training.steps} steps, and "
        f"the reference took the others; {training.audited_steps} steps were compared and agree. "
        f"Most of the time goes to {training.slowest()}."
    )
