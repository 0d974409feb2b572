"""Choose what is graded among the files of a submission, and what each is called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from grader.core.assignment import FUNCTIONS, MODULES
from grader.core.errors import IngestError
from grader.submission.names import is_notebook, is_python, own_name
from grader.submission.notebook import NOTEBOOK, read_notebook
from grader.submission.reader.candidates import Candidate, Lost, Place, read_module
from grader.submission.reader.cells import is_notebook as holds_notebook
from grader.submission.reader.text import EncodingError, decode

PREFERRED = "student"
"""the folder that counts where several hold the assignment's files: everybody with the kit has others, too"""
_MENTIONS = re.compile(("|".join(FUNCTIONS)).encode())

Files = Mapping[PurePosixPath, bytes]


@dataclass
class Choice:
    """What is graded: sources by path, and where the functions are.

    ``modules`` maps names to import to files, ``homes`` functions to those names. ``lost`` are functions that
    cannot be read. ``places`` says where the lines of a file come from, if not from a file of that name.
    """

    sources: dict[PurePosixPath, bytes] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    lost: dict[str, Lost] = field(default_factory=dict)
    places: dict[str, list[Place]] = field(default_factory=dict)
    ranges: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Option:
    """A folder's Python files, or one notebook: something that could be graded."""

    base: PurePosixPath
    candidates: list[Candidate]
    files: dict[str, bytes] = field(default_factory=dict)
    """files that a notebook writes"""
    notes: list[str] = field(default_factory=list)

    @property
    def written(self) -> int:
        """How many functions are more than stubs."""
        return len({name for one in self.candidates for name, written in one.defines.items() if written})

    @property
    def is_notebook(self) -> bool:
        """Whether it is a notebook."""
        return self.candidates[0].is_notebook

    def __str__(self) -> str:
        if self.is_notebook:
            return self.candidates[0].path
        return f"{self.base}/" if str(self.base) != "." else _and([one.path for one in self.candidates])


def choose(files: Files, found: list[Candidate]) -> Choice:
    """Choose what is graded.

    Parameters
    ----------
    files
        Contents by path.
    found
        Receives all candidates, also those that are of no use: for what a report says then.

    Raises
    ------
    IngestError
        If it is not clear what is meant, or nothing can be used.
    """
    options = _options(files, found)
    if not options:
        raise IngestError("")
    option, notes = _best(options)
    if not any(one.matters or one.trouble for one in option.candidates):
        raise IngestError("")
    choice = _arrange(option, files)
    choice.notes = [*notes, *choice.notes]
    return choice


def _options(files: Files, found: list[Candidate]) -> list[_Option]:
    by_folder: dict[PurePosixPath, list[Candidate]] = {}
    idle: dict[PurePosixPath, list[Candidate]] = {}
    options: list[_Option] = []
    for path in sorted(files):
        content = files[path]
        if is_notebook(path.name) or (not is_python(path.name) and holds_notebook(content)):
            notebook, written = read_notebook(str(path), content)
            inner = [read_module(one.name, one.content, one.place) for one in written]
            parts = [one for one in (notebook, *inner) if one.matters]
            found += [notebook, *inner]
            if parts:
                contents = {one.name: one.content for one in written}
                option = _Option(path.parent, sorted(parts, key=lambda one: not one.is_notebook), contents)
                option.notes = [] if notebook.matters else notebook.notes
                options.append(option)
        elif own_name(path.name).lower() in _MODULE_FILES:
            candidate = read_module(str(path), content)
            found.append(candidate)
            candidate.defines = {**dict.fromkeys(candidate.imports, True), **candidate.defines}
            decides = candidate.matters or candidate.trouble is not None
            (by_folder if decides else idle).setdefault(path.parent, []).append(candidate)
        elif _MENTIONS.search(content) or (is_python(path.name) and (b"def " in content or b"\0" in content)):
            candidate = read_module(str(path), content)
            if candidate.matters or is_python(path.name):
                found.append(candidate)
            if candidate.matters:
                by_folder.setdefault(path.parent, []).append(candidate)
    for base, candidates in idle.items():
        # an empty loss.py beside a layers.py is a module, too
        if base in by_folder or base.name == PREFERRED:
            by_folder.setdefault(base, []).extend(candidates)
    # a folder inside of another one that counts is a helper package of it
    for base, candidates in by_folder.items():
        if any(other in base.parents for other in by_folder) and not _completes(base, by_folder):
            continue
        options.append(_Option(base, candidates))
    return options


