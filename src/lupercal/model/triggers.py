"""Triggers of flares: a compound Poisson process, drawn from addressed random numbers so that all arms share it.

Infection, ultraviolet light, stress or missed doses arrive at a rate that may follow the season; each adds an
exponentially distributed amount to the trigger state Z, which then decays by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def daily_probability(day_of_year: Array, p: Mapping[str, float]) -> Array:
    """Return the probability of a trigger on each day; ``day_of_year`` (D,) in days from 1 January."""
    season = np.maximum(0.0, np.cos(2 * np.pi * (day_of_year - p["z_peak"]) / 365))
    return p["z_rate"] / 365 * (1 + p["z_season"] * season)


def sizes(exponential: Array, p: Mapping[str, float]) -> Array:
    """Return what triggers add to Z, from exponential numbers with mean 1 and the parameter ``z_size``."""
    return p["z_size"] * exponential
