"""Renal flares over visits: proteinuria that comes back after a response, by rules that are data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from lupercal.files.checked import read_as

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


@final
@dataclass(frozen=True, slots=True)
class RenalFlareRule:
    """Ratios of urine protein to creatinine (g/g) that make a response and, after it, a flare.

    A flare asks for at least ``flare_upcr`` and ``times`` the lowest ratio so far, at ``visits`` visits in a row.
    """

    response_upcr: float
    flare_upcr: float
    times: float
    visits: int
    basis: Literal["published", "assumed"]
    source: str

    def responds(self, upcr: Array) -> Bools:
        """Return where proteinuria is low enough that a flare can be spoken of later."""
        return np.asarray(upcr <= self.response_upcr)

    def comes_back(self, upcr: Array, lowest: Array) -> Bools:
        """Return where proteinuria is that of a flare, ``lowest`` being the lowest ratio so far."""
        return np.asarray((upcr >= self.flare_upcr) & (upcr >= self.times * lowest))


@cache
def _rules() -> Mapping[str, RenalFlareRule]:
    return read_as(Path(__file__).with_name("renal_flares.yaml"), dict[str, RenalFlareRule])


def renal_flare_rule(name: Literal["trials", "natural_history"]) -> RenalFlareRule:
    """Return a rule by name."""
    return _rules()[name]
