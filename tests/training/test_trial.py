"""Each function alone at the shapes of training: who may take part, who is replaced, and why."""

import pytest

from grader.core.kit import HOME
from grader.core.seed import PUBLISHED
from grader.judging.draw import Draw
from grader.reference.functions import reference
from grader.submission.ingest import ingest
from grader.training.network import NETWORK_A, functions_of
from grader.training.trial import CALL_SECONDS, run_trial
from grader.worker.session import Student


def hear(student, seconds=CALL_SECONDS):
    return run_trial(NETWORK_A, student, reference, Draw(PUBLISHED, "mnist.accuracy"), seconds=seconds)


def refused(student, seconds=CALL_SECONDS):
    return hear(student, seconds).rejected


class TestWhoMayTakePart:
    def test_the_solution_may_with_every_function(self, start):
        found = hear(start())
        assert found.rejected == {}
        assert set(found.seconds) == set(functions_of(NETWORK_A))
        assert all(seconds > 0 for seconds in found.seconds.values())

    def test_the_untouched_package_may_with_none(self):
        with ingest(HOME / "student") as taken, Student(taken) as student:
            reasons = refused(student)
        assert set(reasons) == set(functions_of(NETWORK_A))
        forward = [reason for name, reason in reasons.items() if not name.endswith("_backward")]
        assert all(reason.endswith("is not written yet.") for reason in forward)
        assert reasons["dense_backward"] == "It needs the cache of dense_forward."

    def test_a_module_that_cannot_be_read_costs_its_own_functions_only(self, submission):
        folder = submission()
        (folder / "loss.py").write_text("x = 1", encoding="utf-16")
        with ingest(folder) as taken, Student(taken) as student:
            reasons = refused(student)
        assert list(reasons) == ["softmax_cross_entropy"]
        assert "UTF-16" in reasons["softmax_cross_entropy"]

    def test_a_line_that_ends_the_process_at_import_costs_no_function(self, start):
        assert refused(start(loss="import os\nos._exit(1)")) == {}

    @pytest.mark.parametrize(
        "source",
        [
            "    return param.astype(np.float64) - lr * grad",
            "    param -= lr * grad\n    return param",
            "    print('one step')\n    return np.asfortranarray(param - lr * grad)",
        ],
    )
    def test_other_styles_of_the_same_may(self, start, source):
        assert refused(start(optim=f"def sgd_step(param, grad, *, lr):\n{source}")) == {}


class TestWhoIsReplaced:
    @pytest.mark.parametrize(
        ("function", "module", "source", "reason"),
        [
            (
                "relu_forward",
                "layers",
                "return abs(x), right(x)[1]",
                "Its out is wrong at the shapes of training.",
            ),
            (
                "relu_forward",
                "layers",
                "return right(x)[0][:-1], right(x)[1]",
                "Its out is wrong at the shapes",
            ),
            ("sgd_step", "optim", "return x + options['lr'] * rest[0]", "Its param is wrong at the shapes"),
            (
                "sgd_step",
                "optim",
                "return right(x, *rest, **options).tolist()",
                "Its param is wrong at the shapes",
            ),
            (
                "softmax_cross_entropy",
                "loss",
                "return 0.0, right(x, *rest)[1]",
                "Its loss is wrong at the shapes",
            ),
            (
                "softmax_cross_entropy",
                "loss",
                "raise ValueError('no')",
                "softmax_cross_entropy raised ValueError: no",
            ),
            ("sgd_step", "optim", "return [None][0]", "Its param is wrong at the shapes of training."),
        ],
    )
    def test_a_wrong_function_alone_and_with_the_reason(self, start, function, module, source, reason):
        source = f"right = {function}\n\ndef {function}(x, *rest, **options):\n    {source}"
        reasons = refused(start(**{module: source}))
        assert list(reasons) == [function]
        assert reasons[function].startswith(reason)

    def test_one_that_is_right_for_small_images_only(self, start):
        source = "right = relu_forward\ndef relu_forward(x):\n"
        source += "    out, cache = right(x)\n    return (out if x.shape[-1] < 20 else 0 * out), cache"
        assert list(refused(start(layers=source))) == ["relu_forward"]

    def test_one_that_cannot_compute_in_float32(self, start):
        source = "right = dense_forward\ndef dense_forward(x, w, b):\n"
        source += "    assert x.dtype == np.float64\n    return right(x, w, b)"
        assert set(refused(start(layers=source))) == {"dense_forward", "dense_backward"}

    def test_one_that_keeps_in_the_module_what_belongs_in_the_cache(self, start):
        source = """
kept = None
right_forward, right_backward = relu_forward, relu_backward

def relu_forward(x):
    global kept
    out, kept = right_forward(x)
    return out, None

def relu_backward(dout, cache):
    return right_backward(dout, kept)
"""
        assert list(refused(start(layers=source))) == ["relu_backward"]

    def test_one_that_keeps_it_by_shape_is_no_better(self, start):
        source = """
kept = {}
right_forward, right_backward = relu_forward, relu_backward

def relu_forward(x):
    out, cache = right_forward(x)
    kept.setdefault("first", cache)
    return out, None

def relu_backward(dout, cache):
    return right_backward(dout, kept["first"])
"""
        assert list(refused(start(layers=source))) == ["relu_backward"]


