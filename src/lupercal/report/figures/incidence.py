"""Cumulative incidence of a first event under each therapy: steps on a true time axis, numbers at risk below."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lupercal.forecast.result import Chance, Forecast
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.figures.style import INK, MUTED, SMALL, blank, color, quiet_grid
from lupercal.report.shown import arm_groups
from lupercal.report.wording import DASH, count_words, defined, interval, listed, month_words, percent, words

_WIDTH, _PLOT, _ROW, _FOOT, _TOP = 4.9, 1.9, 0.155, 0.5, 0.32  # inches
_LEFT, _SHARE = 0.085, 0.885
_LETTERS = 84  # that fit into the width
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
    known = [name for name in words()["incidence"] if name in names]
    return tuple(
        _panel(name, [
            Curve(g.place, listed(tuple(arm.name for arm in g.arms)), g.first.incidence.get(name, ())) for g in groups
        ])
        for name in known
    )  # fmt: skip


def _panel(name: str, curves: list[Curve]) -> Incidence:
    known = words()["incidence"][name]
    text = f"Cumulative incidence: {known['title']}. " + " ".join(_words(curve) for curve in curves)
    return Incidence(f"incidence-{name}", known["title"], text, known["axis"], tuple(curves))


def _words(curve: Curve) -> str:
    end = next((c for c in reversed(curve.points) if defined(c)), None)
    if end is None or end.month == 0:
        return f"{curve.name}: nobody at risk."
    return f"{curve.name}: {percent(end.probability)} ({interval(end)}) by {month_words(end.month)}."


def draw(panel: Incidence) -> Figure:
    """Draw the curves with 90 % bands, and under them how many were still at risk."""
    names = [wrap(curve.name, _LETTERS) for curve in panel.curves]
    foot = _FOOT + (sum(map(len, names)) + len(names)) * _ROW
    height = _TOP + _PLOT + foot
    figure = blank(_WIDTH, height)
    ax = figure.add_axes((_LEFT, foot / height, _SHARE, _PLOT / height))
    ax.set_title(panel.title, x=-_LEFT / _SHARE)
    last = max((c.month for curve in panel.curves for c in curve.points), default=1.0)
    ax.set_xlim(0, max(last, 1.0))
    ax.set_ylim(0, 1)
    shown = [m for m in _AT_RISK if m <= max(last, 1.0)]
    ax.set_xticks(shown)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    ax.set_xlabel(panel.axis)
    quiet_grid(ax)
    for curve in panel.curves:
        _steps(ax, curve)
    _legend(figure, panel, names, shown, height)
    return figure


def _steps(ax: Axes, curve: Curve) -> None:
    points = [c for c in curve.points if defined(c)]
    months = [c.month for c in points]
    hue = color(curve.place)
    ax.fill_between(
        months, [c.low for c in points], [c.high for c in points], step="post", color=hue, alpha=0.14, linewidth=0
    )
    ax.step(months, [c.probability for c in points], where="post", color=hue, linewidth=1.7)


def _legend(figure: Figure, panel: Incidence, names: list[list[str]], months: list[int], height: float) -> None:
    """Write each curve's name and, below it, how many were still at risk at the months of the axis."""
    last = max((c.month for curve in panel.curves for c in curve.points), default=1.0)
    y = (sum(map(len, names)) + len(names)) * _ROW - 0.1
    for curve, lines in zip(panel.curves, names, strict=True):
        figure.text(0.0, y / height, "■", fontsize=SMALL, color=color(curve.place))
        for line in lines:
            figure.text(0.03, y / height, line, fontsize=SMALL - 1, color=INK)
            y -= _ROW
        figure.text(0.0, y / height, "at risk", fontsize=SMALL - 2, color=MUTED)
        at = {round(c.month): c.denominator for c in curve.points}
        for month in months:
            x = _LEFT + _SHARE * month / max(last, 1.0)
            told = count_words(at[month]) if month in at else DASH
            figure.text(x, y / height, told, fontsize=SMALL - 1, color=MUTED, ha="center")
        y -= _ROW


KIND = FigureKind("incidence", select, draw)
