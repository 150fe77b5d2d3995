"""FHIR out: a patient with visits, and where given scores, plan and forecast, as one R4 Bundle.

What FHIR has elements for stands in them; what it has none for stands beside them as extensions, so that reading the
bundle gives the same patient file, byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lupercal import RESEARCH_USE_ONLY, __version__
from lupercal.errors import InputError
from lupercal.exchange.fhir.own import PREFIX, address
from lupercal.exchange.fhir.write_forecast import forecast_entries
from lupercal.exchange.fhir.write_person import lupus_condition, person_address, person_resource
from lupercal.exchange.fhir.write_plan import plan_entries
from lupercal.exchange.fhir.write_scores import score_entries
from lupercal.exchange.fhir.write_treatments import treatment_entries
from lupercal.exchange.fhir.write_visits import undated_entries, visit_entries
from lupercal.files.writing import write_text
from lupercal.forecast.result import Forecast
from lupercal.instruments.result import Score
from lupercal.patient.record import Patient
from lupercal.programmes.plan import Plan


def fhir_bundle(
    patient: Patient, scores: Sequence[Score] = (), plans: Sequence[Plan] = (), forecasts: Sequence[Forecast] = ()
) -> dict[str, Any]:
    """Return a patient as a Bundle of type collection.

    Parameters
    ----------
    patient
        Whose record is written whole.
    scores
        From `lupercal.visits.patient_scores.patient_scores`; each with its instrument and version. They are not read
        back, as they are computed anew from the values.
    plans, forecasts
        Written as drafts and as research.
    """
    entries = [{"fullUrl": place, "resource": resource} for place, resource in _entries(patient)]
    more = [
        *score_entries(patient, scores),
        *(entry for one in plans for entry in plan_entries(patient, one)),
        *(entry for one in forecasts for entry in forecast_entries(patient, one)),
    ]
    entries += [{"fullUrl": place, "resource": resource} for place, resource in more]
    tag = {"system": f"{PREFIX}notice", "version": __version__, "code": "research", "display": RESEARCH_USE_ONLY}
    return {"resourceType": "Bundle", "meta": {"tag": [tag]}, "type": "collection", "entry": entries}


def _entries(patient: Patient) -> Iterator[tuple[str, dict[str, Any]]]:
    yield person_address(patient), person_resource(patient)
    condition = lupus_condition(patient)
    if condition is not None:
        yield address(patient.id, "condition"), condition
    for number, one in enumerate(patient.treatments):
        yield from treatment_entries(patient, number, one)
    for visit in patient.visits:
        yield from visit_entries(patient, visit)
    yield from undated_entries(patient)


def fhir_bundle_text(bundle: dict[str, Any]) -> str:
    """Return a bundle as JSON text."""
    return json.dumps(bundle, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_fhir_bundle(path: Path, bundle: dict[str, Any]) -> None:
    """Write a bundle to a ``.json`` file, whole or not at all; raise `InputError` where it has another ending."""
    if path.suffix.lower() != ".json":
        raise InputError(path, "", path.suffix or "no ending", "a file ending in .json")
    write_text(path, fhir_bundle_text(bundle))
