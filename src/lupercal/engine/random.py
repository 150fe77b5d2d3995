"""Random numbers with an address: (seed, stream, patient, day, draw) names one number, whoever asks for it and when.

The generator is Philox4x32-10 (Salmon et al., SC '11, doi 10.1145/2063384.2063405): ten rounds of multiplication and
exclusive or turn a 128-bit counter and a 64-bit key into 128 random bits. The key is the seed; the counter holds
patient, day, stream and draw. No call changes a state, so results do not depend on the order of calls, batches, threads
or workers, and two arms of a comparison share the luck of each patient. It is written for machine code, in
`lupercal.engine.loop.philox`.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lupercal.engine.processor.store import normal_numbers, random_numbers
from lupercal.errors import LupercalError

_ROOM = 257  # numbers in a room that machine code works in; see `lupercal.engine.processor.normal`


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
    mine = np.asarray(patients, np.int64)
    if mine.size and (mine.min() < 0 or mine.max() >= 2**32):
        raise LupercalError("patients are numbered from 0 to 2**32 - 1")
    who, when = np.broadcast_arrays(mine, np.asarray(days, np.int64))
    numbers = np.empty(who.shape)
    if numbers.size:
        _fill(numbers, _as_table(who), _as_table(when), (stream_number(stream), draw, seed & 0xFFFFFFFF, seed >> 32))
    return numbers


def _as_table(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return an array with rows and columns; what was broadcast is not written out unless there are more axes."""
    if numbers.ndim == 2:
        return numbers
    return numbers[None] if numbers.ndim == 1 else np.ascontiguousarray(numbers).reshape(1, -1)


def _fill(
    numbers: NDArray[np.float64], who: NDArray[np.int64], when: NDArray[np.int64], address: tuple[int, int, int, int]
) -> None:
    apart = [stride // 8 for table in (who, when) for stride in table.strides]
    random_numbers()(
        numbers.ctypes.data, *who.shape, who.ctypes.data, *apart[:2], when.ctypes.data, *apart[2:], *address
    )  # fmt: skip


def normals(seed: int, stream: str, patients: ArrayLike, days: ArrayLike = 0, draw: int = 0) -> NDArray[np.float64]:
    """Return standard normal numbers by inversion; arguments as for `uniforms`."""
    return quantiles_in_place(uniforms(seed, stream, patients, days, draw))


def quantiles_in_place(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace probabilities in (0, 1), in one piece of memory, by standard normal quantiles, and return them."""
    rooms, places = np.empty((3, _ROOM)), np.empty(_ROOM, np.int64)
    normal_numbers()(
        found.ctypes.data, found.size, *(room.ctypes.data for room in rooms), places.ctypes.data
    )  # fmt: skip
    return found


def quantiles(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return standard normal quantiles of probabilities of any shape; infinite at 0 and 1."""
    given = np.asarray(probabilities, np.float64)
    normal = quantiles_in_place(given.copy(order="C"))
    ends = (given == 0) | (given == 1)
    if ends.any():
        normal[ends] = np.where(given[ends] == 0, -np.inf, np.inf)
    return normal


def exponentials(
    seed: int, stream: str, patients: ArrayLike, days: ArrayLike = 0, draw: int = 0
) -> NDArray[np.float64]:
    """Return exponential numbers with mean 1; arguments as for `uniforms`."""
    numbers = uniforms(seed, stream, patients, days, draw)
    np.log(numbers, out=numbers)
    return np.negative(numbers, out=numbers)


@cache
def stream_number(stream: str) -> int:
    """Return the 32-bit number of a stream's name."""
    return int.from_bytes(blake2b(stream.encode(), digest_size=4).digest(), "little")
