"""From one value per virtual patient to the statistic a study prints: shares, means, medians, rates, ratios."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.study_records import RATIOS, Row
from lupercal.evidence.units import UnitError, convert
from lupercal.trial.endpoints.measure import Measure
from lupercal.trial.endpoints.subgroups import members
from lupercal.trial.seen import SeenArm
from lupercal.validation.as_trial import row_day

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
CONTRASTS = (*RATIOS, "relative_reduction", "difference")


class NotSimulatedError(Exception):
    """A figure that virtual trials give no number for; the text is the reason."""


@final
@dataclass(frozen=True, slots=True)
class Asked:
    """One figure of a study as a question to a simulated arm: end point, statistic, day, subgroup."""

    measure: Measure
    row: Row
    arm_size: int | None


def answer(asked: Asked, seen: SeenArm, versus: SeenArm | None) -> float:
    """Return the statistic of a row, in the row's unit.

    Raises
    ------
    NotSimulatedError
        If the statistic, the unit or the subgroup has no meaning here.
    """
    row = asked.row
    if row.statistic in CONTRASTS:
        if versus is None:
            raise NotSimulatedError("the arm it is compared with is not simulated")
        return _contrast(asked, seen, versus)
    return _alone(asked, seen)


def _members(asked: Asked, seen: SeenArm, day: float) -> Bools:
    inside = members(asked.row.subgroup, seen, asked.row.measure, day)
    if inside is None:
        raise NotSimulatedError(f"the subgroup '{asked.row.subgroup}' cannot be told from simulated visits")
    among = asked.measure.among
    return inside & seen.usable & (True if among is None else among(seen, day))


def _day(asked: Asked, seen: SeenArm) -> float:
    return row_day(asked.row, seen.trial)


def _alone(asked: Asked, seen: SeenArm) -> float:
    statistic, day = asked.row.statistic, _day(asked, seen)
    if asked.row.item:
        raise NotSimulatedError("a part of a figure with several parts is not simulated")
    if statistic == "count" and asked.measure.kind == "number":
        return _repeated(asked, seen, day)
    if statistic in ("share", "count"):
        return _share_or_count(asked, share_of(asked, seen, day))
    if statistic == "rate":
        return _rate(asked, seen)
    values = _numbers(asked, seen, day)
    if not len(values):
        raise NotSimulatedError("no virtual patient has a value")
    return float(_SUMMARIES[statistic](values)) * _unit(asked)


def _repeated(asked: Asked, seen: SeenArm, day: float) -> float:
    """Return how often something happened in an arm of the study's size, events of all patients together."""
    size, values = asked.row.n or asked.arm_size, _numbers(asked, seen, day)
    if asked.row.unit != asked.measure.unit or not size or not len(values):
        raise NotSimulatedError("so many events of an arm of unknown size")
    return float(values.mean()) * size


def _share_or_count(asked: Asked, share: float) -> float:
    if asked.row.statistic == "share":
        return 100.0 * share
    size = asked.row.n or asked.arm_size
    if asked.row.unit != "{patients}" or not size:
        raise NotSimulatedError("counts of anything but patients are not simulated")
    return share * size


def share_of(asked: Asked, seen: SeenArm, day: float) -> float:
    """Return the share of patients of a row for whom the end point is true (a state) or has come (an event)."""
    values, inside = states(asked, seen, day), _members(asked, seen, day)
    seen_values = inside & ~np.isnan(values)
    if not seen_values.any():
        raise NotSimulatedError("no virtual patient of the subgroup")
    return float(values[seen_values].mean())


def states(asked: Asked, seen: SeenArm, day: float) -> Array:
    """Return 1, 0 or NaN for each patient (N,)."""
    measure = asked.measure
    if measure.kind == "number":
        raise NotSimulatedError("a share of a number has no threshold here")
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


