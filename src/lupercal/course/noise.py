"""Visit noise: standard normal numbers correlated in time, each with an address.

A first-order autoregression on blocks of five days (stationary, unit variance). The block of a day is fixed on the
calendar of the patient, so two arms and two sets of visits see the same noise on the same day.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.random import normals

Array = NDArray[np.float64]
BLOCK_DAYS = 5


def visit_noise(
    seed: int,
    stream: str,
    patients: NDArray[np.int64],
    days: Sequence[int],
    first_day: int,
    correlation_days: float,
    initial: Array | None = None,
) -> Array:
    """Return noise for each day and patient.

    Parameters
    ----------
    seed, stream, patients
        The address, as for `lupercal.engine.random.uniforms`; patients of shape (N,).
    days
        Days of the visits, shape (V,), none before ``first_day``.
    first_day
        Where the series begins; the same for all visits of a patient that are to be compared.
    correlation_days
        Time after which the correlation has fallen to 1/e.
    initial
        Noise in the first block, shape (N,), to go on from an earlier series; None to begin anew.

    Returns
    -------
    ndarray
        Shape (V, N).
    """
    blocks = [(day - first_day) // BLOCK_DAYS for day in days]
    innovations = normals(seed, stream, patients[None, :], first_day + np.arange(max(blocks, default=-1) + 1)[:, None])
    if initial is not None and len(innovations):
        innovations[0] = initial
    return np.ascontiguousarray(autoregression(innovations, correlation_days)[blocks])


def autoregression(numbers: Array, correlation_days: float) -> Array:
    """Return a series on blocks of days from standard normal numbers; block 0 of ``numbers`` (B, ...) begins it."""
    keep, fresh = _shares(BLOCK_DAYS, correlation_days)
    series = fresh * numbers
    series[:1] = numbers[:1]
    for block in range(1, len(series)):
        series[block] += keep * series[block - 1]
    return np.asarray(series)


def later(before: Array, fresh: Array, days: float | Array, correlation_days: float | Array) -> Array:
    """Return noise some days later: what is left of that ``before``, and ``fresh`` standard normal numbers."""
    keep, new = _shares(days, correlation_days)
    return np.asarray(keep * before + new * fresh)


def _shares(days: float | Array, correlation_days: float | Array) -> tuple[Array, Array]:
    """Return what is left of noise after some days, and how much fresh noise keeps its variance."""
    keep = np.asarray(np.exp(-np.asarray(days) / np.asarray(correlation_days)))
    return keep, np.asarray(np.sqrt(1 - keep * keep))
