"""Death, kidney failure, steroid reduction and repeated flares: what ends or changes a course in a trial."""

from __future__ import annotations

import numpy as np

from lupercal.trial.endpoints.flares import needs_treatment
from lupercal.trial.endpoints.measure import Array, Measure, Value, truth
from lupercal.trial.seen import SeenArm
from lupercal.visits.renal_flares import renal_flare_rule


def _died(seen: SeenArm, day: float) -> Array:
    return np.asarray(np.where(seen.death < seen.left, seen.death, np.inf))


def _survives(seen: SeenArm, day: float) -> Array:
    return truth(seen.death > day)


def _free_of_disease(seen: SeenArm, day: float) -> Array:
    """Return who lives without activity in need of immunosuppression so far."""
    return truth((seen.death > day) & ~(seen.first_day(needs_treatment(seen)) <= day))


def _kidney_failed(seen: SeenArm, day: float) -> Array:
    return np.asarray(np.where(np.isneginf(seen.kidney_failed), np.inf, seen.kidney_failed))


def _at_most(limit: float) -> Value:
    return lambda seen, day: truth(seen.at("prednisone", day) <= limit)


def _reduced(share: float, limit: float, above: float) -> Value:
    """Return whose prednisone has fallen by a share to a limit, of those above a dose at baseline; NaN for others."""

    def value(seen: SeenArm, day: float) -> Array:
        now, then = seen.at("prednisone", day), seen.baseline("prednisone")
        return np.where(then > above, truth((now <= limit) & (now <= (1 - share) * then)), np.nan)

    return value


def _crossed(above: bool, limit: float) -> Value:
    """Return whose prednisone has crossed a limit, of those on the other side of it at baseline; NaN for others."""

    def value(seen: SeenArm, day: float) -> Array:
        now, then = seen.at("prednisone", day) > limit, seen.baseline("prednisone") > limit
        return np.where(then == above, np.nan, truth(now == above))

    return value


def _without_suppression(seen: SeenArm, day: float) -> Array:
    return truth(seen.at("on_immunosuppressant", day) == 0)


def _untreated(seen: SeenArm, day: float) -> Array:
    return truth((seen.at("on_immunosuppressant", day) == 0) & (seen.at("prednisone", day) == 0))


def _relapses(seen: SeenArm, day: float) -> Array:
    """Return how often activity in need of immunosuppression came back after a visit without it, (N,)."""
    active = needs_treatment(seen)
    begins = active.copy()
    begins[1:] &= ~active[:-1]
    quiet = np.logical_or.accumulate(seen.column("clinical_sledai") == 0, axis=0)
    upto = (seen.days <= day)[:, None]
    return np.asarray((begins & quiet & upto).sum(axis=0), np.float64)


def _renal_flares(seen: SeenArm, day: float) -> Array:
    return _renal_course(seen, day)[0]


def _renal_course(seen: SeenArm, day: float) -> tuple[Array, Array]:
    """Return the number of renal flares up to a day and the day of the first, (N,); each needs a response before it."""
    upcr, rule = seen.columns["upcr"], renal_flare_rule("trials")
    lowest, at_risk, count = upcr[0], rule.responds(upcr[0]), np.zeros(seen.size)
    first = np.full(seen.size, np.inf)
    for now, when in zip(upcr[1:], seen.days[1:], strict=True):
        struck = at_risk & rule.comes_back(now, lowest) & (when <= day)
        first = np.where(struck & (count == 0), when, first)
        count += struck
        at_risk = (at_risk & ~struck) | rule.responds(now)
        lowest = np.where(struck, now, np.minimum(lowest, now))
    return count, first


def _failure_of_maintenance(seen: SeenArm, day: float) -> Array:
    """Return the first day of death, kidney failure, renal flare or rescue, (N,)."""
    events = (_died(seen, day), _kidney_failed(seen, day), _renal_course(seen, day)[1], seen.rescued_on)
    return np.asarray(np.min(events, axis=0))


_HAZARD = "hazards of lupus cohorts (lupercal.model.mortality) and fatal serious infections; none of procedures"
_STEROID = "Morand 2020, doi:10.1056/NEJMoa1912196; Navarra 2011, doi:10.1016/S0140-6736(10)61354-2"
_OWN = "as worded by the studies; the project's reading"
MEASURES = (
    Measure("death", "event", _died, "death from any cause", _HAZARD, aliases=("death_10y",)),
    Measure("overall_survival", "state", _survives, "alive", _HAZARD, composite=False),
    Measure(
        "disease_free_survival",
        "state",
        _free_of_disease,
        "alive without activity in need of immunosuppression so far",
        _HAZARD,
        aliases=("progression_free_survival",),
        composite=False,
    ),
    Measure("esrd", "event", _kidney_failed, "eGFR below 15 for 90 days", "KDIGO 2012", aliases=("esrd_10y",)),
    Measure(
        "pred_le_7_5",
        "state",
        _at_most(7.5),
        "prednisone of 7.5 mg/d or less",
        _STEROID,
        composite=False,
        needs_care=True,
    ),
    Measure(
        "gc_le7_5_wk24_52",
        "state",
        _at_most(7.5),
        "prednisone of 7.5 mg/d or less",
        _STEROID,
        composite=False,
        needs_care=True,
    ),
    Measure(
        "gc_reduction_25",
        "state",
        _reduced(0.25, 7.5, 7.5),
        "prednisone down by a quarter to 7.5 mg/d or less, of those above it at baseline",
        _STEROID,
        composite=False,
        needs_care=True,
    ),
    Measure(
        "pred_gt7_5_to_le7_5",
        "state",
        _crossed(False, 7.5),
        "prednisone of 7.5 mg/d or less, of those above it at baseline",
        _STEROID,
        composite=False,
        needs_care=True,
    ),
    Measure(
        "pred_le7_5_to_gt7_5",
        "state",
        _crossed(True, 7.5),
        "prednisone above 7.5 mg/d, of those at it or below at baseline",
        _STEROID,
        composite=False,
        needs_care=True,
    ),
    Measure(
        "off_immunosuppression",
        "state",
        _without_suppression,
        "no immunosuppressant at a visit",
        _OWN,
        composite=False,
        needs_care=True,
    ),
    Measure(
        "immunosuppressants_stopped",
        "state",
        _untreated,
        "neither immunosuppressant nor prednisone at a visit",
        _OWN,
        composite=False,
        needs_care=True,
    ),
    Measure(
        "treatment_failure",
        "event",
        _failure_of_maintenance,
        "death, kidney failure, renal flare or rescue medication",
        "Dooley 2011, doi:10.1056/NEJMoa1014460",
    ),
    Measure(
        "rescue",
        "event",
        lambda seen, day: seen.rescued_on,
        "medication outside the protocol",
        _OWN,
        aliases=("cyc_rescue", "withdrawal_for_rescue"),
    ),
    Measure(
        "relapses_total", "number", _relapses, "relapses per patient so far", _OWN, unit="{events}", composite=False
    ),
    Measure(
        "renal_flare_count",
        "number",
        _renal_flares,
        "renal flares per patient so far",
        _OWN,
        unit="{flares}",
        aliases=("renal_flare_count_10y",),
        composite=False,
    ),
)
