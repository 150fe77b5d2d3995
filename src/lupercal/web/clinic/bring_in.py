"""Importing a hospital's FHIR bundle: a verdict on every item; nothing is kept until somebody accepts it by line."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from lupercal.api.exchange import import_fhir
from lupercal.errors import LupercalError
from lupercal.files.writing import write_bytes
from lupercal.patient.document import patient_document
from lupercal.patient.read import patient_from
from lupercal.patient.variables import variables
from lupercal.registry.records import Identity
from lupercal.web.accounts.sealing import Seal
from lupercal.web.clinic.access import actor, refusal_in_words, registry_here
from lupercal.web.rendering import rendered, see_other
from lupercal.web.workbench import workbench_of

router = APIRouter(prefix="/import")
Text = Annotated[str, Form(max_length=200)]
_SHOWN = 400
_VALUE, _COURSE = "value", "treatment"


@router.get("")
def import_page(request: Request) -> Response:
    """Ask for a file."""
    return rendered(request, "clinic/import.html", refused="", items=())


@router.post("")
def read_upload(request: Request, file: UploadFile) -> Response:
    """Read a file and show what became of every item; the file itself is deleted at once."""
    name = secrets.token_hex(8)
    path = workbench_of(request).settings.folder / "uploads" / f"{name}.json"
    try:
        write_bytes(path, file.file.read())
        done = import_fhir(path)
    except LupercalError as error:
        said = str(error).replace(str(path), "the file")
        return rendered(request, "clinic/import.html", 422, refused=said, items=())
    finally:
        path.unlink(missing_ok=True)
    items = [
        {"verdict": i.verdict, "place": i.place, "found": i.found, "reason": i.reason, "became": i.became}
        for i in done.report.items
    ]
    if done.nothing is not None:
        said = str(done.nothing).replace(str(path), "the file")
        return rendered(request, "clinic/import.html", 422, refused=said, items=items[:_SHOWN])
    draft = {"document": patient_document(done.patient), "items": items[:_SHOWN], "counts": done.report.counts()}
    _keep(request, name, json.dumps(draft))
    registry_here(request).audit.note(by=actor(request), action="read", what="imported file")
    return see_other(f"/import/{name}")


@router.get("/{draft}")
def import_report_page(request: Request, draft: str) -> Response:
    """Show what a file holds, line by line, to be accepted."""
    return _page(request, draft)


@router.post("/{draft}")
async def accept_import(request: Request, draft: str) -> Response:
    """Take in the lines that were accepted, as a new patient; the others are left out."""
    form = await request.form()
    told = {name: str(value).strip() for name, value in form.items() if isinstance(value, str)}
    try:
        document = chosen_lines(_draft(request, draft)["document"], {str(one) for one in form.getlist("line")})
        document["id"] = told.get("local_id") or document["id"]
        identity = Identity(given_name=told.get("given_name", ""), family_name=told.get("family_name", ""))
        head = registry_here(request).patients.enrol(
            patient_from(document, "imported file"), by=actor(request), identity=identity, why="imported from FHIR"
        )
    except LupercalError as error:
        return _page(request, draft, 422, refusal_in_words(error))
    _keep(request, draft, "")
    return see_other(f"/patients/{head.id}")


@router.post("/{draft}/discard")
def discard_import(request: Request, draft: str) -> Response:
    """Forget what was read from a file."""
    _keep(request, draft, "")
    return see_other("/import")


def chosen_lines(document: Mapping[str, Any], lines: set[str]) -> dict[str, Any]:
    """Return a patient file with only the values and treatments whose lines were accepted."""
    visits = [
        {**visit, "values": {k: v for k, v in visit.get("values", {}).items() if f"{_VALUE}.{n}.{k}" in lines}}
        for n, visit in enumerate(document.get("visits", ()))
    ]
    for visit in visits:
        visit["attribution"] = {k: v for k, v in visit.get("attribution", {}).items() if k in visit["values"]}
    courses = [one for n, one in enumerate(document.get("treatments", ())) if f"{_COURSE}.{n}" in lines]
    return {**document, "visits": [one for one in visits if one["values"]], "treatments": courses}


def _lines(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield key, when, what and value of every line that may be accepted."""
    for n, visit in enumerate(document.get("visits", ())):
        when = str(visit.get("date", f"day {visit.get('day')}"))
        for name, value in visit.get("values", {}).items():
            told = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
            yield f"{_VALUE}.{n}.{name}", when, variables()[name].label, str(told)
    for n, one in enumerate(document.get("treatments", ())):
        told = " ".join(str(one[key]) for key in ("amount", "unit", "status") if one.get(key) is not None)
        yield f"{_COURSE}.{n}", f"from day {one.get('start_day', '?')}", str(one["drug"]).replace("_", " "), told


def _page(request: Request, draft: str, status: int = 200, refused: str = "") -> Response:
    found = _draft(request, draft)
    return rendered(
        request, "clinic/import_report.html", status, draft=draft, refused=refused, items=found["items"],
        counts=found["counts"], lines=list(_lines(found["document"])), document=found["document"],
    )  # fmt: skip


def _seal(request: Request, draft: str) -> Seal:
    return Seal(workbench_of(request).settings.key, f"import {draft}")


def _keep(request: Request, draft: str, text: str) -> None:
    sealed = _seal(request, draft).closed(text.encode()) if text else ""
    workbench_of(request).accounts.keep_draft(actor(request), f"import {draft}", sealed)


def _draft(request: Request, draft: str) -> dict[str, Any]:
    kept = workbench_of(request).accounts.draft(actor(request), f"import {draft}")
    opened = _seal(request, draft).opened(kept)
    if opened is None:
        raise LupercalError("that import was accepted or discarded already")
    found: dict[str, Any] = json.loads(opened)
    return found
