"""The probability of one outcome over the months under each therapy: dots with 90 % intervals, labelled directly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from textwrap import wrap
from typing import final

from lupercal.forecast.result import Chance, Forecast
from lupercal.report.figures.plot import BACK, PERCENT, QUARTERS, Plot, Scale
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.figures.style import INK, MUTED, PAPER, SMALL, color, marker, spread_out
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


def draw(panel: Chances) -> Plot:
    """Draw one outcome on a true time axis; the therapies stand beside one another about each month."""
    plot = Plot((4.9, 2.9), (0.085, 0.145, 0.62, 0.74))
    plot.title(panel.title)
    plot.label("Months from day 0")
    plot.x = Scale(0.0, _edge(panel))
    plot.x_ticks(panel.months, map(number, panel.months))
    plot.y_ticks(QUARTERS, PERCENT)
    for k, series in enumerate(panel.series):
        _draw_series(plot, series, _shift(k, len(panel.series)))
    _labels(plot, panel)
    return plot


def _edge(panel: Chances) -> float:
    return max(panel.months) + _DODGE


def _shift(k: int, series: int) -> float:
    return _DODGE * ((k + 0.5) / series - 0.5) if series > 1 else 0.0


def _draw_series(plot: Plot, series: Series, shift: float) -> None:
    points = [(c.month + shift, c) for c in series.chances if c and defined(c)]
    hue = color(series.place)
    at, values = [x for x, _ in points], [c.probability for _, c in points]
    plot.line(at, values, hue, 0.8, 0.35)
    for x, c in points:
        plot.line([x, x], [_bound(c.low, c), _bound(c.high, c)], hue, 1.5)
    plot.marks(at, values, marker(series.place), 4.6, hue, PAPER, 0.5)


def _bound(value: float, chance: Chance) -> float:
    return chance.probability if math.isnan(value) else value


def _labels(plot: Plot, panel: Chances) -> None:
    """Write each therapy's name at the height of its last dot, moved apart where they would touch."""
    ends = [_end(series) for series in panel.series]
    lines = [wrap(series.name, 20)[:2] for series in panel.series]
    gap = 0.075 * max((len(text) for text in lines), default=1) + 0.012
    heights = spread_out([0.0 if end is None else end[1] for end in ends], gap, 0.0, 1.0)
    edge = _edge(panel)
    for k, (series, end, text, height) in enumerate(zip(panel.series, ends, lines, heights, strict=True)):
        if end is not None:
            across = [end[0] + _shift(k, len(panel.series)), edge * (1 + 0.2 / 16), edge * (1 + 0.6 / 16)]
            plot.line(across, [end[1], height, height], MUTED, 0.4, layer=BACK, clipped=False)
        plot.marks(edge * 17 / 16, height, marker(series.place), 5, color(series.place))
        words = text if end is not None else [*text[:1], _why_none(series)]
        plot.beside(17.6 / 16, height, words, SMALL, INK)


def _end(series: Series) -> tuple[float, float] | None:
    points = [(c.month, c.probability) for c in series.chances if c and defined(c)]
    return points[-1] if points else None


KIND = FigureKind("chances", select, draw)
