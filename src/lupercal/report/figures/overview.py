"""All therapies beside one another: key variables down, therapies across, one y axis per row."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lupercal.forecast.result import Band, Forecast, ForecastArm
from lupercal.report.axes import axis, limits
from lupercal.report.figures.course import fill, frame, reference_lines
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.figures.style import MUTED, SMALL, blank, color
from lupercal.report.selection import forecast_arms, reported_bands
from lupercal.report.wording import label, listed, unit

_COLUMN, _ROW, _LEFT, _TOP, _BOTTOM = 1.75, 1.16, 0.44, 0.46, 0.36  # inches


@final
@dataclass(frozen=True, slots=True)
class Column:
    """One therapy: its place in the report, name, lead time and bands; ``withheld`` where nothing may be drawn."""

    place: int
    name: str
    lead_days: int
    bands: tuple[Band, ...]
    withheld: bool


@final
@dataclass(frozen=True, slots=True)
class Overview:
    """Therapies across, variables down, with the limits of each row."""

    key: str
    title: str
    text: str
    variables: tuple[str, ...]
    limits: tuple[tuple[float, float], ...]
    columns: tuple[Column, ...]


def select(forecast: Forecast) -> tuple[Overview, ...]:
    """Return the one overview; nothing if no arm may be drawn."""
    present = dict.fromkeys(band.variable for arm in forecast_arms(forecast) for band in reported_bands(arm))
    names = tuple(name for name in present if axis(name).overview)
    if not names:
        return ()
    text = (
        f"Small panels of {listed(tuple(label(name) for name in names))} (rows) under "
        f"{listed(tuple(arm.name for arm in forecast.arms))} (columns): median with 50 and 90 % bands of the virtual "
        "patients. The same numbers stand in each therapy's table."
    )
    columns = tuple(_column(place, arm) for place, arm in enumerate(forecast.arms))
    ranges = tuple(limits(forecast, name, 0) for name in names)
    return (Overview("overview-panels", "Therapies side by side", text, names, ranges, columns),)


def _column(place: int, arm: ForecastArm) -> Column:
    return Column(place, arm.name, arm.lead_days, reported_bands(arm), arm.efficacy_withheld is not None)


def draw(overview: Overview) -> Figure:
    """Draw the grid of panels."""
    across, down = len(overview.columns), len(overview.variables)
    width, height = _LEFT + across * _COLUMN, _TOP + down * _ROW + _BOTTOM
    figure = blank(width, height)
    for c, column in enumerate(overview.columns):
        for r, variable in enumerate(overview.variables):
            left, bottom = _LEFT + c * _COLUMN, height - _TOP - (r + 1) * _ROW
            ax = figure.add_axes(
                (left / width, (bottom + 0.1) / height, (_COLUMN - 0.14) / width, (_ROW - 0.32) / height)
            )
            _cell(ax, overview, column, variable, overview.limits[r])
            _edges(ax, column, variable, first=c == 0, top=r == 0, last=r == down - 1)
    return figure


def _cell(ax: Axes, overview: Overview, column: Column, variable: str, limits: tuple[float, float]) -> None:
    band = next((b for b in column.bands if b.variable == variable), None)
    if band is None:
        ax.set_axis_off()
        text = "no efficacy forecast" if column.withheld else "not forecast"
        if variable == overview.variables[0] or not column.withheld:
            ax.text(0, 0.98, text, transform=ax.transAxes, va="top", color=MUTED, fontsize=SMALL)
        return
    frame(ax, band, column.lead_days, limits)
    fill(ax, band, column.place, courses=0)
    reference_lines(ax, variable, named=False)


def _edges(ax: Axes, column: Column, variable: str, *, first: bool, top: bool, last: bool) -> None:
    """Write names only at the edges of the grid: therapies on top, variables at the left, months below."""
    if top:
        name = "\n".join(wrap(column.name, 19)[:2])
        ax.text(0, 1.42, name, transform=ax.transAxes, va="bottom", fontweight="bold", fontsize=SMALL)
        ax.plot([0, 1], [1.36, 1.36], transform=ax.transAxes, color=color(column.place), linewidth=2.2, clip_on=False)
    if first:
        title = f"{label(variable)}, {unit(variable)}" if unit(variable) else label(variable)
        ax.set_title(title, fontsize=SMALL, pad=4, x=-_LEFT / (_COLUMN - 0.14))
    ax.tick_params(labelleft=first, labelbottom=last)
    if last:
        ax.set_xlabel("Months from day 0")


KIND = FigureKind("overview", select, draw)
