"""The addresses of the programming interface."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Query
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request

from lupercal import __version__
from lupercal.api.exchange import export_fhir
from lupercal.api.offers import eligibility as compared
from lupercal.api.scores import assess
from lupercal.errors import LupercalError
from lupercal.patient.document import patient_document
from lupercal.patient.record import Patient
from lupercal.registry.care_records import Job
from lupercal.registry.listing import count_of, listed_patients
from lupercal.registry.records import State
from lupercal.therapy.registry import regimens
from lupercal.web.api.records import (
    AddedVisit,
    AskedForecast,
    JobStanding,
    ListedPatient,
    NewVisit,
    PatientList,
    Problem,
)
from lupercal.web.clinic.access import registry_here
from lupercal.web.clinic.again import ask_again
from lupercal.web.rights.gate import caller_of
from lupercal.web.worker import KIND

PREFIX = "/api/v1"
_SAID: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": words}
    for code, words in {
        401: "No token, or one that has ended", 403: "The token's scopes or role do not cover this",
        404: "There is no such thing", 409: "What was asked does not fit with what is recorded",
        422: "The request is not of the form asked for", 429: "Too many requests",
    }.items()
}  # fmt: skip
router = APIRouter(prefix=PREFIX, responses=_SAID)
PatientId = Annotated[str, Path(pattern=r"^p-[2-9a-z]{10}$")]
StateName = Annotated[
    str,
    Query(pattern=r"^(candidate|screened|criteria_met|planned|collected|released|prepared|infused|follow_up|closed)?$"),
]


@router.get("/patients")
def patients_listed(
    request: Request, state: StateName = "", start: Annotated[int, Query(ge=0, le=10_000_000)] = 0
) -> PatientList:
    """List patients under their pseudonyms, fifty at a time."""
    registry, states = registry_here(request), [cast(State, state)] if state else []
    shown = [
        ListedPatient(id=one.id, state=one.state, since=one.since, programme=one.programme)
        for one in listed_patients(registry, states=states, start=start, limit=50)
    ]
    return PatientList(all=count_of(registry, states=states), start=start, patients=shown)


@router.get("/patients/{patient}")
def read_one(request: Request, patient: PatientId) -> dict[str, Any]:
    """Return a patient as the document of a patient file, under the pseudonym."""
    return patient_document(_whole(request, patient, "patient"))


@router.get("/patients/{patient}/fhir")
def as_fhir(request: Request, patient: PatientId) -> dict[str, Any]:
    """Return a patient as a FHIR R4 bundle, under the pseudonym."""
    return export_fhir(_whole(request, patient, "FHIR export"), scores=False)


@router.get("/patients/{patient}/scores")
def scores_of(request: Request, patient: PatientId) -> dict[str, Any]:
    """Return every instrument at every visit, with items and the data behind them."""
    return assess(_whole(request, patient, "scores")).record()


@router.get("/patients/{patient}/eligibility")
def eligibility_of(request: Request, patient: PatientId) -> dict[str, Any]:
    """Return what the stated criteria of every programme say."""
    return compared(_whole(request, patient, "eligibility")).record()


@router.post("/patients/{patient}/visits", status_code=201)
def add_one_visit(request: Request, patient: PatientId, visit: NewVisit) -> AddedVisit:
    """Add a visit: whole, with its line in the audit, or not at all."""
    registry = registry_here(request)
    made = registry.visits.enter(
        patient, by=caller_of(request), date=visit.date, values=visit.values, attribution=visit.attribution,
        label=visit.label,
    )  # fmt: skip
    ask_again(registry, patient, by=caller_of(request))
    return AddedVisit(id=made.id, day=made.visit.day, version=made.version)


@router.post("/patients/{patient}/forecasts", status_code=202)
def queue_forecast(request: Request, patient: PatientId, asked: AskedForecast) -> JobStanding:
    """Ask for a forecast; a worker makes it."""
    registry = registry_here(request)
    head = registry.patients.get(patient)
    unknown = [name for name in asked.therapies if name not in regimens()]
    if unknown:
        raise LupercalError(f"there is no therapy {unknown[0]}")
    job = registry.jobs.queue(KIND, {**asked.model_dump(), "seed": 1}, by=caller_of(request), patient=head.id)
    return _standing(job)


@router.get("/jobs/{job}")
def read_job(request: Request, job: Annotated[str, Path(pattern=r"^j-[2-9a-z]{10}$")]) -> JobStanding:
    """Return how far a job is."""
    return _standing(registry_here(request).jobs.get(job))


@router.get("/openapi.json", include_in_schema=False)
def described(request: Request) -> dict[str, Any]:
    """Return the description of this interface."""
    made = get_openapi(
        title="Lupercal", version=__version__, routes=router.routes,
        description="Patients, visits and forecasts of a workbench, under pseudonyms. Research use only.",
    )  # fmt: skip
    del request
    made.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    made["security"] = [{"token": []}]
    return made


def _whole(request: Request, patient: str, what: str) -> Patient:
    registry = registry_here(request)
    head = registry.patients.get(patient)
    registry.audit.note(by=caller_of(request), action="read", patient=head.id, what=f"{what} (API)")
    return registry.patients.whole(head.id)


def _standing(job: Job) -> JobStanding:
    return JobStanding(
        id=job.id, state=job.state, progress=job.progress, said=job.said, error=job.error, result=dict(job.result)
    )
