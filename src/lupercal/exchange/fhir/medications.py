"""Medication statements, orders and administrations as lines of treatment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, final

from lupercal.exchange.fhir.code_tables import medication_table
from lupercal.exchange.fhir.concepts import ConceptKey, concept_key, concept_text
from lupercal.exchange.fhir.dates import DateInterval, date_interval, period_interval
from lupercal.exchange.fhir.doses import DIFFERS, StatedDose, dose_of
from lupercal.exchange.fhir.drug_names import OTHER, DrugMeaning, is_cell_product, is_glucocorticoid
from lupercal.exchange.fhir.entries import FhirEntry
from lupercal.exchange.fhir.ledger import FoundTreatment, ImportLedger
from lupercal.exchange.fhir.read_own import own_line
from lupercal.exchange.fhir.withdrawn import ERROR
from lupercal.exchange.fhir.wording import shown_text
from lupercal.patient.variables import variables

KINDS = {
    "MedicationStatement": "statement",
    "MedicationRequest": "request",
    "MedicationAdministration": "administration",
}


@final
@dataclass(frozen=True, slots=True)
class Pharmacy:
    """What it takes to read medications: meanings of concepts, where Medications lie, and the day they hold on."""

    meaning: Callable[[ConceptKey], DrugMeaning]
    lookup: Callable[[FhirEntry, str], dict[str, Any] | None]
    day: date | None


def read_medication(entry: FhirEntry, ledger: ImportLedger, pharmacy: Pharmacy) -> None:
    """Read one MedicationStatement, MedicationRequest or MedicationAdministration into the ledger."""
    resource, place = entry.resource, entry.place
    if take_own_line(entry, ledger):
        return
    key, reason = _concept(entry, pharmacy)
    shown = f"{entry.title} {concept_text(key)}"
    status = _status(resource, KINDS[entry.kind])
    reason = reason or (status[1:] if status.startswith("!") else "")
    if reason:
        ledger.tell("left_out", place, shown, reason)
        return
    what = pharmacy.meaning(key)
    if not what.drug:
        ledger.tell("refused", place, shown, "; ".join(what.warns))
    elif is_glucocorticoid(what.drug) and _applied_locally(resource):
        ledger.tell("left_out", place, shown, "applied locally, not taken: it counts as no systemic glucocorticoid")
    elif what.drug == OTHER:
        _other(key, status, place, shown, ledger)
    else:
        ledger.treatments.append(_line(entry, what, status, shown, ledger, pharmacy.day))


def _applied_locally(resource: Mapping[str, Any]) -> bool:
    """Return whether every dosage states a route by which a drug stays where it is put, such as skin, eye or joint."""
    raw = resource.get("dosage", resource.get("dosageInstruction"))
    rows = [row for row in (raw if isinstance(raw, list) else [raw]) if isinstance(row, dict)]
    routes = [[code for _, code, _ in concept_key(row.get("route"))[0]] for row in rows]
    local = medication_table()["local_routes"]
    return bool(routes) and all(codes and any(code in local for code in codes) for codes in routes)


def _route_in_words(resource: Mapping[str, Any]) -> bool:
    raw = resource.get("dosage", resource.get("dosageInstruction"))
    routes = [row.get("route") for row in (raw if isinstance(raw, list) else [raw]) if isinstance(row, dict)]
    return any(isinstance(route, dict) and not concept_key(route)[0] and concept_key(route)[1] for route in routes)


def take_own_line(entry: FhirEntry, ledger: ImportLedger) -> bool:
    """Take a line of treatment that we wrote as it was; return False where the record is another's."""
    row = own_line(entry.resource)
    if row is None:
        return False
    line = FoundTreatment(ledger.place(), entry.place, f"{entry.title} {shown_text(row['drug'])}", row, settled=True)
    ledger.treatments.append(line)
    return True


def _concept(entry: FhirEntry, pharmacy: Pharmacy) -> tuple[ConceptKey, str]:
    """Return the medication's concept, and why there is none."""
    resource = entry.resource
    if resource.get("medicationCodeableConcept") is not None:
        return concept_key(resource["medicationCodeableConcept"]), ""
    reference = resource.get("medicationReference")
    text = reference.get("reference") if isinstance(reference, dict) else None
    medication = pharmacy.lookup(entry, text) if isinstance(text, str) else None
    if medication is None:
        shown = shown_text(text) if text else "none"
        return ((), ""), f"its Medication ({shown}) is not in the file"
    if medication.get("status") == ERROR:
        return _of_medication(medication), "its Medication was entered in error"
    return _of_medication(medication), ""


