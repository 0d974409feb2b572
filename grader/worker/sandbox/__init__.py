"""The worker process that runs a submission, and what keeps it in its place."""

from grader.worker.sandbox.limits import THREADS, Limits

__all__ = ["THREADS", "Limits"]
