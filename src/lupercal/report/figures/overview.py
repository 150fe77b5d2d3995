"""Small panels, one per variable and therapy, one y axis per variable; therapies that do not differ share a panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from lupercal.forecast.result import Band, Forecast
from lupercal.patient.record import Measurement
from lupercal.report.axes import axis, limits
from lupercal.report.figures.course import CourseFigure, fill, frame, mark_patient, reference_lines, spread_words
from lupercal.report.figures.plot import Plot
from lupercal.report.figures.skeleton import FigureKind
from lupercal.report.selection import at_month, baseline_value, main_month, observed, reported_bands
from lupercal.report.shown import ArmGroup, arm_groups
from lupercal.report.wording import label_with_unit, month_words

_FEW = 3  # columns that leave room for flat panels


@final
@dataclass(frozen=True, slots=True)
class Overview:
    """One small panel. ``place`` gives the colour; ``columns`` are drawn side by side."""

    key: str
    title: str
    text: str
    place: int
    columns: int
    lead_days: int
    band: Band
    baseline: Measurement | None
    later: tuple[tuple[int, Measurement], ...]
    limits: tuple[float, float]


def select(forecast: Forecast) -> tuple[Overview, ...]:
    """Return the panels, variable by variable; none for arms whose efficacy is withheld."""
    groups = drawn_groups(forecast)
    names = dict.fromkeys(band.variable for group in groups for band in reported_bands(group.first))
    return tuple(
        _panel(forecast, group, len(groups), band, limits(forecast, name, 0))
        for name in names
        if axis(name).overview
        for group in groups
        for band in reported_bands(group.first)
        if band.variable == name
    )


def drawn_groups(forecast: Forecast) -> tuple[ArmGroup, ...]:
    """Return the groups of arms that have courses to draw."""
    return tuple(group for group in arm_groups(forecast) if reported_bands(group.first))


def _panel(
    forecast: Forecast, group: ArmGroup, columns: int, band: Band, ranges: tuple[float, float]
) -> Overview:  # fmt: skip
    month = main_month(forecast)
    quantiles = at_month(band, month)
    at_main_month = "" if quantiles is None else f" At {month_words(month)}: {spread_words(band.variable, quantiles)}."
    title = label_with_unit(band.variable)
    later = next((seen for arm in group.arms if (seen := observed(forecast, arm, band.variable))), ())
    return Overview(
        f"overview-{group.place}-{band.variable}", title, f"{title} under {group.names}.{at_main_month}", group.place,
        columns, group.first.lead_days, band, baseline_value(forecast, band.variable), later, ranges,
    )  # fmt: skip


def draw(panel: Overview) -> Plot:
    """Draw one small panel: bands, median, the patient's own values, reference lines."""
    wide = panel.columns <= _FEW
    plot = Plot((3.6, 1.28) if wide else (3.1, 1.6), (0.11, 0.18, 0.87, 0.63) if wide else (0.13, 0.15, 0.85, 0.7))
    plot.title(panel.title)
    frame(plot, panel.band, panel.lead_days, panel.limits)
    fill(plot, panel.band, panel.place, 0)
    mark_patient(plot, _as_course(panel))
    reference_lines(plot, panel.band.variable, named=False)
    return plot


def _as_course(panel: Overview) -> CourseFigure:
    return CourseFigure(
        panel.key, panel.title, panel.text, panel.place, panel.lead_days, panel.band, panel.baseline, panel.later,
        panel.limits,
    )  # fmt: skip


KIND = FigureKind("overview", select, draw)
