"""Blood: autoantibodies, complement, immunoglobulins and B cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lupercal.trial.endpoints.measure import Array, Measure, Value, column, truth
from lupercal.trial.seen import SeenArm
from lupercal.trial.settings import settings


def _raised(seen: SeenArm, day: float) -> Array:
    return truth(seen.at("anti_dsdna", day) > seen.at("anti_dsdna_uln", day))


def _negative(seen: SeenArm, day: float) -> Array:
    return 1.0 - _raised(seen, day)


def _normal(*names: str) -> Value:
    """Return whether complement components are not below their limits."""
    return lambda seen, day: truth(np.all([seen.at(n, day) >= seen.at(f"{n}_lln", day) for n in names], axis=0))


def depleted(seen: SeenArm, day: float) -> Array:
    """Return the first recorded day after day 0 with B cells below the limit of highly sensitive cytometry (N,)."""
    return _first(seen, seen.between["cd19"] < settings().b_cells.depleted_highly_sensitive)


def _below(limit: str) -> Value:
    return lambda seen, day: truth(_b_cells(seen, day) < getattr(settings().b_cells, limit))


def _ever_below(limit: str) -> Value:
    def value(seen: SeenArm, day: float) -> Array:
        cells = seen.between["cd19"]
        return truth(_first(seen, cells < getattr(settings().b_cells, limit)) <= day)

    return value


def _b_cells(seen: SeenArm, day: float) -> Array:
    return seen.at("cd19", day)


def _naive(seen: SeenArm, day: float) -> Array:
    """Return naive B cells in blood on the last recorded day up to a day, (N,)."""
    return np.asarray(seen.between["naive_b_cells"][np.searchsorted(seen.recorded, max(day, 0.0), side="right") - 1])


def _duration(seen: SeenArm, day: float) -> Array:
    """Return how many days up to a day B cells were below the limit, NaN where never (N,)."""
    limit = settings().b_cells.depleted_highly_sensitive
    steps = np.diff(seen.recorded, append=seen.recorded[-1:])
    within = (seen.recorded > 0) & (seen.recorded <= day)
    total = ((seen.between["cd19"] < limit) * (steps * within)[:, None]).sum(axis=0)
    return np.where(total > 0, total, np.nan)


def reappearance(seen: SeenArm, day: float) -> Array:
    """Return the first recorded day with B cells back above the threshold after depletion, infinite where none (N,)."""
    rule, cells = settings().b_cells, seen.between["cd19"]
    after = (seen.recorded > 0)[:, None]
    gone = np.logical_or.accumulate((cells < rule.depleted) & after, axis=0)
    return _first(seen, gone & (cells >= rule.reappeared))


def _first(seen: SeenArm, holds: NDArray[np.bool_]) -> Array:
    when = np.where(holds & (seen.recorded > 0)[:, None], seen.recorded[:, None], np.inf)
    return np.asarray(when.min(axis=0), np.float64)


_OWN = "as worded by the studies; thresholds in settings.yaml"
MEASURES = (
    Measure("anti_dsdna", "number", column("anti_dsdna"), "anti-dsDNA by immunoassay", _OWN, "[IU]/mL"),
    Measure("c3", "number", column("c3"), "complement C3", _OWN, "g/L"),
    Measure("c4", "number", column("c4"), "complement C4", _OWN, "g/L"),
    Measure("igg", "number", column("igg"), "total IgG", _OWN, "g/L"),
    Measure("hemoglobin", "number", column("hemoglobin"), "haemoglobin", _OWN, "g/dL"),
    *(
        Measure(name, "number", column(name), f"{name} in blood", _OWN, "10*9/L")
        for name in ("leukocytes", "neutrophils", "lymphocytes", "platelets")
    ),
    Measure("cd19", "number", _b_cells, "CD19+ B cells in blood", _OWN, "/uL", aliases=("b_cells",)),
    Measure("b_cells_naive", "number", _naive, "naive B cells in blood", _OWN, "/uL"),
    Measure("anti_dsdna_raised", "state", _raised, "anti-dsDNA above its limit", _OWN, composite=False),
    Measure(
        "autoantibodies_negative",
        "state",
        _negative,
        "anti-dsDNA not above its limit; other antibodies are not simulated",
        _OWN,
        aliases=("anti_dsdna_negative", "anti_dsdna_normalised"),
        composite=False,
    ),
    Measure(
        "complement_normal", "state", _normal("c3", "c4"), "C3 and C4 not below their limits", _OWN, composite=False
    ),
    Measure("c3_normalised", "state", _normal("c3"), "C3 not below its limit", _OWN, composite=False),
    Measure("c4_normalised", "state", _normal("c4"), "C4 not below its limit", _OWN, composite=False),
    Measure(
        "b_cell_below_0_441_per_ul",
        "state",
        _below("depleted_highly_sensitive"),
        "B cells below 0.441/uL",
        _OWN,
        composite=False,
    ),
    Measure(
        "b_cell_depleted_cd19",
        "state",
        _ever_below("depleted"),
        "B cells below 5/uL at any time so far",
        _OWN,
        aliases=("b_cell_depletion_complete",),
        composite=False,
    ),
    Measure(
        "complete_depletion_0_per_ul",
        "state",
        _ever_below("depleted_highly_sensitive"),
        "B cells below 0.441/uL at any time so far",
        _OWN,
        composite=False,
    ),
    Measure("time_to_complete_depletion", "event", depleted, "first day with B cells below 0.441/uL", _OWN),
    Measure(
        "duration_of_complete_depletion",
        "number",
        _duration,
        "days with B cells below 0.441/uL, of those with any",
        _OWN,
        "d",
    ),
    Measure(
        "b_cell_reappearance",
        "event",
        reappearance,
        "first day with B cells of 5/uL or more after depletion",
        _OWN,
        aliases=("b_cell_recovery",),
    ),
)
