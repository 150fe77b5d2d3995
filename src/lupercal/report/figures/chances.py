"""The probability of one outcome over the months under each therapy: dots with 90 % intervals, labelled directly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from textwrap import wrap
from typing import final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lupercal.forecast.result import Chance, Forecast
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.figures.style import INK, MUTED, PAPER, SMALL, blank, color, marker, quiet_grid, spread_out
from lupercal.report.selection import chance_at, forecast_arms, months, outcomes, reported_efficacy
from lupercal.report.wording import defined, interval, month_words, number, outcome_title, percent

_DODGE = 1.2  # months over which the therapies are spread about each time


@final
@dataclass(frozen=True, slots=True)
class Series:
    """One therapy: its place in the report, its name, one chance (or None) per month."""

    place: int
    name: str
    chances: tuple[Chance | None, ...]


@final
@dataclass(frozen=True, slots=True)
class Chances:
    """One outcome under all therapies whose efficacy may be shown."""

    key: str
    title: str
    text: str
    months: tuple[float, ...]
    series: tuple[Series, ...]


def select(forecast: Forecast) -> tuple[Chances, ...]:
    """Return one panel per outcome; arms whose efficacy is withheld are not in it."""
    return tuple(_panel(forecast, outcome) for outcome in outcomes(forecast))


def _panel(forecast: Forecast, outcome: str) -> Chances:
    at = months(forecast, outcome)
    shown = forecast_arms(forecast)
    series = tuple(
        Series(place, arm.name, tuple(chance_at(reported_efficacy(arm), outcome, month) for month in at))
        for place, arm in enumerate(forecast.arms)
        if arm in shown
    )
    title = outcome_title(outcome)
    text = f"Probability of: {title}. " + " ".join(_words(one, at) for one in series)
    return Chances(f"chances-{outcome}", title, text, at, series)


def _words(series: Series, at: tuple[float, ...]) -> str:
    parts = [
        f"{percent(c.probability)} ({interval(c)}) at {month_words(month)}"
        for c, month in zip(series.chances, at, strict=True)
        if c and defined(c)
    ]
    return f"{series.name}: {', '.join(parts) or _why_none(series)}."


def _why_none(series: Series) -> str:
    excluded = any(c and c.excluded for c in series.chances)
    return "excluded by this care" if excluded else "not defined"


def draw(panel: Chances) -> Figure:
    """Draw one outcome on a true time axis; the therapies stand beside one another about each month."""
    figure = blank(4.9, 2.9)
    ax = figure.add_axes((0.085, 0.145, 0.62, 0.74))
    ax.set_title(panel.title, x=-0.085 / 0.62)
    _frame(ax, panel)
    for k, series in enumerate(panel.series):
        _draw_series(ax, series, _shift(k, len(panel.series)))
    _labels(ax, panel)
    return figure


def _frame(ax: Axes, panel: Chances) -> None:
    ax.set_xlim(0, _edge(panel))
    ax.set_ylim(0, 1)
    ax.set_xticks(panel.months, [number(month) for month in panel.months])
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    ax.set_xlabel("Months from day 0")
    quiet_grid(ax)


def _edge(panel: Chances) -> float:
    return max(panel.months) + _DODGE


def _shift(k: int, series: int) -> float:
    return _DODGE * ((k + 0.5) / series - 0.5) if series > 1 else 0.0


def _draw_series(ax: Axes, series: Series, shift: float) -> None:
    points = [(c.month + shift, c) for c in series.chances if c and defined(c)]
    hue = color(series.place)
    at, values = [x for x, _ in points], [c.probability for _, c in points]
    ax.plot(at, values, color=hue, alpha=0.35, linewidth=0.8)
    ax.vlines(
        at, [_bound(c.low, c) for _, c in points], [_bound(c.high, c) for _, c in points], color=hue, linewidth=1.5
    )
    ax.plot(
        at,
        values,
        color=hue,
        marker=marker(series.place),
        markersize=4.6,
        markeredgecolor=PAPER,
        markeredgewidth=0.5,
        linestyle="none",
        clip_on=False,
        zorder=4,
    )


def _bound(value: float, chance: Chance) -> float:
    return chance.probability if math.isnan(value) else value


def _labels(ax: Axes, panel: Chances) -> None:
    """Write each therapy's name at the height of its last dot, moved apart where they would touch."""
    ends = [_end(series) for series in panel.series]
    lines = [wrap(series.name, 20)[:2] for series in panel.series]
    gap = 0.075 * max((len(text) for text in lines), default=1) + 0.012
    heights = spread_out([0.0 if end is None else end[1] for end in ends], gap, 0.0, 1.0)
    edge = _edge(panel)
    step = edge / 16
    for k, (series, end, text, height) in enumerate(zip(panel.series, ends, lines, heights, strict=True)):
        if end is not None:
            start = end[0] + _shift(k, len(panel.series))
            ax.plot(
                [start, edge + 0.2 * step, edge + 0.6 * step],
                [end[1], height, height],
                color=MUTED,
                linewidth=0.4,
                clip_on=False,
                zorder=1,
            )
        words = text if end is not None else [*text[:1], _why_none(series)]
        hue = color(series.place)
        ax.plot(
            [edge + step],
            [height],
            marker=marker(series.place),
            color=hue,
            markersize=5,
            linestyle="none",
            clip_on=False,
        )
        ax.text(edge + 1.6 * step, height, "\n".join(words), va="center", fontsize=SMALL, color=INK, linespacing=1.05)


def _end(series: Series) -> tuple[float, float] | None:
    points = [(c.month, c.probability) for c in series.chances if c and defined(c)]
    return points[-1] if points else None


KIND = FigureKind("chances", select, draw)
