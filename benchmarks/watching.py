"""From a save to an answer: how long ``grader check --watch`` takes, in a real terminal.

Runs it in tmux on the stubs, saves the solution and the stubs in turn, and waits until the screen says what
the save changed. Run: ``python benchmarks/watching.py [--saves N]`` (needs tmux; extra ``watch``).
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
SESSION = "convgrade-watching"
TASKS = ("dense", "conv2d")
PATIENCE = 30.0
"""seconds"""


def tmux(*arguments: str) -> str:
    return subprocess.run(["tmux", *arguments], capture_output=True, text=True, check=False).stdout


def wait_for(text: str) -> float:
    """Return the seconds until the screen shows a text."""
    start = time.perf_counter()
    while text not in tmux("capture-pane", "-p", "-t", SESSION):
        if time.perf_counter() - start > PATIENCE:
            sys.exit(f"the screen never said '{text}'")
        time.sleep(0.01)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=10)
    saves = parser.parse_args().saves
    if shutil.which("tmux") is None:
        sys.exit("this needs tmux")
    stubs, right = ((HOME / name / "layers.py").read_text("utf-8") for name in ("student", "solution"))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(HOME / "student", folder, dirs_exist_ok=True)
        command = [sys.executable, "-P", "-m", "grader", "check", *TASKS, "--path", folder, "--watch"]
        tmux("new-session", "-d", "-s", SESSION, "-x", "100", "-y", "60", "-c", str(HOME))
        try:
            environment = f"PYTHONPATH={os.pathsep.join([str(HOME), os.environ.get('PYTHONPATH', '')])}"
            tmux("send-keys", "-t", SESSION, shlex.join(["env", environment, *command]), "Enter")
            wait_for("Watching")
            taken = []
            for save in range(saves):
                time.sleep(1)  # a person saves less often
                Path(folder, "layers.py").write_text(stubs if save % 2 else right, encoding="utf-8")
                taken.append(wait_for("Broken by" if save % 2 else "Fixed by"))
        finally:
            tmux("kill-session", "-t", SESSION)
    print(f"{saves} saves: {statistics.median(taken):.2f} s (median), {max(taken):.2f} s at most")


if __name__ == "__main__":
    main()
