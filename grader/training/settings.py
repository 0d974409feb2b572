"""The settings of a training: network, optimiser, sizes, seed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from grader.core.errors import GraderError
from grader.training.network import Network
from grader.training.network_text import NETWORKS, describe, parse_network, with_dropout

LEARNING_RATES = {"sgd": 0.2, "momentum": 0.05, "adam": 0.002}
"""for batches of 64; smaller batches get less (Goyal et al. 2017, https://arxiv.org/abs/1706.02677)"""
OPTIMISERS = tuple(LEARNING_RATES)
SCHEDULES = ("constant", "cosine", "step")
BATCH = 64


@dataclass(frozen=True)
class Settings:
    """The complete settings of one training: the same settings give the same weights, bit for bit.

    Parameters
    ----------
    net
        The name of one of ``NETWORKS``, or of the network that ``layers`` describes.
    layers
        The network as text; empty for that of ``NETWORKS``.
    optimiser
        ``sgd``, ``momentum`` (0.9) or ``adam``.
    lr
        The learning rate at the start; None for one that suits optimiser and batch.
    schedule
        ``constant``; ``cosine``, down to zero at the end of the last epoch (Loshchilov and Hutter 2017,
        https://arxiv.org/abs/1608.03983); or ``step``, halved after every epoch.
    l2
        The factor of half the squared weights (not biases) in the loss.
    dropout
        The probability to drop a feature before the last layer.
    batch
        The number of images in a step.
    epochs
        The number of passes over the training images.
    seconds
        The seconds of training after which it ends in any case; None for no limit.
    seed
        The seed of weights, order and dropout.
    cores
        The number of cores that the kit's own layers may use; None for all. Another number of cores rounds
        differently.
    """

    net: str = "A"
    layers: str = ""
    optimiser: str = "momentum"
    lr: float | None = None
    schedule: str = "constant"
    l2: float = 0.0
    dropout: float = 0.0
    batch: int = BATCH
    epochs: int = 3
    seconds: float | None = None
    seed: int = 231
    cores: int | None = None

    def __post_init__(self) -> None:
        limits: dict[str, tuple[bool, str]] = {
            "net": (bool(self.layers) or self.net in NETWORKS, f"one of {', '.join(NETWORKS)}"),
            "optimiser": (self.optimiser in OPTIMISERS, f"one of {', '.join(OPTIMISERS)}"),
            "schedule": (self.schedule in SCHEDULES, f"one of {', '.join(SCHEDULES)}"),
            "lr": (self.lr is None or 0 < self.lr < math.inf, "greater than 0"),
            "l2": (0 <= self.l2 < math.inf, "at least 0"),
            "dropout": (0 <= self.dropout < 1, "at least 0 and less than 1"),
            "batch": (self.batch >= 1, "at least 1"),
            "epochs": (self.epochs >= 1, "at least 1"),
            "seconds": (self.seconds is None or self.seconds > 0, "greater than 0"),
            "seed": (self.seed >= 0, "at least 0"),
            "cores": (self.cores is None or self.cores >= 1, "at least 1"),
        }
        for name, (good, wanted) in limits.items():
            if not good:
                raise GraderError(f"{name} is {getattr(self, name)!r}: it must be {wanted}")

    @property
    def network(self) -> Network:
        """The network, with dropout before its last layer."""
        return with_dropout(parse_network(self.net, self.layers or NETWORKS[self.net]), self.dropout)

    def learning_rate(self, step: int, steps_in_epoch: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        start = self.lr
        if start is None:
            scale = min(1.0, self.batch / BATCH)
            start = LEARNING_RATES[self.optimiser] * (math.sqrt(scale) if self.optimiser == "adam" else scale)
        if self.schedule == "cosine":
            return start * (1 + math.cos(math.pi * step / (self.epochs * steps_in_epoch))) / 2
        if self.schedule == "step":
            return float(start * 0.5 ** (step // steps_in_epoch))
        return start

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain values, with all layers of the network as text."""
        plain = parse_network(self.net, self.layers or NETWORKS[self.net])
        return {**asdict(self), "layers": ", ".join(describe(plain))}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Settings:
        """Rebuild settings.

        Raises
        ------
        GraderError
            If a name is unknown, or a value has the wrong type or size.
        """
        known = cls.__dataclass_fields__
        for name, value in values.items():
            if name not in known:
                raise GraderError(f"'{name}' is not a setting; there are {', '.join(known)}")
            default = known[name].default
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            whole = name in ("batch", "epochs", "seed", "cores")
            fits = isinstance(value, str) if isinstance(default, str) else number or value is default is None
            if not fits or (whole and isinstance(value, float)):
                raise GraderError(f"{name} is {value!r}: that has the wrong type")
        return cls(**values)
