"""The ends of what is known or unknown everywhere: one read-only array of each shape, made once where it is small."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

KEPT_ENDS = 65_536
"""Visits up to which they are kept."""


@final
class Ends(NamedTuple):
    """What is false, true, minus infinity and infinity at every visit."""

    no: NDArray[np.bool_]
    yes: NDArray[np.bool_]
    least: NDArray[np.float64]
    most: NDArray[np.float64]

    def told(self, answer: bool) -> NDArray[np.bool_]:
        """Return one answer at every visit."""
        return self.yes if answer else self.no


def ends_of(shape: tuple[int, ...]) -> Ends:
    """Return the ends for visits of a shape; they cannot be written to."""
    return _kept(shape) if prod(shape) <= KEPT_ENDS else _made(shape)


@lru_cache(maxsize=32)
def _kept(shape: tuple[int, ...]) -> Ends:
    return _made(shape)


def _made(shape: tuple[int, ...]) -> Ends:
    ends = Ends(np.zeros(shape, bool), np.ones(shape, bool), np.full(shape, -np.inf), np.full(shape, np.inf))
    for end in ends:
        end.flags.writeable = False
    return ends