_MODULE_FILES = frozenset(f"{module}.py" for module in MODULES)


def _completes(base: PurePosixPath, by_folder: Mapping[PurePosixPath, list[Candidate]]) -> bool:
    """Whether a folder holds work, and those around it nothing but stubs."""
    around = [one for other, candidates in by_folder.items() if other in base.parents for one in candidates]
    return not any(one.written for one in around) and any(one.written for one in by_folder[base])


def _best(options: list[_Option]) -> tuple[_Option, list[str]]:
    """Return the option with the most work in it, and a note on the others."""
    folders = [option for option in options if not option.is_notebook]
    students = [option for option in folders if option.base.name == PREFERRED]
    left = options
    if len(folders) > 1 and len(students) == 1:
        left = [option for option in options if option.is_notebook or option is students[0]]
    most = max(option.written for option in left)
    best = [option for option in left if option.written == most]
    best = [option for option in best if not option.is_notebook] or best
    rivals = [option for option in left if option.is_notebook == best[0].is_notebook and option.written]
    if len(best) > 1 or not _contains(best[0], rivals):
        raise IngestError(_unclear(rivals if len(rivals) > 1 else best))
    others = sorted(str(option) for option in options if option is not best[0])
    if not others:
        return best[0], []
    more = ", where more is written" if len(left) > 1 else ""
    return best[0], [f"{best[0]} is graded{more}; {_and(others)} left aside"]


def _and(names: Sequence[str]) -> str:
    shown = list(names[:5]) + ([f"{len(names) - 5} more"] if len(names) > 5 else [])
    return ", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + shown[-1]


def _contains(best: _Option, rivals: Iterable[_Option]) -> bool:
    """Whether an option has all functions that its rivals have, and more."""
    names = _names(best)
    return all(other is best or _names(other) < names for other in rivals)


def _names(option: _Option) -> set[str]:
    return {name for one in option.candidates for name, written in one.defines.items() if written}


def _unclear(options: Sequence[_Option]) -> str:
    if options[0].is_notebook:
        return _which([str(option) for option in options])
    shown = ", ".join(sorted(str(option.base) for option in options)[:5])
    return f"several folders hold the assignment's files ({shown}); hand in one of them."


def _which(names: Sequence[str]) -> str:
    return f"which of {', '.join(sorted(names)[:5])} counts is not clear; hand in one of them."


def _arrange(option: _Option, files: Files) -> Choice:
    choice = Choice(notes=list(option.notes))
    choice.sources = {
        path.relative_to(option.base): content
        for path, content in files.items()
        if path.suffix == ".py" and option.base in path.parents
    }
    choice.sources.update({PurePosixPath(name): content for name, content in option.files.items()})
    taken: dict[str, Candidate] = {}
    for candidate in sorted(option.candidates, key=_rank):
        target = _target(candidate)
        if target in taken:
            choice.notes.append(f"{candidate.path} is left aside: {taken[target].path} has as much in it")
            continue
        taken[target] = candidate
        _place(candidate, target, choice)
    _homes(taken, choice)
    own = {PurePosixPath(candidate.path) for candidate in option.candidates}
    others = {path for path in files if path.suffix == ".py"} - own
    if len(taken) == 1 and (next(iter(taken)) not in _MODULE_FILES or not _beside(option, others)):
        (file,) = taken
        choice.modules = dict.fromkeys(MODULES, file)
        choice.homes = {}
    else:
        missing = [f"{m}.py" for m in MODULES if m not in choice.modules and not _provided(m, choice)]
        if missing:
            choice.notes.append(f"{' and '.join(missing)} not found")
    return choice


