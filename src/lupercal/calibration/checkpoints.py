"""Passes of a calibration kept in a folder, each whole and with a checksum, so that a stop loses one pass."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.files.hashing import bytes_hash, package_hash
from lupercal.files.writing import write_bytes

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
_CHECK = 16  # bytes of checksum after the array
OWN_RESULT = "evidence/data/calibration"
OWN_CHOICES = ("calibration/steps.yaml", "calibration/settings.yaml")


def made_by() -> str:
    """Return a hash of all code and data that a pass follows from, so that no other version's pass is taken up.

    What a calibration ships is no part of it, nor are its steps and settings: those stamp the passes one by one.
    """
    return package_hash(PACKAGES, (OWN_RESULT, *OWN_CHOICES))


@final
@dataclass(frozen=True, slots=True)
class Folder:
    """Checkpoints under ``path``; ``stamp`` names what they hold for, so that other choices never reuse them."""

    path: Path
    stamp: str

    def load(self, name: str) -> Array | None:
        """Return a pass, or None where it was not finished or belongs to other choices."""
        try:
            content = self._file(name).read_bytes()
        except OSError:
            return None
        values, check = content[:-_CHECK], content[-_CHECK:]
        return np.asarray(np.load(io.BytesIO(values)), np.float64) if _check(values) == check else None

    def save(self, name: str, values: Array) -> None:
        """Keep a pass.

        Raises
        ------
        InputError
            If the folder cannot be written.
        """
        content = io.BytesIO()
        np.save(content, values)
        write_bytes(self._file(name), content.getvalue() + _check(content.getvalue()))

    def _file(self, name: str) -> Path:
        return self.path / f"{name}.{self.stamp}.npy"


def _check(content: bytes) -> bytes:
    return bytes.fromhex(bytes_hash(content, _CHECK))


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
