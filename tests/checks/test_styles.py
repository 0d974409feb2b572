"""Correct submissions in many styles earn every point: whatever a check demands beyond the task shows here.

Each folder and file of ``tests/styles`` is a complete submission as another student would write it.
"""

import ast
import itertools
import shutil
from functools import partial

import nbformat
import pytest
from totals import BONUS, POINTS

from grader.core.assignment import FUNCTIONS, MODULES
from grader.core.kit import HOME
from grader.core.results import Score, Status
from grader.core.seed import PUBLISHED, Seed
from grader.run.grading import Options, grade
from grader.training import accuracy

pytestmark = pytest.mark.usefixtures("early_relief")

STYLES_FOLDER, SOLUTION = HOME / "tests" / "styles", HOME / "solution"
STYLES = (
    "naive",
    "im2col",
    "einsum",
    "fft",
    "lists",
    "persample",
    "strided",
    "offsets",
    "nhwc",
    "float32_inside",
    "classes",
    "odd",
    "onefile.py",
)
QUICK_STYLES = {"lists", "nhwc", "float32_inside"}
"""the others are graded by the slow tests"""
SEEDS = (PUBLISHED, Seed("1"), Seed("20000"))
FULL_MARKS = Score(earned=POINTS, points=POINTS, bonus_earned=BONUS, bonus_points=BONUS)

SETTING_UP = """\
%matplotlib inline
%load_ext autoreload
%autoreload 2
import sys

import matplotlib.pyplot as plt

plt.rcParams["figure.figsize"] = 10, 8
print(sys.version)
"""
FIRST_ATTEMPTS = """\
def relu_forward(x):
    return x.clip(min=0), None


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    raise NotImplementedError("tomorrow")
"""
TRYING_OUT = """\
images = np.random.randn(4, 3, 8, 8)
filters = np.random.randn(5, 3, 3, 3)
maps, remembered = conv2d_forward(images, filters, np.zeros(5), pad=1)
print("maps", maps.shape)
assert maps.shape == (4, 5, 8, 8)
"""
TIMING = """\
%%time
for _ in range(3):
    conv2d_backward(maps, remembered)
"""
PLOTTING = """\
plt.imshow(maps[0, 0])
plt.title("first map")
plt.show()
"""
READING_DATA = """\
data = np.load("mnist.npz")
x, labels = data["x_train"], data["y_train"]
w = np.zeros((784, 10))
"""


@pytest.fixture
def early_relief(small_training, monkeypatch):
    """Relieve slow styles, as on MNIST, after a small share of a time box that a busy machine can keep."""
    monkeypatch.setattr(accuracy, "TrainingBudget", partial(accuracy.TrainingBudget, too_slow=0.05))


def assert_full_marks(path, seed=PUBLISHED):
    outcome = grade(path, Options(seed=seed, time_box=60))
    lost = [
        f"{result.check.id}: {result.status}, {result.feedback}"
        for result in outcome.report.results
        if result.status is not Status.PASSED
    ]
    assert not lost, "\n".join([f"{path.name} with seed {seed.text}:", *lost])
    assert outcome.internal_errors == ()
    assert outcome.report.score == FULL_MARKS
    assert outcome.report.training.stopped == "accurate"
    # the first and a later one; how many more depends on when the network is accurate, and so on the seed
    assert outcome.report.training.audited_steps >= 2


def bound(node):
    """Return the names that a statement binds."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", None) != "__future__":
        return {alias.asname or alias.name for alias in node.names}
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}


def complete(path, folder):
    """Copy a submission, with the solution's version of functions that it lacks.

    So a function that joins the assignment need not be written in every style at once.
    """
    copy = folder / path.name
    folder.mkdir(exist_ok=True)
    (shutil.copytree if path.is_dir() else shutil.copy)(path, copy)
    for module in MODULES:
        file = copy if copy.is_file() else copy / f"{module}.py"
        there = set().union(*map(bound, ast.parse(file.read_text(encoding="utf-8")).body))
        if {name for name, function in FUNCTIONS.items() if function.module == module} <= there:
            continue
        source = (SOLUTION / f"{module}.py").read_text(encoding="utf-8")
        added = [
            ast.get_source_segment(source, node)
            for node in ast.parse(source).body
            if bound(node) and not bound(node) & there
        ]
        with file.open("a", encoding="utf-8") as out:
            out.write("\n\n\n".join(["", *added, ""]))
    return copy


def statements(folder):
    """Return the source of every statement at the top of a submission's modules."""
    for module in MODULES:
        source = (folder / f"{module}.py").read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            yield ast.get_source_segment(source, node)


def save_notebook(path, sources):
    """Write a notebook with a code cell for each source."""
    cells = [nbformat.v4.new_markdown_cell("# A network from scratch\n\ndef relu_forward(x): *to do*")]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


# each with one of the seeds: benchmarks/styles.py takes each with all
@pytest.mark.parametrize(
    ("style", "seed"),
    [
        pytest.param(
            style, seed, id=f"{style}-{seed.text}", marks=() if style in QUICK_STYLES else pytest.mark.slow
        )
        for style, seed in zip(STYLES, itertools.cycle(SEEDS), strict=False)
    ],
)
def test_correct_style_earns_every_point(style, seed, tmp_path):
    assert_full_marks(complete(STYLES_FOLDER / style, tmp_path), seed)


def test_what_a_style_lacks_is_the_solutions(tmp_path):
    style = tmp_path / "style.py"
    style.write_text("def dense_forward(x, w, b):\n    return x @ w + b, (x, w)\n", encoding="utf-8")
    source = complete(style, tmp_path / "complete").read_text(encoding="utf-8")
    names = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    assert set(FUNCTIONS) <= set(names)
    assert names.count("dense_forward") == 1
    assert_full_marks(tmp_path / "complete" / "style.py")


def test_every_style_is_graded():
    assert {path.name for path in STYLES_FOLDER.iterdir() if not path.name.startswith(("_", "."))} == set(
        STYLES
    )


def test_notebook_with_magics_plots_and_an_older_definition_earns_every_point(tmp_path):
    notebook = tmp_path / "assignment.ipynb"
    before = ["!pip install numpy matplotlib", SETTING_UP, "files = !ls\nfiles", FIRST_ATTEMPTS]
    after = [TRYING_OUT, TIMING, PLOTTING, "conv2d_forward?", "%%bash\nnvidia-smi", "print('the end')"]
    save_notebook(notebook, [*before, *statements(complete(STYLES_FOLDER / "persample", tmp_path)), *after])
    assert_full_marks(notebook)


@pytest.mark.slow
def test_notebook_that_reads_data_into_names_that_functions_use_too_earns_every_point(tmp_path):
    notebook = tmp_path / "assignment.ipynb"
    save_notebook(notebook, [*statements(complete(STYLES_FOLDER / "persample", tmp_path)), READING_DATA])
    assert_full_marks(notebook)
