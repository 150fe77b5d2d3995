"""Passes of a calibration kept in a folder, written beside and moved into place, so that a stop loses one pass."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.errors import InputError

Array = NDArray[np.float64]
PACKAGES = (
    "evidence",
    "instruments",
    "therapy",
    "model",
    "engine",
    "population",
    "course",
    "trial",
    "validation",
    "calibration",
)
KINDS = (".py", ".c", ".yaml", ".csv")
OWN_RESULT = "evidence/data/calibration"
OWN_CHOICES = ("calibration/steps.yaml", "calibration/settings.yaml")


@cache
def made_by() -> str:
    """Return a hash of all code and data that a pass follows from, so that no other version's pass is taken up.

    What a calibration ships is no part of it, nor are its steps and settings: those stamp the passes one by one.
    """
    root, found = Path(str(files("lupercal"))), blake2b(digest_size=8)
    for path in sorted(path for package in PACKAGES for path in (root / package).rglob("*") if path.suffix in KINDS):
        name = path.relative_to(root).as_posix()
        if not name.startswith(OWN_RESULT) and name not in OWN_CHOICES:
            found.update(name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


@final
@dataclass(frozen=True, slots=True)
class Folder:
    """Checkpoints under ``path``; ``stamp`` names what they hold for, so that other choices never reuse them."""

    path: Path
    stamp: str

    def load(self, name: str) -> Array | None:
        """Return a pass, or None where it was not finished or belongs to other choices."""
        file = self._file(name)
        if not file.is_file():
            return None
        try:
            return np.asarray(np.load(file), np.float64)
        except (ValueError, OSError, EOFError):
            return None

    def save(self, name: str, values: Array) -> None:
        """Keep a pass.

        Raises
        ------
        InputError
            If the folder cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.path, suffix=".part", delete=False) as file:
                np.save(file, values)
            Path(file.name).replace(self._file(name))
        except OSError as error:
            raise InputError(self.path, "", error.strerror or str(error), "a place that can be written") from None

    def _file(self, name: str) -> Path:
        return self.path / f"{name}.{self.stamp}.npy"


@final
@dataclass(frozen=True, slots=True)
class Nowhere:
    """Keeps nothing."""

    def load(self, name: str) -> Array | None:
        """Return None."""
        nothing: dict[str, Array] = {}
        return nothing.get(name)

    def save(self, name: str, values: Array) -> None:
        """Do nothing."""
        del name, values
