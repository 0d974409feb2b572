"""What is installed: only the grader at the top, all it needs inside, and out of reach of submissions."""

import io
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from totals import BONUS, BY_TASK, POINTS, TRAINING

from grader.core.kit import HOME, INSIDE, PACKAGE
from grader.core.seed import PUBLISHED
from grader.release import bundle
from grader.release.bundle import NAME, write_bundle
from grader.release.gradescope import autograder
from grader.worker.sandbox.tiers import problem_of

pytestmark = pytest.mark.slow

SOLUTION = HOME / "solution"
HANDED_OUT_BEFORE = """
import sys
import types

shell = types.SimpleNamespace(user_ns={"In": ["", "def relu_forward(x):\\n    return x * (x > 0), x > 0"]})
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)

from grader.lab import check, points, train
from grader.replay import replay
import layers

check("relu")
assert points("relu") == 2
print(replay("relu_forward.values", layers))
"""
HANDED_OUT_NOW = HANDED_OUT_BEFORE.replace("grader.lab", "grader.notebook").replace(
    "grader.replay", "grader.notebook"
)
FOUND, NOT_FOUND = "found it:", "found nothing"
SEARCH = f"""


def relu_forward(x):
    import os

    wanted = {{path!r}}
    ways = [wanted, wanted.replace("/lib/", "/lib64/"), "/proc/self/root" + wanted]
    for folder, _, names in os.walk({{top!r}}):
        if "{INSIDE}/solution" in folder:
            ways += [folder + "/" + name for name in names]
    for way in ways:
        try:
            with open(way) as file:
                raise RuntimeError("{FOUND} " + file.readline())
        except OSError:
            pass
    raise LookupError("{NOT_FOUND}")
"""


def built(source, folder):
    """Build a wheel and an archive of a source tree; return the wheel."""
    line = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(line, cwd=source, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """Return the folder that a wheel and a source archive of this repository were built into."""
    folder = tmp_path_factory.mktemp("distributions")
    built(HOME, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(distributions):
    return zipfile.ZipFile(next(distributions.glob("*.whl")))


@dataclass(frozen=True)
class Environment:
    """A virtual environment in which the wheel is installed, beside everything it depends on."""

    folder: Path
    packages: Path

    @property
    def solution(self):
        return self.packages / "grader" / INSIDE / "solution"

    def run(self, *arguments, cwd, **variables):
        """Run Python in it, away from the repository."""
        python = Path(sysconfig.get_path("scripts", "venv", vars=self._places())) / Path(sys.executable).name
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))
        }
        return subprocess.run(
            [python, *map(str, arguments)],
            cwd=cwd,
            env={**kept, "COLUMNS": "100", **variables},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def grader(self, *arguments, cwd):
        done = self.run("-m", "grader", *arguments, cwd=cwd)
        assert "Traceback" not in done.stderr
        return done

    def _places(self):
        return {"base": str(self.folder), "installed_base": str(self.folder)}


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(folder)}))
    wheel.extractall(packages)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return Environment(folder, packages)


