"""What people hand in: each case writes a submission, and says which functions must work and what is told."""

import io
import json
import tarfile
import zipfile
from dataclasses import dataclass

from grader.core.assignment import FUNCTIONS
from grader.core.kit import HOME

FUTURE = "from __future__ import annotations\n"
CASES = {}


@dataclass(frozen=True)
class Case:
    """``lost`` are functions that may fail; ``notes`` and ``problem`` are words that must be told."""

    write: object
    lost: frozenset
    notes: tuple
    problem: tuple | None


def case(*, lost=(), notes=(), problem=None):
    def keep(write):
        CASES[write.__name__] = Case(write, frozenset(lost), tuple(notes), problem)
        return write

    return keep


def solution():
    return {
        name: (HOME / "solution" / f"{name}.py").read_text(encoding="utf-8").replace(FUTURE, "")
        for name in ("layers", "loss", "optim")
    }


SOLVED = solution()
CELLS = [FUTURE + SOLVED["layers"], SOLVED["loss"], SOLVED["optim"]]
WHOLE = FUTURE + "\n".join(SOLVED.values())
OF = {module: {f.name for f in FUNCTIONS.values() if f.module == module} for module in SOLVED}
STUB = "def {0}(*arguments, **options):\n    raise NotImplementedError\n"


def files(folder, **changed):
    folder = folder / "work"
    folder.mkdir()
    for name, text in {**SOLVED, **changed}.items():
        (folder / f"{name}.py").write_text(FUTURE + text, encoding="utf-8")
    return folder


def cell(source, count=None, **metadata):
    return {
        "cell_type": "code",
        "metadata": metadata,
        "execution_count": count,
        "outputs": [],
        "source": source,
    }


def book(folder, *cells, name="work.ipynb", **changed):
    path = folder / name
    content = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}}
    content["cells"] = [one if isinstance(one, dict) else cell(one) for one in cells]
    path.write_text(json.dumps({**content, **changed}), encoding="utf-8")
    return path


# an import that fails, or a line that acts


@case(notes=["layers.py, line 2", "seaborn"])
def an_import_of_a_plotting_package(folder):
    return files(folder, layers="import seaborn as sns\nsns.set_theme()\n" + SOLVED["layers"])


@case(notes=["loss.py", "pandas"])
def the_same_in_another_module(folder):
    return files(folder, loss="from pandas import DataFrame\n" + SOLVED["loss"])


@case(notes=["optim.py", "cupy"])
def an_import_in_a_try_without_a_way_out(folder):
    text = "try:\n    import cupy as xp\nexcept ValueError:\n    xp = None\n"
    return files(folder, optim=text + SOLVED["optim"])


@case()
def an_import_in_a_try_with_a_way_out(folder):
    text = "try:\n    import cupy as xp\nexcept ImportError:\n    import numpy as xp\n"
    return files(folder, layers=text + SOLVED["layers"])


@case(notes=["numba", "njit"])
def a_decorator_of_a_compiler(folder):
    text = SOLVED["layers"].replace("def relu_forward", "@njit\ndef relu_forward")
    return files(folder, layers="from numba import njit\n" + text)


@case(notes=["torch"])
def annotations_of_a_framework_without_future(folder):
    path = files(folder)
    text = SOLVED["layers"].replace("def relu_forward(x: np.ndarray)", "def relu_forward(x: torch.Tensor)")
    assert "torch" in text
    (path / "layers.py").write_text("import torch\n" + text, encoding="utf-8")
    return path


@case(lost={"conv2d_forward", "conv2d_backward"}, notes=["scipy"])
def one_layer_needs_scipy(folder):
    text = "import scipy.signal\n" + SOLVED["layers"]
    text += (
        "\ndef conv2d_forward(x, w, b, *, stride=1, pad=0):\n    return scipy.signal.convolve(x, w), None\n"
    )
    return files(folder, layers=text)


@case(notes=["name 'model' is not defined"])
def a_test_at_the_end_that_uses_what_was_deleted(folder):
    return files(folder, loss=SOLVED["loss"] + "\nprint(model.predict(np.zeros(3)))\n")


@case(notes=["it took too long"])
def a_progress_loop_that_sleeps(folder):
    return files(folder, optim=SOLVED["optim"] + "\nimport time\nwhile True:\n    time.sleep(0.1)\n")


@case(notes=["a file that is not there"])
def weights_that_are_loaded(folder):
    return files(folder, layers="import numpy as np\nW = np.load('weights.npy')\n" + SOLVED["layers"])


@case(notes=["AssertionError"])
def an_assertion_that_fails_here(folder):
    return files(folder, layers="import sys\nassert sys.version_info < (3, 0)\n" + SOLVED["layers"])


