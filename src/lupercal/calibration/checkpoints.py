"""Passes of a calibration kept in a folder, written beside and moved into place, so that a stop loses one pass."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.errors import InputError

Array = NDArray[np.float64]


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
