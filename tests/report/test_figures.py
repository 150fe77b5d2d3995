"""Every kind of figure keeps the contract; courses, reference lines and the real patient are where they belong."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.patient.variables import variables
from lupercal.report.axes import axes, limits, ticks
from lupercal.report.figures import FIGURES, FigureKind, course, incidence, overview
from lupercal.report.figures.marks import mark_path
from lupercal.report.figures.style import spread_out
from lupercal.report.figures.svg import svg
from lupercal.report.wording import label_with_unit
from tests.report.build import SHAPES, forecast, small


@pytest.mark.parametrize("kind", FIGURES.values(), ids=lambda kind: kind.name)
def test_every_kind_of_figure_keeps_the_contract(kind: FigureKind) -> None:
    panels = kind.select(forecast())
    if kind.name == "learning":  # has something to draw only where visits taught something, see test_history
        assert panels == ()
        return
    assert panels
    assert len({panel.key for panel in panels}) == len(panels)
    for panel in panels:
        assert panel.key.startswith(kind.name)
        assert panel.title
        assert len(panel.text) > len(panel.title)
        assert not re.search(r"nan|inf\b", panel.text)
    drawn = svg(kind, panels[0])
    assert drawn == svg(kind, panels[0])
    assert drawn.count("<svg") == drawn.count("</svg>") == 1
    assert not re.search(r"#[0-9a-f]{6}|http|nan", drawn)


@pytest.mark.parametrize("kind", FIGURES.values(), ids=lambda kind: kind.name)
def test_no_figure_of_a_forecast_without_arms(kind: FigureKind) -> None:
    assert kind.select(replace(forecast(), arms=())) == ()


def test_courses_carry_label_unit_months_and_named_reference_lines() -> None:
    panels = {panel.key: panel for panel in course.select(forecast())}
    assert len(panels) == 4 * len(SHAPES)
    text = svg(course.KIND, panels["course-0-prednisone"])
    for wanted in (label_with_unit("prednisone"), "(mg/day)", "Months from day 0", ">24<", "7.5 LLDAS", "5 DORIS"):
        assert wanted in text


def test_no_two_labels_of_a_course_lie_on_one_another() -> None:
    """Reference lines 0.5 and 0.7 g/g are nearly one line high; their names must still be apart."""
    panels = {panel.key: panel for panel in course.select(forecast())}
    text = svg(course.KIND, panels["course-0-upcr"])
    heights = [float(re.search(rf' y="([\d.]+)"[^>]*>{name}<', text)[1]) for name in ("0.5 CRR", "0.7 PERR")]  # type: ignore[index]
    assert heights[0] - heights[1] > 7


def test_later_visits_appear_only_under_the_therapy_that_was_given() -> None:
    panels = {panel.key: panel for panel in course.select(forecast())}
    assert [day for day, _ in panels["course-0-c3"].later] == [28, 93, 365]
    assert panels["course-1-c3"].later == ()
    assert "Seen in the real patient: 0.95 on day 28" in panels["course-0-c3"].text
    assert panels["course-0-anti_dsdna"].later[1][1].comparator == "<"


def test_a_treatment_of_the_past_does_not_count_as_given() -> None:
    """Rituximab failed 700 days before day 0: the later visits are not visits under rituximab."""
    assert all(panel.later == () for panel in course.select(forecast()) if panel.place == 1)


def test_baseline_is_marked_at_the_start_of_the_preparation_time() -> None:
    panel = next(panel for panel in course.select(forecast()) if panel.key == "course-0-c3")
    assert panel.baseline is not None
    assert panel.baseline.value == 0.74
    plot = course.draw(panel)
    x = plot.left + plot.wide * float(plot.x.share(-42 / 30.4375))
    y = plot.bottom - plot.tall * float(plot.y.share(0.74))
    assert mark_path("D", x, y, 2.75) in svg(course.KIND, panel)


def test_one_variable_has_the_same_axis_under_every_therapy_and_nothing_is_cut_off() -> None:
    whole = forecast()
    for name in SHAPES:
        panels = [panel for panel in course.select(whole) if panel.band.variable == name]
        assert len({panel.limits for panel in panels}) == 1
        low, high = limits(whole, name, course.COURSES)
        assert all(low <= p.band.quantiles.min() and p.band.quantiles.max() <= high for p in panels)
        assert all(low <= m.value <= high for p in panels for _, m in p.later)


def test_a_course_full_of_gaps_can_be_drawn() -> None:
    panel = course.select(small())[0]
    gaps = replace(panel.band, quantiles=np.full_like(panel.band.quantiles, np.nan), courses=panel.band.courses[:0])
    assert "Months from day 0" in svg(course.KIND, replace(panel, band=gaps))


def test_the_overview_has_a_panel_per_therapy_and_variable_and_none_for_the_withheld_one() -> None:
    panels = overview.select(forecast())
    assert len({panel.place for panel in panels}) == 4
    assert not any("MSC exosomes" in panel.text for panel in panels)
    assert {panel.band.variable for panel in panels} == {name for name in SHAPES if axes()[name].overview}


def test_therapies_that_do_not_differ_share_panels_curves_and_colour() -> None:
    whole = forecast()
    twin = replace(whole.arms[1], therapy="belimumab", name="A twin")
    both = replace(whole, arms=(*whole.arms, twin))
    assert len(overview.select(both)) == len(overview.select(whole))
    shared = [curve for panel in incidence.select(both) for curve in panel.curves if "A twin" in curve.name]
    assert shared
    assert all("Rituximab" in curve.name for curve in shared)


def test_incidence_is_drawn_on_a_true_time_axis_with_the_numbers_at_risk() -> None:
    panel = incidence.select(forecast())[0]
    text, plot = svg(incidence.KIND, panel), incidence.draw(panel)
    steps = re.findall(r'<path d="M ([^"]*)"[^>]*stroke-width: 1.7', text)
    assert len(steps) == len(panel.curves)
    across = [float(corner.split()[0]) for corner in steps[0].split(" L ")][::2]
    assert across == pytest.approx([plot.left + plot.wide * month / 24 for month in range(25)], abs=0.006)
    written = re.findall(r">([^<]*)</text>", text)
    assert {"500", "470", "380", "260"} <= set(written)  # at months 0, 3, 12 and 24
    assert written.count("at risk") == len(panel.curves)


def test_axes_use_the_units_of_the_data_dictionary_and_each_line_has_a_source() -> None:
    assert set(axes()) <= set(variables())
    for name, axis in axes().items():
        for line in axis.lines:
            assert line.basis == "published"
            assert line.source
            assert variables()[name].low <= line.value <= variables()[name].high


@settings(deadline=None)
@given(st.sampled_from(("anti_dsdna", "upcr", "cd19")), st.floats(0, 50), st.floats(60, 1e5))
def test_ticks_lie_within_the_axis(name: str, low: float, high: float) -> None:
    found = ticks(name, low, high)
    assert found is not None
    assert list(found) == sorted(set(found))
    assert all(low <= tick <= high for tick in found)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_labels_spread_out_keep_their_order_distance_and_bounds(wanted: list[float]) -> None:
    placed = spread_out(wanted, 0.1, 0.0, 1.0)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    heights = [placed[i] for i in order]
    assert all(b - a >= 0.1 - 1e-9 for a, b in pairwise(heights))
    assert heights[0] >= -1e-9
    assert heights[-1] <= 1 + 1e-9
