"""FHIR in: one person's bundle becomes a patient, with a verdict on every item of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, final

from lupercal.errors import InputError
from lupercal.exchange.fhir.assemble import (
    checked_patient,
    date_of_day_0,
    dates_into_notes,
    day_zero_findings,
    head_of,
    one_of_each,
    usable_values,
    visits_of_values,
)
from lupercal.exchange.fhir.concepts import ConceptKey, ObservationMeaning, observation_meaning
from lupercal.exchange.fhir.conditions import read_condition
from lupercal.exchange.fhir.drug_names import DrugMeaning, drug_meaning
from lupercal.exchange.fhir.entries import FhirEntry, contained_in, entries_of, without_repeats
from lupercal.exchange.fhir.events import read_diagnostic_report, read_immunization, read_procedure
from lupercal.exchange.fhir.json_text import read_resource, without_nulls
from lupercal.exchange.fhir.ledger import ImportLedger
from lupercal.exchange.fhir.lint import look_over
from lupercal.exchange.fhir.medications import KINDS, Pharmacy, read_medication
from lupercal.exchange.fhir.observations import read_observation
from lupercal.exchange.fhir.orders import OrderAnswers, settle_orders
from lupercal.exchange.fhir.person import read_person
from lupercal.exchange.fhir.read_own import own_id, read_own_head, read_own_visit
from lupercal.exchange.fhir.site_map import SiteRule, order_answers, read_by_rules, read_fhir_map, site_rules
from lupercal.exchange.fhir.subjects import OF_THE_PATIENT, Subject, patient_id, the_subject
from lupercal.exchange.fhir.undated import apart_from_visits, undated_rows, within_a_visit
from lupercal.exchange.fhir.withdrawn import Withdrawn
from lupercal.exchange.fhir.wording import shown_text
from lupercal.exchange.import_report import ImportReport
from lupercal.files.documents import read_text
from lupercal.patient.record import Patient

MAX_BYTES = 16_000_000
"""A bundle of one person; exports of many are read line by line (`lupercal.exchange.fhir.bulk`)."""


LINES = (".ndjson", ".jsonl")
"""Endings of files that hold one resource per line."""


@final
@dataclass(frozen=True, slots=True)
class FhirImport:
    """A patient read from FHIR, and what became of every item of the file."""

    patient: Patient
    ledger: ImportLedger

    @property
    def report(self) -> ImportReport:
        """What became of every item, in the order in which they stood."""
        return self.ledger.report(self.patient.id)

    @property
    def empty(self) -> bool:
        """Whether nothing of the file was used, so that there is no patient to write."""
        return not any(verdict == "used" or became for _, verdict, _, _, _, became in self.ledger.told)

    def nothing_used(self, origin: object) -> InputError:
        """Return the refusal of a file of which nothing was used, with the first reason."""
        items = self.report.items
        first = next((item for item in items if item.reason), None)
        summary = f"{len(items)} items, none usable" + (f" ({first.found}: {first.reason})" if first else "")
        return InputError(origin, "", summary, "something that a patient file holds")


class Settings:
    """What a person may say about an import; nothing need be said.

    Parameters
    ----------
    day_0
        The date of day 0; see `lupercal.exchange.fhir.assemble.day_zero` for the default.
    today
        The last day that a value may have.
    codes, drugs
        A site's own codes, system and code, to variables with their units, and to drugs.
    orders
        What a person has said about orders that may be one.
    rules
        A site's rules for values that stand elsewhere.
    """

    def __init__(
        self,
        day_0: date | None = None,
        today: date | None = None,
        codes: dict[tuple[str, str], tuple[str, str]] | None = None,
        drugs: dict[tuple[str, str], str] | None = None,
        orders: OrderAnswers | None = None,
        rules: Sequence[SiteRule] = (),
    ) -> None:
        self.day_0, self.today = day_0, today or date.today()
        self.orders = orders or OrderAnswers()
        self.rules = tuple(rules)
        self.meaning: Callable[[ConceptKey], ObservationMeaning] = _remembered(observation_meaning, codes or {})
        self.drug: Callable[[ConceptKey], DrugMeaning] = _remembered(drug_meaning, drugs or {})


def site_settings(path: Path, day_0: date | None = None) -> Settings:
    """Return the settings that a site's map file asks for; raise `InputError` where it is none."""
    site_map = read_fhir_map(path)
    codes = {(one.system, one.code): (one.variable, one.unit or "") for one in site_map.codes}
    drugs = {(one.system, one.code): one.drug for one in site_map.drugs}
    return Settings(day_0, None, codes, drugs, order_answers(site_map), site_rules(site_map, path))