@case(notes=["it ends the program"])
def a_guard_that_exits(folder):
    return files(folder, loss=SOLVED["loss"] + "\nimport sys\nif len(sys.argv) < 2:\n    sys.exit('usage')\n")


@case(notes=["exited with code 0"])
def an_exit_that_cannot_be_caught(folder):
    return files(folder, optim=SOLVED["optim"] + "\nimport os\nos._exit(0)\n")


@case(notes=["helpers.py", "plotly"])
def a_helper_that_plots(folder):
    path = files(folder, layers="from helpers import show\n" + SOLVED["layers"])
    (path / "helpers.py").write_text("import plotly.express as plt\ndef show(x):\n    plt.imshow(x)\n")
    return path


@case()
def modules_that_import_one_another(folder):
    return files(
        folder,
        layers="from loss import softmax_cross_entropy\n" + SOLVED["layers"],
        loss="from layers import relu_forward\n" + SOLVED["loss"],
    )


# broken statements


@case(lost={"relu_backward"}, notes=["layers.py, line", "unmatched"])
def one_function_that_is_not_python(folder):
    text = SOLVED["layers"].replace("def relu_backward(", "def relu_backward)(")
    return files(folder, layers=text)


@case(notes=["optim.py, line", "never closed"])
def a_bracket_that_is_never_closed_at_the_top(folder):
    return files(folder, optim="CONFIG = dict(lr=0.1,\n" + SOLVED["optim"])


@case(lost={"adam_step"}, notes=["unterminated"])
def a_string_that_is_never_closed(folder):
    text = SOLVED["optim"] + '\ndef adam_step(param):\n    name = "adam\n    return param\n'
    return files(folder, optim=text)


@case(lost={"l2_penalty"}, notes=["merge"])
def a_merge_inside_of_a_function(folder):
    text = SOLVED["loss"].replace("def l2_penalty", "def _unused") + (
        "\ndef l2_penalty(w, *, reg):\n    x = 1\n<<<<<<< HEAD\n    return x, w\n=======\n    return w, x\n"
        ">>>>>>> theirs\n"
    )
    return files(folder, loss=text)


@case(notes=["Missing parentheses"])
def a_print_of_an_older_python(folder):
    return files(folder, layers=SOLVED["layers"] + '\nprint "done"\n')


@case(notes=["invalid syntax"])
def a_statement_that_is_not_python(folder):
    return files(folder, loss=SOLVED["loss"] + "\nx is is y\n")


@case(notes=["layers.py, lines 3"])
def shell_lines_in_a_module(folder):
    text = "%matplotlib inline\n!wget https://example.org/a \\\n   -O b\n%load_ext autoreload\n"
    return files(folder, layers="\n" + text + SOLVED["layers"])


@case(notes=["return"])
def a_return_at_the_left(folder):
    return files(folder, optim=SOLVED["optim"] + "\nreturn 5\n")


# notebooks


@case(notes=["cell 2"])
def a_notebook_with_a_cell_of_notes(folder):
    return book(folder, CELLS[0], "My answer: the stride is 2, because ...", *CELLS[1:])


@case(notes=["cell 4, line 2"])
def a_cell_with_one_broken_line(folder):
    return book(folder, *CELLS, "x = 1\ny = = 2\nz = 3")


@case()
def a_cell_that_captures_its_output(folder):
    return book(folder, *(f"%%capture out\n{source.replace(FUTURE, '')}" for source in CELLS))


@case(notes=["cell 1 is taken as layers.py"])
def cells_that_write_files_piece_by_piece(folder):
    first, second = SOLVED["layers"].split("def relu_forward", 1)
    return book(
        folder,
        "%%writefile layers.py\n" + first,
        "%%writefile -a layers.py\ndef relu_forward" + second,
        "# the loss\n%%file loss.py\n" + SOLVED["loss"],
        "%%writefile optim.py\n" + SOLVED["optim"],
    )


@case()
def nbformat_three(folder):
    cells = [
        {"cell_type": "code", "input": source, "language": "python", "outputs": [], "prompt_number": n}
        for n, source in enumerate(CELLS, start=1)
    ]
    content = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    path = folder / "old.ipynb"
    path.write_text(json.dumps(content))
    return path


@case(notes=["relu_forward is defined in cells 1 and 4: cell 1 counts"])
def a_stub_below_the_written_function(folder):
    return book(folder, *CELLS, STUB.format("relu_forward"))


@case(notes=["relu_forward is defined in cells 1 and 4: cell 1 counts"])
def an_empty_body_below_the_written_function(folder):
    return book(
        folder, *CELLS, "def relu_forward(x):\n    out, cache = None, None\n    # TODO\n    return out, cache"
    )


