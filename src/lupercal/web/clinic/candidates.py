"""Candidates who sent their answers: taken in as patients, or deleted."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import LupercalError
from lupercal.patient.read import patient_from
from lupercal.programmes.eligibility import eligibilities
from lupercal.programmes.registry import programmes
from lupercal.registry.care_records import ConsentRecord
from lupercal.registry.records import Identity
from lupercal.web.accounts.inbox import Inbox, Letter
from lupercal.web.clinic.access import actor, registry_here, tried
from lupercal.web.rendering import rendered, see_other
from lupercal.web.workbench import workbench_of

router = APIRouter(prefix="/candidates")
CONTACT = "contact"
"""Purpose of the consent that a candidate gives by sending."""


@router.get("")
def candidates_page(request: Request) -> Response:
    """List the candidates who sent their answers, each with what the answers come to."""
    return _page(request)


@router.post("/{letter}/accept")
def accept(request: Request, letter: str) -> Response:
    """Take a candidate in: answers, name, contact and consent become a patient of the registry."""
    taken_letter = _letter(request, letter)
    try:
        patient = _taken_in(request, taken_letter)
    except LupercalError as error:
        return _page(request, 422, str(error))
    _inbox(request).remove(letter)
    return see_other(f"/patients/{patient}")


@router.post("/{letter}/delete")
def delete_letter(request: Request, letter: str) -> Response:
    """Delete what a candidate sent."""

    def act() -> None:
        registry_here(request).audit.note(by=actor(request), action="delete", what="letter of a candidate")
        _inbox(request).remove(_letter(request, letter).id)

    return tried(act, "/candidates", lambda status, why: _page(request, status, why))


def _taken_in(request: Request, letter: Letter) -> str:
    registry, by = registry_here(request), actor(request)
    document = {**letter.document, "id": f"candidate-{letter.id}"}
    patient = patient_from(document, "answers of a candidate")
    given, _, family = letter.name.rpartition(" ")
    at_sign = "@" in letter.contact
    identity = Identity(
        given_name=given, family_name=family, email=letter.contact if at_sign else "",
        phone="" if at_sign else letter.contact,
    )  # fmt: skip
    with registry.writing():
        head = registry.patients.enrol(patient, by=by, identity=identity, on=letter.at.date())
        consent = ConsentRecord(
            patient=head.id, purpose=CONTACT, document=letter.consent, given_on=letter.at.date(), note=letter.language
        )
        registry.consents.add(consent, by=by)
    return head.id


def _page(request: Request, status: int = 200, refused: str = "") -> Response:
    registry_here(request).audit.note(by=actor(request), action="read", what="letters of candidates")
    shown = []
    for one in _inbox(request).letters():
        answers = eligibilities(patient_from(one.document, "answers of a candidate"), programmes().values())
        stops = dict.fromkeys(danger.rule.danger for each in answers for danger in each.safety.stops)
        shown.append((one, len(one.document["visits"][0]["values"]), list(stops), answers))
    return rendered(request, "clinic/candidates.html", status, letters=shown, refused=refused)


def _inbox(request: Request) -> Inbox:
    bench = workbench_of(request)
    return Inbox(bench.accounts, bench.settings.key)


def _letter(request: Request, name: str) -> Letter:
    found_letter = _inbox(request).letter(name)
    if found_letter is None:
        raise LupercalError("somebody else has taken this candidate in, or deleted the letter")
    return found_letter
