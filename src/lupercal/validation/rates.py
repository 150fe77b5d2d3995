"""Rates and counts of events that may come again, in the unit of a figure."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.units import UnitError, convert
from lupercal.trial.seen import SeenArm
from lupercal.validation.asked import Asked, NotSimulatedError, asked_about, day_of

Array = NDArray[np.float64]
PER_HUNDRED_YEARS = "/(100.a)"
COUNTED = re.compile(r"\{[^{}]*\}")
"""A unit that only says what is counted, such as ``{score}`` or ``{events}``."""

HALF = 0.5
"""Events where none were simulated: few virtual patients do not exclude all."""


def rate_of(asked: Asked, seen: SeenArm) -> float:
    """Return the rate of events of an arm, in the row's unit; first ones where an end point does not count them.

    Raises
    ------
    NotSimulatedError
        If the end point is no event, or its unit none of a rate.
    """
    return per_hundred_years(asked, seen) * _factor(asked)


def per_hundred_years(asked: Asked, seen: SeenArm) -> float:
    """Return events per 100 patient-years in the trial."""
    events, years = _events_and_years(asked, seen)
    return float(100 * events / years)


def ratio_of_rates(asked: Asked, seen: SeenArm, versus: SeenArm) -> float:
    """Return a rate over that of another arm, half an event added to both, so that it exists."""
    first, other = ((events + HALF) / years for events, years in (_events_and_years(asked, a) for a in (seen, versus)))
    return first / other


def comes_again(asked: Asked) -> bool:
    """Return whether an end point is an event, or counts how often something has come."""
    return asked.measure.kind == "event" or asked.measure.count is not None


def is_rate(unit: str) -> bool:
    """Return whether a unit is one of events per time."""
    try:
        convert(1.0, PER_HUNDRED_YEARS, unit)
    except UnitError:
        return False
    return True


def events_of(asked: Asked, seen: SeenArm) -> float:
    """Return how often something happened in an arm of the study's size, events of all patients together."""
    size, each = asked.row.n or asked.arm_size, events_counted(asked, seen)
    if not COUNTED.fullmatch(asked.row.unit) or not size or not len(each):
        raise NotSimulatedError("so many events of an arm of unknown size")
    return float(each.mean()) * size


def events_counted(asked: Asked, seen: SeenArm) -> Array:
    """Return how often something happened to each virtual patient that a row is about, by the day of the row."""
    day, count = day_of(asked, seen), asked.measure.count
    inside = asked_about(asked, seen, day)
    return np.asarray(count(seen, day)[inside], np.float64) if count is not None else np.empty(0)


def rate_error(asked: Asked, arms: tuple[SeenArm, ...], sizes: tuple[int, ...]) -> float:
    """Return the standard error of a rate, or of a difference of two, for arms of a size (Poisson)."""
    years = [n * day_of(asked, arm) / 365.25 for arm, n in zip(arms, sizes, strict=True)]
    parts = [
        max(100 * per_hundred_years(asked, arm) / of_arm, HALF * (100 / of_arm) ** 2)
        for arm, of_arm in zip(arms, years, strict=True)
    ]
    return float(np.sqrt(sum(parts))) * _factor(asked)


def log_ratio_error(asked: Asked, arms: tuple[SeenArm, ...], sizes: tuple[int, ...]) -> float:
    """Return the standard error of the logarithm of a ratio of rates (Poisson)."""
    events = [
        max(per_hundred_years(asked, arm) * n * day_of(asked, arm) / 36525, HALF)
        for arm, n in zip(arms, sizes, strict=True)
    ]
    return float(np.sqrt(sum(1 / each for each in events)))


def _events_and_years(asked: Asked, seen: SeenArm) -> tuple[float, float]:
    measure, day = asked.measure, day_of(asked, seen)
    if not comes_again(asked):
        raise NotSimulatedError("a rate of something that is no event")
    inside = asked_about(asked, seen, day)
    if not inside.any():
        raise NotSimulatedError("no virtual patient of the subgroup")
    if measure.count is not None:
        years = np.minimum(seen.gone, day)[inside].sum() / 365.25
        return float(measure.count(seen, day)[inside].sum()), float(years)
    first = measure.value(seen, day)
    time = np.minimum(np.minimum(first, seen.gone), day)[inside].sum() / 365.25
    return float((first[inside] <= day).sum()), float(time)


def _factor(asked: Asked) -> float:
    unit = asked.row.unit
    if unit == PER_HUNDRED_YEARS:
        return 1.0
    if not is_rate(unit):
        raise NotSimulatedError(f"a rate in {unit}, which is no number of events per time, such as /(100.a)")
    return convert(1.0, PER_HUNDRED_YEARS, unit)
