"""A visit: typed with live instruments, saved, amended with a reason; a draft is kept until it is saved."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import InputError, LupercalError
from lupercal.patient.record import Patient
from lupercal.patient.variables import variables
from lupercal.registry.records import RecordedVisit
from lupercal.registry.refusals import ConflictError
from lupercal.web.accounts.resealing import DRAFT
from lupercal.web.accounts.sealing import Seal
from lupercal.web.clinic.access import SeenPerson, actor, posted, refusal_in_words, registry_here, seen, today
from lupercal.web.clinic.again import ask_again
from lupercal.web.clinic.asked import asked_for
from lupercal.web.clinic.live import live_scores, with_visit
from lupercal.web.clinic.visit_form import (
    CAUSES,
    VALUE,
    causes_in,
    changed_in,
    field_groups,
    form_of,
    removed_in,
    values_in,
)
from lupercal.web.rendering import rendered, see_other
from lupercal.web.typed import whole_number
from lupercal.web.workbench import workbench_of

router = APIRouter(prefix="/patients/{patient}/visits")
Form = Annotated[dict[str, str], Depends(posted)]
SHEET, SAVED = "sheet", "saved"
"""Fields of a draft: the form it was typed in, or the form whose visit was saved."""


@router.get("/new")
def new_visit(request: Request, patient: str, copy: bool = False, afresh: bool = False) -> Response:
    """Show the form of a new visit, with the draft that was left, or with the values of the last visit."""
    who = seen(request, patient, "visit form")
    whole = who.record(registry_here(request))
    draft = {} if copy or afresh else _draft(request, patient)
    last = form_of(whole.visits[-1]) if copy and whole.visits else {}
    form = draft or last | {"date": today().isoformat(), SHEET: secrets.token_urlsafe(9)}
    return _page(request, who, whole, form, drafted=bool(draft))


@router.post("/preview")
def preview(request: Request, patient: str, form: Form) -> Response:
    """Return the instruments as they stand, and keep what was typed as a draft."""
    whole, record = registry_here(request).patients.whole(patient), _record(request, form)
    if not _is_saved(request, patient, form):
        _keep_draft(request, patient, {} if record else form)
    alone = request.headers.get("hx-request") == "true"
    if alone:
        return rendered(request, "clinic/scores.html", **_scores(whole, form, record))
    return _page(request, seen(request, patient, "visit form"), whole, form, record=record)


@router.post("")
def add_visit(request: Request, patient: str, form: Form) -> Response:
    """Save a new visit: the whole record and its line in the audit, or nothing."""
    registry = registry_here(request)
    try:
        row = _row(form)
        registry.visits.enter(
            patient, by=actor(request), values=row["values"], attribution=row["attribution"], label=row["label"],
            date=row.get("date"), day=row.get("day"),
        )  # fmt: skip
    except LupercalError as error:
        whole = registry.patients.whole(patient)
        return _page(request, seen(request, patient, "visit form"), whole, form, error, 422)
    _keep_draft(request, patient, {SAVED: form.get(SHEET, "")})
    ask_again(registry, patient, by=actor(request))
    return see_other(f"/patients/{patient}#visits")


@router.get("/{visit}")
def visit_page(request: Request, patient: str, visit: str) -> Response:
    """Show a recorded visit, to be read or amended, with the history of its values."""
    who, record = seen(request, patient, "visit"), _of_patient(request, patient, visit)
    form = form_of(record.visit) | {"date": record.visit.date or "", "label": record.visit.label}
    form |= {"day": str(record.visit.day)} if not record.visit.date else {}
    return _page(request, who, registry_here(request).patients.whole(patient), form, record=record)


@router.post("/{visit}")
def amend(request: Request, patient: str, visit: str, form: Form) -> Response:
    """Amend a visit with a reason; who rests on an older state is shown both."""
    registry, record = registry_here(request), _of_patient(request, patient, visit)
    try:
        rests_on = replace(record, version=whole_number(form.get("version", ""), "version", 0, 10**6))
        registry.visits.amend(
            rests_on, by=actor(request), why=form.get("why", ""), values=changed_in(record, form),
            remove=removed_in(record, form), attribution=causes_in(form), label=form.get("label"),
        )  # fmt: skip
    except ConflictError as error:
        whole = registry.patients.whole(patient)
        return _page(request, seen(request, patient, "visit"), whole, form, error, 409, record=record)
    except LupercalError as error:
        whole = registry.patients.whole(patient)
        return _page(request, seen(request, patient, "visit"), whole, form, error, 422, record=record)
    ask_again(registry, patient, by=actor(request))
    return see_other(f"/patients/{patient}/visits/{visit}")


def _page(
    request: Request, who: SeenPerson, whole: Patient, form: dict[str, str], error: LupercalError | None = None,
    status: int = 200, *, record: RecordedVisit | None = None, drafted: bool = False,
) -> Response:  # fmt: skip
    registry = registry_here(request)
    history = registry.visits.value_history(record.id) if record is not None else ()
    conflict = isinstance(error, ConflictError)
    return rendered(
        request, "clinic/visit.html", status, who=who, form=form,
        groups=field_groups(whole, form, asked_for(registry, who.head)),
        record=record, drafted=drafted, history=[one for one in history if one.until is not None or one.why],
        causes=CAUSES, problem=_place_of(error, form), conflict=conflict,
        theirs=_differences(record, form) if conflict else (), dated=whole.reference_date is not None,
        copyable=bool(whole.visits), **_scores(whole, form, record),
    )  # fmt: skip


def _scores(whole: Patient, form: dict[str, str], record: RecordedVisit | None) -> dict[str, Any]:
    try:
        made, day = with_visit(whole, _row(form), record.visit.day if record else None)
        return {"scores": live_scores(made, day), "unreadable": ""}
    except LupercalError as error:
        return {"scores": (), "unreadable": _place_of(error, form)[1]}


def _row(form: dict[str, str]) -> dict[str, Any]:
    """Return a form as the row of a patient file.

    Raises
    ------
    LupercalError
        If neither date nor day is given.
    """
    row: dict[str, Any] = {"label": form.get("label", "").strip()[:200], "values": values_in(form)}
    row["attribution"] = causes_in(form)
    if form.get("date", "").strip():
        return row | {"date": form["date"].strip()}
    if not form.get("day", "").strip():
        raise LupercalError("a visit needs its date")
    return row | {"day": whole_number(form["day"], "day", -(10**5), 10**5)}


def _place_of(error: LupercalError | None, form: dict[str, str]) -> tuple[str, str]:
    """Return the field that a refusal concerns, and the refusal in words; two empty texts where there is none."""
    if error is None:
        return "", ""
    if isinstance(error, InputError):
        name = error.field.rpartition(".")[2]
        if VALUE + name in form:
            return VALUE + name, f"{variables()[name].label}: expected {error.expected}."
        return "date", f"{name.capitalize() or 'The visit'}: expected {error.expected}."
    return "why" if "reason" in str(error) else "date", refusal_in_words(error)


def _differences(record: RecordedVisit | None, form: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Return where somebody else's state differs from what was typed: variable, theirs, yours."""
    theirs = form_of(record.visit) if record is not None else {}
    fields = dict.fromkeys(
        [*(one for one in theirs if one.startswith(VALUE)), *(one for one in form if one.startswith(VALUE))]
    )
    return tuple(
        (variables()[one.removeprefix(VALUE)].label, theirs.get(one, ""), form.get(one, ""))
        for one in fields
        if theirs.get(one, "") != form.get(one, "").strip() and one.removeprefix(VALUE) in variables()
    )


