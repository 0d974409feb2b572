"""The digits that the kit draws: as MNIST's in form, handwritten in looks, the same for everybody."""

import os

import numpy as np
import pytest

from data import load
from data.digits import generate_digits
from data.strokes import NODES, styles_of


@pytest.fixture(scope="module")
def drawn():
    return generate_digits(2000, seed=3)


@pytest.fixture(scope="module")
def others():
    return generate_digits(2000, seed=4)


def class_means(images, labels):
    return np.stack([images[labels == digit].mean(axis=0).ravel() for digit in range(10)])


def nearest(means, images):
    """Read each image as the digit with the nearest mean."""
    flat = images.reshape(len(images), -1).astype(float)
    return ((means**2).sum(axis=1) - 2 * flat @ means.T).argmin(axis=1)


class TestForm:
    @pytest.mark.parametrize("count", [0, 1, 7, 501])
    def test_as_many_images_and_labels_as_asked_for(self, count):
        images, labels = generate_digits(count, seed=0)
        assert images.dtype == labels.dtype == np.uint8
        assert images.shape == (count, 28, 28)
        assert labels.shape == (count,)

    def test_ten_digits_in_equal_numbers(self, drawn):
        assert np.bincount(drawn[1]).tolist() == [200] * 10

    def test_numbers_differ_by_one_when_ten_does_not_divide_the_count(self):
        _, labels = generate_digits(43, seed=0)
        assert sorted(np.bincount(labels).tolist()) == [4] * 7 + [5] * 3

    def test_labels_are_shuffled(self, drawn):
        steps = np.diff(drawn[1].astype(int)) % 10
        assert np.bincount(steps, minlength=10).max() < 300

    @pytest.mark.parametrize(
        ("count", "seed", "message"),
        [
            (-1, 0, "count is -1, but it has to be 0 or more"),
            (10, -1, "seed is -1, but it has to lie between 0 and"),
            (10, 2**32, "seed is 4294967296, but"),
        ],
    )
    def test_arguments_out_of_range_are_named(self, count, seed, message):
        with pytest.raises(ValueError, match=message):
            generate_digits(count, seed)


class TestRandomness:
    def test_same_arguments_give_the_same_digits(self, drawn):
        again = generate_digits(2000, seed=3)
        assert np.array_equal(again[0], drawn[0])
        assert np.array_equal(again[1], drawn[1])

    def test_other_seeds_give_other_digits(self, drawn, others):
        assert not np.array_equal(drawn[1], others[1])
        assert len(np.unique(np.concatenate([drawn[0], others[0]]), axis=0)) == 4000

    def test_the_global_generator_is_left_alone(self):
        before = np.random.get_state()[1:3]
        generate_digits(10, seed=0)
        after = np.random.get_state()[1:3]
        assert np.array_equal(before[0], after[0])
        assert before[1] == after[1]


class TestLooks:
    def test_ink_fills_a_box_of_20_pixels(self, drawn):
        for image in drawn[0]:
            rows, columns = np.nonzero(image)
            height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
            assert max(height, width) in {19, 20}

    def test_centre_of_mass_is_within_a_pixel_of_the_centre(self, drawn):
        images = drawn[0].astype(float)
        mass = images.sum(axis=(1, 2))
        for axis in (1, 2):
            centre = images.sum(axis=axis) @ np.arange(28) / mass
            assert np.abs(centre - 14).max() < 1

    def test_grey_levels_are_distributed_as_in_mnist(self, drawn):
        images = drawn[0]
        assert images.mean() / 255 == pytest.approx(0.131, abs=0.01)
        assert images.std() / 255 == pytest.approx(0.308, abs=0.015)
        assert (images == 0).mean() == pytest.approx(0.81, abs=0.02)
        assert 0.25 < (images >= 250).sum() / (images > 0).sum() < 0.45

    def test_every_digit_has_bright_ink(self, drawn):
        assert drawn[0].max(axis=(1, 2)).min() > 180

    def test_a_one_has_the_least_ink(self, drawn):
        ink = [drawn[0][drawn[1] == digit].mean() for digit in range(10)]
        assert np.argmin(ink) == 1

    def test_templates_alone_read_most_digits_but_not_all(self, drawn, others):
        read = nearest(class_means(*drawn), others[0])
        assert 0.72 < (read == others[1]).mean() < 0.9

    @pytest.mark.skipif("MNIST_DIR" not in os.environ, reason="MNIST_DIR is not set")
    def test_templates_of_drawn_digits_read_mnist(self, drawn):
        mnist = load()
        read = nearest(class_means(*drawn), mnist.test_images)
        assert (read == mnist.test_labels).mean() > 0.72


class TestStyles:
    @pytest.mark.parametrize("digit", range(10))
    def test_shares_add_up_to_one(self, digit):
        assert sum(style.share for style in styles_of(digit)) == pytest.approx(1)

    @pytest.mark.parametrize("digit", range(10))
    def test_moving_the_control_points_moves_the_path_along(self, digit):
        shift = np.array([0.3, -0.2])
        for style in styles_of(digit):
            moved = style.spline @ (style.control + shift)
            assert np.allclose(moved, style.spline @ style.control + shift)

    @pytest.mark.parametrize("digit", range(10))
    def test_the_path_passes_through_every_control_point(self, digit):
        for style in styles_of(digit):
            path = style.spline @ style.control
            assert path.shape == (NODES, 2)
            distances = np.sqrt(((style.control[:, None] - path) ** 2).sum(axis=2))
            assert distances.min(axis=1).max() < 0.03

    @pytest.mark.parametrize("digit", range(10))
    def test_nodes_lie_close_together_while_the_pen_is_down(self, digit):
        for style in styles_of(digit):
            path = style.spline @ style.control
            steps = np.sqrt((np.diff(path, axis=0) ** 2).sum(axis=1))
            assert steps[style.inked].max() < 0.12

    def test_the_pen_is_lifted_between_strokes_only(self):
        lifts = {digit: {(~style.inked).sum() for style in styles_of(digit)} for digit in (0, 4, 7)}
        assert lifts == {0: {0}, 4: {0, 1}, 7: {0, 1}}
