"""``grader class``: from a download to a book, and from the book to a sheet."""

import csv
import io
import zipfile

import pytest

from grader.classroom import grading
from grader.classroom.schedule import Graded
from grader.cli.main import run
from grader.core.kit import HOME

ROSTER = """Identifier,Full name,Email address
Participant 101,Ada Lovelace,ada@example.org
Participant 102,Alan Turing,alan@example.org
Participant 103,=cmd|calc,calc@example.org
Participant 104,Barbara Liskov,barbara@example.org
"""
WRONG = "\ndef relu_forward(x):\n    return x, x\n"


@pytest.fixture
def download(tmp_path):
    """Write a download of Moodle with a right, a wrong and an unusable hand-in, and one of somebody else."""
    sources = {path.name: path.read_text(encoding="utf-8") for path in (HOME / "solution").glob("[lo]*.py")}
    path = tmp_path / "CNN-77.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for who, files in {
            "Ada Lovelace_101": sources,
            "Alan Turing_102": {**sources, "layers.py": sources["layers.py"] + WRONG},
            "=cmd|calc_103": {"photo.jpg": "x"},
            "Edsger Dijkstra_105": {"optim.py": sources["optim.py"]},
        }.items():
            for name, text in files.items():
                archive.writestr(f"{who}_assignsubmission_file/{name}", text)
        archive.writestr("readme.txt", "x")
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return path


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments):
        code = run(["class", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def rows(path):
    return {row["key"]: row for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))}


class TestGrade:
    def test_a_class_is_graded_shown_and_exported(self, command, download, tmp_path):
        options = ("--book", "course.db", "--roster", "roster.csv", "--no-mnist", "--jobs", "2")
        code, out, err = command("grade", download, *options)
        assert (code, "Participant 101: 105" in err) == (0, True)
        assert "CNN-77.zip: Moodle, a folder for each student, 4 students" in out
        assert "not understood: readme.txt" in out
        assert "Nothing handed in by Participant 104" in out
        assert "Not on the roster: Edsger Dijkstra (105)" in out
        assert "In the book: 3 graded, 1 unusable, 1 missing" in out

        code, out, err = command("grade", download, *options)
        assert "0 to grade, 4 unchanged since an earlier run" in out
        assert (code, err) == (0, "")

        _, out, _ = command("show", "--book", "course.db")
        lines = [line.split()[:2] for line in out.splitlines()]
        assert lines.index(["Participant", "103"]) < lines.index(["Participant", "101"])
        _, out, _ = command("show", "Participant 102", "--book", "course.db")
        assert "Alan Turing" in out
        assert "layers.py" in out

        command("export", "scores.csv", "--book", "course.db")
        found = rows(tmp_path / "scores.csv")
        assert (found["Participant 101"]["score"], found["Participant 101"]["conv2d"]) == ("105", "40")
        assert float(found["Participant 102"]["score"]) < 105
        assert found["Participant 103"]["name"] == "'=cmd|calc"
        assert (found["Participant 104"]["score"], found["Participant 104"]["state"]) == ("", "missing")
        assert found["105"]["sgd"] == "6"

        command("forget", "Participant 102", "--book", "course.db")
        _, out, _ = command("show", "--book", "course.db")
        assert "Turing" not in out

    def test_a_dry_run_says_what_it_recognised_and_writes_nothing(self, command, download, tmp_path):
        code, out, _ = command(
            "grade", download, "--book", "course.db", "--roster", "roster.csv", "--dry-run"
        )
        assert code == 0
        assert "4 students" in out
        assert "Nothing handed in by Participant 104" in out
        assert not (tmp_path / "course.db").exists()

    def test_a_run_that_is_stopped_goes_on_where_it_was(self, command, download, monkeypatch):
        real = grading.grade_all
        graded = []

        def stopped_after_one(jobs, *options):
            for job in jobs[:1]:
                yield job, Graded("graded", "", 1.0, 100.0, 0.0, '{"checks": []}')
            raise KeyboardInterrupt

        monkeypatch.setattr(grading, "grade_all", stopped_after_one)
        options = (download, "--book", "course.db", "--no-mnist")
        assert command("grade", *options)[0] == 130

        def counted(jobs, *rest):
            for job, found in real(jobs, *rest):
                graded.append(job.student)
                yield job, found

        monkeypatch.setattr(grading, "grade_all", counted)
        code, out, _ = command("grade", *options)
        assert (code, len(graded)) == (0, 3)
        assert "1 unchanged since an earlier run" in out

    def test_what_the_grader_could_not_finish_is_told_and_tried_again(self, command, download, monkeypatch):
        def failing(jobs, *_):
            for job in jobs:
                yield job, Graded("failed", "The process that graded it ended twice.")

        monkeypatch.setattr(grading, "grade_all", failing)
        code, out, err = command("grade", download, "--book", "course.db", "--no-mnist")
        assert code == 4
        assert "ended twice" in err
        code, out, _ = command("grade", download, "--book", "course.db", "--no-mnist")
        assert "4 to grade, 0 unchanged" in out

    def test_other_settings_are_graded_anew(self, command, download, monkeypatch):
        def quick(jobs, *_):
            for job in jobs:
                yield job, Graded("graded", "", 1.0, 100.0, 0.0, '{"checks": []}')

        monkeypatch.setattr(grading, "grade_all", quick)
        options = (download, "--book", "course.db", "--no-mnist")
        command("grade", *options)
        assert "4 to grade" in command("grade", *options, "--time-limit", "300")[1]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"Identifier,Full name\nParticipant 1,Ada\nParticipant 1,Bob\n", "more than one row"),
            ("Identifier,Full name\nParticipant 1,Zo\u00eb\n".encode("latin-1"), "is not UTF-8"),
            (b"colour,shape\nred,round\n", "no column that identifies students"),
        ],
    )
    def test_a_roster_that_is_not_right_is_one_sentence_before_anything_runs(
        self, command, download, tmp_path, content, said
    ):
        (tmp_path / "bad.csv").write_bytes(content)
        code, _, err = command("grade", download, "--book", "course.db", "--roster", "bad.csv")
        assert code != 0
        assert said in err
        assert "Traceback" not in err
        assert not (tmp_path / "course.db").exists()


@pytest.mark.parametrize(
    "arguments", [("show",), ("show", "nobody"), ("forget", "nobody"), ("export", "x.csv")]
)
def test_without_a_book_it_says_how_to_begin_one(command, arguments):
    code, _, err = command(*arguments, "--book", "none.db")
    assert code != 0
    assert "there is no book none.db" in err
