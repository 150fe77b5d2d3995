"""Alerts stand until a newer value of the same variable takes them back; what settled them is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.patient.read import patient_from
from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.patient.variables import variables
from lupercal.programmes.alert_rules import fires
from lupercal.programmes.alerts import Alert, alerts_of
from lupercal.programmes.event_alerts import event_alerts
from lupercal.programmes.plan_data import common, plan_sources

CAR_T = ("car_t",)
Given = dict[str, Any]


def person(*visits: tuple[int, Given]) -> Patient:
    rows = [{"day": day, "values": values} for day, values in visits]
    return patient_from({"id": "p", "age_years": 30, "visits": rows}, "test")


def of(name: str, *visits: tuple[int, Given], until: int = 1000) -> list[Alert]:
    return [one for one in alerts_of(person(*visits), CAR_T, until) if one.id == name]


def stands(name: str, *visits: tuple[int, Given]) -> bool:
    return any(one.current for one in of(name, *visits))


@pytest.mark.parametrize(
    ("name", "visits"),
    [
        ("neutrophils_low", [(10, {"neutrophils": 0.3}), (20, {"platelets": 200})]),
        ("neutrophils_low", [(10, {"neutrophils": 0.3}), (20, {"neutrophils": "<1 10*9/L"})]),
        ("fever_crs", [(10, {"temperature": 39.5}), (16, {"temperature": 38.4})]),
        ("ferritin_rise", [(0, {"ferritin": 200}), (30, {"ferritin": 5000}), (70, {"ferritin": 4000})]),
        ("ferritin_rise", [(0, {"ferritin": 200}), (30, {"ferritin": 5000}), (70, {"ferritin": "<4000 ug/L"})]),
        ("proteinuria_licats", [(0, {"upcr": 0.2}), (10, {"upcr": 2.5}), (20, {"upcr": 2.4})]),
        ("proteinuria_licats", [(0, {"upcr": 0.2}), (50, {"upcr": 2.5}), (90, {"upcr": 2.4})]),
        ("proteinuria", [(0, {"upcr": 0.2}), (90, {"upcr": ">0.4 g/g"})]),
        ("creatinine_rise", [(-10, {"creatinine": 0.8}), (0, {"creatinine": 1.3}), (5, {"creatinine": 1.3})]),
        ("creatinine_rise", [(3, {"creatinine": 0.8}), (9, {"creatinine": 1.6})]),
        ("creatinine_rise", [(0, {"creatinine": "<0.9 mg/dL"}), (9, {"creatinine": 1.6})]),
        ("infection", [(-5, {"infection_active": True}), (3, {"crp": 2})]),
        ("neutrophils_low", [(-2, {"neutrophils": 0.1})]),
        ("hypotension", [(2, {"hypotension": True})]),
        ("ice_low", [(4, {"ice": 8})]),
    ],
)
def test_what_is_no_harmless_newer_value_hides_no_danger(name: str, visits: list[tuple[int, Given]]) -> None:
    assert stands(name, *visits)


@pytest.mark.parametrize(
    ("name", "visits", "by"),
    [
        ("neutrophils_low", [(10, {"neutrophils": 0.3}), (20, {"neutrophils": 0.5})], "Neutrophils 0.5 10*9/L, day 20"),
        ("fever_crs", [(10, {"temperature": 39.5}), (16, {"temperature": 36.8})], "Body temperature 36.8 Cel, day 16"),
        ("proteinuria_licats", [(0, {"upcr": 3}), (10, {"upcr": 3.5}), (90, {"upcr": 2.9})], "day 90"),
        ("proteinuria_licats", [(0, {"upcr": 0.2}), (10, {"upcr": 2.5}), (90, {"upcr": 0.5})], "day 90"),
        ("infection", [(8, {"infection_active": True}), (9, {"infection_active": False})], "Active infection absent"),
        ("crs", [(5, {"crs_grade": 3}), (9, {"crs_grade": 0})], "day 9"),
    ],
)
def test_a_newer_harmless_value_settles_it_and_is_told(name: str, visits: list[tuple[int, Given]], by: str) -> None:
    (alert,) = of(name, *visits)
    assert not alert.current
    assert by in alert.settled
    assert alert.settled_day == visits[-1][0]


def test_of_a_run_of_findings_the_newest_stands_and_the_others_say_so() -> None:
    first, second = of("neutrophils_low", (10, {"neutrophils": 0.3}), (12, {"neutrophils": 0.1}))[::-1]
    assert (first.current, first.settled) == (False, "pointed out again, day 12")
    assert (second.day, second.current, second.settled) == (12, True, "")


def test_what_comes_after_the_day_that_is_looked_at_settles_nothing() -> None:
    visits = (10, {"neutrophils": 0.3}), (20, {"neutrophils": 2})
    assert [one.current for one in of("neutrophils_low", *visits, until=15)] == [True]
    assert [one.current for one in of("neutrophils_low", *visits, until=20)] == [False]


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        ([(20, 210), (40, 95)], True),
        ([(20, 210), (30, 150), (40, 95)], True),
        ([(20, 210), (40, 106)], False),
        ([(20, 210), (60, 95)], False),
        ([(0, 210), (10, 95)], False),
        ([(20, 210), (40, 95), (50, 99)], True),
        ([(20, 210), (40, 95), (50, 100)], False),
    ],
)
def test_counts_that_fall_are_pointed_out_until_they_are_back(visits: list[tuple[int, float]], expected: bool) -> None:
    assert stands("platelets_fall", *((day, {"platelets": value}) for day, value in visits)) is expected


WATCHED = sorted({row["variable"] for row in common("alerts").values()})


NEAR = {"upcr": 2.5, "platelets": 220.0, "neutrophils": 4.0, "hemoglobin": 14.0, "creatinine": 3.0, "ferritin": 2000.0}
"""Highest value that is drawn of variables whose rules look back; their limits lie well below."""


def measured(name: str) -> st.SearchStrategy[Measurement]:
    kind = variables()[name].kind
    top = NEAR.get(name, 1.0 if kind == "flag" else 10.0)
    values = st.integers(0, 20).map(lambda part: part * top / 20) if name in NEAR else st.integers(0, int(top))
    signs = st.sampled_from(["=", "=", "=", "<", ">"]) if kind == "quantity" else st.just("=")
    return st.builds(lambda value, sign: Measurement(float(value), sign), values, signs)


@st.composite
def courses(draw: st.DrawFn) -> tuple[Patient, str, Visit]:
    """Return a patient with values of one variable, and a visit that is added on a day without one."""
    name = draw(st.sampled_from([*NEAR] * 6 + WATCHED))
    days = draw(st.lists(st.integers(0, 28), min_size=3, max_size=4, unique=True))
    added, *others = days
    visits = [Visit(2 * day, values={name: draw(measured(name))}) for day in sorted(others)]
    return Patient(id="p", visits=tuple(visits)), name, Visit(2 * abs(added) + 1, values={name: draw(measured(name))})


@settings(deadline=None, max_examples=300)
@given(courses())
def test_adding_a_danger_never_closes_an_alert(given_course: tuple[Patient, str, Visit]) -> None:
    who, name, visit = given_course
    more = replace(who, visits=tuple(sorted((*who.visits, visit), key=lambda one: one.day)))
    before = {one.id for one in alerts_of(who, CAR_T, 300) if one.current}
    after = {one.id for one in alerts_of(more, CAR_T, 300) if one.current}
    for key, row in common("alerts").items():
        if row["variable"] == name and key in before and fires(row, more, visit) is not False:
            assert key in after


@settings(deadline=None, max_examples=100)
@given(courses(), st.sampled_from(WATCHED))
def test_a_visit_without_the_variable_changes_no_alert(course: tuple[Patient, str, Visit], other: str) -> None:
    who, name, visit = course
    without = replace(visit, day=250, values={} if other == name else {other: Measurement(1.0)})
    more = replace(who, visits=(*who.visits, without))
    told = [[one for one in alerts_of(one, CAR_T, 300) if one.day != 250] for one in (who, more)]
    assert [(one.id, one.day, one.current) for one in told[0]] == [(one.id, one.day, one.current) for one in told[1]]


class Recorded(NamedTuple):
    """An event as a registry holds it."""

    term: str
    scale: str = "CTCAE"
    grade: int = 1
    serious: bool = False
    began_on: date = date(2026, 3, 1)
    ended_on: date | None = None
    id: str = "a-1"


START, TODAY = date(2026, 2, 20), date(2026, 4, 1)


def raised(event: Recorded) -> Alert | None:
    return next(iter(event_alerts([event], START, TODAY)), None)


def test_every_kind_of_event_is_known_and_asked_for() -> None:
    assert {row["kind"] for row in common("event_alerts").values() if "kind" in row} == set(common("event_kinds"))


@pytest.mark.parametrize(
    ("event", "alert", "severity"),
    [
        (Recorded("Fever", "CRS", 2), "crs_2", "urgent"),
        (Recorded("Fever", "CRS", 4), "crs_2", "urgent"),
        (Recorded("Fever", "CRS", 1), "crs_1", "urgent"),
        (Recorded("Cytokine release syndrome", "CTCAE", 2), "crs_2", "urgent"),
        (Recorded("CRS", "ASTCT", 3), "crs_2", "urgent"),
        (Recorded("Confusion", "ICANS", 1), "icans_1", "urgent"),
        (Recorded("Neurotoxicity", "CTCAE", 1), "icans_1", "urgent"),
        (Recorded("Pneumonia", "CTCAE", 3), "infection_3", "urgent"),
        (Recorded("urinary tract infection", "CTCAE", 2, serious=True), "infection_serious", "urgent"),
        (Recorded("urinary tract infection", "CTCAE", 2), "infection", "warning"),
        (Recorded("Late neutropenia", "ICAHT", 3), "icaht_3", "urgent"),
        (Recorded("Febrile neutropenia", "CTCAE", 3), "cytopenia_3", "urgent"),
        (Recorded("Thrombocytopenia", "CTCAE", 4), "cytopenia_3", "urgent"),
        (Recorded("Renal flare", "CTCAE", 1), "flare", "warning"),
        (Recorded("IEC-HS", "CTCAE", 2), "hyperinflammation", "urgent"),
        (Recorded("Rash", "CTCAE", 3), "grade_3", "warning"),
        (Recorded("Rash", "CTCAE", 4), "grade_4", "urgent"),
        (Recorded("Fall", "CTCAE", 1, serious=True), "serious", "urgent"),
        (Recorded("Sepsis", "CTCAE", 5), "death", "urgent"),
    ],
)
def test_recorded_events_are_pointed_out(event: Recorded, alert: str, severity: str) -> None:
    found = raised(event)
    assert found is not None
    assert (found.id, found.severity, found.current, found.event, found.day) == (alert, severity, True, "a-1", 9)
    assert event.term in found.value
    assert found.source in plan_sources()


@pytest.mark.parametrize(
    "event",
    [
        Recorded("Headache", "CTCAE", 2),
        Recorded("Fever", "CRS", 0),
        Recorded("Neutropenia", "ICAHT", 2),
        Recorded("Disinfected wound", "CTCAE", 1),
        Recorded("Pneumonia", "CTCAE", 3, began_on=date(2026, 4, 2)),
    ],
)
def test_mild_or_absent_or_later_events_are_not(event: Recorded) -> None:
    assert raised(event) is None


def test_an_end_date_settles_an_event_but_no_death() -> None:
    ended = raised(Recorded("Fever", "CRS", 3, ended_on=date(2026, 3, 4)))
    assert ended is not None
    assert (ended.current, ended.settled, ended.settled_day) == (False, "recorded as ended on 2026-03-04", 12)
    for event in (Recorded("Fever", "CRS", 3, ended_on=date(2026, 4, 2)), Recorded("x", grade=5, ended_on=TODAY)):
        found = raised(event)
        assert found is not None
        assert found.current


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(["CRS", "ICANS", "ICAHT", "CTCAE", "other"]), st.integers(0, 5), st.booleans(), st.text(max_size=20)
)
def test_a_higher_grade_or_seriousness_never_hides_or_softens(scale: str, grade: int, serious: bool, term: str) -> None:
    order = {None: 3, "notice": 2, "warning": 1, "urgent": 0}
    found = raised(Recorded(term, scale, grade, serious))
    for worse in (Recorded(term, scale, min(5, grade + 1), serious), Recorded(term, scale, grade, True)):
        graver = raised(worse)
        assert order[graver and graver.severity] <= order[found and found.severity]
