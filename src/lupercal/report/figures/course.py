"""One variable under one therapy: median, 50 and 90 % bands, single virtual patients, the real patient's values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.forecast.result import Band, Forecast, ForecastArm
from lupercal.patient.record import Measurement
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.report.axes import axis, drawn, limits, ticks
from lupercal.report.figures.plot import Plot, Scale, round_ticks
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.figures.style import INK, MUTED, PAPER, SMALL, color, spread_out
from lupercal.report.selection import MEDIAN, at_month, baseline_value, observed, reported_bands
from lupercal.report.wording import label_with_unit, measured, month_words, number, simulated

Array = NDArray[np.float64]
COURSES = 12
_LEFT, _WIDTH = 0.115, 0.735  # share of the figure's width
_TEXT_MONTHS = (3.0, 6.0, 12.0, 24.0)


@final
@dataclass(frozen=True, slots=True)
class CourseFigure:
    """What one panel shows. ``place`` is the therapy's place in the report; ``later`` are the real patient's values."""

    key: str
    title: str
    text: str
    place: int
    lead_days: int
    band: Band
    baseline: Measurement | None
    later: tuple[tuple[int, Measurement], ...]
    limits: tuple[float, float]


def select(forecast: Forecast) -> tuple[CourseFigure, ...]:
    """Return one panel per arm and variable; none for arms whose efficacy is withheld."""
    names = dict.fromkeys(band.variable for arm in forecast.arms for band in reported_bands(arm))
    ranges = {name: limits(forecast, name, COURSES) for name in names}
    return tuple(
        _course(forecast, place, arm, band, ranges[band.variable])
        for place, arm in enumerate(forecast.arms)
        for band in reported_bands(arm)
    )


def _course(forecast: Forecast, place: int, arm: ForecastArm, band: Band, limits: tuple[float, float]) -> CourseFigure:
    baseline, later = baseline_value(forecast, band.variable), observed(forecast, arm, band.variable)
    title = label_with_unit(band.variable)
    text = f"{title} under {arm.name}. " + " ".join(_points(band, baseline, later))
    return CourseFigure(
        f"course-{place}-{band.variable}", title, text, place, arm.lead_days, band, baseline, later, limits
    )


def _points(band: Band, baseline: Measurement | None, later: tuple[tuple[int, Measurement], ...]) -> list[str]:
    at = [(month, at_month(band, month)) for month in _TEXT_MONTHS]
    medians = [
        spread_words(band.variable, q) + f" at {month_words(month)}"
        for month, q in at
        if q is not None and np.isfinite(q).all()
    ]
    points = [f"This patient at baseline: {measured(baseline)}."] if baseline else []
    points += [f"Median of the virtual patients: {', '.join(medians)}."] if medians else []
    seen = ", ".join(f"{measured(m)} on day {day}" for day, m in later)
    return points + ([f"Seen in the real patient: {seen}."] if seen else [])


def spread_words(variable: str, quantiles: Array) -> str:
    """Return a median with its 90 % band in words."""
    low, middle, high = (simulated(variable, float(quantiles[k])) for k in (0, MEDIAN, -1))
    return f"{middle} (90 % band {low} to {high})"


def draw(course: CourseFigure) -> Plot:
    """Draw one course; months on the x axis, day 0 at 0, preparation time shaded."""
    plot = Plot((3.9, 2.45), (_LEFT, 0.175, _WIDTH, 0.68))
    plot.title(course.title)
    plot.label("Months from day 0")
    frame(plot, course.band, course.lead_days, course.limits)
    fill(plot, course.band, course.place)
    mark_patient(plot, course)
    reference_lines(plot, course.band.variable, named=True)
    return plot


def frame(plot: Plot, band: Band, lead_days: int, limits: tuple[float, float]) -> None:
    """Set scale, limits and ticks; shade the preparation time."""
    months = band.days / DAYS_PER_MONTH
    first = min(float(months[0]), -lead_days / DAYS_PER_MONTH) if months.size else 0.0
    last = float(months[-1]) if months.size else 1.0
    scale_y(plot, band.variable, limits)
    plot.x = Scale(first - 0.015 * (last - first), last + 0.015 * (last - first))
    month_ticks(plot, last)
    if lead_days > 0:
        plot.shade(-lead_days / DAYS_PER_MONTH, 0.0, MUTED, 0.14)


def month_ticks(plot: Plot, last: float) -> None:
    """Draw the x axis with a tick every quarter of a year, or every half where there is more than one."""
    at = [month for month in range(0, 241, 3 if last <= 12 else 6) if month <= last + 0.05]
    plot.x_ticks(at, map(str, at))


def scale_y(plot: Plot, variable: str, limits: tuple[float, float]) -> None:
    """Set and draw the y axis of a variable."""
    low, high = limits
    plot.y = Scale(low, high, axis(variable).linear_below if axis(variable).scale == "symlog" else None)
    at = ticks(variable, low, high)
    at = round_ticks(low, high) if at is None else at
    plot.y_ticks(at, map(number, at))


def fill(plot: Plot, band: Band, place: int, courses: int = COURSES) -> None:
    """Draw the 90 and 50 % bands, single courses and the median."""
    months, (q05, q25, q50, q75, q95) = band.days / DAYS_PER_MONTH, band.quantiles
    hue = color(place)
    plot.band(months, q05, q95, hue, 0.16)
    plot.band(months, q25, q75, hue, 0.26)
    for course in drawn(band, courses):
        plot.line(months, course, MUTED, 0.5, 0.38)
    plot.line(months, q50, hue, 1.8)


def mark_patient(plot: Plot, course: CourseFigure) -> None:
    """Mark the real patient: a diamond at baseline, circles later; arrowheads where only a bound is known."""
    if course.baseline:
        start = max(course.band.days.min(initial=0.0), -course.lead_days)
        mark_value(plot, float(start) / DAYS_PER_MONTH, course.baseline, "D")
    for day, measurement in course.later:
        mark_value(plot, day / DAYS_PER_MONTH, measurement, "o")


def mark_value(plot: Plot, month: float, measurement: Measurement, shape: str) -> None:
    """Mark a value of the real patient; an arrowhead where only a bound is known."""
    bound = {"<": "v", "<=": "v", ">": "^", ">=": "^"}.get(measurement.comparator)
    face, edge = (PAPER, INK) if bound else (INK, PAPER)
    plot.marks(month, measurement.value, bound or shape, 5.5, face, edge, 0.9)


def reference_lines(plot: Plot, variable: str, *, named: bool) -> None:
    """Draw the reference lines of a variable, with their names at the right edge if ``named``."""
    lines = axis(variable).lines
    for line in lines:
        plot.rule(line.value)
    if not named or not lines:
        return
    heights = [float(plot.y.share(line.value)) for line in lines]
    for line, height in zip(lines, spread_out(heights, 0.085, 0.0, 1.0), strict=True):
        plot.beside(1.015, height, [f"{number(line.value)} {line.text}"], SMALL - 1, MUTED)


KIND = FigureKind("course", select, draw)
