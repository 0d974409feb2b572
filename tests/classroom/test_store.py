"""The book: whole at any moment, for one writer, and only for its owner."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys

import pytest

from grader.classroom.roster import Person
from grader.classroom.rows import FAILED, GRADED, UNUSABLE, Kept, Key, Result
from grader.classroom.store import Book
from grader.core.errors import ClassError
from grader.core.kit import HOME

KEY = Key("sha256:a", "1.0", "settings", "seed", "none")
ADA = Person("ada", "Ada Lovelace", "ada@example.org", "1", frozenset({"ada"}))


@pytest.fixture
def book(tmp_path):
    with Book(tmp_path / "course.db", create=True) as opened:
        opened.enrol({"ada": ADA}, enrolled=True)
        yield opened


def result(outcome=GRADED, key=KEY, earned=90.0):
    return Result("ada", key, outcome, "", earned, 100.0, 5.0, '{"checks": []}')


class TestResults:
    def test_the_last_result_of_the_files_that_count_is_the_students(self, book):
        book.hand_in("ada", Kept("sha256:a", files=("layers.py",)))
        book.add(result(earned=50.0))
        book.add(result(earned=60.0))
        (row,) = book.students()
        assert (row.person, row.result.earned, row.result.total) == (ADA, 60.0, 65.0)
        assert [each.earned for each in book.results("ada")] == [60.0, 50.0]

    def test_other_files_that_count_have_no_result_yet(self, book):
        book.hand_in("ada", Kept("sha256:a"))
        book.add(result())
        book.hand_in("ada", Kept("sha256:b"))
        (row,) = book.students()
        assert row.reason == "Not graded yet."
        assert [kept.digest for kept in book.handins("ada")] == ["sha256:b", "sha256:a"]

    @pytest.mark.parametrize("field", Key._fields)
    def test_a_result_holds_for_what_it_was_made_with(self, book, field):
        book.add(result())
        assert book.graded("ada", KEY)
        assert not book.graded("ada", KEY._replace(**{field: "other"}))

    @pytest.mark.parametrize(("outcome", "stays"), [(GRADED, True), (UNUSABLE, True), (FAILED, False)])
    def test_what_the_grader_could_not_finish_is_tried_again(self, book, outcome, stays):
        book.add(result(outcome))
        assert book.graded("ada", KEY) is stays

    def test_the_same_hand_in_is_kept_once(self, book):
        for _ in range(3):
            book.hand_in("ada", Kept("sha256:a", "1", "2026-01-01", 1))
        assert len(book.handins("ada")) == 1

    def test_a_student_who_is_forgotten_leaves_nothing_in_the_file(self, book):
        book.hand_in("ada", Kept("sha256:a"))
        book.add(result())
        book.forget("ada")
        assert book.students() == []
        content = book.path.read_bytes()
        assert b"Lovelace" not in content
        assert b"ada@example.org" not in content


class TestFile:
    def test_only_the_owner_can_read_it(self, book):
        assert stat.S_IMODE(book.path.stat().st_mode) == 0o600

    def test_a_second_writer_is_refused_and_a_reader_is_not(self, book):
        with pytest.raises(ClassError, match="is being written by another grader"):
            Book(book.path)
        with Book(book.path, write=False) as reader:
            assert len(reader.students()) == 1

    def test_a_reader_changes_nothing(self, book):
        with Book(book.path, write=False) as reader, pytest.raises(ClassError):
            reader.add(result())

    def test_there_has_to_be_one(self, tmp_path):
        with pytest.raises(ClassError, match="there is no book"):
            Book(tmp_path / "none.db")

    def test_a_file_that_is_no_book_is_left_alone(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("not a database, and much too long to be taken for an empty one" * 20)
        before = path.read_bytes()
        with pytest.raises(ClassError):
            Book(path, create=True)
        assert path.read_bytes() == before

    def test_the_database_of_another_program_is_left_alone(self, tmp_path):
        path = tmp_path / "other.db"
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE theirs (value)")
        other.commit()
        other.close()
        with pytest.raises(ClassError, match="no book of this kit"):
            Book(path, create=True)

    def test_the_book_of_a_newer_kit_is_left_alone(self, book):
        path = book.path
        book.close()
        newer = sqlite3.connect(path)
        newer.execute("PRAGMA user_version = 99")
        newer.close()
        with pytest.raises(ClassError, match="a newer kit has written"):
            Book(path)


WRITER = """
import sys
from pathlib import Path
from grader.classroom.rows import GRADED, Key, Result
from grader.classroom.store import Book

with Book(Path(sys.argv[1])) as book:
    for number in range(100_000):
        key = Key(f"sha256:{number}", "1.0", "settings", "seed", "none")
        book.add(Result("ada", key, GRADED, "", 1.0, 2.0, 0.0, "{}" * 1000))
        print(number, flush=True)
"""


@pytest.mark.slow
def test_a_writer_that_is_killed_loses_nothing_that_it_said_it_wrote(book):
    path = book.path
    book.close()
    for round_ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            cwd=HOME,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(HOME)},
        ) as writer:
            for _ in range(3 + 7 * round_):
                told = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            # the last line may be cut off
            told = max([told, *map(int, writer.stdout.read().split()[:-1])])
        with Book(path) as opened:
            assert opened._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            kept = {each.key.digest for each in opened.results("ada")}
        assert {f"sha256:{number}" for number in range(told + 1)} <= kept
