"""Train a set of configurations, one after another, and remember which are done."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.core.errors import GraderError
from grader.training.experiment import CHECKPOINT, RESULT
from grader.training.network_text import NETWORKS
from grader.training.settings import Settings


@dataclass(frozen=True)
class Configuration:
    """Settings with a name; ``group`` says what is varied."""

    name: str
    settings: Settings
    group: str = ""

    @property
    def title(self) -> str:
        """The group and the name, to be shown."""
        return f"{self.group}: {self.name}" if self.group else self.name

    @property
    def folder(self) -> str:
        """The name of the folder of its results."""
        return re.sub(r"[^A-Za-z0-9]+", "-", f"{self.group} {self.name}").strip("-").lower()


STANDARD: dict[str, dict[str, dict[str, Any]]] = {
    "layers": {
        "no convolution": {"layers": NETWORKS["mlp"]},
        "conv": {"layers": "conv 8 3x3 pad 1, relu, flatten, dense 10"},
        "conv, pool": {"layers": "conv 8 3x3 pad 1, relu, pool 2x2, flatten, dense 10"},
        "conv, conv": {"layers": "conv 8 3x3 pad 1, relu, conv 16 3x3 pad 1, relu, flatten, dense 10"},
        "conv, conv, pool": {
            "layers": "conv 8 3x3 pad 1, relu, conv 16 3x3 pad 1, relu, pool 2x2, flatten, dense 10"
        },
        "(conv, pool) twice": {"layers": NETWORKS["A"]},
        "(conv, pool) three times": {
            "layers": "conv 8 3x3 pad 1, relu, pool 2x2, conv 16 3x3 pad 1, relu, pool 2x2, "
            "conv 32 3x3 pad 1, relu, pool 2x2, flatten, dense 10"
        },
    },
    "filters": {
        "2 and 4": {
            "layers": "conv 2 3x3 pad 1, relu, pool 2x2, conv 4 3x3 pad 1, relu, pool 2x2, flatten, dense 10"
        },
        "16 and 32": {
            "layers": "conv 16 3x3 pad 1, relu, pool 2x2, conv 32 3x3 pad 1, relu, pool 2x2, flatten, "
            "dense 10"
        },
        "8 and 16, 5x5": {
            "layers": "conv 8 5x5 pad 2, relu, pool 2x2, conv 16 5x5 pad 2, relu, pool 2x2, flatten, dense 10"
        },
    },
    "optimiser": {
        "SGD": {"optimiser": "sgd"},
        "momentum": {"optimiser": "momentum"},
        "momentum, cosine": {"optimiser": "momentum", "schedule": "cosine"},
        "Adam": {"optimiser": "adam"},
    },
    "regularisation": {
        "L2 0.0001": {"l2": 1e-4},
        "L2 0.001": {"l2": 1e-3},
        "dropout 0.25": {"dropout": 0.25},
        "dropout 0.5": {"dropout": 0.5},
    },
}
"""what ``grader compare`` trains by default; all other settings are those of network A"""


def standard(base: Settings) -> list[Configuration]:
    """Return the standard set; settings that it does not vary are those of ``base``."""
    return [
        Configuration(name, _settings(name, base, changes), group)
        for group, members in STANDARD.items()
        for name, changes in members.items()
    ]


def read(path: Path, base: Settings) -> list[Configuration]:
    """Read a set of configurations from a TOML file.

    Parameters
    ----------
    path
        Its tables ``[[configuration]]`` have a ``name``, perhaps a ``group``, and settings as
        :class:`Settings` has them; settings before the first table hold for all.
    base
        The settings that the file does not give.

    Raises
    ------
    GraderError
        If the file cannot be read, or a setting is unknown or wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GraderError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GraderError(f"{path} is not a TOML file: {error}") from error
    tables = content.pop("configuration", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise GraderError(f"{path} has no configurations; each begins with a line [[configuration]]")
    found: list[Configuration] = []
    for number, table in enumerate(tables, start=1):
        name, group = table.pop("name", ""), table.pop("group", "")
        if not isinstance(name, str) or not name or not isinstance(group, str):
            raise GraderError(f'{path}: configuration {number} needs a name, such as name = "two convs"')
        configuration = Configuration(name, _settings(name, base, {**content, **table}), group)
        if configuration.folder in {other.folder for other in found}:
            raise GraderError(f"{path}: there are two configurations '{name}'; give one another name")
        found.append(configuration)
    return found


def _settings(name: str, base: Settings, changes: dict[str, Any]) -> Settings:
    values = {**asdict(base), **changes}
    if "net" not in changes and "layers" in changes:
        values["net"] = name
    elif "net" in changes and "layers" not in changes:
        values["layers"] = ""
    try:
        settings = Settings.from_json(values)
        _ = settings.network
    except GraderError as error:
        raise GraderError(f"configuration '{name}': {error}") from error
    return settings


def finished(configuration: Configuration, folder: Path, data: str) -> dict[str, Any] | None:
    """Return the result of a training with these settings and data that was finished earlier; else None."""
    try:
        result: dict[str, Any] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        same = result["settings"] == configuration.settings.to_json() and result["data"] == data
        return result if same and result["ended"] in ("epochs", "seconds", "diverged") else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def run(
    configurations: list[Configuration],
    folder: Path,
    data: str,
    train: Callable[[Configuration, Path, bool], dict[str, Any]],
) -> list[tuple[Configuration, dict[str, Any]]]:
    """Train the configurations that are not finished yet.

    Parameters
    ----------
    configurations
        The set of configurations.
    folder
        The folder that receives a folder for each of them.
    data
        The name of the data; results with other data do not count.
    train
        Trains a configuration in a folder, from the checkpoint there if the last argument is true; returns
        its result.

    Returns
    -------
    list of (Configuration, dict)
        The results, in order; if a training was stopped, it is the last.
    """
    results = []
    for configuration in configurations:
        place = folder / configuration.folder
        result = finished(configuration, place, data)
        if result is None:
            result = train(configuration, place, (place / CHECKPOINT).exists())
        results.append((configuration, result))
        if result["ended"] == "stopped":
            break
    return results
