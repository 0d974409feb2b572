"""How often causes are named, and whether rightly: wrong functions of five origins are diagnosed.

- catalogue: every known mistake
- model: every wrong version of the error model that differs from all others
- bait: wrong functions that are in neither, made of other plain implementations by other edits
- corrupted: right functions, one value of whose results is changed
- handwritten: the variants in ``tests/feedback/handwritten``

A function counts as named if all of its failed checks name a cause, and as partly named if some do. A cause
is wrong if it does not give what the function gives, for the value that the check found wrong, in further
random calls of other sizes. Functions run in this process; what the checks themselves take is not counted.

Run: ``python benchmarks/causes.py [--every N] [--only ORIGIN]``.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.util
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from grader.core.assignment import FUNCTIONS, OPAQUE
from grader.core.kit import HOME
from grader.core.seed import PUBLISHED
from grader.feedback.diagnosis import DIAGNOSABLE, Diagnosis
from grader.feedback.mistakes.base import Mistake, mistaken
from grader.feedback.mistakes.catalogue import MISTAKES
from grader.feedback.model.fingerprints import fingerprint
from grader.feedback.model.functions import FORMS, wrong_function
from grader.feedback.model.index import index
from grader.feedback.model.probes import Probe, observe, probes_of
from grader.feedback.outcomes import outcomes
from grader.feedback.recognition import Recogniser
from grader.feedback.recording import run_and_record
from grader.feedback.simulation import LocalCaller
from grader.reference.functions import solution
from grader.run.collect import runnable_checks

HANDWRITTEN = HOME / "tests" / "feedback" / "handwritten"
Functions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class Wrong:
    """A function with a mistake, and what it needs beside it."""

    function: str
    name: str
    functions: Functions

    def caller(self) -> LocalCaller:
        return LocalCaller(lambda name: self.functions.get(name) or solution(name))


@dataclass
class Tally:
    named: int = 0
    partly: int = 0
    unnamed: int = 0
    harmless: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def module_of(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def handwritten() -> Iterator[Wrong]:
    for path in sorted(HANDWRITTEN.glob("[a-z]*.py")):
        module = module_of(path)
        right = {name: vars(module)[name] for name in FUNCTIONS if name in vars(module)}
        for name, value in vars(module).items():
            function, _, variant = name.partition("__")
            if function in FUNCTIONS and variant:
                yield Wrong(function, name, {**right, function: value})


def with_mistake(mistake: Mistake, name: str) -> Wrong:
    find = mistaken(solution, {mistake.function: mistake.wrong})
    functions = {other: find(other) for other in (mistake.function, FUNCTIONS[mistake.function].backward)}
    forward = FUNCTIONS[mistake.function].forward
    return Wrong(mistake.function, name, {forward: find(forward), **functions})


def catalogue() -> Iterator[Wrong]:
    for mistake in MISTAKES:
        yield with_mistake(mistake, mistake.id)


def model() -> Iterator[Wrong]:
    for each in index().values():
        for version in each.versions:
            if version.source:
                wrong = wrong_function(version.function, version.source)
                yield with_mistake(
                    Mistake(version.function, version.id, "", "", "", wrong, version.function), version.id
                )


def corrupted() -> Iterator[Wrong]:
    for function in FORMS:
        for name in FUNCTIONS[function].returns:
            for place in (0, 1, -1):
                if name not in OPAQUE:
                    yield Wrong(
                        function, f"{function}: {name}[{place}]", {function: corrupt(function, name, place)}
                    )


def corrupt(function: str, name: str, place: int) -> Callable[..., Any]:
    returns = FUNCTIONS[function].returns

    def changed(*arguments: Any, **options: Any) -> Any:
        returned = solution(function)(*arguments, **options)
        values = list(returned) if len(returns) > 1 else [returned]
        value = np.array(values[returns.index(name)], np.float64)
        value.flat[min(place, value.size - 1)] += 0.37
        values[returns.index(name)] = value
        return tuple(values) if len(returns) > 1 else values[0]

    return changed


class Edits(ast.NodeTransformer):
    """Make the numbered one of the edits that the model does not make."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.count = wanted, -1

    def next(self) -> bool:
        self.count += 1
        return self.count == self.wanted

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        others: dict[type[ast.operator], tuple[ast.operator, ...]] = {
            ast.Mult: (ast.Add(), ast.Sub()),
            ast.Add: (ast.Mult(),),
            ast.FloorDiv: (ast.Mod(),),
            ast.Sub: (ast.Mult(), ast.FloorDiv()),
        }
        for other in others.get(type(node.op), ()):
            if self.next():
                return ast.BinOp(node.left, other, node.right)
        return node

    def visit_Slice(self, node: ast.Slice) -> ast.AST:
        self.generic_visit(node)
        for name in ("lower", "upper"):
            bound = getattr(node, name)
            for amount in (1, -1):
                if bound is not None and self.next():
                    setattr(node, name, ast.BinOp(bound, ast.Add(), ast.Constant(amount)))
                    return node
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        for factor in (1.1, 0.5, 0.9):
            if (
                ast.unparse(node.func).endswith(("sum", "max", "tensordot", "exp", "dot", "log"))
                and self.next()
            ):
                return ast.BinOp(node, ast.Mult(), ast.Constant(factor))
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.generic_visit(node)
        parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        for change in (
            "np.abs({})",
            "np.round({}, 1)",
            "np.roll({}, 1)",
            "np.sort({}, axis=-1)",
            "np.flip({}, -1)",
            "np.maximum({}, -0.3)",
            "np.tanh({})",
        ):
            if self.next():
                parts[0] = ast.parse(change.format(ast.unparse(parts[0])), mode="eval").body
                if not isinstance(node.value, ast.Tuple):
                    node.value = parts[0]
                return node
        return node


