"""Run the corpus of attacks at all tiers but ``process``, and on a plain pytest grader that imports them.

Run: ``python benchmarks/security.py [--write]``; ``--write`` puts the tables into ``docs/security.md``. The
plain grader runs inside bubblewrap, where an attack that succeeds harms nobody; those that exhaust a machine
are not tried on it. Exit code 1 if an attack on this kit has an effect that it must not have.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from unittest.mock import patch

from grader.worker.sandbox import THREADS

os.environ.update(THREADS)

from rich.console import Console

from grader.core.kit import HOME, kit_module
from grader.training import accuracy
from grader.training.budget import TrainingBudget
from grader.worker.sandbox.tiers import ISOLATED, problem_of

sys.path.insert(0, str(HOME / "tests"))

from attacks.corpus import (
    EFFECTS,
    MARK,
    RESPONSES,
    TIERS,
    TIME_LIMIT,
    Attack,
    Ground,
    Result,
    attacks,
    ground,
    may_earn,
    run,
    write,
)

PLAIN_FAMILIES = ("forging", "reading", "numbers", "host")
PAGE = HOME / "docs" / "security.md"

PLAIN_GRADER = """
import numpy as np
import layers
from solution import layers as right

x = np.random.RandomState(0).standard_normal((3, 4, 5, 5))


def test_shape():
    assert layers.relu_forward(x.copy())[0].shape == x.shape


def test_values():
    np.testing.assert_allclose(layers.relu_forward(x.copy())[0], right.relu_forward(x)[0])


def test_gradient():
    cache = layers.relu_forward(x.copy())[1]
    np.testing.assert_allclose(layers.relu_backward(np.ones_like(x), cache), (x > 0) * 1.0)


def test_close_enough():
    assert np.allclose(layers.relu_forward(x.copy())[0], right.relu_forward(x)[0])
