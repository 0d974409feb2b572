"""Recorded answers, with which a kit without the solution compares.

Where the solution is available, every answer of a function is recorded with its inputs; where it is not, the
same inputs give the same answer. The inputs are those of one seed, so the record holds what one run of the
checks asks for, and nothing else.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from grader.core.assignment import FUNCTIONS, OPAQUE
from grader.core.errors import GraderError, MissingAnswerError
from grader.core.kit import KIT
from grader.reference.finite_differences import HasDerivatives, derivatives

INDEX, ARRAYS = "answers.json", "answers.bin"


@dataclass(frozen=True)
class Token:
    """Stands for the cache or the state of a recorded call, and says which call it is of."""

    key: str


class Store:
    """Arrays in one block of bytes, with equal arrays stored once."""

    def __init__(self, content: bytes = b"") -> None:
        self._content = bytearray(content)
        self._known: dict[bytes, list[Any]] = {}

    def put(self, array: np.ndarray) -> list[Any]:
        """Keep an array, and return its place in a form that JSON can hold."""
        data = np.ascontiguousarray(array).tobytes()
        digest = _digest(f"{array.dtype.str} {array.shape}".encode(), data).encode()
        if digest not in self._known:
            self._known[digest] = [array.dtype.str, list(array.shape), len(self._content)]
            self._content += data
        return self._known[digest]

    def get(self, place: Sequence[Any]) -> np.ndarray:
        """Return a new copy of the array at a place."""
        kind, shape, start = place
        count = int(np.prod(shape))
        return np.frombuffer(self._content, np.dtype(kind), count, start).reshape(shape).copy()

    @property
    def content(self) -> bytes:
        """The bytes of all arrays."""
        return bytes(self._content)


class Answers:
    """Answers by function and inputs; ``arrays`` holds their arrays, and those of other records."""

    def __init__(self) -> None:
        self._answers: dict[str, Any] = {}
        self._parameters: dict[str, list[str]] = {}
        self.arrays = Store()

    def __len__(self) -> int:
        return len(self._answers)

    def __contains__(self, key: str) -> bool:
        return key in self._answers

    def recording(self, name: str, function: Callable[..., Any]) -> HasDerivatives:
        """Return a function that does the same and records its answers."""
        self._parameters[name] = list(inspect.signature(function).parameters)
        return _RecordingFunction(self, name, function)

    def function(self, name: str) -> HasDerivatives:
        """Return a function that gives the recorded answers."""
        return _Recorded(self, name, self._parameters.get(name, []))

    def put(self, key: str, answer: Any) -> None:
        """Record an answer.

        Raises
        ------
        GraderError
            If another answer to the same inputs is recorded already.
        """
        if self._answers.setdefault(key, answer) != answer:
            raise GraderError("the solution answers differently to the same inputs: nothing can be recorded")

    def get(self, key: str) -> Any:
        """Return a recorded answer.

        Raises
        ------
        MissingAnswerError
            If no answer to these inputs was recorded.
        """
        if key not in self._answers:
            raise MissingAnswerError("this kit has no recorded answer of the solution to these inputs")
        return self._answers[key]

    def save(self, folder: Path) -> None:
        """Write the record to a folder."""
        index = {"parameters": self._parameters, "answers": self._answers}
        (folder / INDEX).write_text(json.dumps(index, separators=(",", ":")), encoding="utf-8")
        (folder / ARRAYS).write_bytes(self.arrays.content)

    @classmethod
    def load(cls, folder: Path) -> Answers:
        """Read a record from a folder.

        Raises
        ------
        GraderError
            If the record is damaged.
        """
        try:
            index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
            made = cls()
            made._answers, made._parameters = index["answers"], index["parameters"]
            made.arrays = Store((folder / ARRAYS).read_bytes())
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GraderError(
                f"the recorded answers in {folder} cannot be read; install the kit again"
            ) from error
        return made


@cache
def recorded() -> Answers | None:
    """Return this kit's record, or None if the kit has the solution instead."""
    return None if KIT.record is None else Answers.load(KIT.record)


class _RecordingFunction(HasDerivatives):
    def __init__(self, answers: Answers, name: str, function: Callable[..., Any]) -> None:
        self._answers, self._name, self._function = answers, name, function
        self.__signature__ = inspect.signature(function)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        key = _key(self._name, arguments, options)
        given = tuple(value.inner if isinstance(value, _RecordedState) else value for value in arguments)
        names = FUNCTIONS[self._name.partition(":")[0]].returns
        try:
            returned = self._function(*given, **options)
            values = returned if len(names) > 1 else (returned,)
            arrays = {
                name: np.asarray(value)
                for name, value in zip(names, values, strict=True)
                if name not in OPAQUE
            }
            if any(array.dtype.kind == "O" for array in arrays.values()):
                raise TypeError("what was returned is not numbers")
        except Exception as error:
            self._answers.put(key, f"{type(error).__name__}: {error}")
            raise
        places = [self._answers.arrays.put(arrays[name]) if name in arrays else None for name in names]
        self._answers.put(key, places)
        kept = tuple(
            _RecordedState(Token(key), value) if name in OPAQUE else value
            for name, value in zip(names, values, strict=True)
        )
        return kept if len(names) > 1 else kept[0]

    def derivatives(
        self, arguments: Sequence[np.ndarray], dout: np.ndarray, options: Mapping[str, Any]
    ) -> tuple[np.ndarray, ...]:
        key = _key(f"derivatives of {self._name}", (*arguments, dout), options)
        if key not in self._answers:
            found = derivatives(self._function, arguments, dout, options)
            self._answers.put(key, [self._answers.arrays.put(gradient) for gradient in found])
        return tuple(self._answers.arrays.get(place) for place in self._answers.get(key))


@dataclass(frozen=True)
class _RecordedState:
    """A cache or a state while it is recorded: its value, and the call that it is of."""

    token: Token
    inner: Any


class _Recorded(HasDerivatives):
    def __init__(self, answers: Answers, name: str, parameters: Sequence[str]) -> None:
        self._answers, self._name = answers, name
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.__signature__ = inspect.Signature([inspect.Parameter(each, kind) for each in parameters])

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        key = _key(self._name, arguments, options)
        answer = self._answers.get(key)
        if isinstance(answer, str):
            raise ValueError(answer)
        values = [Token(key) if place is None else self._answers.arrays.get(place) for place in answer]
        return tuple(values) if len(values) > 1 else values[0]

    def derivatives(
        self, arguments: Sequence[np.ndarray], dout: np.ndarray, options: Mapping[str, Any]
    ) -> tuple[np.ndarray, ...]:
        places = self._answers.get(_key(f"derivatives of {self._name}", (*arguments, dout), options))
        return tuple(self._answers.arrays.get(place) for place in places)


def _key(name: str, arguments: Sequence[Any], options: Mapping[str, Any]) -> str:
    """Return the key of a call; inputs that differ only in the last digit of float64 share one."""
    parts = [name.encode(), json.dumps(options, sort_keys=True, default=float).encode()]
    for argument in arguments:
        if isinstance(argument, (_RecordedState, Token)):
            parts.append((argument.token if isinstance(argument, _RecordedState) else argument).key.encode())
        elif argument is None:
            parts.append(b"None")
        else:
            array = np.asarray(argument)
            parts.append(f"{array.dtype.str} {array.shape}".encode())
            with np.errstate(over="ignore"):
                rounded = array.astype(np.float32) if array.dtype.kind == "f" else array
            # adding 0 turns -0.0 into 0.0
            parts.append(np.ascontiguousarray(rounded + 0).tobytes())
    return _digest(*parts)


def _digest(*parts: bytes) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()