def _numbers(asked: Asked, seen: SeenArm, day: float) -> Array:
    """Return the values that a mean or median is taken of, without those who have none."""
    measure, inside = asked.measure, _members(asked, seen, day)
    if measure.kind == "state":
        raise NotSimulatedError("a state has no mean")
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
    statistic = asked.row.statistic
    if asked.row.subgroup == "change from baseline" or "change" in statistic:
        then = asked.measure.value(seen, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(then > 0, 100 * (now / then - 1), np.nan) if "percent" in statistic else now - then
    return now


_SUMMARIES: Mapping[str, Callable[[Array], float]] = {
    "mean": lambda x: float(np.mean(x)),
    "mean_change": lambda x: float(np.mean(x)),
    "percent_change": lambda x: float(np.mean(x)),
    "median": lambda x: float(np.median(x)),
    "single": lambda x: float(np.median(x)),
    "median_percent_change": lambda x: float(np.median(x)),
}


def _unit(asked: Asked) -> float:
    """Return the factor from the end point's unit to the row's; 1 for percentages and scores."""
    row, unit = asked.row, "d" if asked.measure.kind == "event" else asked.measure.unit
    if "percent" in row.statistic or row.unit.startswith("{") or unit == row.unit:
        return 1.0
    if {unit.replace("/{1.73_m2}", ""), row.unit} <= {"mL/min", "mL/min/{1.73_m2}", "mL/min/a"}:
        return 1.0
    try:
        return convert(1.0, unit, row.unit)
    except UnitError as error:
        raise NotSimulatedError(f"{unit} of the simulation does not convert to {row.unit}") from error


def _rate(asked: Asked, seen: SeenArm) -> float:
    """Return events per 100 patient-years in the trial; first ones where an end point does not say how often."""
    if asked.measure.kind != "event":
        raise NotSimulatedError("a rate of something that is no event")
    day = _day(asked, seen)
    inside, first = _members(asked, seen, day), asked.measure.value(seen, day)
    if asked.measure.count is not None:
        years = np.minimum(seen.gone, day)[inside].sum() / 365.25
        return float(100 * asked.measure.count(seen, day)[inside].sum() / years)
    time = np.minimum(np.minimum(first, seen.gone), day)[inside].sum() / 365.25
    return float(100 * (first[inside] <= day).sum() / time)


def _contrast(asked: Asked, seen: SeenArm, versus: SeenArm) -> float:
    statistic = asked.row.statistic
    if asked.measure.kind == "number":
        return _contrast_of_numbers(asked, seen, versus)
    if statistic == "hazard_ratio":
        return cumulative_hazard(asked, seen) / cumulative_hazard(asked, versus)
    first, other = (_softened(asked, arm) for arm in (seen, versus))
    if statistic == "odds_ratio":
        return first / (1 - first) / (other / (1 - other))
    if statistic in ("risk_ratio", "rate_ratio"):
        return first / other
    if statistic == "relative_reduction":
        return 100 * (1 - first / other)
    return 100 * (first - other)


def _contrast_of_numbers(asked: Asked, seen: SeenArm, versus: SeenArm) -> float:
    first, other = (_numbers(asked, arm, _day(asked, arm)) for arm in (seen, versus))
    if not (len(first) and len(other)):
        raise NotSimulatedError("no virtual patient has a value")
    if asked.row.statistic == "difference":
        return float(first.mean() - other.mean()) * _unit(asked)
    if asked.row.statistic == "geometric_mean_ratio":
        return float(np.exp(np.log(np.maximum(first, 1e-9)).mean() - np.log(np.maximum(other, 1e-9)).mean()))
    if asked.row.statistic == "relative_reduction":
        return float(100 * (1 - first.mean() / other.mean()))
    raise NotSimulatedError(f"{asked.row.statistic} of a number")


def _softened(asked: Asked, seen: SeenArm) -> float:
    """Return a share kept off 0 and 1 by half a patient, so that ratios exist."""
    share, size = share_of(asked, seen, _day(asked, seen)), int(_members(asked, seen, _day(asked, seen)).sum())
    return float((share * size + 0.5) / (size + 1))


def cumulative_hazard(asked: Asked, seen: SeenArm) -> float:
    """Return the cumulative hazard of the end point to the day of the row (Nelson-Aalen), drop-outs censored.

    Half an event is added, so that a ratio exists. With proportional hazards the ratio of two of them is the hazard
    ratio.
    """
    day = _day(asked, seen)
    if asked.measure.kind != "event":
        return float(-np.log1p(-_softened(asked, seen)))
    inside = _members(asked, seen, day)
    first, left = asked.measure.value(seen, day)[inside], np.minimum(seen.gone[inside], day)
    times = np.unique(first[first <= left])
    at_risk = [((first >= t) & (left >= t)).sum() for t in times]
    events = [((first == t) & (left >= t)).sum() for t in times]
    return float(sum(d / n for d, n in zip(events, at_risk, strict=True)) + 0.5 / max(int(inside.sum()), 1))


def sampling_error(asked: Asked, seen: SeenArm, versus: SeenArm | None, sizes: tuple[int | None, int | None]) -> float:
    """Return the standard error that a study of this size would have, from how much virtual patients differ.

    Parameters
    ----------
    asked, seen, versus
        As for `answer`.
    sizes
        Patients of the study in the arm and in the one it is compared with; None where not known.

    The error is in the unit of the row, of the logarithm for ratios; NaN where the size is not known or where shares
    and counts of patients have the binomial distribution instead.
    """
    n, statistic = sizes[0], asked.row.statistic
    if statistic in ("share", "count") or not n:
        return np.nan
    if statistic == "rate":
        return float(np.sqrt(100 * _rate(asked, seen) / (n * _day(asked, seen) / 365.25)))  # Poisson
    if statistic not in CONTRASTS:
        return _standard_error(_numbers(asked, seen, _day(asked, seen)), n, statistic) * _unit(asked)
    if versus is None or not sizes[1]:
        return np.nan
    if asked.measure.kind == "number":
        return _error_of_numbers(asked, (seen, versus), (n, sizes[1]))
    return _error_of_shares(asked, (seen, versus), (n, sizes[1]))


def _standard_error(values: Array, n: int, statistic: str) -> float:
    if "mean" in statistic or statistic == "percent_change":
        return float(values.std() / np.sqrt(n))
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], method="inverted_cdf")
    width = high - low if np.isfinite(high) else 2 * (middle - low)
    return float(1.2533 * width / 1.349 / np.sqrt(n))  # of a median, for values about normal in the middle


