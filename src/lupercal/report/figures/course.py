"""One variable under one therapy: median, 50 and 90 % bands, single virtual patients, the real patient's values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lupercal.forecast.result import Band, Forecast, ForecastArm
from lupercal.patient.record import Measurement
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.report.axes import axis, drawn, limits, ticks
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.figures.style import (
    INK,
    MUTED,
    PAPER,
    SMALL,
    blank,
    color,
    quiet_grid,
    spread_out,
)
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


def draw(course: CourseFigure) -> Figure:
    """Draw one course; months on the x axis, day 0 at 0, preparation time shaded."""
    figure = blank(3.9, 2.45)
    ax = figure.add_axes((_LEFT, 0.175, _WIDTH, 0.68))
    ax.set_title(course.title, x=-_LEFT / _WIDTH)
    ax.set_xlabel("Months from day 0")
    frame(ax, course.band, course.lead_days, course.limits)
    fill(ax, course.band, course.place)
    mark_patient(ax, course)
    reference_lines(ax, course.band.variable, named=True)
    return figure


def frame(ax: Axes, band: Band, lead_days: int, limits: tuple[float, float]) -> None:
    """Set scale, limits and ticks; shade the preparation time."""
    months = band.days / DAYS_PER_MONTH
    first = min(float(months[0]), -lead_days / DAYS_PER_MONTH) if months.size else 0.0
    last = float(months[-1]) if months.size else 1.0
    scale_y(ax, band.variable, limits)
    ax.set_xlim(first - 0.015 * (last - first), last + 0.015 * (last - first))
    ax.set_xticks([month for month in range(0, 241, 3 if last <= 12 else 6) if month <= last + 0.05])
    if lead_days > 0:
        ax.axvspan(-lead_days / DAYS_PER_MONTH, 0.0, color=MUTED, alpha=0.14, linewidth=0)
    quiet_grid(ax)


def scale_y(ax: Axes, variable: str, limits: tuple[float, float]) -> None:
    """Set the y axis of a variable."""
    low, high = limits
    if axis(variable).scale == "symlog":
        ax.set_yscale("symlog", linthresh=axis(variable).linear_below, linscale=0.6)
    ax.set_ylim(low, high)
    at = ticks(variable, low, high)
    if at is not None:
        ax.set_yticks(at)
    else:
        ax.locator_params(axis="y", nbins=5)
    ax.minorticks_off()
    ax.yaxis.set_major_formatter(lambda value, _: number(value))


def fill(ax: Axes, band: Band, place: int, courses: int = COURSES) -> None:
    """Draw the 90 and 50 % bands, single courses and the median."""
    months, (q05, q25, q50, q75, q95) = band.days / DAYS_PER_MONTH, band.quantiles
    hue = color(place)
    ax.fill_between(months, q05, q95, color=hue, alpha=0.16, linewidth=0)
    ax.fill_between(months, q25, q75, color=hue, alpha=0.26, linewidth=0)
    for course in drawn(band, courses):
        ax.plot(months, course, color=MUTED, alpha=0.38, linewidth=0.5)
    ax.plot(months, q50, color=hue, linewidth=1.8)


def mark_patient(ax: Axes, course: CourseFigure) -> None:
    """Mark the real patient: a diamond at baseline, circles later; arrowheads where only a bound is known."""
    if course.baseline:
        start = max(course.band.days.min(initial=0.0), -course.lead_days)
        _dot(ax, float(start) / DAYS_PER_MONTH, course.baseline, "D")
    for day, measurement in course.later:
        _dot(ax, day / DAYS_PER_MONTH, measurement, "o")


def _dot(ax: Axes, month: float, measurement: Measurement, shape: str) -> None:
    bound = {"<": "v", "<=": "v", ">": "^", ">=": "^"}.get(measurement.comparator)
    face = PAPER if bound else INK
    ax.plot(
        [month],
        [measurement.value],
        marker=bound or shape,
        markersize=5.5,
        markerfacecolor=face,
        markeredgecolor=INK if bound else PAPER,
        markeredgewidth=0.9,
        linestyle="none",
        clip_on=False,
        zorder=5,
    )


def reference_lines(ax: Axes, variable: str, *, named: bool) -> None:
    """Draw the reference lines of a variable, with their names at the right edge if ``named``."""
    lines = axis(variable).lines
    for line in lines:
        ax.axhline(line.value, color=INK, linewidth=0.7, linestyle=(0, (2, 2.4)), zorder=1.5)
    if not named or not lines:
        return
    to_axes = ax.transData + ax.transAxes.inverted()
    heights = [float(to_axes.transform((0.0, line.value))[1]) for line in lines]
    for line, height in zip(lines, spread_out(heights, 0.085, 0.0, 1.0), strict=True):
        text = f"{number(line.value)} {line.text}"
        ax.text(1.015, height, text, transform=ax.transAxes, va="center", fontsize=SMALL - 1, color=MUTED)


KIND = FigureKind("course", select, draw)
