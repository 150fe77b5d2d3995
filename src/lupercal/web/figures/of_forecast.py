"""Figures of a forecast: courses under a therapy, doses by protocol of care, and bands before and after the visits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lupercal.forecast.result import Band, Forecast, ForecastArm
from lupercal.patient.record import Patient, Visit
from lupercal.report.care_tables import cared_arms
from lupercal.report.selection import MEDIAN, observed, reported_bands
from lupercal.report.wording import label, measured, number, unit
from lupercal.web.figures.panels import DayPanel, MeasuredPoint, PanelBand

DOSES = ("prednisone", "tablets_per_day")


def course_panels_of(forecast: Forecast, place: int) -> tuple[DayPanel, ...]:
    """Return the courses under one therapy: bands of the virtual patients, and what was seen where it was given."""
    arm = forecast.arms[place]
    return tuple(
        DayPanel(
            label(band.variable), unit(band.variable), tuple(_seen(forecast, arm, band.variable)),
            (_panel_band(f"{arm.name}, nine in ten virtual patients", place, band),),
        )
        for band in reported_bands(arm) if np.isfinite(band.quantiles).any()
    )  # fmt: skip


def dose_panels_of(forecast: Forecast, place: int) -> tuple[DayPanel, ...]:
    """Return doses over time under one therapy, one band per protocol of care."""
    arms = cared_arms(forecast, forecast.arms[place])
    panels = []
    for name in DOSES:
        bands = tuple(
            _panel_band(one.protocol, k - 1, one.arm.bands[name]) for k, one in enumerate(arms) if name in one.arm.bands
        )
        if any(max(band.high, default=0.0) > 0 for band in bands):
            panels.append(DayPanel(label(name), unit(name), (), bands))
    return tuple(panels)


def learnt_panels(told: Mapping[str, Any], patient: Patient) -> tuple[DayPanel, ...]:
    """Return what visits taught: the band from the first visit in grey, that from all in colour, and what came."""
    panels = []
    for name, (first, last) in told["fans"].items():
        bands = (
            _kept_band(f"from the visit on day {first['since']} alone", -1, first),
            _kept_band(f"from all visits up to day {last['since']}", 0, last),
        )
        seen = (one for one in patient.visits if told["first_day"] <= one.day <= told["until"])
        points = tuple(_point(visit, name) for visit in seen if name in visit.values)
        panels.append(DayPanel(label(name), unit(name), points, bands))
    return tuple(panels)


def came_beside(told: Mapping[str, Any]) -> tuple[tuple[str, str, str, str, str], ...]:
    """Return each value that came beside what was forecast of it: when, what, came, forecast, where it lay."""
    return tuple(
        (
            f"day {one['day']}", label(one["variable"]), f"{one['bound']}{number(one['value'])}",
            f"{number(one['low'])} to {number(one['high'])}, middle {number(one['median'])}", _lay(one["place"]),
        )
        for one in sorted(told["values"], key=lambda one: (-one["day"], one["variable"]))
    )  # fmt: skip


def _point(visit: Visit, name: str) -> MeasuredPoint:
    measurement = visit.values[name]
    bound = "" if measurement.comparator == "=" else measurement.comparator
    return MeasuredPoint(visit.day, visit.date or "", measurement.value, bound, measured(measurement))


def _lay(place: float | None) -> str:
    if place is None:
        return "cannot tell"
    return "below" if place < _TAIL else "above" if place > 1 - _TAIL else "within"


_TAIL = 0.05


def _seen(forecast: Forecast, arm: ForecastArm, variable: str) -> Iterator[MeasuredPoint]:
    for day, one in observed(forecast, arm, variable):
        yield MeasuredPoint(day, "", one.value, "" if one.comparator == "=" else one.comparator, measured(one))


def _panel_band(name: str, hue: int, band: Band) -> PanelBand:
    finite = np.isfinite(band.quantiles).all(axis=0)
    low, middle, high = (tuple(band.quantiles[place][finite].tolist()) for place in (0, MEDIAN, -1))
    return PanelBand(name, hue, tuple(band.days[finite].tolist()), low, middle, high)


def _kept_band(name: str, hue: int, kept_band: Mapping[str, Any]) -> PanelBand:
    quantiles = np.array(kept_band["quantiles"], dtype=float)
    usable = np.isfinite(quantiles).all(axis=0)
    low, middle, high = (tuple(quantiles[place][usable].tolist()) for place in (0, 2, 4))
    return PanelBand(name, hue, tuple(np.array(kept_band["days"])[usable].tolist()), low, middle, high)