@pytest.fixture
def away(tmp_path):
    """Return a folder of a user's own modules, some with the same names as the kit's."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("data", "solution", "student"):
        (folder / f"{name}.py").write_text("raise SystemExit('this module is not the kit\\'s')\n")
    shutil.copytree(SOLUTION, folder / "mine", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


class TestContent:
    def test_nothing_but_the_grader_is_at_the_top(self, wheel):
        tops = {name.partition("/")[0] for name in wheel.namelist()}
        assert {top for top in tops if not top.endswith(".dist-info")} == {"grader"}

    def test_it_holds_all_of_the_package_and_says_that_it_is_typed(self, wheel):
        ours = {
            path.relative_to(HOME).as_posix()
            for path in PACKAGE.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        theirs = {name for name in wheel.namelist() if name.startswith("grader/")}
        assert {name for name in theirs if not name.startswith(f"grader/{INSIDE}/")} == ours
        assert "grader/py.typed" in theirs

    def test_what_lies_beside_the_grader_is_inside_unchanged(self, wheel):
        project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))
        beside = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
        assert {"data", "solution", "student"} < set(beside)
        for name, place in beside.items():
            assert place == f"grader/{INSIDE}/{name}"
            files = [HOME / name] if (HOME / name).is_file() else (HOME / name).rglob("*.py")
            for file in files:
                packed = wheel.read(f"grader/{INSIDE}/{file.relative_to(HOME).as_posix()}")
                assert packed == file.read_bytes()

    def test_the_source_archive_builds_the_same(self, wheel, distributions, tmp_path):
        with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
            archive.extractall(tmp_path / "source", filter="data")
        (source,) = (tmp_path / "source").iterdir()
        with zipfile.ZipFile(built(source, tmp_path / "again")) as again:
            assert {name: again.read(name) for name in again.namelist()} == {
                name: wheel.read(name) for name in wheel.namelist()
            }


class TestWork:
    def test_the_solution_earns_every_point(self, installed, away):
        mark = str(POINTS + BONUS - TRAINING)
        done = installed.grader("grade", installed.solution, "--no-mnist", "--pass-mark", mark, cwd=away)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_the_stubs_earn_none(self, installed, away):
        done = installed.grader(
            "grade", installed.solution.parent / "student", "--no-mnist", "--pass-mark", "0.5", cwd=away
        )
        assert done.returncode == 1
        assert " 0 / 100" in done.stdout

    def test_modules_of_the_same_names_where_one_works_are_passed_over(self, installed, away):
        done = installed.grader("check", "relu", "--path", "mine", cwd=away)
        assert (done.returncode, done.stderr) == (0, "relu: 8 of 8 passed, 6 of 6 points\n")

    def test_ordinary_pytest_runs_the_checks(self, installed, away):
        plugin = ("-p", "grader.run.plugin", "--pyargs", "grader.checks", "-p", "no:cacheprovider")
        done = installed.run("-P", "-m", "pytest", *plugin, "--submission", "mine", "-k", "relu", cwd=away)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{BY_TASK['relu']:g} of {POINTS:g} points" in done.stdout

    @pytest.mark.parametrize("name", ["data", "solution", "student"])
    def test_no_name_but_its_own_is_taken(self, installed, tmp_path, name):
        done = installed.run("-c", f"import {name}", cwd=tmp_path)
        assert "ModuleNotFoundError" in done.stderr

    @pytest.mark.parametrize("program", [HANDED_OUT_BEFORE, HANDED_OUT_NOW], ids=["before", "now"])
    def test_notebooks_find_what_they_import(self, installed, tmp_path, program):
        shutil.copy(SOLUTION / "layers.py", tmp_path)
        done = installed.run("-c", program, cwd=tmp_path)
        assert done.returncode == 0, done.stderr

    def test_what_is_released_is_what_the_repository_releases(self, installed, tmp_path, monkeypatch):
        monkeypatch.setattr(bundle, "record", lambda *_: None)
        ours = write_bundle(tmp_path / "ours", HOME / "student", ())
        program = (
            "import sys; from pathlib import Path; from grader.core.kit import HOME\n"
            "from grader.release import bundle; from grader.release.gradescope import autograder\n"
            "bundle.record = lambda *_: None; out = Path('theirs')\n"
            "bundle.write_bundle(out, HOME / 'student', ())\n"
            "from grader.core.seed import PUBLISHED\n"
            "(out / 'autograder.zip').write_bytes(autograder(HOME / 'solution', PUBLISHED))\n"
        )
        done = installed.run("-c", program, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        theirs = tmp_path / "theirs"
        assert (theirs / "autograder.zip").read_bytes() == autograder(SOLUTION, PUBLISHED)
        assert (theirs / f"{NAME}.zip").read_bytes() == (ours.parent / f"{NAME}.zip").read_bytes()

    @pytest.mark.parametrize("kit", ["students", "gradescope"])
    def test_a_kit_that_was_released_builds_a_wheel_with_nothing_else_at_the_top(
        self, tmp_path, monkeypatch, kit
    ):
        if kit == "students":
            monkeypatch.setattr(bundle, "record", lambda folder, *_: (folder / "answers.json").touch())
            source = write_bundle(tmp_path, HOME / "student", ())
        else:
            with zipfile.ZipFile(io.BytesIO(autograder(SOLUTION, PUBLISHED))) as archive:
                archive.extractall(tmp_path)
            source = tmp_path / "kit"
        with zipfile.ZipFile(built(source, tmp_path / "built")) as made:
            names = made.namelist()
        assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"grader"}
        assert f"grader/{INSIDE}/data/__init__.py" in names
        assert f"grader/{INSIDE}/student/layers.py" in names
        assert (f"grader/{INSIDE}/solution/layers.py" in names) == (kit == "gradescope")
        assert ("grader/record/answers.json" in names) == (kit == "students")


class TestSecrecy:
    """The solution lies among the installed packages, where a submission must not find it."""

    def searched(self, installed, away, tier):
        """Return what the submission found, as the report tells."""
        source = SEARCH.format(path=str(installed.solution / "layers.py"), top=str(installed.folder))
        with (away / "mine" / "layers.py").open("a", encoding="utf-8") as file:
            file.write(source)
        program = (
            "from grader.worker.sandbox import tiers\n"
            f"tiers.problem_of = lambda tier: None if tier == {tier!r} else 'left out in this test'\n"
            "tiers.in_container = lambda: False\n"
            "from grader.cli.main import run\n"
            "run(['grade', 'mine', '--tasks', 'relu', '--isolation', 'process', '--json', 'report.json'])"
        )
        done = installed.run("-P", "-c", program, cwd=away)
        assert done.returncode == 0, done.stderr
        report = json.loads((away / "report.json").read_text(encoding="utf-8"))
        assert report["isolation"]["tier"] == tier
        return {row["feedback"]["headline"] for row in report["checks"] if row["id"] == "relu_forward.values"}

    @pytest.mark.parametrize("tier", ["strict", "confined"])
    def test_a_submission_that_looks_for_it_finds_nothing(self, installed, away, tier):
        if problem := problem_of(tier):
            pytest.skip(f"{tier}: {problem}")
        (headline,) = self.searched(installed, away, tier)
        assert NOT_FOUND in headline

    def test_without_isolation_the_same_submission_would_find_it(self, installed, away):
        (headline,) = self.searched(installed, away, "process")
        assert FOUND in headline
