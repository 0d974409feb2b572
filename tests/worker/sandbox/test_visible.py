"""What a worker sees of this machine, and that no folder of installed packages is among it."""

from pathlib import Path

import numpy as np
import pytest

from grader.worker.sandbox import visible as module
from grader.worker.sandbox.visible import PACKAGES, visible


def lies_in_packages(path):
    return any(name in Path(path).parts for name in PACKAGES)


class TestVisible:
    def test_the_interpreter_and_the_standard_library_are_there(self):
        seen = visible()
        assert Path(seen.interpreter).is_file()
        assert Path(seen.interpreter).resolve() == Path(seen.interpreter)
        assert any(Path(pytest.__file__).anchor for _ in seen.folders)
        import json

        assert any(Path(json.__file__).is_relative_to(folder) for folder in seen.folders)
        assert any(Path(json.__file__).is_relative_to(path) for path in seen.readable)

    def test_numpy_is_there_and_no_other_package(self):
        seen = visible()
        assert Path(np.__file__).parent in map(Path, seen.numpy)
        assert not any(Path(pytest.__file__).is_relative_to(path) for path in seen.readable)
        for folder in seen.folders:
            for packages in (path for name in PACKAGES for path in Path(folder).glob(f"**/{name}")):
                assert str(packages) in seen.hidden

    def test_what_is_readable_holds_nothing_hidden(self):
        seen = visible()
        for path in (*seen.readable, *seen.folders):
            assert not lies_in_packages(path)
        for hidden in seen.hidden:
            assert not any(Path(hidden).is_relative_to(path) for path in seen.readable)
            assert any(Path(hidden).is_relative_to(path) for path in seen.listed)

    def test_a_loader_makes_itself_visible_and_not_what_lies_beside_it(self, monkeypatch, tmp_path):
        (tmp_path / "lib" / "secret").mkdir(parents=True)
        (tmp_path / "lib" / "ld-linux.so.2").touch()
        (tmp_path / "link").symlink_to(tmp_path / "lib")
        monkeypatch.setattr(module, "LINKS", (str(tmp_path / "link"),))
        seen = visible.__wrapped__()
        assert str(tmp_path / "lib" / "ld-linux.so.2") in seen.files
        assert not any(path.startswith(str(tmp_path / "lib")) for path in seen.folders)
        assert str(tmp_path / "lib" / "secret") not in seen.readable

    def test_no_folder_lies_in_another(self):
        folders = [Path(folder) for folder in visible().folders]
        assert not any(a != b and a.is_relative_to(b) for a in folders for b in folders)

    def test_no_home_and_no_kit_is_visible(self):
        kit = Path(module.__file__).parents[3]
        assert not any(
            kit.is_relative_to(path) or Path(path).is_relative_to(kit) for path in visible().readable
        )
        assert not any(Path.home().is_relative_to(path) for path in visible().readable)


def test_what_is_not_hidden_is_readable_apart_from_the_folders_on_the_way(tmp_path):
    for path in ("lib/python3/dist-packages/secret.py", "lib/python3/json.py", "lib/a/b.so", "lib/c.so"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    folder = tmp_path / "lib"
    hidden = tuple(map(str, module._package_folders(folder)))
    assert hidden == (str(folder / "python3/dist-packages"),)
    readable, listed = [], []
    module._expand(folder, hidden, readable, listed)
    assert readable == [str(folder / name) for name in ("a", "c.so", "python3/json.py")]
    assert listed == [str(folder), str(folder / "python3")]