@case(notes=["relu_forward is defined in cells 1 and 4: cell 1 counts"])
def a_draft_that_never_ran(folder):
    ran = [cell(source, count) for count, source in enumerate(CELLS, start=1)]
    return book(folder, *ran, "def relu_forward(x):\n    return x[0], 'draft'")


@case(notes=["cell 4 counts"])
def a_second_attempt_that_ran(folder):
    wrong = CELLS[0] + "\ndef relu_forward(x):\n    return x, x\n"
    right = "def relu_forward(x):\n    return np.maximum(x, 0), x > 0\n"
    right += "def relu_backward(dout, cache):\n    return dout * cache"
    return book(folder, cell(wrong, 1), cell(CELLS[1], 2), cell(CELLS[2], 3), cell(right, 4))


@case()
def a_table_that_a_loop_fills(folder):
    uses = "\ndef relu_forward(x):\n    return TABLE['relu'](x), x > 0\n"
    uses += "def relu_backward(dout, cache):\n    return dout * cache\n"
    fill = "for name, f in {'relu': lambda v: np.maximum(v, 0)}.items():\n    TABLE[name] = f"
    return book(folder, "import numpy as np\nTABLE = {}", fill, CELLS[0] + uses, *CELLS[1:])


@case()
def attributes_that_are_set_by_name(folder):
    uses = "\ndef relu_forward(x):\n    return SETTINGS.f(x), x > 0\n"
    uses += "def relu_backward(dout, cache):\n    return dout * cache\n"
    setting = "setattr(SETTINGS, 'f', lambda v: np.maximum(v, 0))"
    return book(folder, "import numpy as np\nclass SETTINGS: pass", setting, CELLS[0] + uses, *CELLS[1:])


@case()
def a_variable_that_a_function_sets(folder):
    uses = "\ndef relu_forward(x):\n    return np.maximum(x, ZERO), x > 0\n"
    uses += "def relu_backward(dout, cache):\n    return dout * cache\n"
    sets = "def set_up():\n    global ZERO\n    ZERO = 0"
    return book(folder, sets, "set_up()", CELLS[0] + uses, *CELLS[1:])


@case()
def prompts_of_a_session(folder):
    lines = ["def double(x):", "    return 2 * x"]
    pasted = ">>> " + "\n... ".join(lines)
    uses = CELLS[0] + "\ndef relu_forward(x):\n    return double(np.maximum(x, 0)) / 2, x > 0\n"
    uses += "def relu_backward(dout, cache):\n    return dout * cache\n"
    return book(folder, pasted, uses, *CELLS[1:])


@case()
def a_notebook_that_was_saved_as_json(folder):
    return book(folder, *CELLS, name="Copy of work.json")


@case(notes=["cell 1: magics"])
def a_timed_definition_and_help(folder):
    return book(folder, "%time import numpy as np\nnp.pad?\nfiles = !ls\n!echo it's \\\n  here", *CELLS)


@case(notes=["magics"])
def a_percent_script(folder):
    path = folder / "work.py"
    parts = "\n".join(f"# %%\n{source.replace(FUTURE, '')}" for source in CELLS)
    path.write_text(f"# %%\n%matplotlib inline\n# %%\n%%bash\nls | grep '(\n{parts}", encoding="utf-8")
    return path


@case(notes=["get_ipython"])
def a_script_that_a_notebook_was_exported_to(folder):
    path = folder / "work.py"
    parts = "\n".join(
        f"# In[{n}]:\n\n{source.replace(FUTURE, '')}" for n, source in enumerate(CELLS, start=1)
    )
    path.write_text(
        f"#!/usr/bin/env python\n# coding: utf-8\nget_ipython().system('ls')\n{parts}", encoding="utf-8"
    )
    return path


# names


def renamed(folder, names):
    path = files(folder)
    for module, name in zip(SOLVED, names, strict=True):
        (path / f"{module}.py").rename(path / name)
    return path


@case(notes=["layers copy.py", "Loss (2).py"])
def copies_of_copies(folder):
    return renamed(folder, ["layers copy.py", "Loss (2).py", "OPTIM.PY"])


@case(notes=["Ada Lovelace_12_assignsubmission_file_layers.py"])
def names_of_moodle(folder):
    return renamed(folder, [f"Ada Lovelace_12_assignsubmission_file_{module}.py" for module in SOLVED])


@case()
def names_of_blackboard(folder):
    return renamed(folder, [f"HW 2_al12_attempt_2026-01-02-03-04-05_{module}.py" for module in SOLVED])


@case()
def names_of_ones_own(folder):
    return renamed(folder, ["my_layers.py", "losses.py", "optimizer.py"])


