"""Checkpoints are whole or not at all, and hold no code."""

import zipfile

import numpy as np
import pytest

from grader.core.errors import GraderError
from grader.training.checkpoint import load, save

ARRAYS = {"weight w0": np.arange(6, dtype=np.float32).reshape(2, 3), "velocity / w0": np.float32([1.5])}


def test_what_was_saved_comes_back_bit_for_bit(tmp_path):
    path = tmp_path / "deep" / "down" / "c.npz"
    save(path, ARRAYS, {"step": 7, "settings": {"net": "A", "lr": None}})
    arrays, values = load(path)
    assert values == {"step": 7, "settings": {"net": "A", "lr": None}}
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype


def test_nothing_in_the_file_is_pickled(tmp_path):
    save(tmp_path / "c.npz", ARRAYS, {"step": 1})
    with zipfile.ZipFile(tmp_path / "c.npz") as file:
        for name in file.namelist():
            assert b"'|O'" not in file.read(name)[:200]


def test_an_older_one_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "c.npz"
    save(path, ARRAYS, {"step": 1})
    save(path, ARRAYS, {"step": 2})
    assert load(path)[1]["step"] == 2
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"]


def test_an_older_one_stays_if_the_new_one_cannot_be_written(tmp_path, monkeypatch):
    path = tmp_path / "c.npz"
    save(path, ARRAYS, {"step": 1})

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("grader.training.checkpoint.os.fsync", full)
    with pytest.raises(GraderError, match="No space left on device"):
        save(path, ARRAYS, {"step": 2})
    assert load(path)[1]["step"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"]


def pickled(path):
    np.savez(path, values=np.array([{"step": 1}], dtype=object))


def foreign(path):
    np.savez(path, weights=np.ones(3))


def other_version(path):
    np.savez(path, values=np.array('{"format": "something else"}'))


def broken_text(path):
    np.savez(path, values=np.array("{"))


def lone_array(path):
    with path.open("wb") as file:
        np.save(file, np.ones(3))


@pytest.mark.parametrize(
    "write",
    [
        pickled,
        foreign,
        other_version,
        broken_text,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not an archive"),
        lambda path: path.write_bytes(b"PK\x03\x04" + bytes(50)),
        lone_array,
    ],
)
def test_what_is_no_checkpoint_is_told_so(tmp_path, write):
    path = tmp_path / "c.npz"
    write(path)
    with pytest.raises(GraderError, match="no checkpoint of this kit"):
        load(path)


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.99])
def test_one_that_was_cut_off_is_told_so(tmp_path, kept):
    path = tmp_path / "c.npz"
    save(path, ARRAYS, {"step": 1})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(GraderError, match="damaged"):
        load(path)


def test_a_missing_one_and_a_folder_are_told(tmp_path):
    with pytest.raises(GraderError, match="there is no checkpoint"):
        load(tmp_path / "c.npz")
    with pytest.raises(GraderError, match="cannot be read"):
        load(tmp_path)
