"""Downloads of learning platforms: what is recognised, and that nobody is dropped."""

import zipfile
from datetime import UTC, datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import pytest

from grader.classroom.handins import content_of
from grader.classroom.layouts import read_download
from grader.core.errors import ClassError

CANVAS = {
    "lovelaceada_4711_900_layers.py": "a = 1",
    "lovelaceada_4711_901_loss-1.py": "b = 1",
    "turingalan_LATE_4712_902_homework.zip": "no zip",
    "anon_Ab3xQ_98765_hw.ipynb": "{}",
    "LATE_anon_Zz9_98766_hw.ipynb": "{}",
    "hoppergrace_4713_text.html": "<p>see my drive</p>",
}
MOODLE = {
    "Ada Lovelace_657737_assignsubmission_file/layers.py": "a = 1",
    "Ada Lovelace_657737_assignsubmission_file/sub/loss.py": "b = 1",
    "Alan_Turing_657738_assignsubmission_file_/optim.py": "c = 1",
    "Ada Lovelace_657739_assignsubmission_onlinetext/onlinetext.html": "hello",
}
MOODLE_FLAT = {
    "Ada Lovelace_657737_assignsubmission_file_layers.py": "a = 1",
    "Ada Lovelace_657737_assignsubmission_file_loss.py": "b = 1",
    "Alan Turing_657738_assignsubmission_file_hw.zip": "no zip",
}
BLACKBOARD = {
    "Exam 1 - Practical_ada_attempt_2026-02-20-00-35-07_layers.py": "old = 1",
    "Exam 1 - Practical_ada_attempt_2026-02-20-00-35-07.txt": "Name: Ada Lovelace (ada)\nAssignment: x\n",
    "Exam 1 - Practical_ada_attempt_2026-02-21-10-00-00_layers.py": "new = 1",
    "Exam 1 - Practical_c444_attempt_2026-02-20-02-19-15_hw.ipynb": "{}",
}
BRIGHTSPACE = {
    "index.html": "<html>",
    "100001-2000001 - ada Ada Lovelace - Jul 30, 2026 1053 PM/layers.py": "new = 1",
    "100001-2000000 - ada Ada Lovelace - Jul 29, 2026 905 AM/layers.py": "old = 1",
    "27236-46025 - 23304308 Angood - 05 March 2026 612 PM/hw.zip": "no zip",
}
GRADESCOPE = {
    "assignment_77_export/submission_metadata.yml": (
        "submission_123:\n  :submitters:\n  - :name: Ada Lovelace\n    :sid: '4711'\n    :email: ada@x.org\n"
        "  - :name: Alan Turing\n    :sid: '4712'\n    :email: alan@example.org\n"
        "  :created_at: 2026-02-20 10:00:00.5 Z\n  :score: 0.0\n"
        "submission_124:\n  :submitters:\n  - :name: Grace Hopper\n    :sid:\n    :email: grace@example.org\n"
        "  :created_at: 2026-02-21T10:00:00+01:00\n"
    ),
    "assignment_77_export/submission_123/layers.py": "a = 1",
    "assignment_77_export/submission_124/hw.ipynb": "{}",
}
NBGRADER = {
    "submitted/ada/cnn/assignment.ipynb": "{}",
    "submitted/ada/cnn/timestamp.txt": "2026-02-02 15:58:23.948203 America/Los_Angeles",
    "submitted/alan/cnn/assignment.ipynb": "{}",
    "source/cnn/assignment.ipynb": "{}",
}
GITHUB = {"cnn-submissions/cnn-ada/layers.py": "a = 1", "cnn-submissions/cnn-alan-t/net.py": "b = 1"}
CLASSROOM50 = {
    "cs-cnn_submissions_2026_01_02_t_15_04_05/scores.csv": "username\n",
    "cs-cnn_submissions_2026_01_02_t_15_04_05/cs-cnn-ada/layers.py": "a = 1",
    "cs-cnn_submissions_2026_01_02_t_15_04_05/cs-cnn-ada/result.json": "{}",
    "cs-cnn_submissions_2026_01_02_t_15_04_05/cs-cnn-alan/layers.py": "b = 1",
}
PLAIN = {
    "ada/layers.py": "a = 1",
    "alan.ipynb": "{}",
    "grace.tar.gz": "no archive",
    "holiday.jpg": "a photo",
    "kurt/.gitkeep": "",
}
LAYOUTS = {
    "canvas": (CANVAS, {"4711", "4712", "4713", "anon_Ab3xQ", "anon_Zz9"}),
    "moodle": (MOODLE, {"657737", "657738", "657739"}),
    "moodle-flat": (MOODLE_FLAT, {"657737", "657738"}),
    "blackboard": (BLACKBOARD, {"ada", "c444"}),
    "brightspace": (BRIGHTSPACE, {"ada Ada Lovelace", "23304308 Angood"}),
    "gradescope": (GRADESCOPE, {"4711", "grace@example.org"}),
    "nbgrader": (NBGRADER, {"ada", "alan"}),
    "github": (GITHUB, {"ada", "alan-t"}),
    "classroom50": (CLASSROOM50, {"ada", "alan"}),
    "plain": (PLAIN, {"ada", "alan", "grace", "kurt"}),
}