@case()
def each_layer_in_a_file_of_its_own(folder):
    path = files(folder)
    head, *rest = SOLVED["layers"].split("\n\n\ndef ")
    (path / "layers.py").unlink()
    dense = [part for part in rest if part.startswith("dense")]
    others = [part for part in rest if not part.startswith("dense")]
    (path / "dense.py").write_text(FUTURE + "\n\n\ndef ".join([head, *dense]) + "\n")
    (path / "others.py").write_text(FUTURE + "\n\n\ndef ".join([head, *others]) + "\n")
    return path


@case(lost={"sgd_step"}, notes=["sgd_stp", "did you mean sgd_step"])
def a_letter_that_is_missing(folder):
    return files(folder, optim=SOLVED["optim"].replace("def sgd_step", "def sgd_stp"))


@case(notes=["is graded"])
def a_solved_notebook_beside_untouched_stubs(folder):
    for name in SOLVED:
        stubs = "\n".join(STUB.format(f.name) for f in FUNCTIONS.values() if f.module == name)
        (folder / "student").mkdir(exist_ok=True)
        (folder / "student" / f"{name}.py").write_text(stubs)
    book(folder / "student", *CELLS, name="assignment.ipynb")
    return folder / "student"


@case(notes=["is graded"])
def solved_files_beside_an_untouched_notebook(folder):
    path = files(folder)
    book(path, *(STUB.format(name) for name in FUNCTIONS), name="assignment.ipynb")
    return path


# archives


def packed(folder, name, mode):
    path = folder / name
    with tarfile.open(path, mode) as archive:
        for module, text in SOLVED.items():
            content = (FUTURE + text).encode()
            entry = tarfile.TarInfo(f"work/{module}.py")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


@case()
def a_tar(folder):
    return packed(folder, "work.tar", "w")


@case()
def a_tar_with_gzip(folder):
    return packed(folder, "work.tar.gz", "w:gz")


@case()
def a_tar_in_a_folder(folder):
    (folder / "handed in").mkdir()
    packed(folder / "handed in", "work.tgz", "w:gz")
    return folder / "handed in"


@case()
def a_notebook_in_a_zip_in_a_zip(folder):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("work.ipynb", book(folder, *CELLS).read_bytes())
    with zipfile.ZipFile(folder / "outer.zip", "w") as archive:
        archive.writestr("a/inner.zip", inner.getvalue())
    return folder / "outer.zip"


# nothing that can be used


@case(problem=("7z", "make a zip"))
def an_archive_that_is_not_read(folder):
    (folder / "work").mkdir()
    (folder / "work" / "homework.7z").write_bytes(b"7z\xbc\xaf\x27\x1c")
    return folder / "work"


@case(problem=("Dense, ReLU",), notes=["from net import Dense", "def dense_forward(x, w, b):"])
def classes_of_another_course(folder):
    path = folder / "net.py"
    body = "".join(f"    def {name}(self, x): pass\n" for name in ("__init__", "forward", "backward"))
    path.write_text(f"class Dense:\n{body}class ReLU:\n{body}")
    return path


@case(
    problem=("affine_forward",),
    notes=["return affine_forward(x, w, b)", "return affine_backward(dout, cache)"],
)
def functions_of_another_course(folder):
    path = folder / "layers.py"
    path.write_text("def affine_forward(x, w, b): pass\ndef affine_backward(dout, cache): pass\n")
    return path


@case(problem=("none of the functions",), notes=["cell 1", "was never closed"])
def a_notebook_of_one_broken_cell(folder):
    return book(folder, "model = build(\n")


@case(problem=("UTF-16",))
def a_file_of_another_encoding(folder):
    (folder / "work.py").write_text(WHOLE, encoding="utf-16")
    return folder / "work.py"


@case(problem=("not a readable notebook",))
def a_notebook_that_was_cut_off(folder):
    path = book(folder, *CELLS)
    path.write_text(path.read_text()[:5000])
    return path


@case(problem=("report.pdf",))
def a_report_alone(folder):
    (folder / "work").mkdir()
    (folder / "work" / "report.pdf").write_bytes(b"%PDF")
    return folder / "work"


@case(lost=OF["loss"], notes=["loss.py", "UTF-8"])
def one_module_of_another_encoding(folder):
    path = files(folder)
    (path / "loss.py").write_bytes(
        (FUTURE + "# gr\u00f6\u00dfe\n" + SOLVED["loss"]).encode("latin-1", "replace")
    )
    return path


@case(notes=["says that it is punycode"])
def a_declaration_of_an_odd_encoding(folder):
    path = files(folder)
    (path / "loss.py").write_text("# coding: punycode\n" + FUTURE + SOLVED["loss"], encoding="utf-8")
    return path
