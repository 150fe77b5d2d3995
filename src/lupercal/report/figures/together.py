"""One small panel per variable that the side-by-side figure leaves out: the therapies over one another, in one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from lupercal.forecast.result import Band, Forecast
from lupercal.patient.record import Measurement
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.report.axes import axis, limits
from lupercal.report.figures.course import frame, mark_value, reference_lines, spread_words
from lupercal.report.figures.overview import drawn_groups
from lupercal.report.figures.plot import Plot
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.figures.style import color
from lupercal.report.selection import MEDIAN, at_month, baseline_value, main_month, reported_bands
from lupercal.report.wording import label_with_unit, month_words


@final
@dataclass(frozen=True, slots=True)
class TogetherCurve:
    """One therapy, or several that do not differ: ``place`` gives the colour."""

    place: int
    names: str
    band: Band


@final
@dataclass(frozen=True, slots=True)
class Together:
    """One variable under all therapies."""

    key: str
    title: str
    text: str
    lead_days: int
    curves: tuple[TogetherCurve, ...]
    baseline: Measurement | None
    limits: tuple[float, float]


def select(forecast: Forecast) -> tuple[Together, ...]:
    """Return a panel per variable that is drawn for no therapy by itself; none where no arm may be shown."""
    groups = drawn_groups(forecast)
    names = dict.fromkeys(band.variable for group in groups for band in reported_bands(group.first))
    made = []
    for name in (name for name in names if not axis(name).overview):
        curves = tuple(
            TogetherCurve(group.place, group.names, group.first.bands[name])
            for group in groups if name in group.first.bands
        )  # fmt: skip
        title, month = label_with_unit(name), main_month(forecast)
        text = f"{title} by therapy. " + " ".join(_words(curve, month) for curve in curves)
        lead = max(group.first.lead_days for group in groups)
        made.append(
            Together(
                f"together-{name}", title, text, lead, curves, baseline_value(forecast, name), limits(forecast, name, 0)
            )
        )
    return tuple(made)


def _words(curve: TogetherCurve, month: float) -> str:
    quantiles = at_month(curve.band, month)
    if quantiles is None:
        return f"{curve.names}: not forecast."
    return f"{curve.names}, {month_words(month)}: {spread_words(curve.band.variable, quantiles)}."


def draw(panel: Together) -> Plot:
    """Draw the 90 % bands, then the medians over them."""
    plot = Plot((3.1, 1.5), (0.13, 0.15, 0.85, 0.69))
    plot.title(panel.title)
    widest = min(panel.curves, key=lambda curve: float(curve.band.days[0]))
    frame(plot, widest.band, panel.lead_days, panel.limits)
    for curve in panel.curves:
        months, quantiles = curve.band.days / DAYS_PER_MONTH, curve.band.quantiles
        plot.band(months, quantiles[0], quantiles[-1], color(curve.place), 0.1)
        plot.line(months, quantiles[MEDIAN], color(curve.place), 1.7)
    if panel.baseline:
        mark_value(plot, 0.0, panel.baseline, "D")
    reference_lines(plot, panel.curves[0].band.variable, named=False)
    return plot


KIND = FigureKind("together", select, draw)
