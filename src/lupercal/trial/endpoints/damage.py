"""Lasting damage: what the model expects of the SLICC/ACR damage index."""

from __future__ import annotations

import numpy as np

from lupercal.trial.endpoints.measure import Array, Measure
from lupercal.trial.seen import SeenArm


def _gained(seen: SeenArm, day: float) -> Array:
    """Return the items expected to come from day 0 to a day, (N,)."""
    inside = np.flatnonzero((seen.recorded >= 0) & (seen.recorded <= max(day, 0.0)))
    items = seen.between["damage"]
    return np.asarray(items[inside[-1]] - items[inside[0]], np.float64)


def _per_year(seen: SeenArm, day: float) -> Array:
    return _gained(seen, day) / (max(day, 1.0) / 365.25)


def _chance_of_any(seen: SeenArm, day: float) -> Array:
    """Return the probability of a new item: they come at random with the expected number."""
    return np.asarray(-np.expm1(-_gained(seen, day)), np.float64)


_OWN = "the model's expected damage; items come at random at its rate (Poisson)"
MEASURES = (
    Measure("sdi_change", "number", _gained, "items of damage gained since baseline", _OWN, "{score}",
            aliases=("sdi_gained", "damage_accrual")),
    Measure("sdi_per_year", "number", _per_year, "items of damage gained a year since baseline", _OWN, "{score}/a",
            aliases=("sdi_slope",)),
    Measure("new_damage", "state", _chance_of_any, "a new item of damage since baseline", _OWN, composite=False,
            aliases=("sdi_increase", "damage_progression"), count=_gained),
)  # fmt: skip