def as_folder(files, where):
    for name, text in files.items():
        path = where / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return where


def as_zip(files, where):
    where.mkdir(parents=True, exist_ok=True)
    path = where / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.fixture(params=[as_folder, as_zip], ids=["folder", "zip"])
def pack(request, tmp_path):
    return lambda files: request.param(files, tmp_path / "download")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_recognised_and_every_student_found(layout, pack):
    files, students = LAYOUTS[layout]
    download = read_download(pack(files))
    assert download.layout == layout
    assert set(download.latest()) == students


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_file_is_handed_in_or_said(layout, pack):
    files, _ = LAYOUTS[layout]
    download = read_download(pack(files))
    handed_in = sum(len(attempt.files) for attempt in download.attempts)
    told = {"submission_metadata.yml", "index.html", "scores.csv", ".gitkeep", "timestamp.txt", "result.json"}
    beside = [n for n in files if PurePosixPath(n).name in told or "source/" in n or n.endswith("35-07.txt")]
    assert handed_in + len(download.not_understood) + len(beside) == len(files)


def names_of(handin):
    return sorted(str(inner) for inner, _ in handin.files)


class TestCanvas:
    def test_files_of_one_student_are_put_together_under_their_own_names(self, pack):
        assert names_of(read_download(pack(CANVAS)).latest()["4711"]) == ["layers.py", "loss-1.py"]

    def test_late_ones_are_known_even_without_names(self, pack):
        late = {key for key, handin in read_download(pack(CANVAS)).latest().items() if handin.late}
        assert late == {"4712", "anon_Zz9"}

    def test_a_text_typed_into_canvas_is_a_file(self, pack):
        assert names_of(read_download(pack(CANVAS)).latest()["4713"]) == ["text.html"]


class TestMoodle:
    def test_folders_of_a_student_stay(self, pack):
        latest = read_download(pack(MOODLE)).latest()
        assert names_of(latest["657737"]) == ["layers.py", "sub/loss.py"]
        assert latest["657738"].who.name == "Alan_Turing"

    def test_the_number_is_that_of_the_worksheet(self, pack):
        assert "Participant 657737" in read_download(pack(MOODLE)).latest()["657737"].who.ids


class TestAttempts:
    def test_blackboard_s_last_one_counts_and_the_earlier_one_is_kept(self, pack):
        download = read_download(pack(BLACKBOARD))
        assert [a.when.day for a in download.attempts if a.who.key == "ada"] == [20, 21]
        assert content_of(download.latest()["ada"]).files == (("layers.py", b"new = 1"),)

    def test_brightspace_s_last_one_counts(self, pack):
        handin = read_download(pack(BRIGHTSPACE)).latest()["ada Ada Lovelace"]
        assert handin.when == datetime(2026, 7, 30, 22, 53)
        assert content_of(handin).files == (("layers.py", b"new = 1"),)

    def test_a_receipt_gives_the_name(self, pack):
        assert read_download(pack(BLACKBOARD)).attempts[0].who.name == "Ada Lovelace"


class TestGradescope:
    def test_all_members_of_a_group_are_known(self, pack):
        handin = read_download(pack(GRADESCOPE)).latest()["4711"]
        assert [who.name for who in handin.members] == ["Ada Lovelace", "Alan Turing"]
        assert handin.when == datetime(2026, 2, 20, 10, 0, 0, 500000, UTC)

    def test_metadata_of_something_else_are_one_sentence(self, pack):
        with pytest.raises(ClassError, match="not as Gradescope writes it"):
            read_download(pack({**GRADESCOPE, "assignment_77_export/submission_metadata.yml": "- a\n- b\n"}))


