"""The book of a class: one SQLite file that keeps every hand-in and every result, and forgets none by itself.

A result is one transaction. Rows of hand-ins and results are only ever added;
:meth:`Book.forget` alone removes them, with the student.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from grader.classroom.roster import Person
from grader.classroom.rows import FAILED, Kept, Key, Result, Student
from grader.core.errors import ClassError

APPLICATION = 0x636E6267
"""by which SQLite's header says that a file is a book"""
BUSY_SECONDS = 10.0

MIGRATIONS = (
    """
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE students (
        key TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, section TEXT NOT NULL,
        ids TEXT NOT NULL, enrolled INTEGER NOT NULL);
    CREATE TABLE handins (
        id INTEGER PRIMARY KEY, student TEXT NOT NULL REFERENCES students (key) ON DELETE CASCADE,
        digest TEXT NOT NULL, attempt TEXT NOT NULL, submitted TEXT, late INTEGER, source TEXT NOT NULL,
        files TEXT NOT NULL, counts INTEGER NOT NULL, seen TEXT NOT NULL);
    CREATE INDEX handins_of ON handins (student, counts, id);
    CREATE TABLE results (
        id INTEGER PRIMARY KEY, student TEXT NOT NULL REFERENCES students (key) ON DELETE CASCADE,
        digest TEXT NOT NULL, kit TEXT NOT NULL, settings TEXT NOT NULL, seed TEXT NOT NULL,
        data TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, earned REAL, points REAL, bonus REAL,
        report TEXT, seconds REAL NOT NULL, cpu_seconds REAL NOT NULL, graded TEXT NOT NULL);
    CREATE INDEX results_of ON results (student, id);
    """,
)
"""what leads from each version of the book to the next; ``PRAGMA user_version`` counts them"""