def _error_of_numbers(asked: Asked, arms: tuple[SeenArm, SeenArm], sizes: tuple[int, int]) -> float:
    values = [_numbers(asked, arm, _day(asked, arm)) for arm in arms]
    if asked.row.statistic == "geometric_mean_ratio":
        values = [np.log(np.maximum(each, 1e-9)) for each in values]
    parts = [each.var() / n for each, n in zip(values, sizes, strict=True)]
    if asked.row.statistic == "relative_reduction":
        first, other = (each.mean() for each in values)
        return float(100 * first / other * np.sqrt(parts[0] / first**2 + parts[1] / other**2))
    return float(np.sqrt(sum(parts)))


def _error_of_shares(asked: Asked, arms: tuple[SeenArm, SeenArm], sizes: tuple[int, int]) -> float:
    shares = [_softened(asked, arm) for arm in arms]
    pairs = list(zip(shares, sizes, strict=True))
    statistic = asked.row.statistic
    if statistic == "difference":
        return float(100 * np.sqrt(sum(p * (1 - p) / n for p, n in pairs)))
    if statistic == "odds_ratio":
        return float(np.sqrt(sum(1 / (n * p * (1 - p)) for p, n in pairs)))
    if statistic == "hazard_ratio":
        return float(np.sqrt(sum(1 / (n * p) for p, n in pairs)))
    error = float(np.sqrt(sum((1 - p) / (n * p) for p, n in pairs)))
    return 100 * shares[0] / shares[1] * error if statistic == "relative_reduction" else error
