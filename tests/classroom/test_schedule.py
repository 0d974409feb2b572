"""Many submissions at once: each has a result, whatever the others do."""

import json

import pytest
from dying import grade_or_die
from marks import slowly

from grader.classroom import schedule
from grader.classroom.schedule import Job, Settings, grade_all, grade_files
from grader.core.kit import HOME

SETTINGS = Settings("a seed that only this test knows", mnist=False, isolation=None)


def job(name, what="grade"):
    return Job(name, ((f"{name}.py", what.encode()),))


def outcomes(jobs, processes):
    found = [
        (done.student, graded.outcome) for done, graded in grade_all(jobs, SETTINGS, processes, grade_or_die)
    ]
    assert sorted(student for student, _ in found) == sorted(each.student for each in jobs)
    return dict(found)


@pytest.mark.parametrize("processes", slowly([1, 3], quick=[3]))
def test_every_job_has_one_result(processes):
    jobs = [job(f"student{number}") for number in range(7)]
    assert set(outcomes(jobs, processes).values()) == {"graded"}


@pytest.mark.parametrize("processes", slowly([1, 2], quick=[2]))
def test_processes_make_room_for_new_ones_and_every_job_has_its_result(processes, monkeypatch):
    monkeypatch.setattr(schedule, "MOST_PER_PROCESS", 2)
    jobs = [job(f"student{number}") for number in range(7)]
    assert set(outcomes(jobs, processes).values()) == {"graded"}


@pytest.mark.parametrize("processes", slowly([1, 3], quick=[3]))
def test_one_that_ends_its_process_harms_no_other(processes):
    jobs = [job("a"), job("b", "die"), job("c"), job("d"), job("e", "die"), job("f")]
    found = outcomes(jobs, processes)
    assert {student for student, outcome in found.items() if outcome == "failed"} == {"b", "e"}


def test_one_that_raises_has_a_row_that_says_so():
    ((_, graded),) = grade_all([job("a", "raise")], SETTINGS, 1, grade_or_die)
    assert graded.outcome == "failed"
    assert "a fault of the grader" in graded.reason
    assert graded.earned is None


class TestGradeFiles:
    def files(self, *names):
        return tuple((name, (HOME / "solution" / name).read_bytes()) for name in names)

    def test_a_folder_of_files_is_graded_as_one_submission(self):
        graded = grade_files(self.files("layers.py", "loss.py", "optim.py"), SETTINGS)
        assert (graded.outcome, graded.earned, graded.bonus) == ("graded", 90.0, 15.0)
        assert json.loads(graded.report)["seed"] == SETTINGS.seed

    def test_names_lead_nowhere_else(self):
        (name, content), *_ = self.files("optim.py")
        graded = grade_files(((f"../../{name}", content), ("/etc/notes.txt", b"")), SETTINGS)
        assert graded.earned == 6.0

    def test_what_cannot_be_used_says_why(self):
        graded = grade_files((("photo.jpg", b""),), SETTINGS)
        assert (graded.outcome, graded.earned) == ("unusable", 0.0)
        assert "photo.jpg" in graded.reason
