"""Where seeds come from: files, a variable, a prompt, and never the command line."""

import json

import pytest

from grader.core.errors import SeedError
from grader.core.kit import Kit
from grader.core.seed import PUBLISHED, Seed, fresh_seed
from grader.run import seeds as module
from grader.run.seeds import VARIABLE, read_seed

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def no_variable(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


def test_without_a_source_a_fresh_one_of_128_bits_is_drawn():
    first, second = read_seed(None), read_seed(None)
    assert first != second
    assert len(bytes.fromhex(first.text)) == 16


def test_a_kit_without_the_solution_uses_the_published_one(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "KIT", Kit(tmp_path, tmp_path))
    assert read_seed(None) is PUBLISHED


def test_the_published_one_is_asked_for_by_name():
    assert read_seed("published").published
    assert not read_seed("fresh").published


def test_a_variable_holds_one(monkeypatch):
    monkeypatch.setenv(VARIABLE, f" {SECRET}\n")
    assert read_seed(None) == Seed(SECRET)


def test_a_file_holds_one(tmp_path):
    (tmp_path / "seed.txt").write_text(f"{SECRET}\n")
    assert read_seed(str(tmp_path / "seed.txt")) == Seed(SECRET)


def test_it_can_be_typed(monkeypatch):
    monkeypatch.setattr(module.getpass, "getpass", lambda _: SECRET)
    assert read_seed("ask") == Seed(SECRET)


@pytest.mark.parametrize(
    ("practice", "text", "expected"), [(False, SECRET, Seed(SECRET)), (True, None, PUBLISHED)]
)
def test_a_report_of_an_instructor_holds_that_of_its_run(tmp_path, practice, text, expected):
    (tmp_path / "report.json").write_text(json.dumps({"practice": practice, "seed": text}))
    assert read_seed(str(tmp_path / "report.json")) == expected


@pytest.mark.parametrize(
    ("source", "content", "message"),
    [
        ("8472", None, "a seed on the command line can be read by every process"),
        (SECRET, None, "a seed on the command line can be read by every process"),
        ("nowhere.txt", None, "the seed cannot be read from 'nowhere.txt'"),
        ("short.txt", "8472", "has 4 characters: a secret needs at least 16"),
        ("empty.txt", "", "has 0 characters"),
        ("report.json", '{"practice": false, "seed": null}', "a report for students, which holds no seed"),
        ("other.json", "{}", "is not a report of the grader"),
        ("broken.json", "{", "is not a report of the grader"),
    ],
)
def test_what_is_no_seed_is_refused_with_what_to_do(tmp_path, monkeypatch, source, content, message):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / source).write_text(content)
    with pytest.raises(SeedError, match=message):
        read_seed(source)


class TestSeed:
    def test_it_does_not_show_when_it_is_printed(self):
        assert SECRET not in repr(Seed(SECRET))

    def test_streams_differ_by_purpose_and_by_seed(self):
        draws = [
            seed.random(purpose).randint(0, 2**31)
            for seed in (Seed("a"), Seed("b"))
            for purpose in ("one", "two")
        ]
        assert len(set(draws)) == 4
        assert Seed("a").random("one").randint(0, 2**31) == draws[0]

    def test_fresh_ones_are_long_enough_for_their_own_rule(self, tmp_path):
        (tmp_path / "seed.txt").write_text(fresh_seed().text)
        assert read_seed(str(tmp_path / "seed.txt"))
