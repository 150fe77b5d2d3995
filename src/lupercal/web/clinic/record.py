"""The record of one patient: screenings, consents, documents, and who saw and changed what."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lupercal.patient.document import patient_text
from lupercal.registry.trail import PAGE
from lupercal.web.clinic.access import registry_here, seen
from lupercal.web.rendering import rendered

router = APIRouter()


@router.get("/patients/{patient}/record")
def record_page(request: Request, patient: str) -> Response:
    """Show what is kept of a patient beside visits, and the audit of this person."""
    registry, who = registry_here(request), seen(request, patient, "record")
    return rendered(
        request, "clinic/record.html", who=who, screenings=registry.screenings.of_patient(patient),
        consents=registry.consents.of_patient(patient), moves=registry.journey.moves(patient),
        entries=registry.audit.entries(patient=patient, newest=True, limit=100),
    )  # fmt: skip


@router.get("/patients/{patient}/patient.yaml")
def patient_file(request: Request, patient: str) -> Response:
    """Return the patient as a patient file, under the pseudonym."""
    registry, who = registry_here(request), seen(request, patient, "patient file")
    shown = {"Content-Disposition": f'attachment; filename="{who.head.id}.yaml"'}
    text = patient_text(registry.patients.whole(who.head.id))
    return Response(text, media_type="application/yaml", headers=shown)


@router.get("/audit")
def audit(request: Request) -> Response:
    """Show the audit, newest first."""
    registry = registry_here(request)
    entries = registry.audit.entries(newest=True, limit=PAGE)
    return rendered(request, "clinic/audit.html", entries=entries, head=registry.audit.head())
