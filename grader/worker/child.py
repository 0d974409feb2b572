"""The child process that imports a submission and runs programs of calls on it.

Loaded by ``sandbox/launch.py``. It knows nothing about checks, expected values or points, and what it answers
is believed only as far as the grader can check it. Standard library and NumPy only, so that a sandbox need
show it nothing else.
"""

from __future__ import annotations

import contextlib
import importlib.util
import socket
import sys
import traceback
import types
from pathlib import Path
from typing import Any

import numpy as np


def _sibling(name: str) -> Any:
    """Load a module beside this file under a private name: its folder must not be on the student's path."""
    spec = importlib.util.spec_from_file_location(
        f"_convgrade_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


protocol = _sibling("protocol")
program = _sibling("program")
loading = _sibling("loading")

MOST_TEXT = 500
MOST_LEFT_OUT = 10
PACKAGE = loading.PACKAGE


class MissingFunctionError(Exception):
    """The module of a function does not define it."""


class Submission:
    """The imported modules of a submission, found by file name below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._by_file: dict[str, types.ModuleType] = {}
        self._homes: dict[str, types.ModuleType] = {}
        # before installed packages, and behind the standard library, which needs its own modules
        sys.path.insert(-1, str(root))
        self._loader = loading.Loader(root)
        for name in ("solution", "grader"):
            sys.modules[name] = None  # type: ignore[assignment] # not theirs to import: ImportError

    def load(
        self,
        name: str,
        file: str,
        functions: list[str],
        ranges: list[list[int]] | None,
        only_needed: bool,
        seconds: float,
    ) -> list[Any]:
        """Import ``file``, the home of ``functions``, as the module ``name``; the same file only once.

        Returns
        -------
        list
            The statements that were left out since the last call.
        """
        with self._loader.watching(seconds):
            if PACKAGE not in sys.modules:
                self._import_package()
            module = self._by_file.get(file) or self._imported(name, file)
            module = module or self._import(name, file, ranges, only_needed)
        self._by_file[file] = module
        self._homes.update(dict.fromkeys(functions, module))
        left_out: list[Any] = self._loader.left_out
        self._loader.left_out = []
        return left_out

    def _import_package(self) -> None:
        """Make the folder a package, and run its ``__init__.py``: the modules may use what it defines."""
        init = self.root / "__init__.py"
        spec = importlib.util.spec_from_file_location(
            PACKAGE, init, submodule_search_locations=[str(self.root)]
        )
        assert spec is not None
        sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
        if init.is_file():
            # the functions are what is graded: if they need what failed here, their own import says so
            with contextlib.suppress(Exception):
                self._loader.run(sys.modules[PACKAGE], str(init))

    def _imported(self, name: str, file: str) -> types.ModuleType | None:
        """Return the module if another one of the submission has imported it already."""
        for known_as in (f"{PACKAGE}.{name}", name):
            module = sys.modules.get(known_as)
            if module is not None and getattr(module, "__file__", None) == str(self.root / file):
                return module
        return None

    def _import(
        self, name: str, file: str, ranges: list[list[int]] | None, only_needed: bool
    ) -> types.ModuleType:
        full_name = f"{PACKAGE}.{name}"
        spec = importlib.util.spec_from_file_location(full_name, self.root / file)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        # "from .layers import" and "from layers import" of another module find this one
        names = [full_name] if name in sys.modules else [full_name, name]
        sys.modules.update(dict.fromkeys(names, module))
        try:
            self._loader.run(module, str(self.root / file), ranges, only_needed=only_needed)
        except BaseException:
            # as an import statement does: another module that imports this one must meet the same error
            for known_as in names:
                sys.modules.pop(known_as, None)
            raise
        setattr(sys.modules[PACKAGE], name, module)
        return module

    def function(self, name: str) -> Any:
        """Return a function of the student's by its name: its own module's if that has it, else any's."""
        home = self._homes.get(name)
        for module in (home, *self._by_file.values()):
            found = getattr(module, name, None)
            if found is not None:
                return found
        raise MissingFunctionError(name)


def describe_error(error: BaseException, root: Path) -> dict[str, Any]:
    """Return what is worth telling of an exception: its type, text, and the student's line that raised it."""
    if isinstance(error, MissingFunctionError):
        return {"kind": "missing"}
    if isinstance(error, program.ReturnedError):
        return {"kind": "returned", "text": str(error)}
    try:
        text = str(error)[:MOST_TEXT]
    except BaseException:
        text = ""
    kind = "not_implemented" if isinstance(error, NotImplementedError) else "raised"
    described: dict[str, Any] = {"kind": kind, "type": type(error).__name__[:MOST_TEXT], "text": text}
    if isinstance(error, SyntaxError) and (file := _below(root, error.filename)) is not None:
        described["where"] = [file, error.lineno or 0, "", str(error.text or "").strip()[:MOST_TEXT]]
        described["text"] = str(error.msg or "")[:MOST_TEXT]
        return described
    frames = traceback.extract_tb(error.__traceback__, limit=-50)
    for frame in reversed(frames):
        if (file := _below(root, frame.filename)) is not None:
            described["where"] = [file, frame.lineno or 0, frame.name, (frame.line or "")[:MOST_TEXT]]
            break
    return described


def _below(root: Path, file: Any) -> str | None:
    """Return a file's path below ``root``, or None if it lies elsewhere."""
    path = Path(file) if type(file) is str else Path()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


def exact_number(value: Any) -> np.ndarray | None:
    """Return a number as a float64 array of shape (), or None if ``value`` is not one."""
    plain = type(value) in (float, int) or isinstance(value, (np.floating, np.integer))
    if plain or (type(value) is np.ndarray and value.shape == () and value.dtype.kind in "fiu"):
        with contextlib.suppress(OverflowError):
            return np.array(float(value))
    return None


def outgoing(value: Any, most_bytes: int) -> tuple[Any, np.ndarray | None]:
    """Return the description of a value, and the array to send if it is a number or an exact array."""
    array = exact_number(value)
    if array is None and type(value) is np.ndarray and value.ndim <= protocol.MOST_DIMENSIONS:
        dtype = _type_to_send(value.dtype)
        # before it is copied: a broadcast array may be larger than the memory
        if dtype is not None and protocol.extent(dtype, value.shape) <= most_bytes:
            array = value.astype(dtype, order="C", copy=False)
    if array is not None:
        return protocol.describe(array), array
    described: dict[str, Any] = {"type": type(value).__name__[:MOST_TEXT]}
    if isinstance(value, (np.ndarray, np.generic)):
        described["dtype"] = str(value.dtype)[:MOST_TEXT]
        described["shape"] = [min(size, 1 << 40) for size in value.shape[:32]]
    return described, None


def _type_to_send(dtype: np.dtype[Any]) -> np.dtype[Any] | None:
    """Return the type in which values of a type cross, or None if they cannot."""
    if dtype.kind == "f" and dtype.itemsize > 8:
        dtype = np.dtype(np.float64)
    found: np.dtype[Any] | None = protocol.DTYPES.get(dtype.newbyteorder("<").str)
    return found


class Program:
    """A decoded request to run calls."""

    def __init__(self, header: dict[str, Any]) -> None:
        self.calls = [program.Call.from_json(item) for item in header["calls"]]
        self.inputs = [(name, *protocol.described(item)) for name, item in header["inputs"]]
        self.wanted = header["wanted"]
        self.most_bytes = header["most_bytes"]
        self.kept = header["kept"]
        self.forgotten = header["forgotten"]
        lasting = [*self.kept, *self.wanted]
        self.dropped = program.last_uses(self.calls, lasting)


class Worker:
    """Answers requests until the other side closes."""

    def __init__(self, connection: socket.socket, submission: Submission) -> None:
        self.connection = connection
        self.submission = submission
        self.store: dict[str, Any] = {}
        self.decoded: dict[bytes, Program] = {}
        self.never = protocol.Deadline(None)

    def serve(self) -> None:
        """Answer one request after the other."""
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                number, encoded = protocol.receive_header(self.connection, self.never)
                self.answer(number, encoded)

    def answer(self, number: int, encoded: bytes) -> None:
        """Answer one request."""
        asked = self.decoded.get(encoded)
        if asked is None:
            header = protocol.decode(encoded)
            if "load" in header:
                self.reply(number, self.load(*header["load"]), [])
                return
            asked = Program(header)
            # the steps of a training loop repeat one header; the checks' headers are many and short-lived
            if len(self.decoded) >= 8:
                self.decoded.clear()
            self.decoded[encoded] = asked
        for name in asked.forgotten:
            self.store.pop(name, None)
        variables = dict(self.store)
        for name, dtype, shape in asked.inputs:
            variables[name] = protocol.receive_array(self.connection, dtype, shape, self.never)
        self.run(number, asked, variables)

    def load(self, *asked: Any) -> dict[str, Any]:
        """Import a module of the submission."""
        try:
            left_out = self.submission.load(*asked)
        except BaseException as error:
            return {"error": describe_error(error, self.submission.root)}
        return {"left_out": left_out[:MOST_LEFT_OUT], "more": max(len(left_out) - MOST_LEFT_OUT, 0)}

    def run(self, number: int, asked: Program, variables: dict[str, Any]) -> None:
        """Run a program and send what was asked for."""
        try:
            program.execute(asked.calls, asked.dropped, variables, self.submission.function)
        except program.Failure as failure:
            described = describe_error(failure.error, self.submission.root)
            self.reply(number, {"error": described, "call": failure.index}, [])
            return
        for name in asked.kept:
            self.store[name] = variables[name]
        values = [outgoing(variables[name], asked.most_bytes) for name in asked.wanted]
        self.reply(number, {"values": [item for item, _ in values]}, [a for _, a in values if a is not None])

    def reply(self, number: int, header: dict[str, Any], arrays: list[np.ndarray]) -> None:
        """Send an answer, the student's pending output before it."""
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        protocol.send(self.connection, number, protocol.encode(header), arrays, self.never)


def serve(connection: socket.socket, root: str) -> None:
    """Answer requests on a connection about the submission in a folder, until the other side closes."""
    Worker(connection, Submission(Path(root))).serve()
