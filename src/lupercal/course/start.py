"""Where a virtual patient starts: between health and active disease, before the burn-in lets the model settle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lupercal.model.start import start_values
from lupercal.model.system import system

Array = NDArray[np.float64]


def start_states(size: int, activity: float = 1.0, **given: float | Array) -> Array:
    """Return states (S, size) at ``activity`` between 0 (healthy) and 1 (active), ``given`` states replaced."""
    values: Mapping[str, float | Array] = start_values(activity) | given
    return np.array([np.broadcast_to(values.get(name, 0.0), (size,)) for name in system().states], np.float64)
