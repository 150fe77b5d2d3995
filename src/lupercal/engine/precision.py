"""In which numbers the lanes calculate: double precision, or single for screening large ensembles.

Single precision holds seven digits; sixteen patients fit a vector instead of eight. What it costs in accuracy is
measured in ``docs/explanation/engine.md`` and bounded by ``tests/engine/test_precision.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

PrecisionName = Literal["double", "single"]


@final
@dataclass(frozen=True, slots=True)
class Precision:
    """A kind of number: its bytes, how many of them fill a vector, and NumPy's name for it."""

    size: int
    lanes: int
    dtype: Any


PRECISIONS: dict[PrecisionName, Precision] = {
    "double": Precision(8, 8, np.float64),
    "single": Precision(4, 16, np.float32),
}