"""


def plain(attack: Attack | None, planted: Ground) -> tuple[int, bool]:
    """Return how many tests a plain grader lets pass, and whether the attack says that it succeeded."""
    with tempfile.TemporaryDirectory(prefix="plain-", dir="/var/tmp") as name:
        folder = write(attack, Path(name) / "submission", planted)
        (folder / "test_relu.py").write_text(PLAIN_GRADER, encoding="utf-8")
        line = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/"]
        line += [
            "--dev",
            "/dev",
            "--proc",
            "/proc",
            "--setenv",
            "TMPDIR",
            name,
            "--bind",
            str(planted.folder),
        ]
        line += [str(planted.folder), "--bind", name, name, "--chdir", str(folder)]
        line += ["--setenv", "PYTHONPATH", str(HOME), "--", sys.executable, "-m", "pytest", "-q"]
        line += ["-p", "no:cacheprovider", "--rootdir", str(folder), "test_relu.py"]
        try:
            done = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False)
        except subprocess.TimeoutExpired:
            return 0, False
        passed = re.search(r"(\d+) passed", done.stdout)
        everything = done.returncode == 0 and passed is None
        (planted.folder / "secret").chmod(0o666)
        return 4 if everything else int(passed[1]) if passed else 0, MARK in done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/security.md")
    parser.add_argument("--tiers", default=",".join(TIERS), help="where to try them (%(default)s)")
    parser.add_argument("--only", default="", metavar="TEXT", help="attacks whose name holds this")
    options = parser.parse_args()
    console = Console(highlight=False, width=160)
    corpus = [attack for attack in attacks() if options.only in attack.id]
    tiers = [tier for tier in options.tiers.split(",") if problem_of(tier) is None]
    with ProcessPoolExecutor(len(tiers), multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(_at, tiers, [corpus] * len(tiers)))
    results = {tier: result for tier, (result, _) in zip(tiers, found, strict=True)}
    effects = {tier: effect for tier, (_, effect) in zip(tiers, found, strict=True)}
    unexpected = [
        f"{attack.id} at {tier}: {results[tier][attack.id].response} {effects[tier][attack.id]}"
        for tier in tiers
        for attack in corpus
        if tier not in attack.open_at
        and (effects[tier][attack.id] or not _expected(attack, results[tier][attack.id], tier))
    ]
    with ground() as planted:
        against = _against_plain([attack for attack in corpus if _is_for_plain(attack)], planted)
    text = _tables(corpus, results, effects, against)
    console.print(text, markup=False)
    for line in unexpected:
        console.print(line, style="red", markup=False)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        start, end = "<!-- attacks -->\n", "<!-- end of attacks -->"
        head, tail = page.partition(start)[0], page.partition(end)[2]
        PAGE.write_text(f"{head}{start}\n{text}\n{end}{tail}", encoding="utf-8")
    sys.exit(bool(unexpected))


def _at(tier: str, corpus: list[Attack]) -> tuple[dict[str, Result], dict[str, dict[str, str]]]:
    """Return what came of all attacks at a tier, and their effects; runs in a process of its own."""
    results: dict[str, Result] = {}
    effects: dict[str, dict[str, str]] = {}
    with ground() as planted, _small_training():
        for attack in corpus:
            result = results[attack.id] = run(attack, tier, planted)
            effects[attack.id] = result.beyond(may_earn(attack, result.response, tier, planted))
    return results, effects


def _expected(attack: Attack, result: Result, tier: str) -> bool:
    # how an attack is stopped differs where it can do more
    return tier not in ISOLATED or result.response in attack.responses


def _is_for_plain(attack: Attack) -> bool:
    return attack.family in PLAIN_FAMILIES and not attack.builds


def _small_training() -> patch:  # type: ignore[valid-type]
    digits = kit_module("data.digits").generate_digits
    data = kit_module("data")
    few = data.Dataset("a few digits", *digits(1500, 5), *digits(300, 6), "drawn", (0.3, 0.5, 0.7))
    patch.object(data, "load", lambda **_: few).start()
    small = {"steps": 60, "batch": 32, "evaluate_every": 20, "held_back": 200}
    return patch.object(accuracy, "TrainingBudget", lambda **given: TrainingBudget(**{**small, **given}))


def _against_plain(chosen: list[Attack], planted: Ground) -> dict[str, str]:
    honest, _ = plain(None, planted)
    won = {}
    for attack in chosen:
        passed, succeeded = plain(attack, planted)
        gained = f"passes {passed} of 4 tests" if passed > honest else ""
        won[attack.id] = gained or ("succeeds" if succeeded else "")
    return won


def _tables(
    corpus: list[Attack],
    results: dict[str, dict[str, Result]],
    effects: dict[str, dict[str, dict[str, str]]],
    against: dict[str, str],
) -> str:
    won = sum(map(bool, against.values()))
    lines = [
        f"{len(corpus)} attacks, and how many of them had an effect:",
        "",
        f"| tier | attacks | {' | '.join(EFFECTS)} | longest |",
        "| --- | --- |" + " --- |" * (len(EFFECTS) + 1),
    ]
    for tier, found in results.items():
        counts = [sum(kind in told for told in effects[tier].values()) for kind in EFFECTS]
        longest = max(result.seconds for result in found.values())
        lines.append(f"| `{tier}` | {len(found)} | {' | '.join(map(str, counts))} | {longest:.0f} s |")
    lines += [
        "",
        f"Each had {TIME_LIMIT:g} s, and a tenth of the usual patience for a call. Against a plain "
        f"pytest grader that imports the submission, {won} of the {len(against)} that were tried succeed.",
        "",
        "| | response |",
        "| --- | --- |",
        *(f"| {letter} | {words} |" for letter, words in RESPONSES.items()),
        "",
        "In bold what had an effect, and which.",
        "",
        f"| attack | what it does | {' | '.join(results)} | a plain grader |",
        "| --- | --- |" + " --- |" * (len(results) + 1),
    ]
    for attack in corpus:
        letters = " | ".join(
            _cell(results[tier][attack.id].response, effects[tier][attack.id]) for tier in results
        )
        plainly = against.get(attack.id, "not tried") or "fails"
        lines.append(f"| `{attack.id}` | {attack.sentence} | {letters} | {plainly} |")
    return "\n".join(lines) + "\n"


def _cell(response: str, effects: dict[str, str]) -> str:
    return f"**{', '.join(effects)}**" if effects else response


if __name__ == "__main__":
    main()
