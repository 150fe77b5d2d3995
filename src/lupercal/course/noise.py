"""Visit noise: standard normal numbers correlated in time, each with an address.

A first-order autoregression on blocks of five days (stationary, unit variance). The block of a day is fixed on the
calendar of the patient, so two arms and two sets of visits see the same noise on the same day.

A long series of which few blocks are looked at need not be walked through: it is drawn at every `STRIDE`-th block, and
halved between two of these, given both, down to a block that is wanted. A first-order autoregression has the same law
either way, and each block has a number of its own, so what a block holds does not depend on which others are wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.random import normals

Array = NDArray[np.float64]
BLOCK_DAYS = 5
STRIDE = 16
"""Blocks between two that are drawn one after the other where few of a series are wanted."""


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


class _Drawing(NamedTuple):
    """A block of a series that is drawn given one before it, or given that and one after it (``high``)."""

    block: int
    low: int
    high: int | None


def halved(
    begin: Array, blocks: Sequence[int], numbers: Callable[[NDArray[np.int64]], Array], correlation_days: float
) -> Array:
    """Return a stationary series at some blocks, shape (V, N), without walking through all that lie between.

    Parameters
    ----------
    begin
        The series in block 0, shape (N,).
    blocks
        Which are wanted, (V,), from 0 on.
    numbers
        Returns standard normal numbers, (B, N), by the numbers of blocks (B,); each block has its own.
    correlation_days
        Time after which the correlation has fallen to 1/e.
    """
    drawn = _to_draw(tuple(blocks))
    fresh = numbers(np.array([one.block for one in drawn], np.int64))
    series = {0: begin}
    for one, number in zip(drawn, fresh, strict=True):
        before = series[one.low]
        after = None if one.high is None else (series[one.high], (one.high - one.block) * BLOCK_DAYS)
        series[one.block] = _given(before, (one.block - one.low) * BLOCK_DAYS, after, number, correlation_days)
    return np.stack([series[block] for block in blocks]) if len(blocks) else np.empty((0, *np.shape(begin)))


@lru_cache(maxsize=64)
def _to_draw(blocks: tuple[int, ...]) -> tuple[_Drawing, ...]:
    """Return the blocks that have to be drawn for some that are wanted, each after those it is given."""
    last = -(-max(blocks, default=0) // STRIDE) * STRIDE
    coarse = [_Drawing(block, block - STRIDE, None) for block in range(STRIDE, last + 1, STRIDE)]
    between = {one.block: one for block in blocks for one in _halvings(block)}
    return (*coarse, *between.values())


def _halvings(block: int) -> Iterator[_Drawing]:
    """Yield the blocks that lie half way on the way from the two drawn around a block to this one."""
    low = block // STRIDE * STRIDE
    high, middle = low + STRIDE, low
    while middle != block:
        middle = (low + high) // 2
        yield _Drawing(middle, low, high)
        low, high = (middle, high) if middle < block else (low, middle)


def _given(
    before: Array, since: float, after: tuple[Array, float] | None, fresh: Array, correlation_days: float
) -> Array:
    """Return the series some days after ``before``, and so many days before ``after`` where that is known."""
    if after is None:
        return later(before, fresh, since, correlation_days)
    (one, one_new), (other, other_new) = (_kept_shares(days, correlation_days) for days in (since, after[1]))
    rest = 1 - np.square(one * other)
    known = one * np.square(other_new) / rest * before + other * np.square(one_new) / rest * after[0]
    return np.asarray(known + one_new * other_new / np.sqrt(rest) * fresh)


def later(before: Array, fresh: Array, days: float | Array, correlation_days: float | Array) -> Array:
    """Return noise some days later: what is left of that ``before``, and ``fresh`` standard normal numbers."""
    keep, new = _shares(days, correlation_days)
    return np.asarray(keep * before + new * fresh)


@lru_cache(maxsize=256)
def _kept_shares(days: float, correlation_days: float) -> tuple[Array, Array]:
    return _shares(days, correlation_days)


def _shares(days: float | Array, correlation_days: float | Array) -> tuple[Array, Array]:
    """Return what is left of noise after some days, and how much fresh noise keeps its variance."""
    keep = np.asarray(np.exp(-np.asarray(days) / np.asarray(correlation_days)))
    return keep, np.asarray(np.sqrt(1 - keep * keep))