def _of_medication(medication: Mapping[str, Any]) -> ConceptKey:
    """Return the concept of a Medication: its code, else that of its only ingredient."""
    rows = medication.get("ingredient")
    if "code" not in medication and isinstance(rows, list) and len(rows) == 1 and isinstance(rows[0], dict):
        return concept_key(rows[0].get("itemCodeableConcept"))
    return concept_key(medication.get("code"))


def _status(resource: Mapping[str, Any], kind: str) -> str:
    """Return current, stopped or unsaid, or ``!`` and why the record is not used."""
    table = medication_table()
    meanings = {"statement": table["statement"], "request": table["request"], "administration": table["administration"]}
    raw = resource.get("status")
    if resource.get("doNotPerform") is True:
        return "!an order not to give the drug"
    if kind == "request" and resource.get("intent") not in table["intents"]:
        return f"!its intent is {shown_text(resource.get('intent'))}, which is no order"
    meaning = meanings[kind].get(raw) if isinstance(raw, str) else None
    if meaning is None:
        return "!no status" if raw is None else f"!status {shown_text(raw)}"
    return f"!status {shown_text(raw)}: {meaning[1:]}" if meaning.startswith("!") else meaning


def _other(key: ConceptKey, status: str, place: str, shown: str, ledger: ImportLedger) -> None:
    """List a drug of which the platform holds no name among the notes, so that nobody overlooks it."""
    name = concept_text(key)
    if name == "no code":
        ledger.tell("refused", place, shown, "it does not say which drug")
        return
    words = {"current": "taken at present", "stopped": "stopped", "unsaid": "whether it is taken is not stated"}
    note = f"Other drug on record: {name} ({words[status]})."
    ledger.notes.append(note)
    ledger.tell("left_out", place, shown, "a drug that is none of the platform's; listed as other in the notes", note)


def _line(
    entry: FhirEntry, what: DrugMeaning, status: str, shown: str, ledger: ImportLedger, day: date | None
) -> FoundTreatment:
    """Return a medication as a line of treatment."""
    resource = entry.resource
    single = entry.kind == "MedicationAdministration"
    dose = _dose(resource, single, day) if what.dosed else StatedDose(notes=("dose left open",))
    start, stop = _span(resource, entry.kind)
    warns = list(what.warns)
    row: dict[str, Any] = {"drug": what.drug, **_amount(what.drug, dose, single)}
    notes = [*dose.notes, *_timing_note(row, dose), *_place_dates(row, start, stop)]
    _place_status(row, status, resource, stop, day, warns)
    if single and is_cell_product(what.drug):
        row = {key: value for key, value in row.items() if key != "stop_date"}
    row["note"] = "; ".join(notes)
    warns += [note for note in dose.notes if note.startswith(("dose unknown", DIFFERS))]
    warns += ["on hold: whether it is taken is left open"] if resource.get("status") == "on-hold" else []
    warns += ["a route in words only is not read"] if _route_in_words(resource) else []
    return FoundTreatment(
        ledger.place(), entry.place, shown, row, entry.reference, _followed(resource), dose.hours, warns, single
    )


def _dose(resource: Mapping[str, Any], single: bool, day: date | None) -> StatedDose:
    if not single:
        return dose_of(resource.get("dosage", resource.get("dosageInstruction")), day)
    given = resource.get("dosage")
    quantity = given.get("dose") if isinstance(given, dict) else None
    row = {"doseAndRate": [{"doseQuantity": quantity}]} if quantity is not None else {}
    return dose_of([row] if row else None, day)


def _amount(drug: str, dose: StatedDose, single: bool) -> dict[str, Any]:
    """Return amount and unit of a line: per day where it is counted or taken so, else per administration."""
    if dose.amount is None or dose.unit is None:
        return {}
    per = 1.0 if single else dose.per
    if _counted_by_time(drug):
        return {} if per is None else _rate(drug, dose.amount / per, dose.unit)
    if per is not None and per <= 1 and not single:
        return {"amount": _tidy(dose.amount / per), "unit": f"{dose.unit}/d"}
    return {"amount": _tidy(dose.amount), "unit": dose.unit}


