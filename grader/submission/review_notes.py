"""What a person should look at: nothing here costs a point. Sources are parsed, never executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from grader.core.assignment import FUNCTIONS
from grader.submission.reader.text import EncodingError, decode

FRAMEWORKS = frozenset(
    {
        "autograd",
        "cupy",
        "jax",
        "keras",
        "mxnet",
        "paddle",
        "scipy",
        "sklearn",
        "tensorflow",
        "theano",
        "torch",
    }
)
MOST_TEXT = 50_000
MOST_NUMBERS = 5_000
"""in one literal: more are data, such as trained weights"""


def flags(sources: Mapping[PurePosixPath, bytes]) -> list[str]:
    """Return a sentence for everything odd in a submission.

    Parameters
    ----------
    sources
        Python files by name.
    """
    found: list[str] = []
    for path, content in sorted(sources.items()):
        try:
            tree = ast.parse(decode(content))
        except (EncodingError, SyntaxError, ValueError, RecursionError, MemoryError):
            # importing it will say so, in its place
            continue
        found += dict.fromkeys(_odd(str(path), tree))
    return found


def _odd(path: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [name.name for name in node.names]
            )
            for framework in sorted({name.partition(".")[0] for name in names} & FRAMEWORKS):
                yield f"{path} imports {framework}, which is not there while grading"
        elif isinstance(node, ast.FunctionDef) and node.name in FUNCTIONS and node.name.endswith("_backward"):
            forward = node.name.replace("_backward", "_forward")
            if any(isinstance(part, ast.Name) and part.id == forward for part in ast.walk(node)):
                yield f"{node.name} calls {forward}: are its gradients difference quotients?"
        elif isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
            if len(node.value) > MOST_TEXT:
                yield f"{path} holds {len(node.value) // 1000} KB of data in a literal"
        elif isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) > MOST_NUMBERS:
            yield f"{path} holds a literal of {len(node.elts)} values"
