"""The canonical report: JSON that ``report.schema.json`` describes.

Values that differ between runs of the same submission and seed have ``seconds``, ``time`` or ``date`` in
their keys; everything else is the same to the byte.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grader.core.results import CheckResult, Feedback, Report, TrainingResult
from grader.core.text import clean

SCHEMA = Path(__file__).with_name("report.schema.json")
VERSION = 2


def as_data(report: Report) -> dict[str, Any]:
    """Return a report as plain dictionaries and lists."""
    score, info = report.score, report.submission
    return {
        "schema": VERSION,
        "submission": {
            "name": clean(info.name),
            "digest": info.digest,
            "files": [clean(name) for name in info.files],
            "notes": [clean(note) for note in info.notes],
            "problem": clean(info.problem) if info.problem else None,
        },
        "score": {
            "earned": score.earned,
            "points": score.points,
            "bonus_earned": score.bonus_earned,
            "bonus_points": score.bonus_points,
        },
        "checks": [_check(result) for result in report.results],
        "training": _training(report.training),
        "data": None
        if report.data is None
        else {
            "name": report.data.name,
            "images": report.data.images,
            "source": clean(report.data.source),
        },
        "practice": report.practice,
        "seed": report.seed,
        "isolation": {
            "tier": report.isolation.tier,
            "missing": list(report.isolation.missing),
            "not_promised": list(report.isolation.not_promised),
        },
        "versions": report.versions,
        "seconds": round(report.seconds, 3),
    }


def _check(result: CheckResult) -> dict[str, Any]:
    check = result.check
    return {
        "id": check.id,
        "task": check.task,
        "kind": str(check.kind),
        "title": check.title,
        "status": str(result.status),
        "earned": result.earned,
        "points": check.points,
        "seconds": round(result.seconds, 4),
        "feedback": None if result.feedback is None else _feedback(result.feedback),
    }


def _feedback(feedback: Feedback) -> dict[str, Any]:
    return {
        "headline": clean(feedback.headline),
        "facts": [clean(fact) for fact in feedback.facts],
        "picture": list(feedback.picture),
        "cause": clean(feedback.cause) if feedback.cause else None,
        "remedy": clean(feedback.remedy) if feedback.remedy else None,
        "read": feedback.read,
        "guide": feedback.guide,
        "replay": None if feedback.replay is None else feedback.replay.code,
    }


def _training(training: TrainingResult | None) -> dict[str, Any] | None:
    if training is None:
        return None
    return {
        "network": training.network,
        "steps": training.steps,
        "most_steps": training.most_steps,
        "curve": [{"step": step, "accuracy": accuracy} for step, accuracy in training.curve],
        "test_accuracy": training.test_accuracy,
        "thresholds": list(training.thresholds),
        "stopped": training.stopped,
        "replaced": list(training.replaced),
        "own_steps": training.own_steps,
        "audited_steps": training.audited_steps,
        "seconds": round(training.seconds, 3),
        "limit_seconds": round(training.limit_seconds, 3),
        "step_seconds": round(training.step_seconds, 4),
        "function_seconds": {name: round(part, 4) for name, part in training.function_seconds.items()},
    }


def render(report: Report) -> str:
    """Return a report as JSON text, indented by two spaces and ending with a line feed."""
    return json.dumps(as_data(report), indent=2, allow_nan=False, ensure_ascii=True) + "\n"
