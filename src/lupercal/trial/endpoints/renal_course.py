"""Renal end points about a course rather than one visit: kept remission, good outcome, thresholds of proteinuria."""

from __future__ import annotations

import numpy as np

from lupercal.trial.endpoints.kidney import Bools, holds_by_study, renal_flare, rules
from lupercal.trial.endpoints.measure import Array, Measure, Value, first_of, truth
from lupercal.trial.seen import SeenArm

_KEPT_DAYS = 168.0
_ADEQUATE = 0.7  # g/g, AURORA 2


def _below(limit: float) -> Value:
    return lambda seen, day: truth(seen.at("upcr", day) < limit)


def _fallen(share: float) -> Value:
    return lambda seen, day: truth(seen.at("upcr", day) <= (1 - share) * seen.baseline("upcr"))


def _complete(seen: SeenArm) -> Bools:
    holds = holds_by_study("crr", seen).copy()
    holds[0] = False
    return holds


def _any_response(seen: SeenArm) -> Bools:
    holds = holds_by_study("renal_remission", seen).copy()
    holds[0] = False
    return holds


def _sustained(seen: SeenArm, day: float) -> Array:
    """Return whether a complete renal response has held at every visit of the last half year before a day."""
    inside = (seen.days <= day + 0.75) & (seen.days > day - _KEPT_DAYS - 1)
    return truth(np.asarray(_complete(seen)[inside].all(axis=0)))


def _good(seen: SeenArm, day: float) -> Array:
    """Return an adequate response at the visit without a renal flare so far."""
    flared = np.asarray(renal_flare(seen, day) <= day)
    return truth(np.asarray(seen.at("upcr", day) <= _ADEQUATE) & ~flared)


_OWN = "as worded by the studies; the project's reading"
_KDIGO = "doi:10.1016/j.kint.2023.09.002"
MEASURES = (
    Measure("upcr_lt_0_8", "state", _below(0.8), "UPCR below 0.8 g/g at the visit", _OWN,
            aliases=("upcr_lt0_8", "upcr_below_0_8", "proteinuria_lt_0_8")),
    Measure("upcr_lt_0_5", "state", _below(0.5), "UPCR below 0.5 g/g at the visit", _OWN,
            aliases=("upcr_lt0_5", "upcr_below_0_5", "proteinuria_lt_0_5")),
    Measure("upcr_lt_0_7", "state", _below(0.7), "UPCR below 0.7 g/g at the visit", _OWN, aliases=("upcr_le_0_7",)),
    Measure("upcr_down_50", "state", _fallen(0.5), "UPCR down by half or more since baseline", _OWN,
            aliases=("proteinuria_down_50",)),
    Measure("upcr_down_25", "state", _fallen(0.25), "UPCR down by a quarter or more since baseline", _OWN),
    Measure("time_to_renal_remission", "event", first_of(_any_response), "first visit with a renal response",
            _KDIGO, aliases=("time_to_renal_response",)),
    Measure("time_to_complete_renal_response", "event", first_of(_complete), "first visit with a complete response",
            _KDIGO, aliases=("crr_ever", "time_to_crr")),
    Measure("sustained_renal_remission", "state", _sustained,
            "a complete renal response at every visit of the last 168 days", _KDIGO,
            aliases=("sustained_crr", "sustained_renal_response")),
    Measure("good_renal_outcome", "state", _good, "UPCR at most 0.7 g/g without a renal flare so far",
            "AURORA 2, doi:10.1002/art.42657"),
)  # fmt: skip

RENAL_RESPONSES = frozenset(
    {*rules()["measures"], "time_to_complete_renal_response", "time_to_renal_remission", "sustained_renal_remission",
     "good_renal_outcome"}
)  # fmt: skip
"""End points that only somebody with nephritis can reach, by name."""
