"""What visits taught: a variable's band from the first visit alone and from all, and each value beside its forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from lupercal.forecast.assimilation.learnt import Fan, PastValue
from lupercal.forecast.result import Forecast
from lupercal.patient.record import Measurement
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.report.axes import axis
from lupercal.report.figures.course import mark_value, reference_lines, scale_y
from lupercal.report.figures.plot import Plot, Scale, round_ticks
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.figures.style import INK, MUTED, color
from lupercal.report.wording import label_with_unit, number

_LEFT, _WIDTH = 0.115, 0.735
NEAR = 5
"""Days within which a band is drawn once: quantiles of two samples side by side would show a step that is none."""


@final
@dataclass(frozen=True, slots=True)
class LearningFigure:
    """One variable: the bands as each visit left them, what was forecast of later values, what was seen."""

    key: str
    title: str
    text: str
    variable: str
    fans: tuple[Fan, ...]
    values: tuple[PastValue, ...]
    seen: tuple[tuple[int, Measurement], ...]


def select(forecast: Forecast) -> tuple[LearningFigure, ...]:
    """Return one panel for each variable that visits taught something of; none where nothing was learnt."""
    if forecast.learnt is None:
        return ()
    names = dict.fromkeys(fan.variable for fan in forecast.learnt.fans)
    return tuple(_panel(forecast, name) for name in names)


def _panel(forecast: Forecast, name: str) -> LearningFigure:
    learnt = forecast.learnt
    assert learnt is not None
    fans = tuple(fan for fan in learnt.fans if fan.variable == name)
    values = tuple(one for one in learnt.values if one.variable == name)
    seen = tuple(
        (visit.day, visit.values[name])
        for visit in forecast.patient.visits
        if name in visit.values and learnt.first_day <= visit.day <= learnt.until
    )
    title = label_with_unit(name)
    text = f"{title}: what visits taught. " + " ".join((*_came(values), *_narrower(fans)))
    return LearningFigure(f"learning-{name}", title, text, name, fans, values, seen)


def _came(values: tuple[PastValue, ...]) -> list[str]:
    return [
        f"On day {one.day} {one.bound}{number(one.value)} came; forecast {number(one.low)} to {number(one.high)}."
        for one in values
    ]


def _narrower(fans: tuple[Fan, ...]) -> list[str]:
    first, last = fans[0], fans[-1]
    low, middle, high = (number(float(last.quantiles[k, -1])) for k in (0, 2, 4))
    before = f"{number(float(first.quantiles[0, -1]))} to {number(float(first.quantiles[4, -1]))}"
    return [f"At the end {middle} ({low} to {high}); from the first visit alone {before}."]


def draw(panel: LearningFigure) -> Plot:
    """Draw a panel; months from day 0."""
    plot = Plot((3.9, 1.9), (_LEFT, 0.22, _WIDTH, 0.61))
    plot.title(panel.title)
    plot.label("Months from day 0")
    scale_y(plot, panel.variable, _limits(panel))
    _month_axis(plot, panel)
    for fan, hue, alpha in ((panel.fans[0], MUTED, 0.22), (panel.fans[-1], color(0), 0.30)):
        apart = np.append(np.diff(fan.days) >= NEAR, True)
        months, drawn = fan.days[apart] / DAYS_PER_MONTH, fan.quantiles[:, apart]
        plot.band(months, drawn[0], drawn[4], hue, alpha)
        plot.line(months, drawn[2], hue, 1.6)
    for one in panel.values:
        month = one.day / DAYS_PER_MONTH
        plot.line([month, month], [one.low, one.high], INK, 1.1)
        plot.marks(month, one.median, "_", 6, INK)
    for day, value in panel.seen:
        mark_value(plot, day / DAYS_PER_MONTH, value, "o")
    reference_lines(plot, panel.variable, named=True)
    return plot


def _month_axis(plot: Plot, panel: LearningFigure) -> None:
    """Set and draw the x axis: all that is drawn, with a little air."""
    days = [fan.days for fan in (panel.fans[0], panel.fans[-1])]
    seen = [day for day, _ in panel.seen] + [one.day for one in panel.values]
    months = np.concatenate([*days, np.array(seen, np.float64)]) / DAYS_PER_MONTH
    first, last = float(months.min()), float(months.max())
    air = 0.05 * (last - first or 1.0)
    plot.x = Scale(first - air, last + air)
    at = round_ticks(plot.x.low, plot.x.high, 9)
    plot.x_ticks(at, map(number, at))


def _limits(panel: LearningFigure) -> tuple[float, float]:
    """Return limits that hold the last band, all intervals and all values; the first band may be cut."""
    tops = [float(np.nanmax(panel.fans[-1].quantiles[4]))]
    tops += [one.high for one in panel.values] + [value.value for _, value in panel.seen]
    tops += [line.value for line in axis(panel.variable).lines]
    return 0.0, 1.08 * max(tops)


KIND = FigureKind("learning", select, draw)
"""Bands before and after the visits."""

CAPTION = (
    "Months from day 0. Grey: 90 % band and median from the first visit alone; coloured: from all visits. Upright "
    "bars: the 90 % interval forecast of a value from the visits before it; dot: the value that came (a triangle where "
    "only a bound is known). Dashed: reference lines."
)
"""What the figure shows, in words."""