def _beside(option: _Option, others: Iterable[PurePosixPath]) -> bool:
    return any(option.base in path.parents for path in others)


def _rank(candidate: Candidate) -> tuple[int, bool, str]:
    name = PurePosixPath(candidate.path).name
    return -candidate.written, name not in _MODULE_FILES, candidate.path


def _target(candidate: Candidate) -> str:
    """Return what a candidate is called where it is imported."""
    if candidate.is_notebook:
        return NOTEBOOK
    name = own_name(PurePosixPath(candidate.path).name)
    lower = name.lower()
    if lower in _MODULE_FILES:
        return lower
    stem = name.removesuffix(".pyw").removesuffix(".py").removesuffix(".txt")
    return f"{stem}.py"


def _place(candidate: Candidate, target: str, choice: Choice) -> None:
    path = PurePosixPath(target)
    name = PurePosixPath(candidate.path).name
    if candidate.trouble is not None:
        choice.sources.pop(path, None)
        choice.notes.append(candidate.trouble)
        module = path.stem
        headline, facts = f"{candidate.trouble}.", ()
        for function in FUNCTIONS.values():
            if function.module == module:
                choice.lost.setdefault(function.name, Lost(headline, facts))
        return
    assert candidate.text is not None
    if name != target:
        choice.sources.pop(PurePosixPath(name), None)
    original = choice.sources.get(path)
    content = candidate.text.encode()
    if original is None or _differs(original, candidate.text):
        choice.sources[path] = content
    choice.places[target] = candidate.places
    choice.ranges[target] = candidate.ranges
    choice.lost.update({f: lost for f, lost in candidate.lost.items() if f not in choice.lost})
    choice.notes += candidate.notes
    if not candidate.is_notebook and name != target and candidate.places[0].label == candidate.path:
        choice.notes.append(f"{name} is taken as {target}, by what it defines")
    key = path.stem if path.stem.isidentifier() else f"file{len(choice.modules)}"
    choice.modules[key] = target


def _differs(content: bytes, text: str) -> bool:
    try:
        return decode(content) != text
    except EncodingError:
        return True


def _homes(taken: Mapping[str, Candidate], choice: Choice) -> None:
    """Say where each function is: in its own module if that has it, else where most of it is written."""
    keys = {file: key for key, file in choice.modules.items()}
    for function in FUNCTIONS.values():
        offers = [
            (written, target == f"{function.module}.py", candidate.is_notebook, -index, target)
            for index, (target, candidate) in enumerate(taken.items())
            if (written := candidate.defines.get(function.name)) is not None
        ]
        if not offers:
            continue
        target = max(offers)[-1]
        choice.homes[function.name] = keys[target]
        choice.lost.pop(function.name, None)
        if len(offers) > 1 and target != f"{function.module}.py":
            others = [taken[offer[-1]] for offer in offers if offer[-1] != target]
            names = [other.path for other in others]
            rivals = [other for other in others if other.defines[function.name]]
            if not taken[target].is_notebook and not all(_more(taken[target], other) for other in rivals):
                raise IngestError(_which([taken[target].path, *names]))
            choice.notes.append(f"{function.name} is taken from {taken[target].path}, not from {_and(names)}")


def _more(one: Candidate, other: Candidate) -> bool:
    """Whether a candidate has all that another one has, and more."""
    mine, others = ({name for name, written in c.defines.items() if written} for c in (one, other))
    return others < mine


def _provided(module: str, choice: Choice) -> bool:
    return any(FUNCTIONS[name].module == module for name in (*choice.homes, *choice.lost))
