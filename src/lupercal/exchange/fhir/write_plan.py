"""A plan as CarePlan and ServiceRequests; what safety says stands first, and every line keeps its basis and source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lupercal import RESEARCH_USE_ONLY
from lupercal.exchange.fhir.own import PREFIX, address, concept_of, extension, refer_to
from lupercal.exchange.fhir.write_person import person_address
from lupercal.patient.record import Patient
from lupercal.programmes.plan import Plan
from lupercal.programmes.plan_items import PlanItem


def plan_entries(patient: Patient, plan: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield fullUrl and resource of a plan: one ServiceRequest per line, then the CarePlan that holds them."""
    places = []
    for number, item in enumerate(plan.items):
        place = address(patient.id, "plan", plan.programme, number)
        places.append(place)
        yield place, _request(patient, plan, item)
    yield address(patient.id, "plan", plan.programme), _care_plan(patient, plan, places)


def _care_plan(patient: Patient, plan: Plan, places: list[str]) -> dict[str, Any]:
    verdict = f"Safety first: {plan.safety.verdict}."
    stops = " ".join(f"{one.text}." for one in plan.safety.stops) if plan.blocked else ""
    made: dict[str, Any] = {
        "resourceType": "CarePlan",
        "status": "draft",
        "intent": "plan",
        "title": plan.title,
        "description": " ".join(filter(None, (verdict, stops, RESEARCH_USE_ONLY))),
        "subject": refer_to(person_address(patient)),
    }
    made |= {"period": {"start": plan.start.isoformat()}} if plan.start else {}
    return made | ({"activity": [{"reference": refer_to(place)} for place in places]} if places else {})


def _request(patient: Patient, plan: Plan, item: PlanItem) -> dict[str, Any]:
    extensions = [extension("day", "Integer", item.day), extension("last-day", "Integer", item.last_day)]
    where = ", ".join(filter(None, (item.source, item.where)))
    made: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "extension": [*extensions, extension("basis", "Code", item.basis)],
        "status": "draft",
        "intent": "plan",
        "category": [{"text": item.section}],
        "code": concept_of((f"{PREFIX}plan-item", item.id, ""), text=item.title),
        "subject": refer_to(person_address(patient)),
    }
    if item.date is not None:
        last = item.last_date or item.date
        made["occurrencePeriod"] = {"start": item.date.isoformat(), "end": last.isoformat()}
    notes = [text for text in (item.detail, f"{item.basis}: {where}" if where else "") if text]
    return made | ({"note": [{"text": text} for text in notes]} if notes else {})
