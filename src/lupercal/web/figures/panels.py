"""Panels over one axis of days: bands behind, values before them, infusions as upright lines, drugs as bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, final

HEIGHT = 78
_DAYS_AXIS = {"grid": True, "format": "d", "tickMinStep": 1}
_DAY = {"field": "day", "type": "quantitative", "title": "days from day 0"}
_BOUND = {"field": "bound", "type": "nominal", "legend": None}
DATA_COLUMNS = ("panel", "unit", "what", "day", "date", "value", "low", "high", "bound", "text")


@final
@dataclass(frozen=True, slots=True)
class MeasuredPoint:
    """One value on one day; ``bound`` is the comparator where only a bound is known, ``text`` the value in words."""

    day: int
    date: str
    value: float
    bound: str
    text: str


@final
@dataclass(frozen=True, slots=True)
class PanelBand:
    """A band over days: 5th percentile, median and 95th percentile; ``hue`` numbers the colour, -1 is grey."""

    name: str
    hue: int
    days: tuple[float, ...]
    low: tuple[float, ...]
    middle: tuple[float, ...]
    high: tuple[float, ...]


@final
@dataclass(frozen=True, slots=True)
class DayPanel:
    """One measure: its title, its unit in words, what was measured, and the bands behind."""

    title: str
    unit: str
    points: tuple[MeasuredPoint, ...]
    bands: tuple[PanelBand, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class DrugBar:
    """A drug from one day to another; an end that is not known is where the figure ends, and ``text`` says so."""

    drug: str
    first: int
    last: int
    text: str


def drawn_panels(
    description: str, panels: Sequence[DayPanel], marks: Iterable[tuple[int, str]] = (), bars: Sequence[DrugBar] = ()
) -> dict[str, Any]:
    """Return a figure as Vega-Lite: one panel per measure under each other, one shared axis of days.

    Colours are named ``token:NAME`` after the style sheet's tokens; the page puts in what they are.
    """
    days = [{"day": day, "what": what} for day, what in marks]
    drawn = [_panel(one, days) for one in panels if one.points or one.bands]
    drawn += [_bars(bars, days)] if bars else []
    for place, panel in enumerate(drawn):
        for layer in panel["layer"]:  # names are those of the whole figure: two alike would share their data
            layer["name"] = f"{layer['name']} {place}"
    for one in drawn[:-1]:
        one["encoding"]["x"]["axis"] = {"labels": False, "title": None, "grid": True}
    return {
        "description": description,
        "vconcat": drawn,
        "spacing": 8,
        "resolve": {"scale": {"x": "shared"}},
        "config": {"view": {"stroke": None}, "axis": {"labelFontSize": 11, "titleFontSize": 11}},
    }


def data_rows(panels: Sequence[DayPanel], bars: Sequence[DrugBar] = ()) -> list[tuple[Any, ...]]:
    """Return all that a figure draws as rows of `DATA_COLUMNS`."""
    rows: list[tuple[Any, ...]] = []
    for panel in panels:
        for p in panel.points:
            rows.append((panel.title, panel.unit, "measured", p.day, p.date, p.value, "", "", p.bound, p.text))
        for band in panel.bands:
            parts = zip(band.days, band.low, band.middle, band.high, strict=True)
            rows += [
                (panel.title, panel.unit, band.name, day, "", mid, low, high, "", "") for day, low, mid, high in parts
            ]
    return rows + [("Drugs", "", bar.drug, bar.first, "", "", bar.first, bar.last, "", bar.text) for bar in bars]


def colour(hue: int) -> str:
    """Return the token of a colour by its number; grey for -1."""
    return f"token:--series-{hue % 6}" if hue >= 0 else "token:--muted"


def _panel(one: DayPanel, marks: list[dict[str, Any]]) -> dict[str, Any]:
    layers = [layer for band in one.bands for layer in _band(band)]
    rows = [{"day": p.day, "value": p.value, "bound": p.bound or "measured"} for p in one.points]
    if rows:
        ink = {"color": "token:--ink"}
        layers += [
            {"name": "line", "data": {"values": rows}, "mark": {"type": "line", "strokeWidth": 1.2, **ink}},
            {
                "name": "measured", "data": {"values": rows},
                "mark": {"type": "point", "filled": True, "size": 50, **ink}, "encoding": {"shape": _BOUND},
            },
        ]  # fmt: skip
        for layer in layers[-2:]:
            layer.setdefault("encoding", {})["y"] = {"field": "value", "type": "quantitative"}
    axis = {
        "title": f"{one.title}{', ' + one.unit if one.unit else ''}", "titleAngle": 0, "titleAlign": "left",
        "titleAnchor": "start", "titleX": 0, "titleY": -6, "tickCount": 3,
    }  # fmt: skip
    for layer in layers:
        layer["encoding"]["y"] |= {"axis": axis, "scale": {"zero": True, "nice": True}}
    return _framed(layers, marks, HEIGHT)


def _band(band: PanelBand) -> list[dict[str, Any]]:
    parts = zip(band.days, band.low, band.middle, band.high, strict=True)
    rows = [{"day": day, "low": low, "middle": middle, "high": high} for day, low, middle, high in parts]
    low = {"field": "low", "type": "quantitative"}
    return [
        {
            "name": f"band {band.hue}", "data": {"values": rows},
            "mark": {"type": "area", "color": colour(band.hue), "opacity": 0.2 if band.hue >= 0 else 0.16},
            "encoding": {"y": low, "y2": {"field": "high"}},
        },
        {
            "name": f"middle {band.hue}", "data": {"values": rows},
            "mark": {"type": "line", "color": colour(band.hue), "strokeWidth": 1.4, "strokeDash": [5, 3]},
            "encoding": {"y": {"field": "middle", "type": "quantitative"}},
        },
    ]  # fmt: skip


def _bars(bars: Sequence[DrugBar], marks: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [{"drug": bar.drug, "day": bar.first, "last": bar.last} for bar in bars]
    axis = {"title": None, "labelLimit": 110, "grid": False, "ticks": False}
    layer = {
        "name": "drugs", "data": {"values": rows},
        "mark": {"type": "bar", "height": 8, "color": "token:--series-2", "cornerRadius": 2},
        "encoding": {"y": {"field": "drug", "type": "nominal", "axis": axis, "sort": None}, "x2": {"field": "last"}},
    }  # fmt: skip
    return _framed([layer], marks, 18 * len({bar.drug for bar in bars}))


def _framed(layers: list[dict[str, Any]], marks: list[dict[str, Any]], height: int) -> dict[str, Any]:
    if marks:
        rule = {"type": "rule", "strokeDash": [3, 3], "color": "token:--series-1", "strokeWidth": 1.4}
        layers.append({"name": "infusions", "data": {"values": marks}, "mark": rule, "encoding": {}})
    return {
        "width": 640,
        "height": height,
        "encoding": {"x": {**_DAY, "axis": _DAYS_AXIS}},
        "layer": layers,
    }
