"""The pages of an import: a file, a table's map to check, a verdict on every item, and acceptance line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import LupercalError
from lupercal.registry.records import Identity
from lupercal.web.bring_in.drafts import ImportDraft, forget_import, keep_import, kept_import
from lupercal.web.bring_in.map_form import ORDERS, map_from_form, map_sections, open_question, read_map_text
from lupercal.web.bring_in.merging import TAKE, ImportLine, chosen_lines, import_lines, merge, refuse_undecided
from lupercal.web.bring_in.reading import (
    NothingReadError,
    drafted_map,
    first_cells,
    found_again,
    is_table,
    read_bundle,
    table_read_by,
)
from lupercal.web.clinic.access import actor, posted, refusal_in_words, registry_here
from lupercal.web.clinic.again import ask_again
from lupercal.web.clinic.documents import keep_report
from lupercal.web.rendering import rendered, see_other
from lupercal.web.workbench import workbench_of

router = APIRouter(prefix="/import")
Text = Annotated[str, Form(max_length=200)]
Posted = Annotated[dict[str, str], Depends(posted)]
BY_LINE = 20
"""A file of more patients than this is accepted by patient, not by line."""


@router.get("")
def import_page(request: Request, patient: str = "") -> Response:
    """Ask for a file; ``patient`` is whose record it belongs to, where that is known."""
    return _asked(request, patient)


@router.post("")
def read_upload(request: Request, file: UploadFile, patient: Text = "") -> Response:
    """Read a FHIR file, or draft the map of a table; the file itself is deleted at once."""
    name, content = file.filename or "file", file.file.read()
    try:
        if patient:
            registry_here(request).patients.get(patient)
        made = (drafted_map if is_table(name) else read_bundle)(_room(request), name, content)
    except NothingReadError as error:
        return _asked(request, patient, 422, refusal_in_words(error), error.items)
    except LupercalError as error:
        return _asked(request, patient, 422, refusal_in_words(error))
    registry_here(request).audit.note(by=actor(request), action="read", what="imported file")
    return _kept(request, _placed(request, made, patient))


@router.get("/{draft}")
def import_report_page(request: Request, draft: str) -> Response:
    """Show what a file holds, line by line, to be accepted; of a table first its map, to be checked."""
    return _page(request, kept_import(request, draft))


@router.get("/{draft}/map")
def map_page(request: Request, draft: str) -> Response:
    """Show the map of a table again."""
    return _map(request, kept_import(request, draft))


@router.post("/{draft}/map")
def read_by_map(request: Request, draft: str, map: Annotated[str, Form(max_length=200_000)] = "") -> Response:
    """Read a table by the text of a map that a person has checked."""
    return _read_by(request, kept_import(request, draft), map)


@router.post("/{draft}/columns")
def read_by_columns(request: Request, draft: str, form: Posted) -> Response:
    """Read a table by the answers that a person gave for each column."""
    held = kept_import(request, draft)
    made = read_map_text(held.map)
    try:
        text = held.map if made is None else map_from_form(made, form)
    except LupercalError as error:
        return _map(request, held, 422, refusal_in_words(error))
    answered = read_map_text(text)
    left = open_question(answered) if answered is not None else ""
    if left:
        again = replace(held, map=text)
        keep_import(request, again)
        return _map(request, again, 422, left)
    return _read_by(request, held, text)


def _read_by(request: Request, draft: ImportDraft, text: str) -> Response:
    try:
        made = table_read_by(_room(request), draft, text)
    except LupercalError as error:
        items = error.items if isinstance(error, NothingReadError) else ()
        again = replace(draft, map=text)
        keep_import(request, again)
        return _map(request, again, 422, refusal_in_words(error), items)
    return _kept(request, _placed(request, made, made.into.get("0", "")))


def _map(
    request: Request, draft: ImportDraft, status: int = 200, refused: str = "", items: tuple[dict[str, str], ...] = ()
) -> Response:
    """Show the map of a table: as a form where its text is a map, and as text behind a fold."""
    made = read_map_text(draft.map)
    sections = () if made is None else map_sections(made, first_cells(_room(request), draft, made))
    return rendered(
        request, "bring_in/map.html", status, draft=draft, made=made, sections=sections, orders=ORDERS, refused=refused,
        items=items,
    )  # fmt: skip


@router.post("/{draft}")
async def accept_import(request: Request, draft: str) -> Response:
    """Take in the lines that were accepted: as new patients, or into the records of those who are known."""
    held, form = kept_import(request, draft), await request.form()
    try:
        taken = await run_in_threadpool(_taken_in, request, held, form)
    except LupercalError as error:
        return _page(request, held, 422, refusal_in_words(error), form)
    forget_import(request, draft)
    return see_other(f"/patients/{taken[0]}" if len(taken) == 1 else "/patients")


@router.post("/{draft}/into")
def place_import(request: Request, draft: str, patient: Text = "") -> Response:
    """Say whose record a file of one person belongs to: somebody who is known, or (empty) a new patient."""
    held = kept_import(request, draft)
    try:
        into = {"0": registry_here(request).patients.find(patient.strip()).id} if patient.strip() else {}
    except LupercalError as error:
        return _page(request, held, 422, refusal_in_words(error))
    return _kept(request, replace(held, into=into))


@router.post("/{draft}/discard")
def discard_import(request: Request, draft: str) -> Response:
    """Forget what was read from a file."""
    forget_import(request, draft)
    return see_other("/import")


def _taken_in(request: Request, draft: ImportDraft, form: FormData) -> list[str]:
    """Return the ids of the patients that were taken in, all of them or none."""
    fields = {name: str(value).strip() for name, value in form.items() if isinstance(value, str)}
    ticked = {str(one) for one in form.getlist("line")} | {name for name, said in fields.items() if said == TAKE}
    registry, by, whole = registry_here(request), actor(request), len(draft.documents) > BY_LINE
    taken = []
    with registry.writing():
        for place, document in enumerate(draft.documents):
            lines = _lines_of(request, draft, place)
            if whole and str(place) in form.getlist("whole"):
                ticked |= {one.key for one in lines if one.standing == "new"}
            mine = {one.key for one in lines} & ticked
            into = draft.into.get(str(place))
            if into is not None and mine | {one.key for one in lines if one.standing == "differs"}:
                if not whole:
                    refuse_undecided(lines, fields)
                merge(registry, into, document, place, mine, by=by, why=f"imported from {draft.file}")
                taken.append(into)
            elif into is None and mine:
                taken.append(_enrolled(request, draft, place, mine, fields))
        if not taken:
            raise LupercalError("nothing is ticked, so nothing was taken in")
        for patient in taken:
            keep_report(registry, patient, draft, by=by)
    for patient in taken:
        ask_again(registry, patient, by=by)
    return taken


def _enrolled(request: Request, draft: ImportDraft, place: int, lines: set[str], fields: Mapping[str, str]) -> str:
    document = dict(draft.documents[place])
    alone = len(draft.documents) == 1
    document["id"] = (fields.get("local_id") if alone else "") or document["id"]
    identity = (
        Identity(given_name=fields.get("given_name", ""), family_name=fields.get("family_name", "")) if alone else None
    )
    made = chosen_lines(document, place, lines)
    why = f"imported from {draft.file}"
    return registry_here(request).patients.enrol(made, by=actor(request), identity=identity, why=why).id


def _placed(request: Request, made: ImportDraft, patient: str) -> ImportDraft:
    """Return a draft that says whose record its patients belong to."""
    registry = registry_here(request)
    if patient and len(made.documents) <= 1:
        return replace(made, into={"0": registry.patients.get(patient).id})
    return replace(made, into=found_again(registry, made))


def _lines_of(request: Request, draft: ImportDraft, place: int) -> tuple[ImportLine, ...]:
    into = draft.into.get(str(place))
    recorded = registry_here(request).patients.whole(into) if into is not None else None
    return import_lines(draft.documents[place], place, recorded)


def _kept(request: Request, draft: ImportDraft) -> Response:
    keep_import(request, draft)
    return see_other(f"/import/{draft.name}")


def _page(
    request: Request, draft: ImportDraft, status: int = 200, refused: str = "", form: Mapping[str, Any] | None = None
) -> Response:
    if not draft.documents:
        return _map(request, draft, status, refused)
    people = [(place, one, _lines_of(request, draft, place)) for place, one in enumerate(draft.documents)]
    return rendered(
        request, "bring_in/report.html", status, draft=draft, refused=refused, people=people, form=form or {},
        whole=len(people) > BY_LINE,
    )  # fmt: skip


def _asked(
    request: Request, patient: str, status: int = 200, refused: str = "", items: tuple[dict[str, str], ...] = ()
) -> Response:
    return rendered(request, "bring_in/file.html", status, refused=refused, items=items, patient=patient[:40])


def _room(request: Request) -> Path:
    return workbench_of(request).settings.folder / "uploads"
