"""Rosters: columns of every LMS, who is meant, and files that cannot be used."""

import pytest

from grader.classroom.handins import Who
from grader.classroom.roster import read_roster
from grader.core.errors import ClassError

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,CNN (77)\n"
    "    Points Possible,,,,,100\n"
    '"Lovelace, Ada",4711,S1,ada@example.org,A,\n"Turing, Alan",4712,S2,alan,B,\n'
)
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade\n"
    "Participant 657737,Ada Lovelace,ada@example.org,,,100.00\n"
)
MOODLE_DE = "Teilnehmernummer,Vollständiger Name,Bewertung\nTeilnehmer/in657737,Ada Lovelace,\n"
BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,Email,CNN Points Grade,End-of-Line Indicator\n"
    "#S1,#ada,Lovelace,Ada,ada@example.org,,#\n"
)
BLACKBOARD = '"Last Name"\t"First Name"\t"Username"\t"Student ID"\n"Lovelace"\t"Ada"\t"ada"\t"S1"\n'
CLASSROOM50 = "username,first_name,last_name,email,section,github_id,role\nada,Ada,Lovelace,a@x.org,A,9,\n"
GRADESCOPE = "First Name,Last Name,SID,Email,Section\nAda,Lovelace,S1,ada@example.org,A\n"


def roster(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return read_roster(path)


@pytest.mark.parametrize(
    ("text", "encoding", "who"),
    [
        (CANVAS, "utf-8", Who("4711", "lovelaceada")),
        (CANVAS, "utf-8-sig", Who("S1")),
        (CANVAS.replace(",", ";").replace("Lovelace;", "Lovelace,"), "utf-8", Who("?", "Ada Lovelace")),
        (MOODLE, "utf-8", Who("657737", "Ada Lovelace")),
        (MOODLE_DE, "utf-8", Who("657737")),
        (BRIGHTSPACE, "utf-8", Who("ada Ada Lovelace", "Ada Lovelace", ids=frozenset({"ada"}))),
        (BRIGHTSPACE, "utf-8", Who("S1 Lovelace", "Lovelace", ids=frozenset({"S1"}))),
        (BLACKBOARD, "utf-16", Who("ada")),
        (CLASSROOM50, "utf-8", Who("ADA")),
        (GRADESCOPE, "utf-8", Who("x", "x", "ADA@example.org")),
    ],
)
def test_a_student_is_found(text, encoding, who, tmp_path):
    found = roster(tmp_path, text, encoding)
    assert found.find(who) is found.people[0]


def test_a_row_of_points_is_no_student(tmp_path):
    assert [person.key for person in roster(tmp_path, CANVAS).people] == ["4711", "4712"]


def test_a_name_of_two_students_finds_neither(tmp_path):
    found = roster(tmp_path, 'id,name\n1,Ada Lovelace\n2,"Lovelace, Ada"\n3,Alan Turing\n')
    assert found.find(Who("?", "adalovelace")) is None
    assert found.find(Who("2", "adalovelace")).key == "2"


def test_letters_in_another_order_are_another_name(tmp_path):
    assert roster(tmp_path, "id,name\n1,Amy Lee\n").find(Who("?", "May Lee")) is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"id,name\n1,Ada\n1,Alan\n", "more than one row for 1"),
        ("id,name\n1,Adé\n".encode("latin-1"), "is not UTF-8 .* save it as 'CSV UTF-8'"),
        (b"", "is empty"),
        (b"id,name\n", "no students"),
        (b"colour,size\nred,3\n", "no column that identifies students"),
    ],
)
def test_a_roster_that_cannot_be_used_is_one_sentence(content, sentence, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    with pytest.raises(ClassError, match=sentence):
        read_roster(path)
