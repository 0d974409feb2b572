"""Checkpoints: arrays and plain values in one ``.npz`` file, without pickle, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import secrets
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from grader.core.errors import GraderError

FORMAT = "convgrade checkpoint 1"
_OPTIMISER = "optimiser "


def weight(name: str) -> str:
    """Return the name in a checkpoint of a weight."""
    return f"weight {name}"


def optimiser_arrays(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the state of an optimiser by the names that its arrays have in a checkpoint."""
    return {f"{_OPTIMISER}{name}": array for name, array in state.items()}


def optimiser_state(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the state of an optimiser from all arrays of a checkpoint."""
    return {
        name.removeprefix(_OPTIMISER): array for name, array in arrays.items() if name.startswith(_OPTIMISER)
    }


def save(path: Path, arrays: Mapping[str, np.ndarray], values: Mapping[str, Any]) -> None:
    """Write a checkpoint; an older one of that name stays until the new one is complete.

    Parameters
    ----------
    path
        The file; its folder is created.
    arrays
        By name.
    values
        Values that JSON can hold.

    Raises
    ------
    GraderError
        If the file cannot be written.
    """
    buffer = io.BytesIO()
    text = json.dumps({"format": FORMAT, **values})
    contents: dict[str, Any] = {**arrays, "values": np.array(text)}
    np.savez(buffer, **contents)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as file:
                file.write(buffer.getvalue())
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise GraderError(f"the checkpoint {path} cannot be written: {error.strerror}") from error


def load(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read a checkpoint.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    arrays
        By name.
    values
        The values that were saved with the arrays.

    Raises
    ------
    GraderError
        If there is no such file, or it is damaged or no checkpoint of this kit.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
        values = json.loads(str(arrays.pop("values")))
        if values.pop("format") != FORMAT:
            raise KeyError("format")
    except FileNotFoundError as error:
        raise GraderError(f"there is no checkpoint {path}; train without --resume first") from error
    except OSError as error:
        raise GraderError(f"the checkpoint {path} cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise GraderError(f"{path} is no checkpoint of this kit, or a damaged one; delete it") from error
    return arrays, values
