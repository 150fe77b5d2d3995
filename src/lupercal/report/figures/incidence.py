"""Cumulative incidence of a first event under each therapy: steps on a true time axis, numbers at risk below."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import final

from lupercal.forecast.result import Chance, Forecast
from lupercal.report.figures.plot import PERCENT, QUARTERS, Plot, Scale, stepped_out
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.figures.style import INK, MUTED, SMALL, color
from lupercal.report.shown import arm_groups
from lupercal.report.wording import DASH, count_words, defined, interval, month_words, percent, words

_WIDTH, _PLOT, _ROW, _FOOT, _TOP = 4.3, 1.3, 0.15, 0.5, 0.32  # inches
_LEFT, _SHARE = 0.085, 0.885
_LETTERS = 72  # that fit into the width
_AT_RISK = (0, 3, 6, 12, 18, 24, 36, 60, 120)


@final
@dataclass(frozen=True, slots=True)
class Curve:
    """One therapy, or several that do not differ: place, name and one chance per month."""

    place: int
    name: str
    points: tuple[Chance, ...]


@final
@dataclass(frozen=True, slots=True)
class Incidence:
    """One first event under all therapies that may be shown."""

    key: str
    title: str
    text: str
    axis: str
    curves: tuple[Curve, ...]


def select(forecast: Forecast) -> tuple[Incidence, ...]:
    """Return one panel per event; nothing where no arm may be shown."""
    groups = [group for group in arm_groups(forecast) if group.first.incidence and not group.first.efficacy_withheld]
    names = dict.fromkeys(name for group in groups for name in group.first.incidence)
    titled = [name for name in words()["incidence"] if name in names]
    return tuple(
        _panel(name, [
            Curve(g.place, g.names, g.first.incidence.get(name, ())) for g in groups
        ])
        for name in titled
    )  # fmt: skip


def _panel(name: str, curves: list[Curve]) -> Incidence:
    texts = words()["incidence"][name]
    text = f"Cumulative incidence: {texts['title']}. " + " ".join(_words(curve) for curve in curves)
    return Incidence(f"incidence-{name}", texts["title"], text, texts["axis"], tuple(curves))


def _words(curve: Curve) -> str:
    end = next((c for c in reversed(curve.points) if defined(c)), None)
    if end is None or end.month == 0:
        return f"{curve.name}: nobody at risk."
    return f"{curve.name}: {percent(end.probability)} ({interval(end)}) by {month_words(end.month)}."


def draw(panel: Incidence) -> Plot:
    """Draw the curves with 90 % bands, and under them how many were still at risk."""
    names = [wrap(curve.name, _LETTERS) for curve in panel.curves]
    foot = _FOOT + (sum(map(len, names)) + len(names)) * _ROW
    height = _TOP + _PLOT + foot
    plot = Plot((_WIDTH, height), (_LEFT, foot / height, _SHARE, _PLOT / height))
    plot.title(panel.title)
    plot.label(panel.axis)
    last = max((c.month for curve in panel.curves for c in curve.points), default=1.0)
    plot.x = Scale(0.0, max(last, 1.0))
    shown = [m for m in _AT_RISK if m <= max(last, 1.0)]
    plot.x_ticks(shown, map(str, shown))
    plot.y_ticks(QUARTERS, PERCENT)
    for curve in panel.curves:
        _steps(plot, curve)
    _legend(plot, panel, names, shown, height)
    return plot


def _steps(plot: Plot, curve: Curve) -> None:
    points = [c for c in curve.points if defined(c)]
    if not points:
        return
    months = [c.month for c in points]
    at, low = stepped_out(months, [c.low for c in points])
    plot.band(at, low, stepped_out(months, [c.high for c in points])[1], color(curve.place), 0.14)
    plot.line(*stepped_out(months, [c.probability for c in points]), color(curve.place), 1.7)


def _legend(plot: Plot, panel: Incidence, names: list[list[str]], months: list[int], height: float) -> None:
    """Write each curve's name and, below it, how many were still at risk at the months of the axis."""
    last = max((c.month for curve in panel.curves for c in curve.points), default=1.0)
    y = (sum(map(len, names)) + len(names)) * _ROW - 0.1
    for curve, lines in zip(panel.curves, names, strict=True):
        plot.note(0.0, y / height, "■", SMALL, color(curve.place))
        for line in lines:
            plot.note(0.03, y / height, line, SMALL - 1, INK)
            y -= _ROW
        plot.note(0.0, y / height, "at risk", SMALL - 2, MUTED)
        at = {round(c.month): c.denominator for c in curve.points}
        for month in months:
            x = _LEFT + _SHARE * month / max(last, 1.0)
            count = count_words(at[month]) if month in at else DASH
            plot.note(x, y / height, count, SMALL - 1, MUTED, "middle")
        y -= _ROW


KIND = FigureKind("incidence", select, draw)
