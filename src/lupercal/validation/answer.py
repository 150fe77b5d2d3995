"""From one value per virtual patient to the statistic a study prints: shares, means, medians, rates, ratios."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.units import UnitError, convert
from lupercal.patient.variables import variables
from lupercal.trial.seen import SeenArm
from lupercal.validation.asked import CONTRASTS, Asked, NotSimulatedError, asked_about, day_of
from lupercal.validation.rates import COUNTED, comes_again, events_counted, events_of, is_rate, rate_of, ratio_of_rates

Array = NDArray[np.float64]


def answer(asked: Asked, seen: SeenArm, versus: SeenArm | None) -> float:
    """Return the statistic of a row, in the row's unit.

    Raises
    ------
    NotSimulatedError
        If the statistic, the unit or the subgroup has no meaning here.
    """
    if asked.row.item:
        raise NotSimulatedError("a part of a figure with several parts is not simulated")
    if asked.row.statistic not in CONTRASTS:
        return _alone(asked, seen)
    if versus is None:
        raise NotSimulatedError("it does not say with which arm it is compared (versus)")
    return _contrast(asked, seen, versus)


def _alone(asked: Asked, seen: SeenArm) -> float:
    statistic, day = asked.row.statistic, day_of(asked, seen)
    if statistic == "count" and asked.measure.kind == "number":
        return _repeated(asked, seen, day)
    if statistic == "count" and asked.measure.count is not None and asked.row.unit != "{patients}":
        return events_of(asked, seen)
    if statistic in ("share", "count"):
        return _share_or_count(asked, share_of(asked, seen, day))
    if statistic == "rate":
        return rate_of(asked, seen)
    values = numbers_of(asked, seen, day)
    if not len(values):
        raise NotSimulatedError("no virtual patient has a value")
    return float(_SUMMARIES[statistic](values)) * unit_factor(asked)


def _repeated(asked: Asked, seen: SeenArm, day: float) -> float:
    """Return how often something happened in an arm of the study's size, events of all patients together."""
    size, values = asked.row.n or asked.arm_size, numbers_of(asked, seen, day)
    if asked.row.unit != asked.measure.unit or not size or not len(values):
        raise NotSimulatedError("so many events of an arm of unknown size")
    return float(values.mean()) * size


def events_of_each(asked: Asked, seen: SeenArm) -> Array:
    """Return how often what a count of events counts has happened to each virtual patient."""
    if asked.measure.kind == "number":
        return numbers_of(asked, seen, day_of(asked, seen))
    return events_counted(asked, seen)


def _share_or_count(asked: Asked, share: float) -> float:
    if asked.row.statistic == "share":
        return 100.0 * share
    size = asked.row.n or asked.arm_size
    if asked.row.unit != "{patients}" or not size:
        raise NotSimulatedError("counts of anything but patients are not simulated")
    return share * size


def share_of(asked: Asked, seen: SeenArm, day: float) -> float:
    """Return the share of patients of a row for whom the end point is true (a state) or has come (an event)."""
    values = _seen_states(asked, seen, day)
    if not len(values):
        raise NotSimulatedError("no virtual patient of the subgroup")
    return float(values.mean())


def patients_behind(asked: Asked, seen: SeenArm) -> int:
    """Return how many virtual patients a share or a count of patients is of."""
    return len(_seen_states(asked, seen, day_of(asked, seen)))


def _seen_states(asked: Asked, seen: SeenArm, day: float) -> Array:
    values, inside = states(asked, seen, day), asked_about(asked, seen, day)
    return np.asarray(values[inside & ~np.isnan(values)])


def states(asked: Asked, seen: SeenArm, day: float) -> Array:
    """Return 1, 0 or NaN for each patient (N,)."""
    measure = asked.measure
    if measure.kind == "number":
        raise NotSimulatedError("a share of a level needs an end point with a threshold, such as upcr_lt_0_5")
    if measure.kind == "event":
        return (measure.value(seen, day) <= day).astype(float)
    if asked.row.window == "up_to" and not measure.lasting:
        return _ever(asked, seen, day)
    reached = measure.value(seen, day)
    failed = seen.failed[seen.row(day)] & measure.composite
    return np.where(failed & ~np.isnan(reached), 0.0, reached)


def _ever(asked: Asked, seen: SeenArm, day: float) -> Array:
    """Return whether a state has been true at any visit up to a day (N,), NaN where it has no value at any."""
    days = [float(one) for one in seen.days[1:] if one <= day] or [day]
    by_day = [states(Asked(asked.measure, replace(asked.row, window="at"), asked.arm_size), seen, one) for one in days]
    return np.where(np.isnan(by_day).all(axis=0), np.nan, np.nanmax(np.nan_to_num(by_day, nan=-1.0), axis=0))


def numbers_of(asked: Asked, seen: SeenArm, day: float) -> Array:
    """Return the values that a mean or median is taken of, without those who have none."""
    measure, inside = asked.measure, asked_about(asked, seen, day)
    if measure.kind == "state":
        raise NotSimulatedError("an end point that is true or false at a visit has no mean; a share may be meant")
    if measure.kind == "number" and asked.row.window == "up_to" and not measure.lasting:
        raise NotSimulatedError("a number of a time up to a visit, not at one, has no meaning here")
    now = measure.value(seen, day)
    if measure.kind == "event":
        inside &= np.isfinite(now) if asked.row.statistic == "mean" else ~np.isnan(now)
        return np.asarray(now[inside])
    if day > 0:
        inside &= seen.gone > day
    values = _changed(asked, seen, now)
    return np.asarray(values[inside & ~np.isnan(values)])


