"""A registered patient in the place of a patient file: every command that takes a case takes ``reg:ID`` too."""

from __future__ import annotations

import getpass
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lupercal.errors import InputError
from lupercal.patient.record import Patient
from lupercal.registry.address import PREFIX

if TYPE_CHECKING:
    from lupercal.programmes.follow_up import FollowUp

_ID = re.compile(r"p-[2-9a-z]{10}")
_EXPECTED = f"{PREFIX}ID, such as {PREFIX}p-8f3k2m9qd4, or {PREFIX}ID@PLACE with the registry's path or URL"


def is_registered(case: object) -> bool:
    """Return whether a case is asked for by its id in a registry: ``reg:ID``, or an id as the registry makes them."""
    text = str(case)
    return text.startswith(PREFIX) or _ID.fullmatch(text) is not None


def registered_patient(case: str) -> Patient:
    """Return a registered patient as a patient file's record; that it was read is noted in the audit.

    Parameters
    ----------
    case
        ``reg:ID`` with an id or local id, ``reg:ID@PLACE`` with the place of the registry, or a bare id. Where no place
        is given it is that of ``LUPERCAL_REGISTRY``, else ``registry.db`` in the working folder.

    Raises
    ------
    InputError
        If there is no registry, or no id is given.
    UnknownError
        If the registry has no such patient.
    """
    from lupercal.registry.opened import open_registry  # noqa: PLC0415 - databases are loaded only where one is asked

    name, _, place = case.removeprefix(PREFIX).partition("@")
    if not name:
        raise InputError("case", "", case, _EXPECTED)
    with open_registry(place or None) as registry:
        head = registry.patients.find(name)
        registry.audit.note(by=login_name(), action="read", patient=head.id, what="patient")
        return registry.patients.whole(head.id)


def with_record(case: str, standing: FollowUp) -> FollowUp:
    """Return where a registered patient stands with what no patient file holds: recorded events, acknowledged alerts.

    Parameters
    ----------
    case
        As for `registered_patient`.
    standing
        Where the patient stands by the visits alone.
    """
    from lupercal.programmes.event_alerts import event_alerts  # noqa: PLC0415 - as above
    from lupercal.programmes.plan_data import plan_sources  # noqa: PLC0415 - as above
    from lupercal.registry.opened import open_registry  # noqa: PLC0415 - as above
    from lupercal.registry.seen_alerts import settled_by  # noqa: PLC0415 - as above

    name, _, place = case.removeprefix(PREFIX).partition("@")
    with open_registry(place or None) as registry:
        patient = registry.patients.find(name).id
        events, seen = registry.adverse_events.of_patient(patient), registry.acknowledgements.of_patient(patient)
    raised = (*standing.alerts, *event_alerts(events, standing.start, standing.today))
    cited = {alert.source: plan_sources()[alert.source].citation for alert in raised if alert.source}
    return replace(standing, alerts=settled_by(raised, seen, standing.start), sources={**standing.sources, **cited})


def login_name() -> str:
    """Return who works at this computer; ``unknown`` where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
