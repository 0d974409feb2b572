"""Pictures are drawn for every kind of network, and an error says what is missing."""

import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from grader.core.errors import GraderError
from grader.training import pictures
from grader.training.experiment import train
from grader.training.settings import Settings

pytest.importorskip("matplotlib")

NETWORKS = {
    "cnn": "conv 3 3x3 pad 1, relu, pool 2x2, conv 20 5x5, relu, flatten, dense 10",
    "fully connected": "flatten, dense 12, sigmoid, dense 10",
    "pooled": "pool 2x2, flatten, dense 10",
}


@pytest.fixture(scope="module")
def trainings(digits):
    return {
        name: train(Settings(name, layers=layers, epochs=3, batch=50, cores=1), "fast", digits)
        for name, layers in NETWORKS.items()
    }


@pytest.mark.parametrize(
    ("name", "count"), [("fully connected", 6), ("pooled", 6), pytest.param("cnn", 7, marks=pytest.mark.slow)]
)
def test_every_picture_is_written_as_png_and_svg(trainings, digits, tmp_path, name, count):
    written = pictures.draw_all(name, trainings[name], digits, tmp_path / "pictures")
    assert len(written) == 2 * count
    for path in written:
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
        else:
            assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_the_same_training_gives_the_same_svg(trainings, digits, tmp_path):
    for folder in ("one", "two"):
        pictures.save({"curves": pictures.curves([("cnn", trainings["cnn"])])}, tmp_path / folder)
    assert (tmp_path / "one" / "curves.png").read_bytes() == (tmp_path / "two" / "curves.png").read_bytes()


def test_trainings_stand_side_by_side_with_their_accuracy(trainings):
    figure = pictures.curves(list(trainings.items()))
    told = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    assert told == [f"{name}: {run.test_accuracy:.2%} test accuracy" for name, run in trainings.items()]


def test_the_confusion_matrix_counts_what_was_read(trainings, digits):
    scores, labels = trainings["cnn"].scores, digits.test_labels
    axes = pictures.confusion_matrix(scores, labels).axes[0]
    numbers = sum(int(text.get_text().replace(",", "")) for text in axes.texts)
    assert numbers == len(labels)
    wrong = int((scores.argmax(axis=1) != labels).sum())
    assert f"{wrong:,} of {len(labels):,}" in axes.get_title()


def test_the_surest_mistake_comes_first(digits):
    scores = np.zeros((300, 10), np.float32)
    scores[np.arange(300), digits.test_labels] = 5
    wrong = (digits.test_labels + 1) % 10
    scores[7, wrong[7]], scores[9, wrong[9]] = 8, 20
    figure = pictures.confident_mistakes(scores, digits.test_images, digits.test_labels)
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert [title.split("\n")[0] for title in titles] == [
        f"{digits.test_labels[index]} as {wrong[index]}" for index in (9, 7)
    ]


def test_without_a_mistake_it_says_so(digits):
    scores = np.eye(10, dtype=np.float32)[digits.test_labels] * 9
    figure = pictures.confident_mistakes(scores, digits.test_images, digits.test_labels)
    assert "No test image" in figure.get_suptitle()


def test_the_patch_that_goes_backward_is_that_of_the_image(trainings, digits):
    run = trainings["cnn"]
    figure = pictures.patch_backward(
        run.settings.network, run.weights, digits.test_images[0], int(digits.test_labels[0])
    )
    x, w = (np.array([float(text.get_text()) for text in figure.axes[place].texts]) for place in (1, 2))
    dw, dx = (np.array([float(text.get_text()) for text in figure.axes[place].texts]) for place in (3, 4))
    gradient = (dx / w)[np.abs(w).argmax()]
    np.testing.assert_allclose(dw, gradient * x, atol=0.05 * np.abs(dw).max())
    np.testing.assert_allclose(dx, gradient * w, atol=0.05 * np.abs(dx).max())


def test_configurations_are_compared_in_one_picture():
    rows = [
        (group, name, {"test_accuracy": accuracy, "test_loss": 1 - accuracy})
        for group, name, accuracy in (("layers", "one", 0.9), ("layers", "two", 0.95), ("", "other", 0.99))
    ]
    figure = pictures.comparison(rows, "MNIST")
    wrong, losses = figure.axes
    assert [text.get_text() for text in wrong.get_yticklabels()] == ["layers: one", "layers: two", "other"]
    assert [text.get_text() for text in wrong.texts] == ["90.00", "95.00", "99.00"]
    assert [text.get_text() for text in losses.texts] == ["0.100", "0.050", "0.010"]


def test_without_matplotlib_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(GraderError, match=r"pip install 'convgrade\[plots\]'"):
        pictures.require_matplotlib()


def test_a_folder_that_cannot_be_written_is_told(trainings, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GraderError, match="pictures cannot be written"):
        pictures.save({"curves": pictures.curves([("cnn", trainings["cnn"])])}, tmp_path / "file")
