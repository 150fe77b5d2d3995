"""The list of patients: search_people, filter, and a new person."""

from __future__ import annotations

from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import LupercalError
from lupercal.patient.read import patient_from
from lupercal.patient.schema import LupusType
from lupercal.registry.listing import listed_patients
from lupercal.registry.records import Identity, State
from lupercal.registry.states import journey_states
from lupercal.web.clinic.access import actor, date_in, posted, refusal_in_words, registry_here, today
from lupercal.web.clinic.listing import PeoplePage, found_by_name, page_of, page_with
from lupercal.web.clinic.states import all_states, mark_of
from lupercal.web.clinic.work import patients_with
from lupercal.web.rendering import rendered, see_other
from lupercal.web.rights.gate import may
from lupercal.web.workbench import session_of, workbench_of

router = APIRouter(prefix="/patients")
ALERTS = {
    "alert": "any alert", "urgent": "urgent alerts", "warning": "warnings",
    "left_band": "course leaves the forecast", "overdue": "something overdue",
    "due": "something due", "settled": "an alert settled of late",
}  # fmt: skip
"""What the list can be filtered by: kinds of work, and severities of alerts, in words."""
Form = Annotated[dict[str, str], Depends(posted)]


@router.get("")
def patients(request: Request, state: str = "", alert: str = "", start: int = 0) -> Response:
    """List the patients, of one state or with alerts where asked."""
    wanted = [cast(State, state)] if state in journey_states() else []
    names, registry, by = may(session_of(request), "see people"), registry_here(request), actor(request)
    if alert not in ALERTS:
        page = page_of(registry, wanted, max(0, start), by=by, names=names)
        return _listed(request, page, state=state)
    ids = patients_with(workbench_of(request).work.on(today()).list, alert)
    if wanted:
        of_state = {one.id for one in listed_patients(registry, states=wanted, ids=list(ids))}
        ids = tuple(one for one in ids if one in of_state)
    return _listed(request, page_with(registry, ids, max(0, start), by=by, names=names), state=state, alert=alert)


@router.post("/search")
def search_people(request: Request, form: Form) -> Response:
    """List the patients whose name or number holds a text; the text is sent in the form, not in the address."""
    text = form.get("text", "").strip()[:100]
    if not text:
        return see_other("/patients")
    return _listed(request, found_by_name(registry_here(request), text, by=actor(request)), text=text)


@router.get("/new")
def new_person(request: Request) -> Response:
    """Show the form for a new person."""
    return _form(request, {}, "")


@router.post("")
def add_person(request: Request, form: Form) -> Response:
    """Take a new person in as a candidate."""
    try:
        head = _enrolled(request, form)
    except LupercalError as error:
        return _form(request, form, refusal_in_words(error), 422)
    return see_other(f"/patients/{head}")


def _enrolled(request: Request, form: dict[str, str]) -> str:
    born = date_in(form, "birth_date")
    number = form.get("local_id", "").strip()
    if not number:
        raise LupercalError("a number is needed by which the clinic knows the person")
    document: dict[str, Any] = {"id": number, "data_origin": "clinical", "reference_date": today().isoformat()}
    document |= {name: form[name] for name in ("sex", "lupus_type") if form.get(name)}
    if born is not None:
        document["age_years"] = round((today() - born).days / 365.25, 1)
    identity = Identity(
        given_name=form.get("given_name", "").strip(), family_name=form.get("family_name", "").strip(),
        birth_date=born, phone=form.get("phone", "").strip(), email=form.get("email", "").strip(),
    )  # fmt: skip
    by = actor(request)
    return registry_here(request).patients.enrol(patient_from(document, "new patient"), by=by, identity=identity).id


def _form(request: Request, form: dict[str, str], refused: str, status: int = 200) -> Response:
    types = get_args(LupusType)
    return rendered(request, "clinic/new_person.html", status, form=form, refused=refused, types=types)


def _listed(request: Request, page: PeoplePage, *, state: str = "", alert: str = "", text: str = "") -> Response:
    return rendered(
        request, "clinic/patients.html", page=page, state=state, text=text, states=all_states(), mark_of=mark_of,
        alert=alert, alerts=ALERTS,
    )  # fmt: skip