def _rate(drug: str, daily: float, unit: str) -> dict[str, Any]:
    """Return a daily amount by the time that the data dictionary counts in: a week for methotrexate, else a day."""
    held = variables().get(drug)
    weekly = held is not None and held.unit.endswith("/wk")
    return (
        {"amount": _tidy(7 * daily), "unit": f"{unit}/wk"} if weekly else {"amount": _tidy(daily), "unit": f"{unit}/d"}
    )


def _counted_by_time(drug: str) -> bool:
    """Return whether the data dictionary holds the drug's dose by time, or it counts as prednisone equivalent."""
    held = variables().get(drug)
    return is_glucocorticoid(drug) or (held is not None and "/" in held.unit)


def _tidy(number: float) -> float:
    """Return a number without the last digits that division leaves."""
    return float(f"{number:.12g}")


def _timing_note(row: Mapping[str, Any], dose: StatedDose) -> list[str]:
    if dose.amount is None:
        return []
    if "amount" not in row:
        return [f"dose {dose.amount:g} {shown_text(dose.unit)} without its times"]
    every = "" if dose.per is None or row["unit"].endswith("/d") else f"one dose every {dose.per:g} d"
    return [every] if every else []


def _span(resource: Mapping[str, Any], kind: str) -> tuple[DateInterval | None, DateInterval | None]:
    """Return when the drug was begun and ended, as far as stated; an order begins when it is written."""
    for key in ("effectivePeriod", "effectiveDateTime"):
        raw = resource.get(key)
        if isinstance(raw, dict):
            return period_interval(raw)
        if isinstance(raw, str):
            when = date_interval(raw)
            return when, (when if kind == "MedicationAdministration" else None)
    bounds = _bounds(resource)
    written = resource.get("authoredOn")
    if bounds[0] is None and isinstance(written, str):
        return date_interval(written), bounds[1]
    return bounds


def _bounds(resource: Mapping[str, Any]) -> tuple[DateInterval | None, DateInterval | None]:
    rows = resource.get("dosage", resource.get("dosageInstruction"))
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
        return None, None
    timing = rows[0].get("timing")
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    return period_interval(repeat.get("boundsPeriod")) if isinstance(repeat, dict) else (None, None)


def _place_dates(row: dict[str, Any], start: DateInterval | None, stop: DateInterval | None) -> list[str]:
    """Put exact days into a line, and the others into notes, which are returned."""
    notes = []
    for key, verb, when in (("start_date", "begun", start), ("stop_date", "ended", stop)):
        if when is not None and when.exact:
            row[key] = when.low.isoformat()
        elif when is not None:
            notes.append(f"{verb} {when.in_words()}")
    return notes


def _place_status(
    row: dict[str, Any], status: str, resource: Mapping[str, Any], stop: DateInterval | None, day: date | None,
    warns: list[str],
) -> None:  # fmt: skip
    """Put the status into a line: stopped by a date that has passed, failed by a reason that says so."""
    if status == "current" and stop is not None and day is not None and stop.high < day:
        warns.append(f"called active, yet it ended {stop.in_words()}")
        status = "stopped"
    if status == "stopped" and _failed(resource):
        status = "failed"
    if status != "unsaid":
        row["status"] = status


def _failed(resource: Mapping[str, Any]) -> bool:
    raw = resource.get("statusReason")
    keys = [concept_key(one) for one in (raw if isinstance(raw, list) else [raw])]
    failed = medication_table()["failed"]
    texts = {text.strip().lower() for key in keys for text in (key[1], *(shown for _, _, shown in key[0]))}
    codes = {code for key in keys for _, code, _ in key[0]}
    return bool(texts & set(failed["texts"]) or codes & set(failed["codes"]))


def _followed(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the records that this one says it follows: one order, told twice."""
    rows: list[Any] = []
    for key in ("basedOn", "derivedFrom", "request", "priorPrescription"):
        raw = resource.get(key)
        rows += raw if isinstance(raw, list) else [raw]
    texts = (one.get("reference") for one in rows if isinstance(one, dict))
    return tuple(text for text in texts if isinstance(text, str))
