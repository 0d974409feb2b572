"""Import the modules of a submission in its worker, and remember which cannot be, and what was left out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace

from grader.core.assignment import FUNCTIONS
from grader.core.errors import CheckStoppedError
from grader.core.results import Status
from grader.submission.ingest import Submission
from grader.worker import failures, protocol
from grader.worker.life import Session
from grader.worker.replies import LeftOut, Loaded, ReportedError


class Imports:
    """What is known of the modules of one submission, whatever becomes of its workers."""

    def __init__(self, submission: Submission, seconds: float, deadline: protocol.Deadline) -> None:
        """Begin to remember.

        Parameters
        ----------
        submission
            What was handed in.
        seconds
            Time for a module.
        deadline
            The end of all the time that the submission has.
        """
        self._submission = submission
        self._seconds = seconds
        self._deadline = deadline
        self._unloadable: dict[str, CheckStoppedError] = {}
        self._only_needed: set[str] = set()
        """modules whose import as a whole ended a worker"""
        self._left_out: dict[str, tuple[LeftOut, ...]] = {}
        self.notes: dict[str, None] = {}
        """what was left out, a sentence each, in order"""

    @property
    def left_out(self) -> list[LeftOut]:
        """The statements that were left out."""
        return [left for part in self._left_out.values() for left in part]

    def home(self, function: str) -> str:
        """Return the name of the module in which a function should be."""
        return self._submission.homes.get(function, FUNCTIONS[function].module)

    def ensure(self, function: str, session: Callable[[], Session]) -> None:
        """Import the module of a function, or all there are if that one was not handed in.

        Parameters
        ----------
        function
            One of the assignment's.
        session
            Returns that of a worker that lives.

        Raises
        ------
        CheckStoppedError
            If the function cannot be reached.
        """
        if self._submission.problem:
            raise failures.unusable(function, self._submission.problem)
        if function in self._submission.lost:
            raise failures.unreadable(self._submission.lost[function])
        module = self.home(function)
        if module in self._submission.modules:
            self._ensure_imported(module, session)
            return
        # all in one file is a matter of style; one that cannot be imported has checks of its own
        for other in self._submission.modules:
            with contextlib.suppress(CheckStoppedError):
                self._ensure_imported(other, session)

    def _ensure_imported(self, module: str, session: Callable[[], Session]) -> None:
        """Import a module, once a worker; what could not be imported is not tried again."""
        if module in self._unloadable:
            raise self._unloadable[module]
        if module in session().loaded:
            return
        try:
            reply = self._import(module, session)
        except CheckStoppedError as stopped:
            self._unloadable[module] = stopped
            raise
        if isinstance(reply, ReportedError):
            file = self._submission.modules[module]
            self._unloadable[module] = failures.not_imported(reply, file, self._submission)
            raise self._unloadable[module]
        self._left_out.setdefault(module, reply.left_out)
        for note in failures.left_out_notes(reply, self._submission):
            self.notes.setdefault(note)

    def _import(self, module: str, session: Callable[[], Session]) -> Loaded | ReportedError:
        """Import a module as a whole; if that ends the worker, only what its functions need."""
        file = self._submission.modules[module]
        functions = [function for function in FUNCTIONS if self.home(function) == module]
        if module not in self._only_needed:
            try:
                return session().load(module, functions, self._deadline.at_most(self._seconds))
            except CheckStoppedError as stopped:
                if self._deadline.is_over:
                    raise failures.no_time_left(functions[0] if functions else file) from None
                # the same file under another name must not end another worker
                self._only_needed.update(m for m, f in self._submission.modules.items() if f == file)
                self.notes.setdefault(failures.import_ended(file, stopped, self._seconds))
        try:
            seconds = self._deadline.at_most(self._seconds)
            return session().load(module, functions, seconds, only_needed=True)
        except CheckStoppedError as stopped:
            if self._deadline.is_over:
                raise failures.no_time_left(functions[0] if functions else file) from None
            late = stopped.status is Status.TIMEOUT
            # no function of the file can be reached, so none is named
            reason = failures.import_timed_out(file, self._seconds) if late else stopped
            raise CheckStoppedError(reason.status, replace(reason.feedback, file=file)) from None
