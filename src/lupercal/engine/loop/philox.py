"""Philox4x32-10 for machine code: four counter words and two key words become four random words.

J. K. Salmon and others, Parallel random numbers: as easy as 1, 2, 3, SC '11, doi 10.1145/2063384.2063405. This module
imports numba; it is loaded only when there is something to compile. `philox` is also a function of Python, for checks
against the published answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lupercal.engine.loop.access import compiled

ROUNDS = 10
MULTIPLIER_0, MULTIPLIER_2 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
LOW = np.uint64(0xFFFFFFFF)  # the lower 32 bits
WORD = np.uint64(32)  # bits
HIGH_BITS, LOW_BITS = np.uint64(21), np.uint64(11)  # 53 bits of two words: all of one, and the upper 21 of the other
SPACING = 2.0**-53


@compiled
def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Return the four words of a counter under a key; all are unsigned numbers of 64 bits that hold 32."""
    for _ in range(ROUNDS):
        left, right = MULTIPLIER_0 * c0, MULTIPLIER_2 * c2
        c0, c1, c2, c3 = (right >> WORD) ^ c1 ^ k0, right & LOW, (left >> WORD) ^ c3 ^ k1, left & LOW
        k0, k1 = (k0 + WEYL_0) & LOW, (k1 + WEYL_1) & LOW
    return c0, c1, c2, c3


@compiled
def _uniform(patient: int, day: int, key: Any) -> float:
    stream, draw, k0, k1 = key
    high, low, _, _ = philox(np.uint64(patient) & LOW, np.uint64(day) & LOW, stream, draw, k0, k1)
    return (np.float64((high << HIGH_BITS) | (low >> LOW_BITS)) + 0.5) * SPACING


@compiled
def fill_uniforms(
    found: Any, rows: int, columns: int, patients: Any, patient_row: int, patient_column: int, days: Any, day_row: int,
    day_column: int, stream: int, draw: int, key_low: int, key_high: int,
) -> None:  # fmt: skip
    """Fill an array, shape (rows, columns), with uniform numbers in (0, 1).

    ``patients`` and ``days`` are arrays of which the address of the first number is given, and how many numbers lie
    between one row, or column, and the next; 0 where all have the same.
    """
    key = (np.uint64(stream), np.uint64(draw), np.uint64(key_low), np.uint64(key_high))
    for i in range(rows):
        if patient_column == 1 and day_column == 0:  # the usual table, and what a compiler makes vectors of
            day = days[i * day_row]
            for j in range(columns):
                found[i * columns + j] = _uniform(patients[i * patient_row + j], day, key)
        else:
            for j in range(columns):
                patient, day = patients[i * patient_row + j * patient_column], days[i * day_row + j * day_column]
                found[i * columns + j] = _uniform(patient, day, key)
