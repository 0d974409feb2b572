"""Run the modules of a submission, and leave out the statements that fail: the functions are what is graded.

A module runs as a whole. From the first statement that fails on, it runs one statement after the other, and
what fails is left out and told. A statement that no function needs has little time. Standard library only:
the worker loads this file by its path.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import contextlib
import importlib.machinery
import signal
import sys
import time
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = "student"
MOST_TEXT = 200
MOST_NAMES = 10
TICK_SECONDS = 0.5

FUTURE = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
ANNOTATIONS = __future__.annotations.compiler_flag

_DEFINING = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
    ast.If,
    ast.Try,
)
"""statements that functions may need, where nothing better is known"""


class OutOfTimeError(BaseException):
    """A statement took longer than it may; no Exception, which the submission may catch."""


class BreakpointLeftInError(Exception):
    """A breakpoint was reached, where nobody can answer a debugger."""


def _refuse_breakpoint(*_: Any, **__: Any) -> None:
    raise BreakpointLeftInError("a breakpoint was left in")


class LeftOut(NamedTuple):
    """A statement that was left out: where, what it raised, and the names that it would have bound."""

    file: str
    line: int
    type: str
    text: str
    names: list[str]
    shown: str


class _Text:
    """The source of a module, its statements, and which lines the functions need."""

    def __init__(self, path: str, source: str, ranges: Sequence[Sequence[int]] | None) -> None:
        self.path = path
        self.source = source
        self.ranges = ranges
        self.name = Path(path).name
        self._body: list[ast.stmt] | None = None

    @property
    def body(self) -> list[ast.stmt]:
        """The statements; most modules run without anybody asking."""
        if self._body is None:
            self._body = ast.parse(self.source).body
        return self._body

    def index(self, line: int) -> int:
        """Return which statement a line belongs to."""
        return max((i for i, node in enumerate(self.body) if _first_line(node) <= line), default=0)

    def needs(self, node: ast.stmt) -> bool:
        """Whether a function needs a statement."""
        if self.ranges is None:
            return isinstance(node, _DEFINING)
        return any(first <= node.lineno <= last for first, last in self.ranges)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


class Loader:
    """Runs modules below a folder; keeps what was left out."""

    def __init__(self, root: Path) -> None:
        self.left_out: list[LeftOut] = []
        self._root = str(root)
        self._texts: dict[str, _Text] = {}
        self._circular: list[tuple[types.ModuleType, _Text, ast.stmt, int, LeftOut]] = []
        self._last: tuple[_Text, int, float] | None = None
        self._seconds = 10.0
        self._builtins = self._with_own_modules(root)
        sys.breakpointhook = _refuse_breakpoint
        sys.path_hooks.insert(0, self._finder)
        sys.path_importer_cache.clear()

    def _finder(self, folder: str) -> importlib.machinery.FileFinder:
        """Find modules below the root, for the import statements of the submission."""
        if folder != self._root and not folder.startswith(f"{self._root}/"):
            raise ImportError
        run = self.run

        class Below(importlib.machinery.SourceFileLoader):
            def exec_module(self, module: types.ModuleType) -> None:
                run(module, self.path)

        return importlib.machinery.FileFinder(folder, (Below, [".py"]))

    def _with_own_modules(self, root: Path) -> dict[str, Any] | None:
        """Return built-in names with which the submission finds its own ``random.py``, and no one else."""
        own = {path.stem for path in root.iterdir()} if root.is_dir() else set()
        own &= sys.stdlib_module_names - set(sys.builtin_module_names)
        if not own:
            return None

        def find(
            name: str, globals_: Any = None, locals_: Any = None, fromlist: Any = (), level: int = 0
        ) -> types.ModuleType:
            if level == 0 and name.partition(".")[0] in own:
                package = builtins.__import__(f"{PACKAGE}.{name}", globals_, locals_, fromlist, 0)
                return package if fromlist else getattr(package, name.partition(".")[0])
            return builtins.__import__(name, globals_, locals_, fromlist, level)

        return {**vars(builtins), "__import__": find}

    @contextlib.contextmanager
    def watching(self, seconds: float) -> Iterator[None]:
        """Interrupt statements that take too long; ``seconds`` is what the whole import may take."""
        if not hasattr(signal, "setitimer"):
            yield
            return
        self._seconds = seconds
        tick = min(TICK_SECONDS, seconds / 8)
        signal.signal(signal.SIGALRM, self._on_tick)
        signal.setitimer(signal.ITIMER_REAL, tick, tick)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            self._last = None
            self._try_circular_again()

    def _on_tick(self, _number: int, frame: types.FrameType | None) -> None:
        while frame is not None:
            text = self._texts.get(frame.f_code.co_filename)
            if text is not None and frame.f_code.co_name == "<module>":
                break
            frame = frame.f_back
        else:
            return
        index, now = text.index(frame.f_lineno), time.monotonic()
        if self._last is None or self._last[:2] != (text, index):
            self._last = text, index, now
            return
        longest = self._seconds / 2 if text.needs(text.body[index]) else 0.0
        if now - self._last[2] > longest:
            raise OutOfTimeError

    def run(
        self,
        module: types.ModuleType,
        path: str,
        ranges: Sequence[Sequence[int]] | None = None,
        *,
        only_needed: bool = False,
    ) -> None:
        """Run a module.

        Parameters
        ----------
        module
            Receives the names.
        path
            Of its file.
        ranges
            Lines that the functions need, as pairs; None if that is not known.
        only_needed
            Leave all other statements out from the beginning.

        Raises
        ------
        SyntaxError
            If it cannot be compiled.
        """
        text = _Text(path, Path(path).read_bytes().decode("utf-8-sig"), ranges)
        code = compile(text.source, path, "exec", dont_inherit=True)
        self._texts[path] = text
        if self._builtins is not None:
            vars(module)["__builtins__"] = self._builtins
        start = 0
        if not only_needed:
            try:
                exec(code, vars(module))
                return
            except BaseException as error:
                start = text.index(_line_of(error, code))
                self._left_out(module, text, text.body[start], error, code.co_flags & FUTURE)
                start += 1
        for node in text.body[start:]:
            if not only_needed or text.needs(node):
                try:
                    _execute(module, text.path, node, code.co_flags & FUTURE)
                except BaseException as error:
                    self._left_out(module, text, node, error, code.co_flags & FUTURE)

    def _left_out(
        self, module: types.ModuleType, text: _Text, node: ast.stmt, error: BaseException, flags: int
    ) -> None:
        """Write down a statement that failed; a definition may still be had without what is around it."""
        if type(error).__name__ == "BdbQuit":
            # a debugger stops at the statement behind the one that calls it
            sys.settrace(None)
            with contextlib.suppress(BaseException):
                _execute(module, text.path, node, flags)
            node = text.body[max(text.body.index(node) - 1, 0)]
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and isinstance(
            error, (NameError, AttributeError)
        ):
            names = [ast.unparse(decorator) for decorator in node.decorator_list]
            bare = type(node)(**{**dict(ast.iter_fields(node)), "decorator_list": []})
            ast.copy_location(bare, node)
            for attempt, told in ((node, None), (bare, f"its decorator {', '.join(names)}")):
                with contextlib.suppress(BaseException):
                    _execute(module, text.path, attempt, flags | ANNOTATIONS)
                    if told is not None:
                        self._note(text, node, "decorator", told, [])
                    return
        left_out = self._note(text, node, type(error).__name__, _text_of(error), _names(node))
        if isinstance(error, ImportError) and not isinstance(error, ModuleNotFoundError):
            # two modules may import one another: when both have run, there is what was missing
            self._circular.append((module, text, node, flags, left_out))

    def _note(self, text: _Text, node: ast.stmt, kind: str, told: str, names: list[str]) -> LeftOut:
        lines = text.source.split("\n")
        shown = lines[node.lineno - 1].strip()[:MOST_TEXT] if node.lineno <= len(lines) else ""
        file = text.path.removeprefix(self._root).lstrip("/\\")
        left_out = LeftOut(file, node.lineno, kind[:MOST_TEXT], told, names, shown)
        self.left_out.append(left_out)
        return left_out

    def _try_circular_again(self) -> None:
        """Import once more what was not complete when another module asked for it."""
        waiting, self._circular = self._circular, []
        for module, text, node, flags, left_out in waiting:
            with contextlib.suppress(BaseException):
                _execute(module, text.path, node, flags)
                self.left_out.remove(left_out)


def _execute(module: types.ModuleType, path: str, node: ast.stmt, flags: int) -> None:
    code = compile(ast.Module([node], []), path, "exec", flags=flags, dont_inherit=True)
    exec(code, vars(module))


def _line_of(error: BaseException, code: types.CodeType) -> int:
    """Return the line of a module at which it failed."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is code:
            return trace.tb_lineno
        trace = trace.tb_next
    return 1


def _text_of(error: BaseException) -> str:
    try:
        return str(error)[:MOST_TEXT]
    except BaseException:
        return ""


def _names(node: ast.stmt) -> list[str]:
    """Return the names that a statement would have bound."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name[:MOST_TEXT]]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        found = [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    else:
        names = (part for part in ast.walk(node) if isinstance(part, ast.Name))
        found = [name.id for name in names if isinstance(name.ctx, ast.Store)]
    return [name[:MOST_TEXT] for name in dict.fromkeys(found)][:MOST_NAMES]
