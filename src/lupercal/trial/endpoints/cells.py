"""After cell therapy: expansion of CAR T cells, cytokine release, blood counts, infections."""

from __future__ import annotations

import numpy as np

from lupercal.trial.endpoints.measure import Array, Measure, Value, truth
from lupercal.trial.seen import SeenArm
from lupercal.trial.settings import settings


def _after(seen: SeenArm, name: str, day: float) -> Array:
    """Return the counts recorded from day 0 up to a day, shape (T, N)."""
    return np.asarray(seen.between[name][(seen.recorded >= 0) & (seen.recorded <= day)])


def _peak_day(seen: SeenArm, day: float) -> Array:
    days = seen.recorded[seen.recorded >= 0]
    cells = _after(seen, "car_t", np.inf)
    return np.where(cells.max(axis=0) > settings().car_t.detectable, days[cells.argmax(axis=0)], np.inf).astype(float)


def _peak(seen: SeenArm, day: float) -> Array:
    """Return the highest count of CAR T cells in blood up to a day, per microlitre (N,)."""
    return np.asarray(_after(seen, "car_t", max(day, settings().acute_days)).max(axis=0))


def _cleared(seen: SeenArm, day: float) -> Array:
    """Return the first day after the peak with CAR T cells below detection, infinite where none."""
    days, cells = seen.recorded[seen.recorded >= 0], _after(seen, "car_t", np.inf)
    gone = cells < settings().car_t.detectable
    after_peak = np.arange(len(days))[:, None] > cells.argmax(axis=0)[None, :]
    return np.asarray(np.where(gone & after_peak, days[:, None], np.inf).min(axis=0))


def _release(least: int, most: int) -> Value:
    """Return whether the highest interleukin 6 of the acute phase lies in these grades of cytokine release."""

    def value(seen: SeenArm, day: float) -> Array:
        peak = _after(seen, "il6", settings().acute_days).max(axis=0)
        p = seen.parameters
        below = peak <= p[f"crs_{most + 1}"] if f"crs_{most + 1}" in p else np.full(peak.shape, fill_value=True)
        return truth((peak > p[f"crs_{least}"]) & below)

    return value


def _grade_of_release(seen: SeenArm, day: float) -> Array:
    """Return the highest grade of cytokine release of the acute phase, 0 to 3, (N,)."""
    return np.asarray(sum(_release(least, 9)(seen, day) for least in (1, 2, 3)), np.float64)


def _cytopenia(seen: SeenArm, day: float) -> Array:
    low = settings().cytopenia
    names = ("neutrophils", "lymphocytes", "platelets", "hemoglobin")
    until = max(day, settings().acute_days)
    return truth(np.any([_after(seen, n, until).min(axis=0) < getattr(low, n) for n in names], axis=0))


def _fell_below(name: str) -> Value:
    """Return whether a count fell below the limit of CTCAE grade 3 at any time so far."""

    def value(seen: SeenArm, day: float) -> Array:
        until = max(day, settings().acute_days)
        return truth(_after(seen, name, until).min(axis=0) < getattr(settings().cytopenia, name))

    return value


def _recovered(name: str, limit: float) -> Value:
    """Return the first day after the lowest count with the count back above a limit."""

    def value(seen: SeenArm, day: float) -> Array:
        days, counts = seen.recorded[seen.recorded >= 0], _after(seen, name, np.inf)
        early = counts[days <= settings().acute_days]
        after = np.arange(len(days))[:, None] > early.argmin(axis=0)[None, :]
        return np.asarray(np.where((counts >= limit) & after, days[:, None], np.inf).min(axis=0))

    return value


def _infection(seen: SeenArm, day: float) -> Array:
    return np.where(seen.infected < seen.left, seen.infected, np.inf)


def _infections(seen: SeenArm, day: float) -> Array:
    """Return how many serious infections there were up to a day, while in the trial."""
    last = np.minimum(seen.left, day)
    inside = (seen.recorded[:, None] >= 0) & (seen.recorded[:, None] <= last)
    return np.asarray(np.where(inside, seen.between["infections"], 0.0).max(axis=0), np.float64)


_CRS = "grades by the highest interleukin 6, thresholds crs_1 to crs_3 of the parameter data"
_OWN = "as worded by the studies; thresholds in settings.yaml"
MEASURES = (
    Measure(
        "cart_tmax",
        "event",
        _peak_day,
        "day of the highest count of CAR T cells in blood",
        _OWN,
        aliases=("cart_peak_day",),
    ),
    Measure(
        "cart_peak",
        "number",
        _peak,
        "highest count of CAR T cells in blood so far",
        _OWN,
        "/uL",
        aliases=("cart_cmax",),
        lasting=True,
    ),
    Measure(
        "cart_clearance_from_blood", "event", _cleared, "first day after the peak with CAR T cells below 0.1/uL", _OWN
    ),
    Measure("crs_any", "state", _release(1, 9), "any cytokine release syndrome", _CRS, composite=False),
    Measure(
        "crs_grade_1", "state", _release(1, 1), "cytokine release syndrome of grade 1 at most", _CRS, composite=False
    ),
    Measure(
        "crs_grade_2", "state", _release(2, 2), "cytokine release syndrome of grade 2 at most", _CRS, composite=False
    ),
    Measure(
        "crs_grade_3_or_more",
        "state",
        _release(3, 9),
        "cytokine release syndrome of grade 3 or more",
        _CRS,
        composite=False,
    ),
    Measure(
        "crs_grade", "number", _grade_of_release, "highest grade of cytokine release", _CRS, "{score}", lasting=True
    ),
    Measure(
        "crs_grade_2_or_more",
        "state",
        _release(2, 9),
        "cytokine release syndrome of grade 2 or more",
        _CRS,
        aliases=("crs_ge2", "crs_ge_2", "crs_grade_ge2"),
        composite=False,
    ),
    *(
        Measure(
            f"{word}_grade_3_4",
            "state",
            _fell_below(name),
            f"{word} of CTCAE grade 3 or more",
            "CTCAE 5",
            aliases=(f"{word}_grade_3_or_more", f"{word}_ge3"),
            composite=False,
        )
        for word, name in (
            ("neutropenia", "neutrophils"),
            ("lymphopenia", "lymphocytes"),
            ("thrombocytopenia", "platelets"),
            ("anaemia", "hemoglobin"),
        )
    ),
    Measure(
        "cytopenia_grade_3_4",
        "state",
        _cytopenia,
        "neutrophils, lymphocytes, platelets or haemoglobin of CTCAE grade 3 or more",
        "CTCAE 5",
        aliases=("cytopenia_grade_3_or_more", "cytopenia_ge3"),
        composite=False,
    ),
    Measure(
        "neutrophil_engraftment", "event", _recovered("neutrophils", 0.5), "neutrophils back to 0.5e9/L or more", _OWN
    ),
    Measure("platelet_engraftment", "event", _recovered("platelets", 20.0), "platelets back to 20e9/L or more", _OWN),
    Measure(
        "serious_infection",
        "event",
        _infection,
        "first serious infection",
        _OWN,
        aliases=("serious_infection_rate", "severe_infection_rate"),
        count=_infections,
    ),
)
