"""Quantiles of what is known among virtual patients, for the many short arrays of a forecast."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def known_quantiles(values: Array, levels: Sequence[float], read: Callable[[Array], Array] | None = None) -> Array:
    """Return quantiles of the last axis by linear interpolation, NaN left out; NaN where nothing is known.

    The numbers are those of `numpy.nanquantile` to the bit, which takes ten times as long for a few hundred values.

    Parameters
    ----------
    values
        Shape (..., N).
    levels
        Between 0 and 1, L of them.
    read
        What to take quantiles of in place of the values: a rising function of them, asked at the values needed alone.

    Returns
    -------
    ndarray
        Shape (L, ...).
    """
    ordered = np.sort(values, axis=-1)  # NaN comes last
    last = values.shape[-1] - 1 - np.isnan(values).sum(axis=-1)
    place = np.asarray(levels, np.float64).reshape(-1, *(1,) * last.ndim) * last
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(last, 0))
    low, high = (np.moveaxis(_taken(ordered, np.maximum(row, 0)), -1, 0) for row in (below, above))
    low, high = (low, high) if read is None else (read(low), read(high))
    share, apart = place - below, high - low
    return np.asarray(np.where(share >= 0.5, high - apart * (1 - share), low + apart * share))


def _taken(ordered: Array, rows: NDArray[np.intp]) -> Array:
    """Return the entries of the last axis at rows (L, ...), shape (..., L)."""
    return np.take_along_axis(ordered, np.moveaxis(rows, 0, -1), axis=-1)
