"""States of the typical patient between health and active disease."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict

from lupercal.evidence.sources import DATA
from lupercal.files.checked import read_as


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    states: dict[str, tuple[float, float]]


@cache
def _ends() -> dict[str, tuple[float, float]]:
    return read_as(DATA / "start.yaml", _Table).states


def start_values(activity: float) -> dict[str, float]:
    """Return state values at ``activity`` between 0 (healthy) and 1 (active disease); states not named are 0."""
    return {name: healthy + activity * (active - healthy) for name, (healthy, active) in _ends().items()}
