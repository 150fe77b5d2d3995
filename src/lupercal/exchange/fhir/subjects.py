"""Whose file is it? One person, by every way in which FHIR refers to somebody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from lupercal.errors import InputError
from lupercal.exchange.fhir.entries import FhirEntry
from lupercal.exchange.fhir.wording import shown_text

_PATIENT = re.compile(r"(?P<base>.*/)?Patient/(?P<id>[^/?#|]{1,256})(?:/_history/[^/]*)?")
OF_THE_PATIENT = {
    "Condition": "subject",
    "Observation": "subject",
    "MedicationStatement": "subject",
    "MedicationRequest": "subject",
    "MedicationAdministration": "subject",
    "Procedure": "subject",
    "DiagnosticReport": "subject",
    "Encounter": "subject",
    "CarePlan": "subject",
    "ServiceRequest": "subject",
    "RiskAssessment": "subject",
    "Immunization": "patient",
}
"""Types that are read, and the element that says whom they are about."""


@final
@dataclass(slots=True)
class Subject:
    """The one person a file is about, with everything by which others may refer to them."""

    id: str
    names: set[str] = field(default_factory=set)
    bases: set[str] = field(default_factory=set)
    entry: FhirEntry | None = None
    known: dict[str, bool] = field(default_factory=dict)

    def doubt(self, reference: Any) -> str:
        """Return why a reference does not lead to this person, empty where it does."""
        if not isinstance(reference, dict):
            return "it does not say whom it is about"
        text = reference.get("reference")
        if isinstance(text, str) and text:
            if text not in self.known:
                self.known[text] = self._is(text)
            return "" if self.known[text] else f"about {shown_text(text)}, not about {shown_text(self.title)}"
        named = _identifier(reference.get("identifier"))
        if named and named in self.names:
            return ""
        return "it does not say whom it is about"

    @property
    def title(self) -> str:
        """The person as others refer to them."""
        return f"Patient/{self.id}" if self.id else "the patient"

    def _is(self, text: str) -> bool:
        if text in self.names:
            return True
        match = _PATIENT.fullmatch(text)
        if match is None:
            return text.startswith("Patient?identifier=") and text.partition("=")[2] in self.names
        base = match["base"] or ""
        return match["id"] == self.id and (not base or not self.bases or base in self.bases)


def the_subject(entries: Sequence[FhirEntry], origin: object) -> Subject:
    """Return the one person that a file is about.

    Raises
    ------
    InputError
        If there are two, naming both, or nobody.
    """
    patients = [entry for entry in entries if entry.kind == "Patient"]
    if len(patients) > 1:
        raise InputError(origin, "", f"{len(patients)} patients", _both([_name(one) for one in patients]))
    if patients:
        return subject_of(patients[0])
    referred = _referred(entries)
    if len(referred) > 1:
        raise InputError(origin, "", f"items about {len(referred)} patients", _both(referred))
    if not referred:
        kinds = ", ".join(dict.fromkeys(shown_text(one.kind, 30) for one in entries[:5])) or "no entries"
        raise InputError(origin, "", kinds, "a patient: a Patient resource, or items that name one as their subject")
    return _unseen(referred[0])


def subject_of(entry: FhirEntry) -> Subject:
    """Return the person that a Patient resource describes."""
    names = {entry.url} if entry.url else set()
    identifiers = entry.resource.get("identifier")
    names |= {one for row in (identifiers if isinstance(identifiers, list) else ()) if (one := _identifier(row))}
    match = _PATIENT.fullmatch(entry.url)
    return Subject(entry.id, names, {match["base"]} if match and match["base"] else set(), entry)


def person_key(resource: dict[str, Any]) -> str:
    """Return by what a resource's person is known among many: a logical id or an address; empty where there is none."""
    if resource.get("resourceType") == "Patient":
        name = resource.get("id")
        return name if isinstance(name, str) and "\n" not in name else ""
    kind = resource.get("resourceType")
    about = resource.get(OF_THE_PATIENT.get(kind, "subject") if isinstance(kind, str) else "subject")
    text = about.get("reference") if isinstance(about, dict) else None
    if not isinstance(text, str):
        return ""
    match = _PATIENT.fullmatch(text)
    return match["id"] if match and "\n" not in text else ""


def _unseen(reference: str) -> Subject:
    match = _PATIENT.fullmatch(reference)
    return Subject(match["id"] if match else "", {reference}, set())


def _identifier(row: Any) -> str:
    """Return an Identifier as ``system|value``, as searches write it."""
    value = row.get("value") if isinstance(row, dict) else None
    system = row.get("system") if isinstance(row, dict) else None
    return f"{system if isinstance(system, str) else ''}|{value}" if isinstance(value, str) and value else ""


def _referred(entries: Iterable[FhirEntry]) -> list[str]:
    """Return the patients that items name as their subject, each once."""
    references: dict[str, None] = {}
    for entry in entries:
        about = entry.resource.get(OF_THE_PATIENT.get(entry.kind, ""))
        text = about.get("reference") if isinstance(about, dict) else None
        if isinstance(text, str) and _names_a_person(text):
            references[text.partition("/_history/")[0]] = None
    return list(references)


def _names_a_person(text: str) -> bool:
    return bool(_PATIENT.fullmatch(text)) or text.startswith("urn:")


def _name(entry: FhirEntry) -> str:
    return entry.reference if entry.id else entry.url or entry.place


def _both(names: Sequence[str]) -> str:
    shown = [shown_text(one, 90) for one in names[:2]]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return f"one patient in a file; this one is about {' and '.join(shown)}{more}"


def patient_id(name: str) -> str:
    """Return an id for the patient file: the logical id where it can be one."""
    tidy = name.lstrip("-._")[:80]
    return (
        tidy
        if tidy and tidy.isascii() and tidy.replace("-", "").replace(".", "").replace("_", "").isalnum()
        else "patient-1"
    )
