"""Say what was found where nothing can be graded, and which lines would lead from it to the assignment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import PurePosixPath

from grader.core.assignment import FUNCTIONS
from grader.submission.names import FOREIGN_ARCHIVES, own_name
from grader.submission.reader.candidates import Candidate

MOST_NAMES = 6
MOST_COMPARED = 500
"""names: more are nobody's homework"""

_SIGNATURES = {
    "conv2d_forward": "x, w, b, *, stride=1, pad=0",
    "conv2d_backward": "dout, cache",
    "maxpool2d_forward": "x, *, size=2, stride=None",
    "maxpool2d_backward": "dout, cache",
    "dense_forward": "x, w, b",
    "dense_backward": "dout, cache",
    "relu_forward": "x",
    "relu_backward": "dout, cache",
    "sigmoid_forward": "x",
    "sigmoid_backward": "dout, cache",
    "softmax_cross_entropy": "logits, labels",
    "sgd_step": "param, grad, *, lr",
}
_FAMILIES = (
    ("conv2d", re.compile(r"conv")),
    ("maxpool2d", re.compile(r"pool")),
    ("dense", re.compile(r"dense|affine|linear|fully|(?:^|_)fc(?:_|$)")),
    ("relu", re.compile(r"relu")),
    ("sigmoid", re.compile(r"sigmoid")),
)
_BACKWARD = re.compile(r"backward|back(?:prop)?(?:_|$)|grad|(?:^|_)bwd?(?:_|$)")
_FORWARD = re.compile(r"forward|(?:^|_)fwd?(?:_|$)")
_NHWC = re.compile(r"A_prev|hparam|nhwc|channels_last")
_VALUES = {
    "stride": "stride",
    "strides": "stride",
    "pad": "pad",
    "padding": "pad",
    "size": "size",
    "pool_size": "size",
    "kernel_size": "size",
    "f": "size",
    "lr": "lr",
    "learning_rate": "lr",
    "alpha": "lr",
}


def near_names(candidates: Iterable[Candidate], missing: Iterable[str]) -> list[str]:
    """Return a sentence for every function whose name is nearly one that is missing."""
    names = {
        node.name: candidate.path
        for candidate in candidates
        for node in candidate.definitions
        if isinstance(node, ast.FunctionDef) and node.name not in FUNCTIONS and len(node.name) < 60
    }
    found = []
    for function in missing:
        near = get_close_matches(function, list(names)[:MOST_COMPARED], n=1, cutoff=0.85)
        if near:
            found.append(f"{near[0]} in {names[near[0]]}: did you mean {function}?")
    return found


def what_was_found(candidates: Sequence[Candidate], others: Sequence[str]) -> str:
    """Return in words what was found in the place of the assignment's functions; empty if that is nothing."""
    functions, classes = _functions(candidates), _classes(candidates)
    parts = []
    if classes:
        parts.append(f"classes with forward and backward ({_some(classes)})")
    if functions:
        parts.append(f"functions of other names ({_some(functions)})")
    if not parts:
        for name in others:
            suffix = PurePosixPath(name).suffix.lower()
            if suffix in FOREIGN_ARCHIVES:
                kind = FOREIGN_ARCHIVES[suffix]
                parts.append(f"{name}, a {kind} archive, which is not read: make a zip of it")
        shown = [name for name in others if PurePosixPath(name).suffix.lower() not in FOREIGN_ARCHIVES]
        if not parts and shown:
            parts.append(f"other files ({_some(shown)})")
    return " and ".join(parts)


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - MOST_NAMES} more" if len(listed) > MOST_NAMES else ""
    return ", ".join(name[:60] for name in listed[:MOST_NAMES]) + more


def _functions(candidates: Iterable[Candidate]) -> dict[str, tuple[Candidate, ast.FunctionDef]]:
    found = {}
    for candidate in candidates:
        for node in candidate.definitions:
            if isinstance(node, ast.FunctionDef) and len(node.name) < 60:
                found[node.name] = candidate, node
    return found


