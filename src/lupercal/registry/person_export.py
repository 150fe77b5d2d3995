"""Everything about one person in one archive that can be read without Lupercal."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lupercal import RESEARCH_USE_ONLY
from lupercal.errors import OutputExistsError
from lupercal.exchange.fhir.write_bundle import fhir_bundle
from lupercal.files.plain import plain
from lupercal.files.writing import written
from lupercal.patient.document import patient_text
from lupercal.registry.opened import Registry
from lupercal.registry.records import Done
from lupercal.visits.patient_scores import patient_scores

_README = f"""Everything that the registry holds about one person.

patient.yaml   visits, values and treatments, as a patient file
patient.fhir.json  the same with scores as a FHIR R4 bundle
identity.json  names and contacts
records.json   all other records: states, screenings, eligibility, plans with tasks, products, consents,
               adverse events, acknowledged alerts, forecasts, documents, claims, jobs
values.csv     every value with its history: since when, until when, by whom, why
audit.csv      who did what, when and why

{RESEARCH_USE_ONLY}
"""


def export_person(registry: Registry, patient: str, path: Path, *, by: str, why: str = "", force: bool = False) -> Path:
    """Write all about one person as a ZIP archive, whole or not at all; the export is noted in the audit.

    Raises
    ------
    OutputExistsError
        If the file is there and nobody said to replace it.
    UnknownError
        If there is no such patient.
    """
    if path.exists() and not force:
        raise OutputExistsError(path)
    head = registry.patients.find(patient)
    with written(path) as room, registry.writing():
        registry.audit.note(by=by, action="export", patient=head.id, what="patient", why=why)
        with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in _files(registry, head.id):
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    return path


def _files(registry: Registry, patient: str) -> Iterator[tuple[str, str]]:
    yield "README.txt", _README
    yield "patient.yaml", patient_text(registry.patients.whole(patient))
    yield "patient.fhir.json", _fhir(registry, patient)
    yield "identity.json", _json(registry.patients.identities(patient))
    yield "records.json", _json(records_of(registry, patient))
    yield "values.csv", _csv(_VALUES, _value_rows(registry, patient))
    yield "audit.csv", _csv(_AUDIT, map(_audit_row, registry.audit.of_patient(patient)))


def _fhir(registry: Registry, patient: str) -> str:
    whole = registry.patients.whole(patient)
    bundle = fhir_bundle(whole, patient_scores(whole) if whole.visits else (), [], [])
    return json.dumps(bundle, indent=1, ensure_ascii=False) + "\n"


def records_of(registry: Registry, patient: str) -> dict[str, Any]:
    """Return all records of a patient but visits and treatments, by kind, as plain values."""
    plans = registry.plans.of_patient(patient)
    by_kind = {
        "patient": registry.patients.find(patient),
        "moves": registry.journey.moves(patient),
        "screenings": registry.screenings.of_patient(patient),
        "eligibility": registry.eligibility.of_patient(patient),
        "plans": plans,
        "tasks": [task for one in plans for task in registry.plans.tasks_of(one.id)],
        "products": registry.products.of_patient(patient),
        "consents": registry.consents.of_patient(patient),
        "adverse_events": registry.adverse_events.of_patient(patient),
        "acknowledgements": registry.acknowledgements.of_patient(patient),
        "forecasts": registry.forecasts.of_patient(patient),
        "documents": registry.documents.of_patient(patient),
        "claim_checks": registry.claim_checks.of_patient(patient),
        "jobs": registry.jobs.of_patient(patient),
    }
    return {name: plain(one) for name, one in by_kind.items()}


_VALUES = ("visit", "day", "variable", "value", "comparator", "given", "attribution", "since", "until", "by", "why")
_AUDIT = ("seq", "at", "by", "action", "kind", "row", "why", "before", "after")


def _value_rows(registry: Registry, patient: str) -> Iterator[list[Any]]:
    for record in registry.visits.of_patient(patient):
        for one in registry.visits.value_history(record.id):
            row = plain(one)
            yield [record.id, record.visit.day, *(row[name] for name in _VALUES[2:])]


def _audit_row(done: Done) -> list[Any]:
    entry = done.entry
    said = [json.dumps(one, ensure_ascii=False) if one is not None else "" for one in (done.before, done.after)]
    return [entry.seq, entry.at, entry.by, entry.action, entry.kind, entry.row, done.why, *said]


def _csv(heads: tuple[str, ...], rows: Iterator[list[Any]] | map[list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heads)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def _json(value: Any) -> str:
    return json.dumps(plain(value), indent=1, ensure_ascii=False) + "\n"
