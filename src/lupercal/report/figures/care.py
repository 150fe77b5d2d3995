"""What is taken by protocol of care: median, 50 and 90 % bands, a panel per therapy, or per several alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from lupercal.forecast.result import Band, Forecast
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.report.care_tables import cared_arms, cared_groups
from lupercal.report.figures.course import month_ticks
from lupercal.report.figures.plot import Plot, Scale, round_ticks
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.figures.style import INK, MUTED, SMALL, color
from lupercal.report.selection import MEDIAN, at_month, last_month
from lupercal.report.wording import label_with_unit, month_words, number, simulated

SHOWN = ("tablets_per_day", "prednisone")
"""What is drawn: the first of these that anybody takes."""
_LEFT, _WIDTH = 0.115, 0.86
_ROW = 0.16  # inches


@final
@dataclass(frozen=True, slots=True)
class CareCurve:
    """What is taken under one protocol; ``place`` gives its colour, the first is drawn in ink."""

    place: int
    protocol: str
    band: Band


@final
@dataclass(frozen=True, slots=True)
class CareFigure:
    """One drug of one therapy under all protocols."""

    key: str
    title: str
    text: str
    curves: tuple[CareCurve, ...]
    top: float


def select(forecast: Forecast) -> tuple[CareFigure, ...]:
    """Return one panel per therapy, or several alike, and drug that is taken; nothing where nobody decides anything."""
    if not any(one.reasons for arms in (forecast.arms, *forecast.beside.values()) for one in arms):
        return ()
    drawn = ((_figure(forecast, group.place, name) for name in SHOWN) for group in cared_groups(forecast))
    return tuple(figure for of_group in drawn if (figure := next(filter(None, of_group), None)) is not None)


def _figure(forecast: Forecast, place: int, name: str) -> CareFigure | None:
    arms = cared_arms(forecast, forecast.arms[place])
    curves = [CareCurve(k, one.protocol, one.arm.bands[name]) for k, one in enumerate(arms) if name in one.arm.bands]
    top = max((float(np.nanmax(curve.band.quantiles, initial=0.0)) for curve in curves), default=0.0)
    if top <= 0:
        return None
    end, title = last_month(forecast), label_with_unit(name)
    sentences = " ".join(_words(curve, name, end) for curve in curves)
    text = f"{title} under {forecast.arms[place].name} by protocol of care. {sentences}"
    return CareFigure(f"care-{place}-{name}", title, text, tuple(curves), top)


def _words(curve: CareCurve, name: str, end: float) -> str:
    quantiles = at_month(curve.band, end)
    if quantiles is None or not np.isfinite(quantiles).all():
        return f"{curve.protocol}: not defined."
    low, middle, high = (simulated(name, float(quantiles[k])) for k in (0, MEDIAN, -1))
    return f"{curve.protocol}: {middle} ({low} to {high}) at {month_words(end)}."


def draw(figure: CareFigure) -> Plot:
    """Draw the protocols over one another; months on the x axis."""
    foot = 0.42 + _ROW * len(figure.curves)
    height = 1.75 + foot
    plot = Plot((3.9, height), (_LEFT, foot / height, _WIDTH, 1.42 / height))
    plot.title(figure.title)
    plot.label("Months from day 0")
    _frame(plot, figure)
    for row, curve in enumerate(figure.curves):
        _fill(plot, curve)
        y = (_ROW * (len(figure.curves) - 1 - row) + 0.03) / height
        plot.note(0.0, y, "■", SMALL, _hue(curve))
        plot.note(0.035, y, curve.protocol, SMALL - 1, INK)
    return plot


def _frame(plot: Plot, figure: CareFigure) -> None:
    days = figure.curves[-1].band.days / DAYS_PER_MONTH
    plot.x, plot.y = Scale(float(days[0]), float(days[-1])), Scale(0.0, 1.06 * figure.top)
    month_ticks(plot, float(days[-1]))
    at = round_ticks(0.0, 1.06 * figure.top)
    plot.y_ticks(at, map(number, at))


def _fill(plot: Plot, curve: CareCurve) -> None:
    months, (q05, q25, q50, q75, q95) = curve.band.days / DAYS_PER_MONTH, curve.band.quantiles
    plot.band(months, q05, q95, _hue(curve), 0.13)
    plot.band(months, q25, q75, _hue(curve), 0.22)
    plot.line(months, q50, _hue(curve), 1.8)


def _hue(curve: CareCurve) -> str:
    return MUTED if curve.place == 0 else color(curve.place - 1)


KIND = FigureKind("care", select, draw)