def _classes(candidates: Iterable[Candidate]) -> dict[str, tuple[Candidate, ast.ClassDef]]:
    found = {}
    for candidate in candidates:
        for node in candidate.definitions:
            if isinstance(node, ast.ClassDef) and {"forward", "backward"} <= _methods(node).keys():
                found[node.name] = candidate, node
    return found


def _methods(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {part.name: part for part in node.body if isinstance(part, ast.FunctionDef)}


def bridge(candidates: Sequence[Candidate]) -> list[str]:
    """Return lines of a ``layers.py`` that would lead from what was found to the assignment's names.

    They are as good as signatures can tell, and for the author to complete: the grader never applies them.
    """
    functions, classes = _functions(candidates), _classes(candidates)
    imports: dict[str, list[str]] = {}
    body: list[str] = []
    for target, signature in _SIGNATURES.items():
        if (name := _match(target, functions)) is not None:
            candidate, node = functions[name]
            body += ["", f"def {target}({signature}):"]
            if _NHWC.search(" ".join(_arguments(node))) and target[:4] in ("conv", "maxp"):
                body.append("    # it works on (N, H, W, C): transpose what goes in and what comes out")
            body.append(f"    return {name}({_call(node, signature)})")
        elif (name := _match(target.partition("_")[0], classes, kind="class")) is not None:
            candidate, cls = classes[name]
            body += ["", f"def {target}({signature}):", *_method_lines(target, name, cls)]
        else:
            continue
        imports.setdefault(_module(candidate), []).append(name)
    if not body:
        return []
    lines = [f"from {module} import {', '.join(dict.fromkeys(names))}" for module, names in imports.items()]
    return [*lines, *(line for line in body if line)]


def _module(candidate: Candidate) -> str:
    stem = own_name(PurePosixPath(candidate.path).name).partition(".")[0]
    return stem if stem.isidentifier() else "handed_in"


def _match(target: str, found: Iterable[str], *, kind: str = "function") -> str | None:
    for name in found:
        if kind == "class":
            if any(family == target and words.search(name.lower()) for family, words in _FAMILIES):
                return name
        elif _target_of(name.lower()) == target:
            return name
    return None


def _target_of(name: str) -> str | None:
    """Return the function of the assignment that a name of another course seems to mean."""
    if "softmax" in name and ("loss" in name or "entropy" in name):
        return "softmax_cross_entropy"
    if re.search(r"(?:^|_)sgd(?:_|$)|update_param", name):
        return "sgd_step"
    family = next((family for family, words in _FAMILIES if words.search(name)), None)
    if family is None:
        return None
    if _BACKWARD.search(name):
        return f"{family}_backward"
    return f"{family}_forward" if _FORWARD.search(name) else None


def _arguments(node: ast.FunctionDef) -> list[str]:
    arguments = node.args
    return [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _call(node: ast.FunctionDef, signature: str) -> str:
    """Return the arguments of a call of a found function, in terms of the assignment's signature."""
    ours = [part.partition("=")[0].strip() for part in signature.split(",") if part.strip() != "*"]
    options = [name for name in ours if name in ("stride", "pad", "size", "lr")]
    arrays = [name for name in ours if name not in options]
    call = []
    for position, argument in enumerate(_arguments(node)):
        if argument in _VALUES and _VALUES[argument] in options:
            call.append(f"{argument}={_VALUES[argument]}")
        elif re.search(r"param|config|conf|opt", argument) and options and position >= len(arrays):
            pairs = ", ".join(f'"{name}": {name}' for name in options)
            call.append(f"{{{pairs}}}")
        elif position < len(arrays):
            call.append(arrays[position])
    return ", ".join(call)


def _method_lines(target: str, name: str, node: ast.ClassDef) -> list[str]:
    made = _methods(node).get("__init__")
    wants = ", ".join(_arguments(made)[1:]) if made is not None else ""
    if target.endswith("_forward"):
        return [f"    layer = {name}({wants})", "    return layer.forward(x), layer"]
    returns = FUNCTIONS[target].returns
    if len(returns) == 1:
        return ["    return cache.backward(dout)"]
    rest = ", ".join(f"cache.{value}" for value in returns[1:])
    return [f"    return cache.backward(dout), {rest}"]