def bait() -> Iterator[Wrong]:
    """Edit the right functions among the handwritten ones."""
    for path in sorted(HANDWRITTEN.glob("[a-z]*.py")):
        source = path.read_text(encoding="utf-8")
        tree, module = ast.parse(source), module_of(path)
        right = {name: vars(module)[name] for name in FUNCTIONS if name in vars(module)}
        for definition in tree.body:
            if not isinstance(definition, ast.FunctionDef) or "__" in definition.name:
                continue
            function = {"gradients": "conv2d_backward", "softmax": ""}.get(definition.name, definition.name)
            if function not in FUNCTIONS:
                continue
            for number in range(200):
                edits = Edits(number)
                changed = edits.visit(copy.deepcopy(definition))
                if edits.count < number:
                    break
                namespace = dict(vars(module))
                text = ast.unparse(ast.fix_missing_locations(changed))
                exec(compile(text, "bait", "exec"), namespace)
                wrong = namespace[definition.name]
                functions = {**right, definition.name: wrong}
                if definition.name == "gradients":
                    exec(compile(ast.unparse(_named(tree, "conv2d_backward")), "bait", "exec"), namespace)
                    functions = {**right, function: namespace["conv2d_backward"]}
                yield Wrong(function, f"{definition.name} {number}", functions)


def _named(tree: ast.Module, name: str) -> ast.FunctionDef:
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)


def further(function: str) -> list[Probe]:
    """Return calls of other sizes than those of the probes."""
    random = np.random.RandomState(99)
    family = function.partition("_")[0]
    made: list[Probe] = []
    while family in {"conv2d", "maxpool2d"} and len(made) < 30:
        n, c, f = random.randint(1, 4, 3)
        h, w = random.randint(3, 9, 2)
        kernel, stride, pad = random.randint(1, 5, 2), random.randint(1, 4, 2), random.randint(0, 4, 2)
        pad = pad if family == "conv2d" else pad * 0
        size = (np.array([h, w]) + 2 * pad - kernel) // stride + 1
        if size.min() < 1:
            continue
        pair, steps = tuple(kernel.tolist()), tuple(stride.tolist())
        if family == "conv2d":
            arrays = tuple(random.standard_normal(shape) for shape in ((n, c, h, w), (f, c, *pair), (f,)))
            dout = random.standard_normal((n, f, *size))
            made.append(Probe(arrays, {"stride": steps, "pad": tuple(pad.tolist())}, dout))
        else:
            x = random.permutation(n * c * h * w).reshape(n, c, h, w) * 0.1 - 2
            made.append(Probe((x,), {"size": pair, "stride": steps}, random.standard_normal((n, c, *size))))
    if not made:
        for probe in probes_of(function):
            arrays = tuple(
                array + 0.3 * random.standard_normal(array.shape) if array.dtype.kind == "f" else array
                for array in probe.arguments
            )
            gradients = tuple(1.7 * gradient for gradient in probe.gradients)
            made.append(Probe(arrays, probe.options, probe.dout, gradients))
    if FUNCTIONS[function].is_backward:
        return made
    return [Probe(probe.arguments, probe.options, None, probe.gradients) for probe in made]


