"""Patients of every shape: a plan, a calendar and a follow-up, or one clear error; never anything else."""

from datetime import UTC, date, datetime
from typing import Any

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.errors import InputError, LupercalError
from lupercal.exchange.calendar_plan import plan_calendar
from lupercal.exchange.revision import Revision
from lupercal.patient.drugs import drug_classes
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient, Treatment
from lupercal.patient.variables import variables
from lupercal.programmes.follow_up import follow_up
from lupercal.programmes.plan import plan
from lupercal.programmes.plan_data import plan_names
from lupercal.report.plan_text import dumped, plan_json, plan_markdown, plan_plain
from lupercal.safety.override import Override
from lupercal.therapy.registry import products

NAMES = st.sampled_from(plan_names())
UNITS = st.sampled_from(["mg", "mg/d", "g/d", "mg/wk", "mg/kg", "mg/m2", "{cells}/kg", "mL", None])
TREATMENTS = st.lists(
    st.builds(
        Treatment,
        drug=st.sampled_from([*drug_classes(), *products()]),
        amount=st.none() | st.floats(0, 1e4),
        unit=UNITS,
        status=st.sampled_from(["current", "stopped", "failed", None]),
    ),
    max_size=6,
)


@st.composite
def visits(draw: st.DrawFn) -> list[dict[str, Any]]:
    days = draw(st.lists(st.integers(-400, 4000), max_size=5, unique=True))
    return [{"day": day, "values": draw(values())} for day in days]


@st.composite
def values(draw: st.DrawFn) -> dict[str, Any]:
    chosen = draw(st.lists(st.sampled_from(list(variables().values())), max_size=12, unique_by=lambda one: one.name))
    found: dict[str, Any] = {}
    for one in chosen:
        if one.kind == "flag":
            found[one.name] = draw(st.booleans())
        else:
            number = draw(st.integers(int(one.low) + 1, max(int(one.low) + 1, int(min(one.high, 10_000)))))
            sign = draw(st.sampled_from(["", "", "<", ">"]))
            usable = one.low <= number <= one.high
            value = f"{sign}{number}" if sign and usable else number if usable else one.high
            found[one.name] = {"value": value, "unit": one.unit} if one.kind == "quantity" else value
    return found


@settings(deadline=None, max_examples=60)
@given(NAMES, visits(), TREATMENTS, st.none() | st.floats(0, 120), st.dates(date(1901, 1, 1), date(2190, 1, 1)))
def test_every_patient_gets_a_plan_a_calendar_and_a_follow_up(
    name: str, visited: list[dict[str, Any]], treatments: list[Treatment], age: float | None, start: date
) -> None:
    read = patient_from({"id": "p", "visits": visited}, "test")
    who = Patient(id="p", age_years=age, treatments=tuple(treatments), visits=read.visits)
    made = plan(who, name, start)
    now = Revision(datetime(2025, 1, 2, tzinfo=UTC))
    if made.blocked:
        assert not [item for item in made.items if item.dose is not None]
        with pytest.raises(LupercalError, match="stop"):
            plan_calendar(made, now)
        made = plan(who, name, start, overrides=[Override("Dr Example", "a test of the calendar")])
    events = icalendar.Calendar.from_ical(plan_calendar(made, now)).walk("VEVENT")
    assert len(events) == sum(not item.note for item in made.items)
    dumped(plan_json(made))
    assert made.patient in plan_markdown(made)
    dumped(plan_plain(follow_up(who, made, date(2195, 1, 1))))


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=30), st.text(max_size=12), st.text(max_size=12))
def test_any_text_for_a_name_or_a_date_is_used_or_refused(name: str, start: str, today: str) -> None:
    assert "\n" not in refusal(name, start, today)


def refusal(name: str, start: str, today: str) -> str:
    try:
        follow_up(patient_from({"id": "p"}, "test"), name, today, start=start)
    except LupercalError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("weight", [1, 400])
def test_a_size_at_the_ends_of_the_dictionary_is_planned(weight: float) -> None:
    who = patient_from({"id": "p", "visits": [{"day": 0, "values": {"weight": weight, "height": 30}}]}, "test")
    assert plan(who, "ozek.msc").expansion.body.weight_kg == weight


@pytest.mark.parametrize(("today", "start"), [("2025-01-01", "2025-13-01"), ("1900-01-01", None)])
def test_days_outside_the_calendar_are_refused(today: str, start: str | None) -> None:
    who = patient_from({"id": "p", "visits": [{"day": 30000, "values": {}}]}, "test")
    with pytest.raises(InputError):
        follow_up(who, "sheba", today, start=start)
