"""What an arm does to the model, in the model's language: the one interface between doses and equations.

Days are whole numbers counted from the arm's day 0; everything happens at the start of its day. On one day inputs
change first, then factors multiply, then boluses add.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import NDArray

Amount = float | NDArray[np.float64]  # one for all virtual patients, or one each, shape (N,)


@final
@dataclass(frozen=True, slots=True)
class InputChange:
    """From ``day`` on, model input ``name`` has ``value`` (unit of the input)."""

    day: int
    name: str
    value: Amount


@final
@dataclass(frozen=True, slots=True)
class Bolus:
    """On ``day``, ``amount`` is added to ``state`` (unit of the state)."""

    day: int
    state: str
    amount: Amount


@final
@dataclass(frozen=True, slots=True)
class Factor:
    """On ``day``, ``state`` is multiplied by ``factor`` (plasma exchange, for instance)."""

    day: int
    state: str
    factor: Amount


@final
@dataclass(frozen=True, slots=True)
class Schedule:
    """All of an arm's events.

    ``switches`` set a parameter for the whole arm (``e19`` = 1: the product targets CD19); ``scales`` multiply each
    virtual patient's own parameter (``kr_t`` × 2.5: obinutuzumab reaches deeper than rituximab).
    """

    inputs: tuple[InputChange, ...] = ()
    boluses: tuple[Bolus, ...] = ()
    factors: tuple[Factor, ...] = ()
    switches: Mapping[str, float] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)
