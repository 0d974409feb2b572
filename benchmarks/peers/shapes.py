"""What is measured: convolutions, other layers, and steps of networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BATCH = 64
RATE = 0.001


@dataclass(frozen=True)
class Conv:
    """A convolution with square filters, stride 1."""

    N: int
    C: int
    H: int
    F: int
    K: int
    pad: int

    @property
    def out(self) -> int:
        """Height and width of the output."""
        return self.H + 2 * self.pad - self.K + 1

    @property
    def flops(self) -> int:
        """Floating-point operations forward; backward takes twice as many."""
        return 2 * self.N * self.F * self.out**2 * self.C * self.K**2

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return x, w, b and dout, float32."""
        random = np.random.default_rng(0)
        shapes = (
            (self.N, self.C, self.H, self.H),
            (self.F, self.C, self.K, self.K),
            (self.F,),
            (self.N, self.F, self.out, self.out),
        )
        x, w, b, dout = (random.standard_normal(shape, np.float32) for shape in shapes)
        return x, w, b, dout


CONVS = {
    "S1": Conv(64, 1, 28, 8, 3, 1),
    "S2": Conv(64, 8, 14, 16, 3, 1),
    "S3": Conv(128, 16, 28, 32, 3, 1),
    "S4": Conv(32, 64, 28, 64, 3, 1),
    "S5": Conv(64, 1, 28, 6, 5, 2),
}
LAYERS = ("maxpool", "relu", "dense", "softmax")
"""2x2 and ReLU on (64, 8, 28, 28), dense 784 to 100 on 64 rows, softmax cross-entropy on (64, 10)"""
STEPS = ("A", "lenet5", "sigmoid-head", "conv-pool", "one-conv", "mlp")
"""networks of ``grader train``, batch 64, plain SGD"""


def layer_arrays() -> dict[str, np.ndarray]:
    """Return inputs of the other layers."""
    random = np.random.default_rng(0)
    return {
        "images": random.standard_normal((64, 8, 28, 28), np.float32),
        "dimages": random.standard_normal((64, 8, 28, 28), np.float32),
        "dpooled": random.standard_normal((64, 8, 14, 14), np.float32),
        "rows": random.standard_normal((64, 784), np.float32),
        "w": random.standard_normal((784, 100), np.float32),
        "b": random.standard_normal(100, np.float32),
        "drows": random.standard_normal((64, 100), np.float32),
        "logits": random.standard_normal((64, 10), np.float32),
        "labels": random.integers(0, 10, 64),
    }


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return images, uint8 (5000, 28, 28), labels, and the indices of one batch."""
    random = np.random.RandomState(0)
    images = random.randint(0, 256, (5000, 28, 28)).astype(np.uint8)
    return images, random.randint(0, 10, 5000).astype(np.int64), random.randint(0, 5000, BATCH)
