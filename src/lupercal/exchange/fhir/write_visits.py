"""Visits as Encounters, and their values as Observations with the laboratory's limits beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lupercal.exchange.fhir.limits import limit_names
from lupercal.exchange.fhir.own import PREFIX, address, concept_of, extension, refer_to
from lupercal.exchange.fhir.quantities import Amount, UnusableError, measurement_of
from lupercal.exchange.fhir.write_person import TERMS, date_of_day, person_address
from lupercal.patient.document import plain_number
from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.variables import Variable, variables

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
_CATEGORIES = {
    "laboratory": "laboratory",
    "sledai": "exam",
    "clinical": "exam",
    "instrument": "exam",
    "drug": "therapy",
}
_VITAL = {
    "systolic_pressure",
    "diastolic_pressure",
    "heart_rate",
    "temperature",
    "weight",
    "height",
    "oxygen_saturation",
}


def visit_entries(patient: Patient, visit: Visit) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield fullUrl and resource of a visit: its Encounter, then one Observation per value."""
    place = address(patient.id, "visit", visit.day)
    yield place, _encounter(patient, visit)
    beside = {} if not visit.values else _limits_beside(visit.values)
    limit_variables = {name for limits in beside.values() for name in limits.values()}
    for name, value in visit.values.items():
        if name not in limit_variables:
            made = observation_resource(patient, visit, name, value) | {"encounter": refer_to(place)}
            ranges = _range(visit, beside.get(name, {}))
            yield address(patient.id, "visit", visit.day, name), made | ranges


def _encounter(patient: Patient, visit: Visit) -> dict[str, Any]:
    """Return a visit as a finished Encounter; day, label and the date, where the record has one, are kept."""
    when = visit.date or date_of_day(patient, visit.day)
    extensions = [extension("day", "Integer", visit.day)]
    extensions += [extension("date", "Date", visit.date)] if visit.date else []
    extensions += [extension("label", "String", visit.label)] if visit.label.strip() else []
    made: dict[str, Any] = {
        "resourceType": "Encounter",
        "extension": extensions,
        "status": "finished",
        "class": {"system": f"{TERMS}v3-ActCode", "code": "AMB", "display": "ambulatory"},
        "subject": refer_to(person_address(patient)),
    }
    return made | ({"period": {"start": when, "end": when}} if when else {})


def observation_resource(patient: Patient, visit: Visit, name: str, value: Measurement) -> dict[str, Any]:
    """Return one value as an Observation: LOINC where the dictionary has a code, and the dictionary's own name."""
    variable = variables()[name]
    when = visit.date or date_of_day(patient, visit.day)
    extensions = [*_kept(variable, value)]
    if name in visit.attribution:
        extensions.append(extension("attribution", "Code", visit.attribution[name]))
    made: dict[str, Any] = {"resourceType": "Observation"} | ({"extension": extensions} if extensions else {})
    made |= {
        "status": "final",
        "category": [concept_of((f"{TERMS}observation-category", _category(variable), ""))],
        "code": variable_concept(variable),
        "subject": refer_to(person_address(patient)),
    }
    made |= {"effectiveDateTime": when} if when else {}
    return made | _value(variable, value)


def undated_entries(patient: Patient) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield fullUrl and Observation of each value whose day is not known; its period is the interval."""
    for number, value in enumerate(patient.undated):
        variable = variables()[value.variable]
        extensions = [extension("undated", "Boolean", True), *_kept(variable, value.measurement)]
        made: dict[str, Any] = {
            "resourceType": "Observation",
            "extension": extensions,
            "status": "final",
            "category": [concept_of((f"{TERMS}observation-category", _category(variable), ""))],
            "code": variable_concept(variable),
            "subject": refer_to(person_address(patient)),
            "effectivePeriod": {"start": value.first_date, "end": value.last_date},
        }
        yield address(patient.id, "undated", number), made | _value(variable, value.measurement)


def _category(variable: Variable) -> str:
    return "vital-signs" if variable.name in _VITAL else _CATEGORIES.get(variable.group, "survey")


def variable_concept(variable: Variable) -> dict[str, Any]:
    """Return the concept of a variable; of several LOINC codes the first."""
    loinc = [(LOINC, variable.loinc[0], "")] if variable.loinc else []
    return concept_of(*loinc, (f"{PREFIX}variable", variable.name, ""), text=variable.label)


def _value(variable: Variable, value: Measurement) -> dict[str, Any]:
    if variable.kind == "flag":
        return {"valueBoolean": bool(value.value)}
    if variable.kind == "score" and not value.censored:
        return {"valueInteger": int(value.value)}
    return {"valueQuantity": quantity(variable, value)}


def quantity(variable: Variable, value: Measurement) -> dict[str, Any]:
    """Return a value as a Quantity in the dictionary's unit."""
    sign = {"comparator": value.comparator} if value.censored else {}
    words = unit_in_words(variable.unit) or variable.unit
    return {"value": plain_number(value.value), **sign, "unit": words, "system": UCUM, "code": variable.unit}


def _kept(variable: Variable, value: Measurement) -> Iterator[dict[str, Any]]:
    """Yield how the source wrote a value, where the value itself does not read back to it."""
    if value.given is not None and value.given != _read_back(variable, value):
        yield extension("given", "String", value.given)


def _read_back(variable: Variable, value: Measurement) -> str | None:
    """Return how a value would be said to be given if it were read from its resource."""
    if variable.kind == "flag":
        return "true" if value.value else "false"
    bare = variable.kind == "score" and not value.censored
    sign = value.comparator if value.censored else ""
    try:
        amount = Amount(plain_number(value.value), sign, "" if bare else variable.unit)
        return measurement_of((variable.name,), amount)[1].given
    except UnusableError:
        return None


def _limits_beside(values: Mapping[str, Measurement]) -> dict[str, dict[str, str]]:
    """Return for each measured variable those of its limits that the visit states exactly, by end of the range."""
    by_variable = {}
    for name in values:
        ends = {end: limit for end, limit in limit_names(variables()[name]).items() if limit in values}
        exact = {end: limit for end, limit in ends.items() if not values[limit].censored}
        if exact:
            by_variable[name] = exact
    return by_variable


def _range(visit: Visit, limits: Mapping[str, str]) -> dict[str, Any]:
    made = {}
    for end, name in limits.items():
        variable, value = variables()[name], visit.values[name]
        extensions = list(_kept(variable, value))
        made[end] = ({"extension": extensions} if extensions else {}) | quantity(variable, value)
    return {"referenceRange": [made]} if made else {}
