"""The doses a study gave where they are not those of a regimen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True)
class OwnDoses:
    """A product given in another ``amount`` (the regimen's unit) or on other ``days`` than the regimen's."""

    product: str
    amount: float | None = None
    days: tuple[int, ...] = ()
