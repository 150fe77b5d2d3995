"""How pages reach the registry: every look at a person is noted in the audit, a refusal comes back as a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import LupercalError
from lupercal.patient.record import Patient
from lupercal.programmes.registry import programmes
from lupercal.registry.opened import Registry
from lupercal.registry.records import Identity, RegisteredPatient
from lupercal.registry.refusals import ConflictError, RefusedError
from lupercal.therapy.registry import regimen
from lupercal.web.rendering import see_other
from lupercal.web.rights.gate import may
from lupercal.web.workbench import session_of, signed_in, workbench_of

_NOT_ALONE = ("it is", "safety:")
"""How a why begins that says nothing without what was asked."""


@final
@dataclass(frozen=True, slots=True)
class SeenPerson:
    """A person whom somebody looks at: ``identity`` is None where the role sees pseudonyms only.

    ``alerts`` are those that stand, in words; ``evidence`` says how strong that of the planned
    therapy is, empty without a plan.
    """

    head: RegisteredPatient
    identity: Identity | None
    alerts: tuple[str, ...] = ()
    evidence: str = ""

    def record(self, registry: Registry) -> Patient:
        """Return the whole record."""
        return registry.patients.whole(self.head.id)

    @property
    def name(self) -> str:
        """The name, or the pseudonym where the name is not to be seen or not known."""
        return (self.identity.name if self.identity is not None else "") or self.head.id

    @property
    def address(self) -> str:
        """Address of the person's page."""
        return f"/patients/{self.head.id}"


def registry_here(request: Request) -> Registry:
    """Return the registry of the workbench."""
    return workbench_of(request).registry


def actor(request: Request) -> str:
    """Return who acts, as the audit names people."""
    return signed_in(request).account


def seen(request: Request, patient: str, what: str = "patient") -> SeenPerson:
    """Return a person to be shown; that somebody looked, and at what, is noted in the audit."""
    registry, by = registry_here(request), actor(request)
    head = registry.patients.get(patient)
    alerts = tuple(dict.fromkeys(one.title for one in workbench_of(request).work.on(today()).alerts_of(head.id)))
    evidence = _evidence(registry.plans.programme_of(head.id))
    if may(session_of(request), "see people"):
        identity = registry.patients.identity(head.id, by=by, why=f"opened: {what}")
        return SeenPerson(head, identity, alerts, evidence)
    registry.audit.note(by=by, action="read", patient=head.id, what=what)
    return SeenPerson(head, None, alerts, evidence)


def _evidence(programme: str) -> str:
    """Return how strong the evidence of a planned therapy is; empty without a plan."""
    chosen = programmes().get(programme)
    return "" if chosen is None else regimen(chosen.therapy).evidence.summary


def today() -> dt.date:
    """Return the day on which the clinic looks."""
    return dt.date.today()


def tried(act: Callable[[], object], done: str, again: Callable[[int, str], Response]) -> Response:
    """Do something and send the browser on; where it is refused, show the page again with the reason."""
    try:
        act()
    except ConflictError as error:
        return again(409, str(error))
    except LupercalError as error:
        return again(422, refusal_in_words(error))
    return see_other(done)


def refusal_in_words(error: LupercalError) -> str:
    """Return a refusal as a sentence for a page: why, without the ids of what was asked where the why says all."""
    text = str(error)
    if isinstance(error, RefusedError):
        text = f"{error.what}: {error.why}" if error.why.startswith(_NOT_ALONE) else error.why
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def date_in(form: Mapping[str, str], name: str) -> dt.date | None:
    """Return a date of a form; None where it is empty.

    Raises
    ------
    LupercalError
        If it is no date.
    """
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise LupercalError(f"{text[:20]} is no date; a date is written as YYYY-MM-DD") from None


async def posted(request: Request) -> dict[str, str]:
    """Return the text fields of a form, the last of each name."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}
