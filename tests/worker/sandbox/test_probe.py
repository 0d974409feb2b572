"""The probe finds out what succeeds, and leaves nothing."""

import os
import sys
from pathlib import Path

import pytest

from grader.worker.sandbox import probe

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has these rules")


class TestProbe:
    def test_without_rules_everything_succeeds(self, tmp_path):
        import socket

        (tmp_path / "secret").write_text("x")
        with socket.create_server(("127.0.0.1", 0)) as server:
            found = probe.probe(
                {
                    "read": str(tmp_path / "secret"),
                    "write": str(tmp_path),
                    "connect": server.getsockname()[1],
                    "process": os.getppid(),
                }
            )
        assert {name for name, succeeded in found.items() if not succeeded} <= {"trace", "signal"}
        assert sorted(path.name for path in Path(tmp_path).iterdir()) == ["secret"]

    def test_what_cannot_be_reached_fails(self, tmp_path):
        found = probe.probe(
            {"read": "/nowhere", "write": str(tmp_path / "none"), "connect": 1, "process": 2**22 + 1}
        )
        assert not any(found[name] for name in ("read", "write", "connect", "signal", "trace"))
