"""Scores of instruments as Observations: value or bounds, with name, version and source of the instrument."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lupercal.exchange.fhir.own import PREFIX, address, concept_of, extension, refer_to
from lupercal.exchange.fhir.write_person import TERMS, date_of_day, person_address
from lupercal.exchange.fhir.write_visits import UCUM
from lupercal.instruments.registry import instrument
from lupercal.instruments.result import Score
from lupercal.patient.record import Patient


def score_entries(patient: Patient, scores: Sequence[Score]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield fullUrl and resource of every score that is settled, visit by visit; what is not is left out, never 0."""
    for score in scores:
        for row, visit in enumerate(patient.visits):
            result = score.at(row)
            if np.isfinite(result.value):
                place = address(patient.id, "score", score.instrument, visit.day)
                yield place, _score(patient, result, visit.day, visit.date)


def _score(patient: Patient, one: Score, day: int, stated: str | None) -> dict[str, Any]:
    when = stated or date_of_day(patient, day)
    title = instrument(one.instrument).title
    made: dict[str, Any] = {
        "resourceType": "Observation",
        "extension": [extension("day", "Integer", day), extension("version", "String", str(one.version))],
        "status": "final",
        "category": [concept_of((f"{TERMS}observation-category", "survey", "Survey"))],
        "code": concept_of((f"{PREFIX}instrument", one.instrument, ""), text=title),
        "subject": refer_to(person_address(patient)),
    }
    made |= {"effectiveDateTime": when} if when else {}
    made |= _value(one)
    return made | {"method": {"text": f"{instrument(one.instrument).heading}, version {one.version}; {one.source}"}}


def _value(one: Score) -> dict[str, Any]:
    label = one.label()
    if not isinstance(label, str) or label in {"", f"{float(one.value):g}"}:
        unit = one.unit if one.unit and one.unit != "1" else "{score}"
        return {"valueQuantity": {"value": float(one.value), "unit": unit, "system": UCUM, "code": unit}}
    return {"valueCodeableConcept": {"text": str(label)}}
