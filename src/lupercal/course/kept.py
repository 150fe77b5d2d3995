"""Random numbers kept between calls, within a limit of memory: they do not depend on parameters.

A calibration lets the same patients live again and again under other parameters; the numbers that decide on their luck
have fixed addresses, so they are made once. What was used least recently goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from hashlib import blake2b
from threading import Lock
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 192 * 2**20


@final
class Kept:
    """A store of tuples of arrays by key, holding at most ``most_bytes``; safe between threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes, self.held_bytes = most_bytes, 0
        self._held: OrderedDict[Hashable, tuple[NDArray[Any], ...]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], tuple[NDArray[Any], ...]]) -> tuple[NDArray[Any], ...]:
        """Return the arrays of a key, made now where they are not held; they must not be written to."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()
        for array in made:
            array.flags.writeable = False
        with self._lock:
            self._hold(key, made)
        return made

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
            self.held_bytes = 0

    def _hold(self, key: Hashable, made: tuple[NDArray[Any], ...]) -> None:
        if key not in self._held:
            self._held[key] = made
            self.held_bytes += _size(made)
        while self.held_bytes > self.most_bytes and self._held:
            self.held_bytes -= _size(self._held.popitem(last=False)[1])


def mark(numbers: NDArray[np.int64]) -> Hashable:
    """Return a short key for an array of whole numbers."""
    return len(numbers), blake2b(np.ascontiguousarray(numbers, np.int64).tobytes(), digest_size=16).digest()


def content_of(arrays: Iterable[NDArray[Any]]) -> Hashable:
    """Return a short key for the numbers of some arrays."""
    digest = blake2b(digest_size=16)
    for array in arrays:
        digest.update(repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return digest.digest()


def _size(arrays: tuple[NDArray[Any], ...]) -> int:
    return sum(array.nbytes for array in arrays)