class TestNbgrader:
    def test_the_time_has_its_zone(self, pack):
        when = read_download(pack(NBGRADER)).latest()["ada"].when
        assert when == datetime(2026, 2, 2, 15, 58, 23, 948203, ZoneInfo("America/Los_Angeles"))

    def test_one_of_several_assignments_must_be_named(self, pack):
        files = pack({**NBGRADER, "submitted/ada/rnn/assignment.ipynb": "{}"})
        with pytest.raises(ClassError, match="cnn, rnn; name one with --assignment"):
            read_download(files)
        assert set(read_download(files, assignment="rnn").latest()) == {"ada"}
        with pytest.raises(ClassError, match="no assignment 'gan'"):
            read_download(files, assignment="gan")


class TestPlain:
    def test_what_belongs_to_nobody_is_said(self, pack):
        assert [t.partition(":")[0] for t in read_download(pack(PLAIN)).not_understood] == ["holiday.jpg"]

    def test_a_folder_in_a_zip_is_no_student(self, tmp_path):
        files = {f"homework/{name}": text for name, text in PLAIN.items()}
        assert set(read_download(as_zip(files, tmp_path)).latest()) == {"ada", "alan", "grace", "kurt"}

    def test_an_empty_folder_is_a_student_without_files(self, tmp_path):
        as_folder({"ada/layers.py": "a = 1"}, tmp_path)
        (tmp_path / "alan").mkdir()
        latest = read_download(tmp_path).latest()
        assert content_of(latest["alan"]).problem == "Nothing was handed in but an empty folder."

    def test_a_single_submission_is_no_class(self, pack):
        with pytest.raises(ClassError, match="grader grade"):
            read_download(pack({"layers.py": "", "loss.py": ""}))


class TestBadDownloads:
    def test_what_is_not_there(self, tmp_path):
        with pytest.raises(ClassError, match="does not exist"):
            read_download(tmp_path / "no.zip")

    def test_an_empty_folder(self, tmp_path):
        with pytest.raises(ClassError, match="is empty"):
            read_download(tmp_path)

    def test_a_zip_file_that_was_cut_off(self, tmp_path):
        path = as_zip(CANVAS, tmp_path)
        path.write_bytes(path.read_bytes()[:-30])
        with pytest.raises(ClassError, match="neither a folder nor a zip file"):
            read_download(path)

    def test_a_forced_layout_that_it_does_not_have(self, pack):
        with pytest.raises(ClassError, match=r"nothing in .* is named as in the layout 'moodle'"):
            read_download(pack(CANVAS), layout="moodle")

    def test_names_that_lead_out_are_said_and_not_read(self, tmp_path):
        download = read_download(as_zip({**MOODLE, "../evil_1_assignsubmission_file/a.py": "x"}, tmp_path))
        assert any("leads out" in text for text in download.not_understood)
        assert len(download.latest()) == 3

    def test_links_are_not_followed(self, tmp_path):
        as_folder({"ada/layers.py": "a = 1"}, tmp_path / "class")
        (tmp_path / "secret.py").write_text("secret")
        (tmp_path / "class" / "ada" / "loss.py").symlink_to(tmp_path / "secret.py")
        (tmp_path / "class" / "alan").symlink_to(tmp_path)
        download = read_download(tmp_path / "class")
        assert content_of(download.latest()["ada"]).files == (("layers.py", b"a = 1"),)
        assert len(download.not_understood) == 2


class TestContent:
    def test_the_digest_is_the_same_in_a_folder_and_a_zip(self, tmp_path):
        folder = read_download(as_folder(MOODLE, tmp_path / "a")).latest()
        archive = read_download(as_zip(MOODLE, tmp_path / "b")).latest()
        assert {k: content_of(v).digest for k, v in folder.items()} == {
            k: content_of(v).digest for k, v in archive.items()
        }

    def test_what_cannot_matter_is_sent_by_name_alone(self, pack):
        latest = read_download(pack({"ada/photo.jpg": "x" * 100, "ada/layers.py": "a"})).latest()
        assert content_of(latest["ada"]).files == (("layers.py", b"a"), ("photo.jpg", b""))

    def test_two_uploads_of_one_name_are_both_kept(self, pack):
        latest = read_download(
            pack({"ada_1_5_layers.py": "a", "ada_1_6_layers.py": "b", "alan_2_7_x.py": ""})
        ).latest()
        assert [name for name, _ in content_of(latest["1"]).files] == ["layers (2).py", "layers.py"]

    def test_a_damaged_member_of_a_zip_is_a_problem_of_its_student_alone(self, tmp_path):
        path = as_zip({"ada/layers.py": "first content", "alan/layers.py": "other content"}, tmp_path)
        path.write_bytes(path.read_bytes().replace(b"first content", b"FIRST content"))
        latest = read_download(path).latest()
        assert "layers.py cannot be read" in content_of(latest["ada"]).problem
        assert content_of(latest["alan"]).problem is None
