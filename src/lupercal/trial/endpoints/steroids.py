"""Prednisone: the dose at a visit, and who is at or below a limit; told only where somebody decides on it."""

from __future__ import annotations

from lupercal.trial.endpoints.measure import Array, Measure, Value, column, truth
from lupercal.trial.seen import SeenArm


def _at_most(limit: float) -> Value:
    return lambda seen, day: truth(seen.at("prednisone", day) <= limit)


def _stopped(seen: SeenArm, day: float) -> Array:
    return truth(seen.at("prednisone", day) == 0)


_OWN = "as worded by the studies; the project's reading"
MEASURES = (
    Measure("prednisone", "number", column("prednisone"), "prednisone or its equivalent at the visit", _OWN, "mg/d",
            aliases=("glucocorticoid_dose",), needs_care=True),
    Measure("pred_le_5", "state", _at_most(5.0), "prednisone of 5 mg/d or less", _OWN,
            aliases=("prednisone_le_5",), composite=False, needs_care=True),
    Measure("pred_le_10", "state", _at_most(10.0), "prednisone of 10 mg/d or less", _OWN,
            aliases=("prednisone_le_10",), composite=False, needs_care=True),
    Measure("prednisone_stopped", "state", _stopped, "no prednisone at the visit", _OWN,
            aliases=("pred_stopped", "steroid_free"), composite=False, needs_care=True),
)  # fmt: skip
