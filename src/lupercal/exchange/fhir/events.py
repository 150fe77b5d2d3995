"""Procedures, immunizations and reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lupercal.exchange.fhir.code_tables import ProcedureCode, system_table
from lupercal.exchange.fhir.concepts import ConceptKey, concept_key, concept_text, known_codes
from lupercal.exchange.fhir.dates import DateInterval, date_interval, period_interval
from lupercal.exchange.fhir.drug_names import is_cell_product
from lupercal.exchange.fhir.entries import FhirEntry
from lupercal.exchange.fhir.ledger import FoundTreatment, FoundValue, ImportLedger
from lupercal.exchange.fhir.medications import take_own_line
from lupercal.exchange.fhir.observations import flag_value
from lupercal.exchange.fhir.wording import shown_text


def read_procedure(entry: FhirEntry, ledger: ImportLedger) -> None:
    """Read one Procedure: cell products and plasma exchange as treatment, dialysis as a finding of its day."""
    resource = entry.resource
    if take_own_line(entry, ledger):
        return
    key = concept_key(resource.get("code"))
    shown = f"{entry.title} {concept_text(key)}"
    row, when = _procedure(key), _performed(resource)
    reason = _event_reason(resource.get("status")) or ("" if row else "a procedure that is no treatment of lupus here")
    if reason or row is None:
        ledger.tell("left_out", entry.place, shown, reason)
    elif when is None or not when.exact:
        words = "no date" if when is None else f"performed {when.in_words()}"
        ledger.tell("refused", entry.place, shown, f"{words}: it needs its day")
    elif "flag" in row:
        value = flag_value(True)
        ledger.values.append(FoundValue(ledger.place(), entry.place, shown, row["flag"], value, when))
    else:
        day = when.low.isoformat()
        line = {"drug": row["drug"], "start_date": day}
        line |= {} if is_cell_product(row["drug"]) else {"stop_date": day}
        ledger.treatments.append(FoundTreatment(ledger.place(), entry.place, shown, line, entry.reference, single=True))


def _procedure(key: ConceptKey) -> ProcedureCode | None:
    table = system_table()["procedures"]["snomed"]
    for concept in known_codes(key)[0]:
        if concept.system == "snomed" and concept.code in table:
            return table[concept.code]
        if concept.system == "drug":
            return {"label": concept.code, "mark": "seen", "drug": concept.code}
    return None


def _performed(resource: dict[str, Any]) -> DateInterval | None:
    raw = resource.get("performedDateTime")
    if isinstance(raw, str):
        return date_interval(raw)
    start, end = period_interval(resource.get("performedPeriod"))
    return start if start is not None or end is None else end


def _event_reason(status: Any) -> str:
    meaning = system_table()["event_status"].get(status) if isinstance(status, str) else "no status"
    if meaning == "used":
        return ""
    return f"status {shown_text(status)}: {meaning}" if meaning else f"status {shown_text(status)}"


def read_immunization(entry: FhirEntry, ledger: ImportLedger) -> None:
    """Read one Immunization: live vaccines are kept for the check of the last four weeks, others are no variable."""
    resource = entry.resource
    key = concept_key(resource.get("vaccineCode"))
    shown = f"{entry.title} {concept_text(key)}"
    live = any(one.system == "cvx" and one.code in system_table()["live_vaccines"] for one in known_codes(key)[0])
    raw = resource.get("occurrenceDateTime")
    when = date_interval(raw) if isinstance(raw, str) else None
    reason = _event_reason(resource.get("status"))
    if reason or not live:
        ledger.tell("left_out", entry.place, shown, reason or "no live vaccine by its code")
    elif when is None:
        ledger.tell("refused", entry.place, shown, "a live vaccine without its day")
    else:
        ledger.head.setdefault("live_vaccines", []).append((ledger.place(), entry.place, shown, when))


def read_diagnostic_report(entry: FhirEntry, ledger: ImportLedger, stands: Callable[[str], bool]) -> None:
    """Tell of one DiagnosticReport: its results are read where they stand, its conclusion is not read."""
    resource = entry.resource
    shown = f"{entry.title} {concept_text(concept_key(resource.get('code')))}"
    rows = resource.get("result")
    for k, row in enumerate(rows if isinstance(rows, list) else ()):
        text = row.get("reference") if isinstance(row, dict) else None
        if not isinstance(text, str) or not stands(text):
            ledger.tell("left_out", f"{entry.place}.result[{k}]", shown_text(text), "the result is not in the file")
    words = [key for key in ("conclusion", "conclusionCode", "presentedForm", "text") if key in resource]
    unread = f"; {', '.join(words)}: not read" if words else ""
    ledger.tell("left_out", entry.place, shown, f"a report; its results are read where they stand{unread}")
