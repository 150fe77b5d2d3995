"""Cutting an ensemble into chunks, so that memory is bounded whatever its size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lupercal.errors import LupercalError

DEFAULT_SIZE = 2048


def chunks(total: int, size: int = DEFAULT_SIZE) -> Iterator[slice]:
    """Yield slices that cover 0 … ``total`` in order, each of at most ``size``."""
    if size < 1:
        raise LupercalError(f"chunk size {size} is not a positive number")
    for first in range(0, total, size):
        yield slice(first, min(first + size, total))


def pick_patients(values: Mapping[str, Any], patients: slice | NDArray[np.int64]) -> dict[str, Any]:
    """Return per-patient arrays cut to some patients; single numbers stay as they are."""
    return {
        name: value if isinstance(value, float) or not np.ndim(value) else value[patients]
        for name, value in values.items()
    }
