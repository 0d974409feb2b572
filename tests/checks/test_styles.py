"""Correct submissions in many styles earn every point: whatever a check demands beyond the task shows here.

Each folder and file of ``tests/styles`` is a complete submission as another student would write it.
"""

import ast
import itertools
from functools import partial
from pathlib import Path

import nbformat
import pytest

from grader.core.assignment import PUBLISHED_SEED
from grader.core.results import Score, Status
from grader.run.grading import Options, grade
from grader.training import accuracy

pytestmark = pytest.mark.usefixtures("early_relief")

HOME = Path(__file__).parents[1] / "styles"
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
QUICK_STYLES = {"im2col", "lists", "nhwc", "float32_inside", "classes"}
"""the others are graded by the slow tests"""
SEEDS = (PUBLISHED_SEED, 1, 20_000)
FULL_MARKS = Score(earned=100, points=100, bonus_earned=15, bonus_points=15)

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


def assert_full_marks(path, seed=PUBLISHED_SEED):
    outcome = grade(path, Options(seed=seed, time_box=60))
    lost = [
        f"{result.check.id}: {result.status}, {result.feedback}"
        for result in outcome.report.results
        if result.status is not Status.PASSED
    ]
    assert not lost, "\n".join([f"{path.name} with seed {seed}:", *lost])
    assert outcome.internal_errors == ()
    assert outcome.report.score == FULL_MARKS
    assert outcome.report.training.stopped == "accurate"
    assert outcome.report.training.audited_steps >= 2


def statements(style):
    """Return the source of every statement at the top of a style's modules."""
    for module in ("layers", "loss", "optim"):
        source = (HOME / style / f"{module}.py").read_text(encoding="utf-8")
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
        pytest.param(style, seed, marks=() if style in QUICK_STYLES else pytest.mark.slow)
        for style, seed in zip(STYLES, itertools.cycle(SEEDS), strict=False)
    ],
)
def test_correct_style_earns_every_point(style, seed):
    assert_full_marks(HOME / style, seed)


def test_every_style_is_graded():
    assert {path.name for path in HOME.iterdir() if not path.name.startswith(("_", "."))} == set(STYLES)


def test_notebook_with_magics_plots_and_an_older_definition_earns_every_point(tmp_path):
    notebook = tmp_path / "assignment.ipynb"
    before = ["!pip install numpy matplotlib", SETTING_UP, "files = !ls\nfiles", FIRST_ATTEMPTS]
    after = [TRYING_OUT, TIMING, PLOTTING, "conv2d_forward?", "%%bash\nnvidia-smi", "print('the end')"]
    save_notebook(notebook, [*before, *statements("persample"), *after])
    assert_full_marks(notebook)


@pytest.mark.slow
def test_notebook_that_reads_data_into_names_that_functions_use_too_earns_every_point(tmp_path):
    notebook = tmp_path / "assignment.ipynb"
    save_notebook(notebook, [*statements("persample"), READING_DATA])
    assert_full_marks(notebook)
