"""Drafts become patients: statements that contradict each other are refused, and a patient is whole or not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from lupercal.errors import InputError
from lupercal.exchange.import_report import ImportItem
from lupercal.exchange.tables.draft import Kept, ReportDraft, Said, TablePatient, TableVisit, one_of_said
from lupercal.exchange.tables.map_file import MapFile
from lupercal.exchange.tables.person import years_on
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient
from lupercal.patient.values import measurement
from lupercal.patient.variables import variables


def settled_patient(draft: TablePatient, made: MapFile, report: ReportDraft, today: date) -> Patient | None:
    """Return the patient of a draft; None where what is left of it is no patient, with every item told.

    Parameters
    ----------
    draft
        All that the tables said of one patient.
    made
        The map.
    report
        The items, whose verdicts may change.
    today
        The last day a visit may have.
    """
    person = _person(draft, report)
    visits = [_visit(visit, made.writes.repeated, report) for visit in draft.visits.values()]
    visits = [visit for visit in visits if visit.get("values") or visit.get("label")]
    document: dict[str, Any] = {"id": draft.id, "data_origin": made.person.data_origin}
    document |= {name: raw for name, raw in person.items() if name != "birth_date"}
    document["visits"] = visits
    try:
        _place(document, made, draft, report)
        _add_age(document, person)
        patient_from(document, draft.id, today)
        document["treatments"] = _treatments(document, draft, report, today)
        patient = patient_from(document, draft.id, today)
    except InputError as error:
        _refuse(draft, report, f"{error.field}: found {error.value!r}; expected {error.expected}".removeprefix(": "))
        return None
    if not (patient.visits or patient.treatments):
        _refuse(draft, report, "nothing is left of this patient but the person")
        return None
    return patient


def _person(draft: TablePatient, report: ReportDraft) -> dict[str, Any]:
    stands = {role: one_of_said(said, report, role) for role, said in draft.person.items()}
    return {role: one.raw for role, one in stands.items() if one is not None}


def _visit(visit: TableVisit, of_several: Kept, report: ReportDraft) -> dict[str, Any]:
    """Return what stands of one day as a patient file writes it."""
    made: dict[str, Any] = {"date": visit.date, "day": visit.day}
    made = {key: value for key, value in made.items() if value is not None}
    label = one_of_said(visit.labels, report, "the label", "first") if visit.labels else None
    if label is not None and label.raw:
        made["label"] = label.raw
    values = {name: _value(name, said, of_several, report) for name, said in visit.values.items()}
    made["values"] = {name: one.raw for name, one in values.items() if one is not None}
    attribution: dict[str, Any] = {}
    for name, said in visit.attribution.items():
        statement = one_of_said(said, report, f"what {name} is put down to", of_several)
        if statement is not None and name in made["values"]:
            attribution[name] = statement.raw
        elif statement is not None:
            report.refuse(statement.item, f"the value of {name} was refused")
    return made | ({"attribution": attribution} if attribution else {})


def _value(name: str, said: list[Said], of_several: Kept, report: ReportDraft) -> Said | None:
    def held(raw: Any) -> tuple[float, str]:
        value = measurement(variables()[name], raw, "", "")
        return value.value, value.comparator

    return one_of_said(said, report, name, of_several, lambda one, other: held(one) == held(other))


def _place(document: dict[str, Any], made: MapFile, draft: TablePatient, report: ReportDraft) -> None:
    """Give day 0 a date where visits have dates and nothing else says it, and tell of it."""
    stated = document.get("reference_date") or made.person.reference_date
    if stated is not None:
        document["reference_date"] = stated
        return
    visits = document["visits"]
    if any("date" in visit and "day" in visit for visit in visits):
        return
    dates = sorted(visit["date"] for visit in visits if "date" in visit)
    if any("day" in visit for visit in visits):
        if dates:
            raise InputError(draft.id, "reference_date", "visits with dates and visits with days", "the date of day 0")
        return
    if not dates:
        dates = sorted(said[key] for said, _ in draft.treatments for key in ("start_date", "stop_date") if key in said)
    if dates:
        chosen = dates[-1] if made.day_0 == "last_visit" else dates[0]
        document["reference_date"] = chosen
        reason = f"no date of day 0 is stated: the {made.day_0.replace('_', ' ')}, as day_0 of the map says"
        item = ImportItem("warned", f"patient {draft.id}", "", reason, draft.id, f"reference_date {chosen}")
        draft.indices.append(report.add(item))


def _add_age(document: dict[str, Any], person: dict[str, Any]) -> None:
    """Add the age on day 0 from the date of birth, where no age is stated."""
    birth, zero = person.get("birth_date"), document.get("reference_date")
    if birth is None or "age_years" in document:
        return
    if zero is None:
        both = [visit for visit in document["visits"] if "date" in visit and visit.get("day") == 0]
        zero = both[0]["date"] if both else None
    if zero is None:
        raise InputError(document["id"], "birth_date", birth, "the date of day 0 beside it, to know the age")
    document["age_years"] = years_on(birth, zero)


def _treatments(
    document: dict[str, Any], draft: TablePatient, report: ReportDraft, today: date
) -> list[dict[str, Any]]:
    """Return the rows of drugs that a patient file takes one by one; tell of the others."""
    accepted = []
    for said, indices in draft.treatments:
        try:
            patient_from(document | {"treatments": [said]}, draft.id, today)
        except InputError as error:
            for index in indices:
                report.refuse(index, f"the row is not used: found {error.value!r}; expected {error.expected}")
            continue
        accepted.append(said)
    return accepted


def _refuse(draft: TablePatient, report: ReportDraft, reason: str) -> None:
    """Say of every item of a patient that is not there that it was not used, and why."""
    for index in draft.indices:
        item = report.items[index]
        if item.verdict in {"used", "warned"}:
            report.items[index] = replace(item, verdict="refused", reason=f"no patient file: {reason}", became="")
    report.add(ImportItem("refused", f"patient {draft.id}", "", reason, draft.id))
