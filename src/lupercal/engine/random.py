"""Random numbers with an address: (seed, stream, patient, day, draw) names one number, whoever asks for it and when.

The generator is Philox4x32-10 (Salmon et al., SC '11, doi 10.1145/2063384.2063405): ten rounds of multiplication and
exclusive or turn a 128-bit counter and a 64-bit key into 128 random bits. The key is the seed; the counter holds
patient, day, stream and draw. No call changes a state, so results do not depend on the order of calls, batches, threads
or workers, and two arms of a comparison share the luck of each patient.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from lupercal.errors import LupercalError

Words = tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_BLOCK = 8192  # numbers made at a time, so that they stay in the cache


def philox4x32(counter: Words, key: tuple[int, int]) -> Words:
    """Return four 32-bit words (in uint64 arrays) for four counter words and two key words of 32 bits each."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(_ROUNDS):
        left, right = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (
            (right >> _32) ^ c1 ^ np.uint64(k0),
            right & _LOW,
            (left >> _32) ^ c3 ^ np.uint64(k1),
            left & _LOW,
        )
        k0, k1 = (k0 + _WEYL[0]) & 0xFFFFFFFF, (k1 + _WEYL[1]) & 0xFFFFFFFF
    return c0, c1, c2, c3


def uniforms(seed: int, stream: str, patients: ArrayLike, days: ArrayLike = 0, draw: int = 0) -> NDArray[np.float64]:
    """Return uniform numbers in the open interval (0, 1).

    Parameters
    ----------
    seed
        0 to 2**64 - 1.
    stream
        What the numbers are for; every purpose has its own stream.
    patients, days
        Whole numbers, broadcast together; patients 0 to 2**32 - 1, days from -2**31 to 2**31 - 1.
    draw
        Which number of this address, 0 to 2**32 - 1.

    Raises
    ------
    LupercalError
        If the seed or a patient is outside its range.
    """
    if not 0 <= seed < 2**64:
        raise LupercalError(f"seed {seed} is not between 0 and 2**64 - 1")
    who, when = np.broadcast_arrays(np.asarray(patients, np.int64), np.asarray(days, np.int64))
    if who.size and (who.min() < 0 or who.max() >= 2**32):
        raise LupercalError("patients are numbered from 0 to 2**32 - 1")
    found = np.empty(who.shape)
    flat, patient, day = found.reshape(-1), who.reshape(-1), when.reshape(-1)
    for first in range(0, flat.size, _BLOCK):
        part = slice(first, first + _BLOCK)
        flat[part] = _uniform(_word(patient[part]), _word(day[part]), stream_number(stream), draw, seed)
    return found


def _uniform(
    patient: NDArray[np.uint64], day: NDArray[np.uint64], stream: int, draw: int, seed: int
) -> NDArray[np.float64]:
    counter = (patient, day, np.full_like(patient, stream), np.full_like(patient, draw))
    high, low, _, _ = philox4x32(counter, (seed & 0xFFFFFFFF, seed >> 32))
    bits = (high << np.uint64(21)) | (low >> np.uint64(11))
    return (bits.astype(np.float64) + 0.5) * 2.0**-53


def normals(seed: int, stream: str, patients: ArrayLike, days: ArrayLike = 0, draw: int = 0) -> NDArray[np.float64]:
    """Return standard normal numbers by inversion; arguments as for `uniforms`."""
    return np.asarray(ndtri(uniforms(seed, stream, patients, days, draw)), np.float64)


def exponentials(
    seed: int, stream: str, patients: ArrayLike, days: ArrayLike = 0, draw: int = 0
) -> NDArray[np.float64]:
    """Return exponential numbers with mean 1; arguments as for `uniforms`."""
    return -np.log(uniforms(seed, stream, patients, days, draw))


@cache
def stream_number(stream: str) -> int:
    """Return the 32-bit number of a stream's name."""
    return int.from_bytes(blake2b(stream.encode(), digest_size=4).digest(), "little")


def _word(values: NDArray[np.int64]) -> NDArray[np.uint64]:
    return values.astype(np.uint64) & _LOW
