"""The command line of bubblewrap, and what is said where there is none."""

import itertools
from pathlib import Path

import pytest

from grader.worker.sandbox import bubblewrap
from grader.worker.sandbox.bubblewrap import command, problem
from grader.worker.sandbox.limits import Limits
from grader.worker.sandbox.visible import visible


@pytest.fixture(autouse=True)
def fresh():
    problem.cache_clear()
    yield
    problem.cache_clear()


def fake(monkeypatch, tmp_path, says):
    path = tmp_path / "bwrap"
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


class TestProblem:
    def test_without_it_the_way_to_get_it_is_told(self, monkeypatch, tmp_path):
        monkeypatch.setenv("PATH", str(tmp_path))
        assert problem() == "bubblewrap is not installed (Debian and Ubuntu: apt install bubblewrap)"

    @pytest.mark.parametrize("says", ["bubblewrap 0.4.1", "bubblewrap 0.6.9", "''"])
    def test_an_old_one_will_not_do(self, monkeypatch, tmp_path, says):
        fake(monkeypatch, tmp_path, says)
        assert problem().startswith("bubblewrap 0.7 or later is needed, this is ")

    @pytest.mark.parametrize("says", ["bubblewrap 0.7.0", "bubblewrap 0.11", "bubblewrap 1.0"])
    def test_a_new_one_will(self, monkeypatch, tmp_path, says):
        fake(monkeypatch, tmp_path, says)
        assert problem() is None


class TestCommand:
    @pytest.fixture
    def line(self, monkeypatch, tmp_path):
        fake(monkeypatch, tmp_path, "bubblewrap 0.8.0")

        def of(*, as_root):
            files = {"launch.py": Path("/kit/launch.py")}
            return command(visible(), files, Path("/sub"), {"A": "1"}, Limits(), 7, as_root=as_root)

        return of

    @pytest.mark.parametrize("as_root", [True, False])
    def test_everything_is_read_only_but_two_small_folders_in_memory(self, line, as_root):
        arguments = line(as_root=as_root)
        assert not {"--bind", "--dev-bind", "--proc", "--share-net"} & set(arguments)
        pairs = list(itertools.pairwise(arguments))
        sizes = {arguments[i + 3]: arguments[i + 1] for i, name in enumerate(arguments) if name == "--size"}
        assert sizes == {"/tmp": str(64 << 20), "/dev/shm": str(1 << 20)}
        for folder in [*visible().hidden, "/dev", "/"]:
            assert ("--remount-ro", folder) in pairs

    def test_root_needs_no_users_of_its_own_and_keeps_what_it_needs_to_become_another(self, line):
        arguments = line(as_root=True)
        assert "--unshare-user" not in arguments
        assert ("--cap-drop", "ALL") in itertools.pairwise(arguments)
        added = [arguments[i + 1] for i, name in enumerate(arguments) if name == "--cap-add"]
        assert added == ["CAP_SETUID", "CAP_SETGID", "CAP_DAC_READ_SEARCH"]

    def test_others_get_users_of_their_own(self, line):
        arguments = line(as_root=False)
        assert "--unshare-user" in arguments
        assert "--cap-add" not in arguments

    def test_it_dies_with_the_grader_and_sees_no_variables_but_the_given(self, line):
        arguments = line(as_root=False)
        assert {"--die-with-parent", "--new-session", "--clearenv", "--unshare-net"} <= set(arguments)
        assert [arguments[i + 1] for i, name in enumerate(arguments) if name == "--setenv"] == ["A"]

    def test_packages_lie_at_one_place(self, line):
        arguments = line(as_root=False)
        assert f"{bubblewrap.PACKAGES}/numpy" in arguments
