"""Documents of one patient: what can be printed or fetched, reports of imports, and everything in one archive."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lupercal.api.exchange import export_fhir
from lupercal.errors import LupercalError
from lupercal.registry.care_records import DocumentRecord
from lupercal.registry.expectations import LEARNT
from lupercal.registry.opened import Registry
from lupercal.registry.person_export import export_person
from lupercal.registry.refusals import UnknownError
from lupercal.web.bring_in.drafts import ImportDraft
from lupercal.web.clinic.access import actor, registry_here, seen, today
from lupercal.web.rendering import rendered

router = APIRouter(prefix="/patients/{patient}/documents")
IMPORT_REPORT = "import report"


def keep_report(registry: Registry, patient: str, draft: ImportDraft, *, by: str) -> None:
    """Keep the report of an import with a patient: of a file of several, what concerns this one and nobody else."""
    others = {
        str(one["id"]) for place, one in enumerate(draft.documents) if not _is(registry, draft, place, patient)
    } if len(draft.documents) > 1 else set()  # fmt: skip
    items = [one for one in draft.items if one["patient"] not in others]
    content = json.dumps(
        {"file": draft.file, "counts": draft.counts, "items": items, "map": draft.map}, ensure_ascii=False
    )
    record = DocumentRecord(patient=patient, kind=IMPORT_REPORT, date=today(), name=draft.file, content=content)
    registry.documents.add(record, by=by)


def _is(registry: Registry, draft: ImportDraft, place: int, patient: str) -> bool:
    """Whether the patient at a place of a file is somebody of the registry."""
    try:
        return registry.patients.find(draft.into.get(str(place)) or str(draft.documents[place]["id"])).id == patient
    except UnknownError:  # of a file of several one that was not taken in
        return False


@router.get("")
def documents_page(request: Request, patient: str) -> Response:
    """List what can be printed or fetched of a patient."""
    registry, who = registry_here(request), seen(request, patient, "documents")
    runs = registry.forecasts.of_patient(patient)
    return rendered(
        request, "clinic/documents.html", who=who, plan=registry.plans.current(patient),
        reports=[one for one in runs if one.asked.get("kind") != LEARNT], kept=registry.documents.of_patient(patient),
    )  # fmt: skip


@router.get("/fhir.json")
def fhir_file(request: Request, patient: str) -> Response:
    """Return a patient as a FHIR R4 bundle, under the pseudonym."""
    who = seen(request, patient, "FHIR export")
    bundle = export_fhir(registry_here(request).patients.whole(who.head.id), scores=False)
    shown = {"Content-Disposition": f'attachment; filename="{who.head.id}.fhir.json"'}
    return Response(json.dumps(bundle, indent=1), media_type="application/fhir+json", headers=shown)


@router.get("/everything.zip")
def everything(request: Request, patient: str) -> Response:
    """Return all that is kept of a patient, names among it, as one archive that needs no Lupercal to be read."""
    registry = registry_here(request)
    head = registry.patients.get(patient)
    with tempfile.TemporaryDirectory(prefix="lupercal-") as room:
        archive = Path(room) / "all.zip"
        content = export_person(registry, head.id, archive, by=actor(request), why="fetched as a document").read_bytes()
    shown = {"Content-Disposition": f'attachment; filename="{head.id}.zip"'}
    return Response(content, media_type="application/zip", headers=shown)


@router.get("/{document}")
def document_page(request: Request, patient: str, document: str) -> Response:
    """Show a document that is kept."""
    who, record = seen(request, patient, "document"), registry_here(request).documents.get(document)
    if record.patient != who.head.id:
        raise LupercalError("the document is another patient's")
    return rendered(request, "clinic/document.html", who=who, document=record, told=json.loads(record.content))
