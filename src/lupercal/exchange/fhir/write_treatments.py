"""Treatments as MedicationStatements; cell products as Procedure and BiologicallyDerivedProduct."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lupercal.exchange.fhir.own import PREFIX, address, compound, concept_of, extension, refer_to
from lupercal.exchange.fhir.write_person import date_of_day, person_address
from lupercal.exchange.fhir.write_visits import UCUM
from lupercal.patient.document import plain_number
from lupercal.patient.drugs import drug_classes
from lupercal.patient.record import Patient, Treatment

_STATUS = {"current": "active", "stopped": "stopped", "failed": "stopped", None: "unknown"}
_PERIODS = {"/d": "d", "/wk": "wk", "/mo": "mo"}


def treatment_entries(patient: Patient, number: int, one: Treatment) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield fullUrl and resource of a line of treatment."""
    place = address(patient.id, "treatment", number)
    if drug_classes().get(one.drug) == "cell":
        product = address(patient.id, "product", number)
        yield product, _product(one)
        yield place, _infusion(patient, one, product)
    else:
        yield place, _statement(patient, one)


def _line(one: Treatment) -> dict[str, Any]:
    """Return the line as the record has it, in extensions."""
    parts = [extension("drug", "Code", one.drug)]
    parts += [extension("amount", "Decimal", plain_number(one.amount))] if one.amount is not None else []
    stated = (
        ("unit", "String", one.unit),
        ("start-day", "Integer", one.start_day),
        ("stop-day", "Integer", one.stop_day),
        ("status", "Code", one.status),
        ("note", "String", one.note if one.note.strip() else None),
    )
    parts += [extension(name, kind, value) for name, kind, value in stated if value is not None]
    return compound("treatment", parts)


def _drug(one: Treatment) -> dict[str, Any]:
    return concept_of((f"{PREFIX}drug", one.drug, ""), text=one.drug.replace("_", " "))


def _period(patient: Patient, one: Treatment) -> dict[str, str]:
    ends = {"start": date_of_day(patient, one.start_day), "end": date_of_day(patient, one.stop_day)}
    return {name: when for name, when in ends.items() if when}


def _statement(patient: Patient, one: Treatment) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "MedicationStatement",
        "extension": [_line(one)],
        "status": _STATUS[one.status],
    }
    made |= {"statusReason": [{"text": "lack of efficacy"}]} if one.status == "failed" else {}
    made |= {"medicationCodeableConcept": _drug(one), "subject": refer_to(person_address(patient))}
    period = _period(patient, one)
    made |= {"effectivePeriod": period} if period else {}
    made |= {"note": [{"text": one.note}]} if one.note.strip() else {}
    dosage = _dosage(one)
    return made | ({"dosage": [dosage]} if dosage else {})


def _dosage(one: Treatment) -> dict[str, Any]:
    """Return the dose; an amount by time as one dose per day, week or month."""
    if one.amount is None or one.unit is None:
        return {}
    unit, timing = one.unit, {}
    for ending, period in _PERIODS.items():
        if one.unit.endswith(ending):
            unit = one.unit.removesuffix(ending)
            timing = {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": period}}}
    dose = {"value": plain_number(one.amount), "unit": unit, "system": UCUM, "code": unit}
    return timing | {"doseAndRate": [{"doseQuantity": dose}]}


def _infusion(patient: Patient, one: Treatment, product: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "Procedure",
        "extension": [_line(one)],
        "status": "completed",
        "code": _drug(one),
        "subject": refer_to(person_address(patient)),
    }
    when = date_of_day(patient, one.start_day)
    made |= {"performedDateTime": when} if when else {}
    made |= {"note": [{"text": one.note}]} if one.note.strip() else {}
    return made | {"usedReference": [refer_to(product)]}


def _product(one: Treatment) -> dict[str, Any]:
    return {"resourceType": "BiologicallyDerivedProduct", "productCategory": "cells", "productCode": _drug(one)}
