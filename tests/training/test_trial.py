"""Each function alone at the shapes of training: who may take part, who is replaced, and why."""

import pytest

from grader.core.kit import HOME
from grader.core.seed import PUBLISHED
from grader.judging.draw import Draw
from grader.reference.functions import reference
from grader.submission.ingest import ingest
from grader.training.network import NETWORK_A, functions_of
from grader.training.trial import run_trial
from grader.worker.sandbox import Limits
from grader.worker.session import Student

QUICK = Limits(import_seconds=5.0, call_seconds=1.0, repeated_call_seconds=0.5)


def hear(student):
    return run_trial(NETWORK_A, student, reference, Draw(PUBLISHED, "mnist.accuracy"))


def refused(student):
    return hear(student).rejected


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

    def test_a_module_that_cannot_be_imported_costs_its_own_functions_only(self, start):
        reasons = refused(start(loss="import os\nos._exit(1)"))
        assert reasons == {
            "softmax_cross_entropy": "The process ended while it ran loss.py: it exited with code 1."
        }

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
            ("sgd_step", "optim", "return None", "Its param is wrong at the shapes of training."),
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

    def test_several_that_do_cost_no_other_function_its_place(self, start):
        ends = "import os\n\ndef {}(*_, **__):\n    os._exit(1)\n"
        hangs = "def softmax_cross_entropy(logits, labels):\n    while True:\n        pass"
        layers = ends.format("relu_forward") + ends.format("dense_backward")
        reasons = refused(start(QUICK, layers=layers, loss=hangs))
        assert set(reasons) == {"relu_forward", "relu_backward", "dense_backward", "softmax_cross_entropy"}
        assert reasons["softmax_cross_entropy"] == "softmax_cross_entropy did not return within 1 seconds."
