"""The demo clinic: made-up people over the shipped cases, so that every page shows something at the first start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, final

from pydantic import BaseModel, ConfigDict

from lupercal.files.checked import read_as
from lupercal.patient.cases import read_case
from lupercal.programmes.eligibility import eligibility
from lupercal.programmes.plan import plan as planned
from lupercal.programmes.registry import programme
from lupercal.registry.care_records import ConsentRecord, EligibilityRecord, ScreeningRecord
from lupercal.registry.opened import Registry
from lupercal.registry.records import Identity, State
from lupercal.registry.refusals import RefusedError
from lupercal.registry.states import journey_states
from lupercal.safety.override import Override

FILE = Path(__file__).with_name("demo.yaml")
BY, SECOND = "demo", "demo-second"
_WHY = "demo clinic"


@final
class _Person(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    given_name: str
    family_name: str
    case: str
    local_id: str
    zero: int
    programme: str
    upto: State
    product: str = ""
    visits: str = ""


@final
class _Demo(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    people: list[_Person]
    visits: dict[str, list[dict[str, Any]]]
    override: dict[str, str]


def fill_demo(registry: Registry, today: dt.date) -> int:
    """Fill an empty registry with the demo clinic; return how many people are in it."""
    demo = read_as(FILE, _Demo)
    overrides = (Override(demo.override["name"], demo.override["reason"]),)
    with registry.writing():
        for person in demo.people:
            head = _enrol(registry, person, today, overrides)
            for row in demo.visits.get(person.visits, ()):
                date = today + dt.timedelta(days=person.zero + row["day"])
                if date <= today:
                    registry.visits.enter(head, by=BY, date=date, values=row["values"], label=row["label"])
    return len(demo.people)


def _enrol(registry: Registry, person: _Person, today: dt.date, overrides: Sequence[Override]) -> str:
    case = read_case(person.case)
    zero = today + dt.timedelta(days=person.zero)
    with_values = [one for one in case.visits if one.values]  # one without a value would hide the visit before it
    past = tuple(one for one in with_values if zero + dt.timedelta(days=one.day) <= today)
    seen_visits = past or tuple(replace(one, day=min(0, -person.zero - 1)) for one in with_values[:1])
    made_up = replace(
        case, id=person.local_id, visits=seen_visits, reference_date=zero.isoformat(), data_origin="constructed",
        notes=(*case.notes, "Made-up person of the demo clinic over a shipped case."),
    )  # fmt: skip
    identity = Identity(given_name=person.given_name, family_name=person.family_name)
    head = registry.patients.enrol(made_up, by=BY, identity=identity, on=min(today, zero) - dt.timedelta(days=60))
    way = list(journey_states())
    for state in way[1 : way.index(person.upto) + 1]:
        _prepare(registry, head.id, person, state, zero, today, overrides)
        with suppress(RefusedError):
            registry.journey.move(head.id, state, by=BY, why=_WHY, on=_when(state, zero, today))
    return head.id


def _prepare(
    registry: Registry, patient: str, person: _Person, state: State, zero: dt.date, today: dt.date,
    overrides: Sequence[Override],
) -> None:  # fmt: skip
    on = _when(state, zero, today)
    if state == "screened":
        registry.screenings.add(ScreeningRecord(patient=patient, date=on, complete=True), by=BY)
    elif state == "criteria_met":
        judged = eligibility(registry.patients.whole(patient), programme(person.programme))
        record = EligibilityRecord(
            patient=patient, programme=person.programme, date=on, day=judged.day, status="criteria met",
            safety=judged.safety.verdict, result={"demo": "status set for the demo clinic, not by the rules"},
        )  # fmt: skip
        registry.eligibility.add(record, by=BY)
    elif state == "planned":
        blocked = planned(registry.patients.whole(patient), person.programme).blocked
        made = registry.plans.make(patient, person.programme, zero, by=BY, overrides=overrides if blocked else ())
        for task in registry.plans.tasks_of(made.id):
            if task.last_date is not None and task.last_date < today - dt.timedelta(days=4) and not task.visit_window:
                registry.plans.mark(task, "done", by=BY, on=task.last_date)
    elif state == "collected":
        consent = ConsentRecord(patient=patient, purpose="treatment", document="demo consent 1.0", given_on=on)
        registry.consents.add(consent, by=BY)
        _product(registry, patient, person, on)
    elif state == "infused":
        product = registry.products.of_patient(patient)[0]
        registry.products.present(product.id, patient, product.code, by=BY, on=on)
        at = dt.datetime.combine(zero, dt.time(10), dt.UTC)
        registry.products.infuse(product.id, patient, product.code, by=SECOND, at=at)


def _product(registry: Registry, patient: str, person: _Person, on: dt.date) -> None:
    shelf, code = registry.products, f"BAG-{person.local_id}"
    autologous = person.product.endswith("car_t")
    made = shelf.order(
        patient, person.product, code, by=BY, autologous=autologous, donor="" if autologous else "donor-7"
    )
    if autologous:
        shelf.collect(made.id, patient, by=BY, at="Apheresis unit", on=on)
    shelf.make(
        made.id, by=BY, manufacturer="Demo Cells", batch="B-7", gmp_certificate="GMP-DEMO-1", dose=1.0,
        dose_unit="10*6/kg", on=on,
    )  # fmt: skip
    shelf.release(made.id, by=BY, values={"viability": "92 %", "sterility": "no growth"}, on=on)


def _when(state: State, zero: dt.date, today: dt.date) -> dt.date:
    """Return a day for a step: spread over the weeks before day 0, and never in the future."""
    way = list(journey_states())
    return min(today, zero + dt.timedelta(days=min(0, 5 * (way.index(state) - way.index("infused")))))