def _changed(asked: Asked, seen: SeenArm, now: Array) -> Array:
    row = asked.row
    if row.subgroup == "change from baseline" or "change" in row.statistic or _in_percent(asked):
        then = asked.measure.value(seen, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(then > 0, 100 * (now / then - 1), np.nan) if _in_percent(asked) else now - then
    return now


def _in_percent(asked: Asked) -> bool:
    """Return whether a figure is of changes in per cent; a difference of numbers in per cent is one of such changes."""
    row = asked.row
    return "percent" in row.statistic or (row.statistic == "difference" and row.unit == "%" != asked.measure.unit)


_SUMMARIES: Mapping[str, Callable[[Array], float]] = {
    "mean": lambda x: float(np.mean(x)),
    "mean_change": lambda x: float(np.mean(x)),
    "percent_change": lambda x: float(np.mean(x)),
    "median": lambda x: float(np.median(x)),
    "single": lambda x: float(np.median(x)),
    "median_percent_change": lambda x: float(np.median(x)),
}


def unit_factor(asked: Asked) -> float:
    """Return the factor from the end point's unit to the row's; 1 for percentages and scores."""
    row, unit = asked.row, "d" if asked.measure.kind == "event" else asked.measure.unit
    if _in_percent(asked) or unit == row.unit or (COUNTED.fullmatch(row.unit) and (unit == "1" or "{" in unit)):
        return 1.0
    if {unit.replace("/{1.73_m2}", ""), row.unit} <= {"mL/min", "mL/min/{1.73_m2}", "mL/min/a"}:
        return 1.0
    try:
        factor = convert(1.0, unit, row.unit, _substance(asked))
    except UnitError as error:
        raise NotSimulatedError(f"{unit} of the simulation does not convert to {row.unit}") from error
    if "%" in row.unit:
        raise NotSimulatedError(f"{unit} of the simulation is no number in per cent")
    return factor


def _substance(asked: Asked) -> str | None:
    """Return what a level is of, as its variable says, such as creatinine for UPCR in mg/mmol; None where none is."""
    variable = variables().get(asked.measure.name)
    return None if variable is None else variable.substance


def _contrast(asked: Asked, seen: SeenArm, versus: SeenArm) -> float:
    statistic = asked.row.statistic
    if asked.measure.kind == "number":
        return _contrast_of_numbers(asked, seen, versus)
    if statistic == "hazard_ratio":
        return cumulative_hazard(asked, seen) / cumulative_hazard(asked, versus)
    if statistic == "rate_ratio" and comes_again(asked):
        return ratio_of_rates(asked, seen, versus)
    if statistic == "difference" and is_rate(asked.row.unit):
        return rate_of(asked, seen) - rate_of(asked, versus)
    return _contrast_of_shares(asked, seen, versus)


def _contrast_of_shares(asked: Asked, seen: SeenArm, versus: SeenArm) -> float:
    statistic = asked.row.statistic
    first, other = (softened_share(asked, arm) for arm in (seen, versus))
    if statistic == "odds_ratio":
        return first / (1 - first) / (other / (1 - other))
    if statistic in ("risk_ratio", "rate_ratio"):
        return first / other
    if statistic == "relative_reduction":
        return 100 * (1 - first / other)
    if statistic == "difference" and asked.row.unit == "%":
        return 100 * (first - other)
    raise NotSimulatedError(f"the {statistic.replace('_', ' ')} of a share in {asked.row.unit}")


def _contrast_of_numbers(asked: Asked, seen: SeenArm, versus: SeenArm) -> float:
    first, other = (numbers_of(asked, arm, day_of(asked, arm)) for arm in (seen, versus))
    if not (len(first) and len(other)):
        raise NotSimulatedError("no virtual patient has a value")
    if asked.row.statistic == "difference":
        return float(first.mean() - other.mean()) * unit_factor(asked)
    if asked.row.statistic == "geometric_mean_ratio":
        return float(np.exp(np.log(np.maximum(first, 1e-9)).mean() - np.log(np.maximum(other, 1e-9)).mean()))
    if asked.row.statistic == "relative_reduction":
        return float(100 * (1 - first.mean() / other.mean()))
    raise NotSimulatedError(f"the {asked.row.statistic.replace('_', ' ')} of a number")


def softened_share(asked: Asked, seen: SeenArm) -> float:
    """Return a share kept off 0 and 1 by half a patient, so that ratios exist."""
    share, size = share_of(asked, seen, day_of(asked, seen)), int(asked_about(asked, seen, day_of(asked, seen)).sum())
    return float((share * size + 0.5) / (size + 1))


def cumulative_hazard(asked: Asked, seen: SeenArm) -> float:
    """Return the cumulative hazard of the end point to the day of the row (Nelson-Aalen), drop-outs censored.

    Half an event is added, so that a ratio exists. With proportional hazards the ratio of two of them is the hazard
    ratio.
    """
    day = day_of(asked, seen)
    if asked.measure.kind != "event":
        return float(-np.log1p(-softened_share(asked, seen)))
    inside = asked_about(asked, seen, day)
    first, left = asked.measure.value(seen, day)[inside], np.minimum(seen.gone[inside], day)
    times = np.unique(first[first <= left])
    at_risk = [((first >= t) & (left >= t)).sum() for t in times]
    events = [((first == t) & (left >= t)).sum() for t in times]
    return float(sum(d / n for d, n in zip(events, at_risk, strict=True)) + 0.5 / max(int(inside.sum()), 1))
