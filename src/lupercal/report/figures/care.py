"""Doses over time under each protocol of care: median, 50 and 90 % bands, one panel per therapy and drug."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lupercal.forecast.result import Band, Forecast
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.report.care_tables import cared_arms
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.figures.style import INK, MUTED, SMALL, blank, color, quiet_grid
from lupercal.report.selection import MEDIAN, at_month, last_month
from lupercal.report.wording import label_with_unit, month_words, number, simulated

SHOWN = ("prednisone", "tablets_per_day")
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
    """Return one panel per therapy and drug that anybody takes; nothing where nobody decides anything."""
    if not any(one.reasons for arms in (forecast.arms, *forecast.beside.values()) for one in arms):
        return ()
    return tuple(
        figure for place in range(len(forecast.arms)) for name in SHOWN
        if (figure := _figure(forecast, place, name)) is not None
    )  # fmt: skip


def _figure(forecast: Forecast, place: int, name: str) -> CareFigure | None:
    arms = cared_arms(forecast, forecast.arms[place])
    curves = [CareCurve(k, one.protocol, one.arm.bands[name]) for k, one in enumerate(arms) if name in one.arm.bands]
    top = max((float(np.nanmax(curve.band.quantiles, initial=0.0)) for curve in curves), default=0.0)
    if top <= 0:
        return None
    end, title = last_month(forecast), label_with_unit(name)
    told = " ".join(_words(curve, name, end) for curve in curves)
    text = f"{title} under {forecast.arms[place].name} by protocol of care. {told}"
    return CareFigure(f"care-{place}-{name}", title, text, tuple(curves), top)


def _words(curve: CareCurve, name: str, end: float) -> str:
    quantiles = at_month(curve.band, end)
    if quantiles is None or not np.isfinite(quantiles).all():
        return f"{curve.protocol}: not defined."
    low, middle, high = (simulated(name, float(quantiles[k])) for k in (0, MEDIAN, -1))
    return f"{curve.protocol}: {middle} ({low} to {high}) at {month_words(end)}."


def draw(figure: CareFigure) -> Figure:
    """Draw the protocols over one another; months on the x axis."""
    foot = 0.42 + _ROW * len(figure.curves)
    height = 1.75 + foot
    made = blank(3.9, height)
    ax = made.add_axes((_LEFT, foot / height, _WIDTH, 1.42 / height))
    ax.set_title(figure.title, x=-_LEFT / _WIDTH)
    ax.set_xlabel("Months from day 0")
    ax.set_ylim(0, 1.06 * figure.top)
    ax.yaxis.set_major_formatter(lambda value, _: number(value))
    ax.locator_params(axis="y", nbins=5)
    for curve in figure.curves:
        _fill(ax, curve)
    for row, curve in enumerate(figure.curves):
        y = (_ROW * (len(figure.curves) - 1 - row) + 0.03) / height
        made.text(0.0, y, "■", fontsize=SMALL, color=_hue(curve))
        made.text(0.035, y, curve.protocol, fontsize=SMALL - 1, color=INK)
    return made


def _fill(ax: Axes, curve: CareCurve) -> None:
    months, (q05, q25, q50, q75, q95) = curve.band.days / DAYS_PER_MONTH, curve.band.quantiles
    ax.set_xlim(float(months[0]), float(months[-1]))
    ax.set_xticks([month for month in range(0, 241, 3 if months[-1] <= 12 else 6) if month <= months[-1] + 0.05])
    ax.fill_between(months, q05, q95, color=_hue(curve), alpha=0.13, linewidth=0)
    ax.fill_between(months, q25, q75, color=_hue(curve), alpha=0.22, linewidth=0)
    ax.plot(months, q50, color=_hue(curve), linewidth=1.8)
    quiet_grid(ax)


def _hue(curve: CareCurve) -> str:
    return MUTED if curve.place == 0 else color(curve.place - 1)


KIND = FigureKind("care", select, draw)
