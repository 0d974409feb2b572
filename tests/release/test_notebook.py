"""The notebook of the assignment: complete, valid, and it runs in a real kernel."""

import ast
import json

import nbformat
import pytest
from marks import slowly

from grader.core.assignment import FUNCTIONS, TASKS
from grader.core.kit import HOME
from grader.release.illustrations import ILLUSTRATIONS, picture
from grader.release.notebook import Flavour, assignment_notebook, checksum
from grader.submission.notebook import definitions

SOLUTION = HOME / "solution"
POINTS = {task.name: float(number) for number, task in enumerate(TASKS, start=3)}


def made(flavour, **options):
    return assignment_notebook(SOLUTION, flavour, POINTS, **options)


def cells(notebook):
    return {cell.id: cell for cell in notebook.cells}


@pytest.mark.parametrize("flavour", Flavour)
class TestEveryFlavour:
    def test_it_is_valid_and_the_same_every_time(self, flavour):
        notebook = made(flavour)
        nbformat.validate(notebook)
        assert nbformat.writes(notebook) == nbformat.writes(made(flavour))

    def test_every_function_has_a_cell_with_its_tag_and_every_task_a_text_and_a_check(self, flavour):
        found = cells(made(flavour))
        for name in FUNCTIONS:
            cell = found[name.replace("_", "-")]
            assert cell.metadata.tags == [f"function:{name}"]
            assert f"def {name}(" in cell.source
        for task in TASKS:
            assert task.title in found[f"{task.name}-idea"].source
            assert found[f"check-{task.name}"].source.startswith(f'check("{task.name}")')

    def test_every_code_cell_is_python(self, flavour):
        for cell in made(flavour).cells:
            if cell.cell_type == "code":
                ast.parse(cell.source)

    def test_what_a_function_needs_stands_in_its_cell_or_before(self, flavour):
        notebook = made(flavour)
        source, notes = definitions(nbformat.writes(notebook).encode(), "assignment.ipynb")
        assert notes == []
        assert all(f"def {name}(" in source for name in FUNCTIONS)


def test_a_student_gets_stubs_and_nothing_of_nbgrader():
    notebook = made(Flavour.STUDENT)
    text = nbformat.writes(notebook)
    assert "SOLUTION" not in text
    assert "77" not in "".join(cell.source for cell in notebook.cells)
    assert all("nbgrader" not in cell.metadata for cell in notebook.cells)
    for name in FUNCTIONS:
        assert "NotImplementedError" in cells(notebook)[name.replace("_", "-")].source


def test_pictures_are_attached_to_the_texts():
    notebook = made(Flavour.STUDENT, pictures=lambda task: task.encode())
    cell = cells(notebook)["conv2d-idea"]
    assert "![](attachment:conv2d-idea.png)" in cell.source
    assert cell.attachments == {"conv2d-idea.png": {"image/png": "Y29udjJk"}}


@pytest.mark.parametrize("task", slowly([task.name for task in TASKS], quick=["relu", "conv2d"]))
def test_every_task_has_a_picture_the_same_every_time(task):
    pytest.importorskip("matplotlib")
    assert set(ILLUSTRATIONS) == {task.name for task in TASKS}
    drawn = picture(task)
    assert drawn.startswith(b"\x89PNG")
    assert drawn == picture(task)