ENDS = {
    "the first": ("layers", "conv2d_forward", "os._exit(3)", {"conv2d_forward", "conv2d_backward"}),
    "a forward": (
        "layers",
        "maxpool2d_forward",
        "ctypes.string_at(0)",
        {"maxpool2d_forward", "maxpool2d_backward"},
    ),
    "the loss": ("loss", "softmax_cross_entropy", "os._exit(3)", {"softmax_cross_entropy"}),
    "a backward": ("layers", "relu_backward", "os._exit(3)", {"relu_backward"}),
    "the last": ("optim", "sgd_step", "os._exit(3)", {"sgd_step"}),
}


class TestWhoEndsTheProcess:
    """The caches of the others are lost with it, but they are not rejected."""

    @pytest.mark.parametrize("which", ENDS)
    def test_it_costs_no_other_function_its_place(self, start, which):
        module, function, ending, lost = ENDS[which]
        source = f"import ctypes, os\n\ndef {function}(*_, **__):\n    {ending}"
        reasons = refused(start(**{module: source}))
        assert set(reasons) == lost
        assert reasons[function].startswith(f"The process ended while it ran {function}: ")

    @pytest.mark.slow
    def test_several_that_do_cost_no_other_function_its_place(self, start):
        ends = "import os\n\ndef {}(*_, **__):\n    os._exit(1)\n"
        hangs = "def softmax_cross_entropy(logits, labels):\n    while True:\n        pass"
        layers = ends.format("relu_forward") + ends.format("dense_backward")
        reasons = refused(start(layers=layers, loss=hangs), seconds=1.0)
        assert set(reasons) == {"relu_forward", "relu_backward", "dense_backward", "softmax_cross_entropy"}
        assert reasons["softmax_cross_entropy"] == "softmax_cross_entropy did not return within 1 seconds."


@pytest.mark.slow
class TestWhoIsSlow:
    """Slow is not wrong: smaller inputs, and then a verdict."""

    SLOW = """
import time

right = {function}

def {function}(x, *rest, **options):
    values = x.size if hasattr(x, "size") else 0
    while values > {most}:
        pass
    return right(x, *rest, **options)
"""

    @pytest.mark.parametrize(
        ("function", "most"),
        [
            # an image of training has 784 values, and 8 times as many after the first layer
            ("conv2d_forward", 8 * 784),
            ("conv2d_forward", 784),
            ("maxpool2d_backward", 4 * 196),
        ],
    )
    def test_a_slow_one_that_is_right_for_smaller_inputs_may_take_part(self, start, function, most):
        student = start(layers=self.SLOW.format(function=function, most=most))
        found = hear(student, seconds=1.0)
        assert found.rejected == {}
        assert all(seconds > 0 for seconds in found.seconds.values())

    def test_a_slow_one_that_is_wrong_is_rejected_for_what_is_wrong(self, start):
        source = self.SLOW.format(function="conv2d_forward", most=784)
        source = source.replace(
            "return right(x, *rest, **options)", "return -right(x, *rest, **options)[0], None"
        )
        reasons = refused(start(layers=source), seconds=1.0)
        assert set(reasons) >= {"conv2d_forward"}
        assert reasons["conv2d_forward"] == "Its out is wrong at the shapes of training."

    def test_one_that_never_answers_is_rejected(self, start):
        source = self.SLOW.format(function="conv2d_forward", most=0)
        reasons = refused(start(layers=source), seconds=1.0)
        assert reasons == {
            "conv2d_forward": "conv2d_forward did not return within 1 seconds.",
            "conv2d_backward": "It needs the cache of conv2d_forward.",
        }
