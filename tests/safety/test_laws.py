"""Laws of safety: a danger more never opens a door, knowledge less never opens a door, and order does not matter."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.patient.read import patient_from
from lupercal.programmes.plan import plan
from lupercal.programmes.registry import programmes
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.facts import facts_of
from lupercal.safety.judge import Safety, safety_of
from lupercal.safety.records import GRAVITY
from lupercal.safety.screen import VERDICTS, screen_safety
from lupercal.therapy.registry import regimens
from tests.safety.cases import DANGERS, HARMLESS, MIDDLING, document

SOME = settings(max_examples=60, deadline=None)
THERAPIES = st.sampled_from(sorted(regimens()))


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a record in which anything is harmless, middling, dangerous or unknown, today or long ago."""
    values = {}
    for name, harmless in HARMLESS.items():
        kind = draw(st.sampled_from(["harmless", "harmless", "danger", "middling", "unknown"]))
        if kind != "unknown":
            values[name] = {"harmless": harmless, "danger": DANGERS[name]}.get(kind, MIDDLING.get(name, harmless))
    sex, age = draw(st.sampled_from(["female", None])), draw(st.sampled_from([8, 34, 70, None]))
    drugs = draw(st.lists(st.sampled_from(["rituximab", "mycophenolate_mofetil", "cd19_car_t"]), unique=True))
    start = draw(st.integers(-400, -1))
    treatments = [{"drug": drug, "status": "stopped", "start_day": start, "stop_day": start + 1} for drug in drugs]
    return document(values, draw(st.sampled_from([0, 0, -20, -200])), sex=sex, age_years=age, treatments=treatments)


def judged(record: dict[str, Any], therapy: str) -> Safety:
    return safety_of(patient_from(record, "drawn"), therapy)


def changed(record: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    return {**record, "visits": [{**record["visits"][0], "values": values}]}


def is_open(safety: Safety) -> bool:
    return GRAVITY[safety.verdict] < GRAVITY["clarify first"]


@given(records(), THERAPIES, st.sampled_from(sorted(DANGERS)))
@SOME
def test_adding_a_danger_never_opens_a_door(record: dict[str, Any], therapy: str, danger: str) -> None:
    values = record["visits"][0]["values"]
    before = judged(record, therapy)
    after = judged(changed(record, {**values, danger: DANGERS[danger]}), therapy)
    assert GRAVITY[after.verdict] >= GRAVITY[before.verdict]
    assert {one.rule.id for one in before.stops} <= {one.rule.id for one in after.stops}


@given(records(), THERAPIES, st.data())
@SOME
def test_removing_knowledge_never_opens_a_door(record: dict[str, Any], therapy: str, data: st.DataObject) -> None:
    values = record["visits"][0]["values"]
    gone = data.draw(st.lists(st.sampled_from(sorted(HARMLESS)), min_size=1, max_size=5))
    less = changed(record, {name: value for name, value in values.items() if name not in gone})
    for lost in data.draw(st.lists(st.sampled_from(["sex", "age_years", "treatments"]))):
        less = {key: value for key, value in less.items() if key != lost}
    before, after = judged(record, therapy), judged(less, therapy)
    assert not is_open(after) or is_open(before)
    assert {one.rule.id for one in after.stops} <= {one.rule.id for one in before.stops}


@given(records(), st.sampled_from(sorted(programmes())), st.sampled_from(sorted(DANGERS)))
@settings(max_examples=25, deadline=None)
def test_a_plan_holds_doses_only_where_nothing_stops(record: dict[str, Any], name: str, danger: str) -> None:
    values = {**record["visits"][0]["values"], danger: DANGERS[danger]}
    made = plan(patient_from(changed(record, values), "drawn"), name, "2027-01-10")
    dosed = [item for item in made.items if item.dose is not None]
    assert bool(made.safety.stops) == made.blocked
    assert not (made.blocked and dosed)


@given(records(), THERAPIES)
@SOME
def test_a_table_is_judged_as_one_by_one(record: dict[str, Any], therapy: str) -> None:
    patient = patient_from(record, "drawn")
    alone, column = safety_of(patient, therapy), screen_safety(Evaluator(facts_of(patient)), therapy)
    assert [VERDICTS[code] for code in column.codes[:, 0]] == [one.verdict for one in alone.findings]
    assert VERDICTS[int(np.max(column.verdict))] == alone.verdict