class TestNbgrader:
    def test_functions_are_solutions_and_checks_carry_the_points(self):
        found = cells(made(Flavour.NBGRADER))
        for name in FUNCTIONS:
            about = found[name.replace("_", "-")].metadata.nbgrader
            assert (about.solution, about.grade, about.locked, about.grade_id) == (True, False, False, name)
        for task in TASKS:
            cell = found[f"check-{task.name}"]
            about = cell.metadata.nbgrader
            assert (about.solution, about.grade, about.locked) == (False, True, True)
            assert about.points == POINTS[task.name]
            assert f'points("{task.name}")' in cell.source
        ids = [cell.metadata.nbgrader.grade_id for cell in found.values() if "nbgrader" in cell.metadata]
        assert len(ids) == len(set(ids)) == len(FUNCTIONS) + len(TASKS)

    def test_every_solution_is_one_region_from_inside_its_function_to_the_end_of_the_cell(self):
        for name, cell in cells(made(Flavour.NBGRADER)).items():
            if "nbgrader" in cell.metadata and cell.metadata.nbgrader.solution:
                lines = cell.source.splitlines()
                marks = [line for line in lines if "SOLUTION" in line]
                assert [mark.strip() for mark in marks] == ["### BEGIN SOLUTION", "### END SOLUTION"], name
                assert marks[0].startswith("    #")
                assert lines[-1] == marks[1]

    def test_metadata_and_checksums_are_those_of_nbgrader(self):
        schema = pytest.importorskip("nbgrader.nbgraderformat.v3")
        compute = pytest.importorskip("nbgrader.utils").compute_checksum
        notebook = made(Flavour.NBGRADER)
        schema.MetadataValidatorV3().validate_nb(notebook)
        for cell in notebook.cells:
            if "nbgrader" in cell.metadata:
                assert cell.metadata.nbgrader.checksum == checksum(cell) == compute(cell)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """Return the environment of a kernel of this Python, and where Jupyter finds it."""
    pytest.importorskip("nbclient")
    kernelspec = pytest.importorskip("ipykernel.kernelspec")
    prefix = tmp_path_factory.mktemp("jupyter")
    kernelspec.install(prefix=str(prefix), kernel_name="python3")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(prefix / "share" / "jupyter"))
        patch.setenv("PYTHONPATH", str(HOME))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(prefix / "runtime"))
        patch.setenv("IPYTHONDIR", str(prefix / "ipython"))
        yield prefix


# the training has tests of its own
CHECKED = [task.name for task in TASKS if task.name != "mnist"]


@pytest.mark.filterwarnings("ignore")  # of Jupyter's own packages, about one another
@pytest.mark.parametrize("checked", [["relu"], pytest.param(CHECKED, marks=pytest.mark.slow)], ids=len)
def test_it_runs_in_a_real_kernel_with_the_solution_in_it(kernel, tmp_path, checked):
    from nbclient import NotebookClient

    notebook = made(Flavour.SOLVED)
    left_out = {"train", *(f"check-{task.name}" for task in TASKS if task.name not in checked)}
    notebook.cells = [cell for cell in notebook.cells if cell.id not in left_out]
    notebook.cells.append(nbformat.v4.new_code_cell('points("conv2d")', id="score"))
    notebook.cells.append(
        nbformat.v4.new_code_cell('check("conv3d")', id="typo", metadata={"tags": ["raises-exception"]})
    )
    NotebookClient(notebook, timeout=900, resources={"metadata": {"path": str(tmp_path)}}).execute()
    found = cells(notebook)
    for task in TASKS:
        if task.name in checked:
            (output,) = found[f"check-{task.name}"].outputs
            assert "✗" not in output.text
            assert f"{task.title}" in output.text
    assert found["score"].outputs[-1].data["text/plain"] == "40.0"
    assert "'conv3d' is not a task" in json.dumps(found["typo"].outputs)


@pytest.mark.parametrize("flavour", Flavour)
def test_what_jupyterlab_opens_and_saves_is_the_same_notebook(flavour, tmp_path):
    managers = pytest.importorskip("jupyter_server.services.contents.largefilemanager")
    path = tmp_path / "assignment.ipynb"
    nbformat.write(made(flavour, pictures=lambda task: task.encode()), path)
    before = nbformat.read(path, 4)
    manager = managers.LargeFileManager(root_dir=str(tmp_path))
    model = manager.get("assignment.ipynb", content=True)
    # what the editor adds
    for cell in model["content"]["cells"]:
        cell["metadata"]["trusted"] = True
    manager.save({key: model[key] for key in ("type", "format", "content")}, "assignment.ipynb")
    # its database of signatures, which nothing else closes
    manager.notary.store.close()
    after = nbformat.read(path, 4)
    nbformat.validate(after)
    for cell in after.cells:
        cell.metadata.pop("trusted", None)
    assert after.cells == before.cells
    assert after.metadata == before.metadata
    assert definitions(path.read_bytes(), path.name)[1] == []