def _record(request: Request, form: dict[str, str]) -> RecordedVisit | None:
    return registry_here(request).visits.get(form["visit"]) if form.get("visit") else None


def _of_patient(request: Request, patient: str, visit: str) -> RecordedVisit:
    record = registry_here(request).visits.get(visit)
    if record.patient != patient:
        raise LupercalError("the visit is another patient's")
    return record


def _seal(request: Request) -> Seal:
    return Seal(workbench_of(request).settings.key, DRAFT)


def _keep_draft(request: Request, patient: str, form: dict[str, str]) -> None:
    typed = {name: text for name, text in form.items() if text and name != "form_token"}
    sealed = _seal(request).closed(json.dumps(typed).encode()) if typed else ""
    workbench_of(request).accounts.keep_draft(actor(request), f"visit {patient}", sealed)


def _draft(request: Request, patient: str) -> dict[str, str]:
    """Return what was typed and not saved; empty where nothing was."""
    kept = _kept(request, patient)
    return {} if SAVED in kept else kept


def _is_saved(request: Request, patient: str, form: dict[str, str]) -> bool:
    """Whether a form's visit was saved: scores asked for just before may come just after, and are no draft."""
    return bool(form.get(SHEET)) and _kept(request, patient).get(SAVED) == form[SHEET]


def _kept(request: Request, patient: str) -> dict[str, str]:
    opened = _seal(request).opened(workbench_of(request).accounts.draft(actor(request), f"visit {patient}"))
    return json.loads(opened) if opened else {}
