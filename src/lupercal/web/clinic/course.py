"""The course of one patient as pages show it: series for the timeline, and the table before and after."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.variables import variables
from lupercal.report.shown import page_one_data
from lupercal.report.wording import measured
from lupercal.visits.patient_scores import patient_scores
from lupercal.web.clinic.data import clinic_data

_DAY = {"field": "day", "type": "quantitative"}
_BOUND = {"field": "bound", "type": "nominal", "legend": None}


@final
@dataclass(frozen=True, slots=True)
class CoursePoint:
    """One value of one variable on one day; ``low`` and ``high`` bound it where only a bound is known."""

    panel: str
    unit: str
    day: int
    date: str
    value: float
    bound: str
    text: str


@final
@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """One row of the table before and after: title, unit, and one cell per time; an empty cell is not known."""

    title: str
    note: str
    cells: tuple[str, ...]
    change: str


def course_points(patient: Patient) -> tuple[CoursePoint, ...]:
    """Return what the timeline draws, panel by panel."""
    activity = _activity(patient)
    made = []
    for panel in clinic_data().timeline:
        for name in panel.variables:
            unit = variables()[name].unit
            shown = "" if unit in {"1", "{score}"} else unit_in_words(unit)
            for visit in patient.visits:
                one = activity.get(visit.day) if name == "sledai_2k" else visit.values.get(name)
                if one is not None:
                    bound = "" if one.comparator == "=" else one.comparator
                    made.append(
                        CoursePoint(panel.title, shown, visit.day, visit.date or "", one.value, bound, measured(one))
                    )
    return tuple(made)


def timeline(patient: Patient, infusions: Iterable[tuple[int, str]] = ()) -> dict[str, Any]:
    """Return the timeline as a Vega-Lite specification: one panel per measure, one shared axis of days."""
    drawn = course_points(patient)
    marks = [{"day": day, "what": what} for day, what in infusions]
    panels = [
        _panel(panel.title, [one for one in drawn if one.panel == panel.title], marks)
        for panel in clinic_data().timeline
    ]
    shown = [one for one in panels if one is not None]
    for one in shown[:-1]:
        one["layer"][0]["encoding"]["x"]["axis"] = {"labels": False, "title": None, "grid": True}
    return {
        "description": f"Course of {patient.id}: {', '.join(dict.fromkeys(one.panel for one in drawn)) or 'no values'}",
        "vconcat": shown,
        "spacing": 6,
        "resolve": {"scale": {"x": "shared"}},
        "config": {"view": {"stroke": None}, "axis": {"labelFontSize": 11, "titleFontSize": 11}},
    }


def _panel(title: str, drawn: list[CoursePoint], infusions: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not drawn:
        return None
    rows = [
        {"day": p.day, "date": p.date, "value": p.value, "text": p.text, "bound": p.bound or "measured"} for p in drawn
    ]
    axis = {
        "title": f"{title}{', ' + drawn[0].unit if drawn[0].unit else ''}",
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "start",
        "titleX": 0,
        "titleY": -6,
        "tickCount": 3,
    }
    x = {"field": "day", "type": "quantitative", "title": "days from day 0", "axis": {"grid": True}}
    y = {"field": "value", "type": "quantitative", "axis": axis, "scale": {"zero": True, "nice": True}}
    tooltip = [{"field": "day", "title": "day"}, {"field": "date"}, {"field": "text", "title": title}]
    layers: list[dict[str, Any]] = [
        {"data": {"values": rows}, "mark": {"type": "line", "strokeWidth": 1.6}, "encoding": {"x": x, "y": y}},
        {
            "data": {"values": rows}, "mark": {"type": "point", "filled": True, "size": 55},
            "encoding": {"x": x, "y": y, "shape": _BOUND, "tooltip": tooltip},
        },
    ]  # fmt: skip
    if infusions:
        layers.append({
            "data": {"values": infusions}, "mark": {"type": "rule", "strokeDash": [4, 3]},
            "encoding": {"x": _DAY, "tooltip": [{"field": "what"}, {"field": "day"}]},
        })  # fmt: skip
    return {"width": 640, "height": 74, "layer": layers}


def before_after(patient: Patient) -> tuple[tuple[str, ...], tuple[BeforeAfter, ...]]:
    """Return column titles and rows: before, then each month with the visit that counts for it."""
    windows = clinic_data().before_after_windows
    activity = _activity(patient)
    before = [one for one in patient.visits if one.day <= 0]
    visits = [before, *([one for one in (_visit_at(patient, *row),) if one] for row in windows.items())]
    rows = [
        _row(row["title"], row["variable"], row.get("note", ""), visits, activity)
        for row in page_one_data()["before_after"]["rows"]
    ]
    return ("Before", *(f"{month} month{'' if month == 1 else 's'}" for month in windows)), tuple(rows)


def _row(
    title: str, name: str, note: str, visits: list[list[Visit]], activity: Mapping[int, Measurement]
) -> BeforeAfter:
    found = [_newest(name, some, activity) for some in visits]
    unit = variables()[name].unit
    words = variables()[name].label + ("" if unit in {"1", "{score}"} else f", {unit_in_words(unit)}")
    return BeforeAfter(
        title,
        f"{words}{'; ' + note if note else ''}",
        tuple(measured(one) if one else "" for one in found),
        _change(found),
    )


def _newest(name: str, visits: list[Visit], activity: Mapping[int, Measurement]) -> Measurement | None:
    """Return the newest value among some visits."""
    told = (activity.get(one.day) if name == "sledai_2k" else one.values.get(name) for one in reversed(visits))
    return next((one for one in told if one is not None), None)


def _change(found: list[Measurement | None]) -> str:
    first, later = found[0], [one for one in found[1:] if one is not None]
    if first is None or not later or first.censored or later[-1].censored:
        return "cannot tell"
    difference = later[-1].value - first.value
    return "no change" if math.isclose(difference, 0, abs_tol=1e-9) else f"{difference:+.3g}"


def _activity(patient: Patient) -> dict[int, Measurement]:
    """Return SLEDAI-2K at each visit where it is settled, computed from the items or as recorded."""
    if not patient.visits:
        return {}
    score = patient_scores(patient, ["sledai_2k"])[0]
    days = [visit.day for visit in patient.visits]
    return {day: Measurement(float(v)) for day, v in zip(days, score.value, strict=True) if math.isfinite(v)}


def _visit_at(patient: Patient, month: int, window: int) -> Visit | None:
    day = round(month * DAYS_PER_MONTH)
    near = [one for one in patient.visits if one.day > 0 and abs(one.day - day) <= window]
    return min(near, key=lambda one: abs(one.day - day), default=None)
