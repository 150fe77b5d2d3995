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


def jumps(occurs: Array, size: Array, day_of_year: Array, p: Mapping[str, float]) -> Array:
    """Return what each day adds to Z.

    Parameters
    ----------
    occurs
        Uniform numbers, shape (D, N).
    size
        Exponential numbers with mean 1, shape (D, N).
    day_of_year
        Shape (D,).
    p
        The trigger parameters ``z_rate``, ``z_size``, ``z_season``, ``z_peak``.
    """
    happens = occurs < daily_probability(day_of_year, p)[:, None]
    return np.where(happens, p["z_size"] * size, 0.0)
