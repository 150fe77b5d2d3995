"""Death, kidney failure, steroid reduction and repeated flares: what ends or changes a course in a trial."""

from __future__ import annotations

import numpy as np

from lupercal.trial.endpoints.flares import needs_treatment, quiet_so_far, relapses
from lupercal.trial.endpoints.measure import Array, Measure, Value, running, truth
from lupercal.trial.seen import SeenArm
from lupercal.visits.renal_flares import renal_flare_rule


def died(seen: SeenArm, day: float) -> Array:
    """Return the day of death of those who are still in the trial then, (N,); infinite for all others."""
    return np.asarray(np.where(seen.death < seen.left, seen.death, np.inf))


def _survives(seen: SeenArm, day: float) -> Array:
    return truth(seen.death > day)


def _without_relapse(seen: SeenArm, day: float) -> Array:
    """Return who lives without activity back in need of immunosuppression, (N,)."""
    return truth((seen.death > day) & ~(seen.first_day(relapses(seen)) <= day))


def _free_of_disease(seen: SeenArm, day: float) -> Array:
    """Return who lives, has responded, and has not relapsed, (N,): who never responded was not free of disease."""
    return truth((_without_relapse(seen, day) == 1) & quiet_so_far(seen)[seen.row(day)])


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
    first, row = np.full(seen.size, np.inf), np.zeros(seen.size)
    for now, when in zip(upcr[1:], seen.days[1:], strict=True):
        row = np.where(rule.comes_back(now, lowest), row + 1, 0)  # visits in a row: one alone is noise
        struck = at_risk & (row >= rule.visits) & (when <= day) & (when < seen.gone)
        first = np.where(struck & (count == 0), when, first)
        count += struck
        at_risk = (at_risk & ~struck) | rule.responds(now)
        lowest = np.where(struck, now, np.minimum(lowest, now))
    return count, first


def _rescued_for_the_kidney(seen: SeenArm, day: float) -> Array:
    """Return the first day with proteinuria back or worse at two visits that was answered outside the protocol."""
    upcr, rule = seen.columns["upcr"], renal_flare_rule("trials")
    lowest = np.minimum.accumulate(upcr, axis=0)
    worse = (upcr >= rule.flare_upcr) & (upcr >= rule.times * lowest)
    confirmed = running(worse, rule.visits)
    begins = confirmed.copy()
    begins[1:] &= ~confirmed[:-1]
    return seen.first_day(begins & seen.rescue)


def _failure_of_maintenance(seen: SeenArm, day: float) -> Array:
    """Return the first day of death, kidney failure, renal flare or rescue, (N,)."""
    events = (died(seen, day), _kidney_failed(seen, day), _renal_course(seen, day)[1], seen.rescued_on)
    return np.asarray(np.min(events, axis=0))


_HAZARD = "hazards of lupus cohorts (lupercal.model.mortality), fatal serious infections, deaths of procedures"
_STEROID = "Morand 2020, doi:10.1056/NEJMoa1912196; Navarra 2011, doi:10.1016/S0140-6736(10)61354-2"
_OWN = "as worded by the studies; the project's reading"
MEASURES = (
    Measure("death", "event", died, "death from any cause", _HAZARD, aliases=("death_10y", "time_to_death")),
    Measure("overall_survival", "state", _survives, "alive", _HAZARD, composite=False, lasting=True),
    Measure(
        "disease_free_survival",
        "state",
        _free_of_disease,
        "alive after a response, without activity back in need of immunosuppression",
        _HAZARD,
        composite=False,
        lasting=True,
    ),
    Measure(
        "progression_free_survival",
        "state",
        _without_relapse,
        "alive without activity back in need of immunosuppression",
        _HAZARD,
        aliases=("relapse_free_survival",),
        composite=False,
        lasting=True,
    ),
    Measure(
        "esrd",
        "event",
        _kidney_failed,
        "eGFR below 15 for 90 days",
        "KDIGO 2012",
        aliases=("esrd_10y", "chronic_renal_failure"),
    ),
    Measure(
        "pred_le_7_5",
        "state",
        _at_most(7.5),
        "prednisone of 7.5 mg/d or less",
        _STEROID,
        aliases=("prednisone_le_7_5",),
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
        aliases=("withdrawal_for_rescue",),
    ),
    Measure(
        "cyc_rescue",
        "event",
        _rescued_for_the_kidney,
        "proteinuria back or worse at two visits in a row, answered outside the protocol",
        _OWN,
    ),
    Measure(
        "relapses_total",
        "number",
        _relapses,
        "relapses per patient so far",
        _OWN,
        unit="{events}",
        composite=False,
        lasting=True,
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
        lasting=True,
    ),
)