def _remembered(
    meaning: Callable[[ConceptKey, Any], Any], site_codes: Mapping[tuple[str, str], Any]
) -> Callable[[ConceptKey], Any]:
    """Return a meaning by concept alone that is worked out once per concept, for as many concepts as a site has."""
    meanings: dict[ConceptKey, Any] = {}

    def look_up(key: ConceptKey) -> Any:
        answer = meanings.get(key)
        if answer is None:
            if len(meanings) > 50_000:
                meanings.clear()
            answer = meanings[key] = meaning(key, site_codes)
        return answer

    return look_up


def read_fhir(path: Path, settings: Settings | None = None) -> FhirImport:
    """Read one person's FHIR R4 file.

    Parameters
    ----------
    path
        A Bundle (collection, searchset, transaction, batch, document) or a single resource, as JSON; or resources of
        one person, one per line.
    settings
        What a person says about the import.

    Raises
    ------
    InputError
        If the file cannot be read, is no FHIR, or is about two people or nobody.
    """
    path = Path(path)
    text = read_text(path, MAX_BYTES)
    if path.suffix.lower() not in LINES:
        return fhir_patient(read_resource(text, path), path, settings)
    rows = [{"resource": read_resource(line, path)} for line in text.splitlines() if line.strip()]
    return fhir_patient({"resourceType": "Bundle", "type": "collection", "entry": rows}, path, settings)


def fhir_patient(document: dict[str, Any], origin: object, settings: Settings | None = None) -> FhirImport:
    """Return the patient of a parsed FHIR resource; ``origin`` names it in errors."""
    ledger = ImportLedger(shown_text(Path(str(origin)).name))
    look_over(document, ledger)
    entries = without_repeats(entries_of(without_nulls(document), ledger, origin), ledger)
    subject = the_subject(entries, origin)
    return patient_of_entries(entries, subject, ledger, settings or Settings(), origin)


def patient_of_entries(
    entries: Sequence[FhirEntry],
    subject: Subject,
    ledger: ImportLedger,
    settings: Settings,
    origin: object,
    medications: Mapping[str, dict[str, Any]] = MappingProxyType({}),
) -> FhirImport:
    """Return the patient that a person's resources describe, and the report on them.

    ``medications`` are Medication resources that stand elsewhere, by their references.
    """
    room = _Room(list(entries), subject, ledger, settings)
    room.medications = medications
    room.read()
    values, undated = apart_from_visits(usable_values(ledger, settings.today))
    zero = date_of_day_0(ledger, values, settings.today, settings.day_0)
    room.read_medications(zero)
    zero = date_of_day_0(ledger, values, settings.today, settings.day_0)
    ledger.treatments.sort(key=lambda one: one.order)
    settle_orders(ledger, settings.orders)
    document = head_of(ledger, own_id(subject.entry) or patient_id(subject.id), zero)
    within, apart = within_a_visit(undated, values, ledger)
    chosen = one_of_each([*values, *within, *day_zero_findings(ledger, zero)], ledger)
    document["visits"] = visits_of_values(chosen, ledger)
    document["undated"] = undated_rows(apart, ledger)
    if zero is None:
        dates_into_notes(ledger)
    patient = checked_patient(document, ledger, settings.today, origin)
    return FhirImport(patient, ledger)