def now() -> str:
    """Return the time in UTC, as the book writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Book:
    """A book that is open; only one process at a time may open one for writing."""

    def __init__(self, path: Path, *, write: bool = True, create: bool = False) -> None:
        """Open a book.

        Parameters
        ----------
        path
            Its file.
        write
            Whether it is written to; then no other process may be writing.
        create
            Whether to begin a new one where there is none.

        Raises
        ------
        ClassError
            If there is none, it is no book, a newer kit has written it, it is in use, or its disk cannot
            hold one.
        """
        self.path = path
        self._lock: int | None = None
        if not path.exists():
            if not create:
                raise ClassError(
                    f"there is no book {path}: grader class grade DOWNLOAD --book {path} begins one"
                )
            with self._sentences():
                # nobody else may read the grades, not even for a moment
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        elif path.is_dir():
            raise ClassError(f"{path} is a folder: --book takes a file, such as {path / 'course.db'}")
        try:
            if write:
                self._lock_out_others()
            with self._sentences():
                self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        self._connection = sqlite3.connect(self.path, isolation_level=None, timeout=BUSY_SECONDS)
        run = self._connection.execute
        (version,) = run("PRAGMA user_version").fetchone()
        (application,) = run("PRAGMA application_id").fetchone()
        (tables,) = run("SELECT count(*) FROM sqlite_master").fetchone()
        if application != APPLICATION and (tables or version):
            raise ClassError(f"{self.path} is a database, but no book of this kit: name another file")
        if version > len(MIGRATIONS):
            raise ClassError(
                f"a newer kit has written {self.path} (version {version}, this one knows {len(MIGRATIONS)}): "
                "update convgrade"
            )
        if self._lock is None:
            run("PRAGMA query_only = ON")
            return
        with contextlib.suppress(OSError):
            self.path.chmod(0o600)
        (mode,) = run("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise ClassError(
                f"the disk of {self.path} cannot hold a book safely (SQLite's journal is '{mode}', "
                "not 'wal'): a network share, perhaps; keep the book on a disk of this machine"
            )
        run("PRAGMA synchronous = FULL")
        run("PRAGMA foreign_keys = ON")
        run("PRAGMA secure_delete = ON")
        with self._transaction():
            run(f"PRAGMA application_id = {APPLICATION}")
            for migration in MIGRATIONS[version:]:
                for statement in filter(str.strip, migration.split(";")):
                    run(statement)
            run(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def _lock_out_others(self) -> None:
        try:
            import fcntl
        except ImportError:
            # Windows: SQLite's own locks keep the book whole
            self._lock = -1
            return
        lock = self.path.with_name(f"{self.path.name}.lock")
        with self._sentences():
            self._lock = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.pread(self._lock, 20, 0).decode("ascii", "replace")
            raise ClassError(
                f"{self.path} is being written by another grader (process {other}): wait for it, or end it"
            ) from None
        except OSError as error:
            raise ClassError(
                f"{self.path} cannot be locked ({error.strerror}): keep the book on a disk of this machine"
            ) from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def __enter__(self) -> Book:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the book; everything written before is on the disk already."""
        if hasattr(self, "_connection"):
            self._connection.close()
        if self._lock is not None and self._lock >= 0:
            os.close(self._lock)
        self._lock = None

    @contextlib.contextmanager
    def _sentences(self) -> Iterator[None]:
        """Say in a sentence what is wrong with the file or its disk."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            hints = {"full": "make room and go on", "locked": "another program has it open: wait for it"}
            hint = next((hint for word, hint in hints.items() if word in str(error)), "is it a book at all?")
            raise ClassError(f"{self.path}: {error}; {hint}. What was written before is safe") from error
        except OSError as error:
            raise ClassError(f"{self.path} cannot be written: {error.strerror}") from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._sentences():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def _rows(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        with self._sentences():
            yield from self._connection.execute(query, values)

    def setting(self, name: str) -> str | None:
        """Return what the book was told to keep under a name; None if nothing was."""
        return next((row[0] for row in self._rows("SELECT value FROM settings WHERE name = ?", name)), None)

    def keep(self, name: str, value: str) -> None:
        """Keep a text under a name."""
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def enrol(self, people: Mapping[str, Person], *, enrolled: bool) -> None:
        """Add students, or say more of those that are there; ``enrolled`` says that a roster has them."""
        with self._transaction():
            for person in people.values():
                self._connection.execute(
                    "INSERT INTO students VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                    "name = coalesce(nullif(excluded.name, ''), name), "
                    "email = coalesce(nullif(excluded.email, ''), email), "
                    "section = coalesce(nullif(excluded.section, ''), section), "
                    "ids = CASE WHEN excluded.enrolled THEN excluded.ids ELSE ids END, "
                    "enrolled = max(enrolled, excluded.enrolled)",
                    (
                        person.key,
                        person.name,
                        person.email,
                        person.section,
                        json.dumps(sorted(person.ids)),
                        int(enrolled),
                    ),
                )

    def hand_in(self, student: str, kept: Kept) -> None:
        """Add a hand-in; nothing happens if it is known, and the one that counts already if it counts."""
        row = (student, kept.digest, kept.attempt, kept.submitted)
        with self._transaction():
            if kept.counts:
                last = self._connection.execute(
                    "SELECT student, digest, attempt, submitted, late FROM handins "
                    "WHERE student = ? AND counts ORDER BY id DESC LIMIT 1",
                    (student,),
                ).fetchone()
                known = last == (*row, kept.late)
            else:
                known = self._connection.execute(
                    "SELECT 1 FROM handins WHERE student = ? AND digest = ? AND attempt = ? "
                    "AND submitted IS ?",
                    row,
                ).fetchone()
            if not known:
                self._connection.execute(
                    "INSERT INTO handins "
                    "(student, digest, attempt, submitted, late, source, files, counts, seen) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*row, kept.late, kept.source, json.dumps(kept.files), int(kept.counts), now()),
                )

    def add(self, result: Result) -> None:
        """Add a result."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO results (student, digest, kit, settings, seed, data, outcome, reason, earned, "
                "points, bonus, report, seconds, cpu_seconds, graded) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (result.student, *result.key, *result.columns(), now()),
            )

    def graded(self, student: str, key: Key) -> bool:
        """Whether the last result for the same files, kit, settings, seed and data is one that stays."""
        rows = self._rows(
            "SELECT outcome FROM results WHERE student = ? AND digest = ? AND kit = ? AND settings = ? "
            "AND seed = ? AND data = ? ORDER BY id DESC LIMIT 1",
            student,
            *key,
        )
        return any(outcome != FAILED for (outcome,) in rows)

    def students(self) -> list[Student]:
        """Return all students with the hand-in that counts and its latest result, by name."""
        found = []
        for key, name, email, section, ids, enrolled in self._rows(
            "SELECT * FROM students ORDER BY name COLLATE NOCASE, key"
        ):
            person = Person(key, name, email, section, frozenset(json.loads(ids)))
            handin = next(iter(self.handins(key, counting=True)), None)
            result = None
            if handin is not None:
                result = next(iter(self.results(key, handin.digest, most=1)), None)
            found.append(Student(person, bool(enrolled), handin, result))
        return found

    def handins(self, student: str, *, counting: bool = False) -> list[Kept]:
        """Return what a student handed in, the latest first; or only what counted when it came."""
        rows = self._rows(
            "SELECT digest, attempt, submitted, late, source, files, counts, seen FROM handins "
            "WHERE student = ? AND counts >= ? ORDER BY id DESC",
            student,
            int(counting),
        )
        return [
            Kept(digest, attempt, when, late, source, tuple(json.loads(files)), bool(counts), seen)
            for digest, attempt, when, late, source, files, counts, seen in rows
        ]

    def results(self, student: str, digest: str | None = None, *, most: int = -1) -> list[Result]:
        """Return the results of a student, the latest first; or only those of the files with a digest."""
        rows = self._rows(
            "SELECT student, digest, kit, settings, seed, data, outcome, reason, earned, points, bonus, "
            "report, seconds, cpu_seconds, graded, id FROM results "
            "WHERE student = ? AND digest = coalesce(?, digest) ORDER BY id DESC LIMIT ?",
            student,
            digest,
            most,
        )
        return [Result(row[0], Key(*row[1:6]), *row[6:]) for row in rows]

    def forget(self, student: str) -> None:
        """Remove a student with everything that is known, and leave nothing of it in the file."""
        with self._transaction():
            self._connection.execute("DELETE FROM students WHERE key = ?", (student,))
        with self._sentences():
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
