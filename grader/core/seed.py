"""The seed of all inputs, which is published for practice and secret for credit.

A seed is a text. Every stream of random numbers is seeded by a digest of that text and of the purpose of the
stream, so that known values reveal nothing about the seed or about other streams.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

LEAST_DIGITS = 32
"""number of hexadecimal digits of a secret seed, for 128 bits"""


@dataclass(frozen=True)
class Seed:
    """The seed of a run, whose text does not show if it is printed by accident."""

    text: str = field(repr=False)

    @property
    def published(self) -> bool:
        """Whether students know the seed, so that scores with it are for practice only."""
        return self == PUBLISHED

    def random(self, purpose: str) -> np.random.RandomState:
        """Return the stream of random numbers for a purpose, such as the id of a check.

        The legacy generator is used on purpose: the streams of ``numpy.random.RandomState`` are frozen, while
        those of ``Generator`` may change.
        """
        # the command line needs seeds for its options, and should not wait for NumPy
        import numpy as np

        digest = hashlib.sha256(f"{self.text}:{purpose}".encode()).digest()
        return np.random.RandomState(np.frombuffer(digest, dtype="<u4"))


PUBLISHED = Seed("231")
"""seed for practice: it gives everyone the same inputs, and the students' kit holds the answers to them"""


def fresh_seed() -> Seed:
    """Draw a secret seed of 128 bits."""
    return Seed(secrets.token_hex(LEAST_DIGITS // 2))