class _Room:
    """One person's resources while they are read."""

    def __init__(self, entries: list[FhirEntry], subject: Subject, ledger: ImportLedger, settings: Settings) -> None:
        self.entries, self.subject, self.ledger, self.settings = entries, subject, ledger, settings
        self.withdrawn = Withdrawn(entries)
        self.anything_withdrawn = bool(self.withdrawn)
        self.known = {one.reference: one for one in entries} | {one.url: one for one in entries if one.url}
        self.waiting: list[tuple[int, FhirEntry]] = []
        self.medications: Mapping[str, dict[str, Any]] = {}

    def read(self) -> None:
        """Read everything but medications, which wait for day 0."""
        for k, entry in enumerate(self.entries):
            self.ledger.order = (k + 1) << 14
            self._read(entry)

    def read_medications(self, zero: date | None) -> None:
        """Read the medications that were set aside."""
        pharmacy = Pharmacy(self.settings.drug, self._medication, zero or self.settings.today)
        for order, entry in self.waiting:
            self.ledger.order = order
            read_medication(entry, self.ledger, pharmacy)

    def _read(self, entry: FhirEntry) -> None:
        reason = self._unusable(entry)
        if reason:
            self.ledger.tell(
                "refused" if entry.kind in OF_THE_PATIENT else "left_out", entry.place, entry.title, reason
            )
        elif self.settings.rules and read_by_rules(entry, self.settings.rules, self.ledger):
            pass
        elif entry.kind in KINDS:
            self.waiting.append((self.ledger.order, entry))
        else:
            self._read_kind(entry)
        if "contained" in entry.resource:
            self._tell_contained(entry)

    def _read_kind(self, entry: FhirEntry) -> None:
        ledger, resource = self.ledger, entry.resource
        if entry.kind == "Observation":
            read_observation(resource, entry.place, entry.title, ledger, self.settings.meaning)
        elif entry.kind == "Patient":
            read_person(entry, ledger)
            read_own_head(entry, ledger)
        elif entry.kind == "Encounter" and read_own_visit(entry, ledger):
            pass
        elif entry.kind == "Condition":
            read_condition(resource, entry.place, ledger)
        elif entry.kind == "Procedure":
            read_procedure(entry, ledger)
        elif entry.kind == "Immunization":
            read_immunization(entry, ledger)
        elif entry.kind == "DiagnosticReport":
            read_diagnostic_report(entry, ledger, self._stands)
        else:
            ledger.tell("left_out", entry.place, entry.title, f"{shown_text(entry.kind, 40)} is not read")

    def _unusable(self, entry: FhirEntry) -> str:
        """Return why a resource must not be used whatever it says, empty where it may."""
        resource = entry.resource
        if not entry.kind:
            return "it does not name its type"
        said = resource.get("code") or resource.get("medicationCodeableConcept") or resource.get("vaccineCode")
        modified = "modifierExtension" in resource or (type(said) is dict and "modifierExtension" in said)
        if modified or resource.get("implicitRules"):
            return "a modifier extension or implicit rules may change its meaning"
        about = OF_THE_PATIENT.get(entry.kind)
        doubt = self.subject.doubt(resource.get(about)) if about else ""
        return self.withdrawn.reason(entry) if self.anything_withdrawn and about and not doubt else doubt

    def _stands(self, reference: str) -> bool:
        return reference.startswith("#") or reference.partition("/_history/")[0] in self.known

    def _medication(self, entry: FhirEntry, reference: str) -> dict[str, Any] | None:
        """Return the Medication that a record refers to, contained or an entry of its own."""
        if reference.startswith("#"):
            contained = [one for one in contained_in(entry.resource, "") if one.id == reference[1:]]
            return contained[0].resource if contained else None
        name = reference.partition("/_history/")[0]
        if name in self.medications:
            return self.medications[name]
        other = self.known.get(name)
        return other.resource if other is not None and other.kind == "Medication" else None

    def _tell_contained(self, entry: FhirEntry) -> None:
        for one in contained_in(entry.resource, entry.place):
            self.ledger.tell("left_out", one.place, one.title, "contained; read only where the resource refers to it")