def same(wrong: Wrong, cause: Mistake, function: str, value: str | None) -> bool:
    """Whether a cause gives what a function gives, in further calls."""
    probes = further(function)
    theirs = observe(wrong.caller(), function, probes)
    find = mistaken(solution, {cause.function: cause.wrong})
    ours = observe(LocalCaller(find), function, probes)
    if theirs is None or ours is None:
        return False
    returns = [name for name in FUNCTIONS[function].returns if name not in OPAQUE]
    names = [value] if value in returns else returns if value is None else []
    both = np.array([a is not None and b is not None for a, b in zip(theirs, ours, strict=True)], bool)
    return all((fingerprint(theirs, name).agrees(fingerprint(ours, name)) | ~both).all() for name in names)


def diagnose(wrong: Wrong, tally: Tally) -> None:
    concerned = {wrong.function, FUNCTIONS[wrong.function].backward}
    checks = [check for check in CHECKS if check.function in concerned]
    diagnosis = Diagnosis(wrong.caller(), checks, outcomes, Recogniser(wrong.caller(), index))
    failed = {}
    for check in checks:
        trace = run_and_record(check, wrong.caller(), diagnosis.known_forwards(check.function))
        diagnosis.observe(check.id, trace)
        if trace.stopped is not None and trace.stopped.status in DIAGNOSABLE:
            failed[check] = trace.stopped.value
    if not failed:
        tally.harmless += 1
        return
    start = time.process_time()
    causes = {check: diagnosis.causes(check.id) for check in failed}
    tally.seconds.append(time.process_time() - start)
    named = [check for check, found in causes.items() if found]
    tally.named += len(named) == len(failed)
    tally.partly += 0 < len(named) < len(failed)
    tally.unnamed += not named
    if len(named) < len(failed):
        tally.missed.append(f"{wrong.name}: {', '.join(check.id for check in failed if check not in named)}")
    for check in named:
        if len(causes[check]) > 1 or not same(wrong, causes[check][0], check.function, failed[check]):
            tally.wrong.append(f"{wrong.name} in {check.id}: {[cause.cause for cause in causes[check]]}")


ORIGINS: dict[str, Callable[[], Iterator[Wrong]]] = {
    "catalogue": catalogue,
    "model": model,
    "bait": bait,
    "corrupted": corrupted,
    "handwritten": handwritten,
}
CHECKS = tuple(runnable_checks(PUBLISHED).values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take only one function in N")
    parser.add_argument(
        "--only", choices=ORIGINS, action="append", help="take only this origin; may be repeated"
    )
    parser.add_argument("--verbose", action="store_true", help="list what was missed, too")
    arguments = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    for origin in arguments.only or ORIGINS:
        tally = Tally()
        with np.errstate(all="ignore"):
            for number, wrong in enumerate(ORIGINS[origin]()):
                if number % arguments.every == 0:
                    diagnose(wrong, tally)
        counts = Counter({"named": tally.named, "partly": tally.partly, "unnamed": tally.unnamed})
        seconds = tally.seconds or [0.0]
        console.print(
            f"{origin}: {counts.total()} that fail a check; named {tally.named}, partly {tally.partly}, "
            f"unnamed {tally.unnamed}, wrongly {len({text.partition(' in ')[0] for text in tally.wrong})}; "
            f"{tally.harmless} pass all checks; CPU {statistics.median(seconds):.2f} s (median), "
            f"{max(seconds):.2f} s at most"
        )
        for text in tally.wrong:
            console.print(f"  wrong: {text}", markup=False)
        for text in tally.missed if arguments.verbose else ():
            console.print(f"  missed: {text}", markup=False)


if __name__ == "__main__":
    main()
