"""Scrambled Sobol' points, any stretch of the sequence at once: the points of SciPy without loading all its statistics.

Direction numbers: S. Joe, F. Y. Kuo, SIAM Journal on Scientific Computing 30 (2008) 2635-2654, doi 10.1137/070709359;
SciPy ships them as a file, which is read here. Scrambling: a random lower triangular matrix and a random shift for each
dimension, J. Matoušek, Journal of Complexity 14 (1998) 527-556, doi 10.1006/jcom.1998.0489. Loading `scipy.stats` takes
longer than drawing ten thousand patients; where the file is not found it is loaded after all.
"""

from __future__ import annotations

import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BITS = 30
Words = NDArray[np.uint32]
Array = NDArray[np.float64]
Seed = int | tuple[int, ...]


def sobol_sequence(seed: Seed, first: int, size: int, dimensions: int) -> Array:
    """Return points ``first`` … ``first + size - 1`` of a seed's scrambled sequence, shape (dimensions, size)."""
    path = _direction_file()
    if path is None:
        return _by_scipy(seed, first, size, dimensions)
    directions, shift = _scrambled(seed, dimensions, path)
    places = np.arange(first, first + size, dtype=np.int64)
    gray = places ^ (places >> 1)
    tightest = np.repeat(shift[:, None], size, axis=1)
    for bit in range(int(gray.max(initial=0)).bit_length()):
        tightest ^= np.where((gray >> bit) & 1, directions[:, bit, None], np.uint32(0))
    return np.asarray(tightest * 2.0**-BITS, np.float64)


def _direction_file() -> Path | None:
    spec = find_spec("scipy")
    places = spec.submodule_search_locations if spec else None
    path = Path((places or ["."])[0]) / "stats" / "_sobol_direction_numbers.npz"
    return path if path.is_file() else None


@cache
def _scrambled(seed: Seed, dimensions: int, path: Path) -> tuple[Words, Words]:
    """Return direction numbers, shape (dimensions, bits), and the shift, shape (dimensions,), of a seed."""
    random = np.random.default_rng(seed).spawn(1)[0]  # as SciPy does
    powers = 2 ** np.arange(BITS, dtype=np.uint32)
    shift = random.integers(2, size=(dimensions, BITS), dtype=np.uint32) @ powers
    lower = np.tril(random.integers(2, size=(dimensions, BITS, BITS), dtype=np.uint32))
    lower[:, np.arange(BITS), np.arange(BITS)] = 1
    plain = _directions(dimensions, path)
    bits = (plain[:, :, None] >> np.arange(BITS - 1, -1, -1, dtype=np.uint32)) & 1  # of each number, highest first
    turned = np.einsum("dpk,djk->djp", lower, bits) % 2
    return turned @ powers[::-1], shift


@cache
def _directions(dimensions: int, path: Path) -> Words:
    """Return the direction numbers as they are published, shape (dimensions, bits)."""
    with np.load(path) as held:
        polynomials, starts = held["poly"][:dimensions], held["vinit"][:dimensions]
    numbers = np.ones((dimensions, BITS), np.int64)
    for row, polynomial, start in zip(numbers[1:], polynomials[1:].tolist(), starts[1:], strict=True):
        degree = polynomial.bit_length() - 1
        row[:degree] = start[:degree]
        for place in range(degree, BITS):
            row[place] = row[place - degree]
            for back in range(1, degree + 1):
                if (polynomial >> (degree - back)) & 1:
                    row[place] ^= row[place - back] << back
    return (numbers << np.arange(BITS - 1, -1, -1)).astype(np.uint32)


def _by_scipy(seed: Seed, first: int, size: int, dimensions: int) -> Array:
    from scipy.stats import qmc  # noqa: PLC0415 - slow to load

    sequence = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    if first:
        sequence.fast_forward(first)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # sizes that are no power of two are meant
        return np.ascontiguousarray(sequence.random(size).T)
