"""From what was gathered to one patient: visits by day, conflicts shown, day 0, age; checked by the reader of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from lupercal.errors import InputError
from lupercal.exchange.fhir.code_tables import system_table
from lupercal.exchange.fhir.dates import DateInterval, date_interval
from lupercal.exchange.fhir.drug_names import is_cell_product
from lupercal.exchange.fhir.ledger import FoundTreatment, FoundValue, ImportLedger, OwnVisit
from lupercal.exchange.fhir.observations import flag_value, value_shown
from lupercal.exchange.fhir.orders import treatment_faults
from lupercal.exchange.fhir.person import ages_on
from lupercal.exchange.fhir.wording import shown_text
from lupercal.exchange.import_report import Verdict
from lupercal.patient.calendar import EARLIEST
from lupercal.patient.read import patient_from
from lupercal.patient.record import Measurement, Patient


def usable_values(ledger: ImportLedger, today: date) -> list[FoundValue]:
    """Return the values that belong to a day or an interval in the past; others are told with their reason."""
    usable = []
    for finding in ledger.values:
        reason = "" if EARLIEST <= finding.when.low <= today or finding.visit else _unplaced(finding.when, today)
        if reason:
            ledger.tell_at(finding.order, "refused", finding.place, finding.found, reason)
            continue
        if finding.when.high > today and not finding.visit:  # what was found was found by now
            finding.when = DateInterval(finding.when.low, today, finding.when.second)
        usable.append(finding)
    return usable


def _unplaced(when: DateInterval, today: date) -> str:
    return f"dated {when.in_words()}, which is to come" if when.low > today else f"dated {when.in_words()}"


def date_of_day_0(ledger: ImportLedger, values: Sequence[FoundValue], today: date, stated: date | None) -> date | None:
    """Return the date of day 0: as stated, else of the last infusion of cells, else of the last visit or treatment."""
    reference = ledger.head.get("own", {}).get("reference_date")
    interval = date_interval(reference) if isinstance(reference, str) else None
    if interval is not None:
        return interval.low
    if "own" in ledger.head and not stated and all(one.visit for one in values):
        return None
    if stated is not None:
        return stated
    infused = [
        one.row["start_date"]
        for one in ledger.treatments
        if is_cell_product(one.row["drug"]) and "start_date" in one.row
    ]
    past = sorted(text for text in infused if text <= today.isoformat())
    if past:
        return date.fromisoformat(past[-1])
    seen = [one.when.low for one in values]
    if not seen:
        begun = [one.row.get(key) for one in ledger.treatments for key in ("start_date", "stop_date")]
        seen = [date.fromisoformat(text) for text in begun if text and text <= today.isoformat()]
    return max(seen, default=None)


def one_of_each(values: Sequence[FoundValue], ledger: ImportLedger) -> list[FoundValue]:
    """Return at most one value per day and variable: the corrected, else the last of the day; a tie is a conflict."""
    groups: dict[tuple[date, str], list[FoundValue]] = {}
    for one in values:  # a visit of ours without a date is told apart by the day that stands for it
        groups.setdefault((one.when.low, one.variable), []).append(one)
    chosen = []
    for group in groups.values():
        chosen += group if len(group) == 1 else _best(group, ledger)
    return chosen


def _best(group: list[FoundValue], ledger: ImportLedger) -> list[FoundValue]:
    top = max(one.rank for one in group)
    firm = [one for one in group if one.rank == top]
    _tell_losers([one for one in group if one.rank < top], "replaced by the corrected result of the day", ledger)
    seconds = [one.when.second for one in firm]
    timed = [second for second in seconds if second is not None]
    last = [one for one in firm if one.when.second == max(timed)] if len(timed) == len(firm) else firm
    earlier = [one for one in firm if one not in last]
    _tell_losers(earlier, "an earlier value of the same day; the last one counts", ledger)
    if all(_equal(one, last[0]) for one in last):
        _tell_losers(last[1:], f"the same value as at {last[0].place}; counted once", ledger)
        return last[:1]
    shown = ", ".join(value_shown(one.value) for one in last)
    _tell_losers(
        last, f"conflict: values of one day that differ ({shown}); which one holds is not known", ledger, "refused"
    )
    return []


def _equal(one: FoundValue, other: FoundValue) -> bool:
    near = abs(one.value.value - other.value.value) <= 1e-9 * max(abs(one.value.value), abs(other.value.value))
    return near and one.value.comparator == other.value.comparator


def _tell_losers(group: Sequence[FoundValue], reason: str, ledger: ImportLedger, verdict: Verdict = "left_out") -> None:
    for one in group:
        ledger.tell_at(one.order, verdict, one.place, one.found, reason)


def visits_of_values(values: Sequence[FoundValue], ledger: ImportLedger) -> list[dict[str, Any]]:
    """Return visits as a patient file writes them, values as they were read, and tell what each value became."""
    rows = {url: _own_row(own) for url, own in ledger.visits.items()}
    by_day = {row["date"]: row for row in rows.values() if "date" in row}
    for finding in values:
        row = rows[finding.visit] if finding.visit else _row_of(by_day, finding.when.low.isoformat())
        row["values"][finding.variable] = finding.value
        if finding.attribution:
            row["attribution"][finding.variable] = finding.attribution
        became = f"visits {row['date'] if 'date' in row else row['day']}: {finding.variable} {_shown(finding.value)}"
        verdict: Verdict = "warned" if finding.warns else "used"
        ledger.tell_at(finding.order, verdict, finding.place, finding.found, "; ".join(finding.warns), became)
    return list({id(row): row for row in (*rows.values(), *by_day.values())}.values())


def _row_of(by_day: dict[str, dict[str, Any]], day: str) -> dict[str, Any]:
    """Return the visit of a date, a new one where there is none yet."""
    row = by_day.get(day)
    if row is None:
        row = by_day[day] = {"date": day, "values": {}, "attribution": {}}
    return row


def _own_row(visit: OwnVisit) -> dict[str, Any]:
    placed: dict[str, Any] = {"day": visit.day} if visit.date is None else {"date": visit.date}
    return placed | {"label": visit.label, "values": {}, "attribution": {}}


def _shown(one: Measurement) -> str:
    return f"{one.value:g}" if one.comparator == "=" else f"{one.comparator}{one.value:g}"


def head_of(ledger: ImportLedger, name: str, zero: date | None) -> dict[str, Any]:
    """Return the head of the patient file: id, sex, age, type of lupus, year of diagnosis, organs, notes."""
    made: dict[str, Any] = {"id": name}
    if "sex" in ledger.head:
        made["sex"] = ledger.head["sex"]
    made |= _age(ledger, zero)
    made |= _type(ledger)
    if ledger.head.get("onsets") and "lupus_type" in made:
        made["diagnosis_year"] = min(ledger.head["onsets"])
    if zero is not None:
        made["reference_date"] = zero.isoformat()
    made |= {"organs_involved": list(ledger.organs)} if ledger.organs else {}
    made |= {"notes": list(dict.fromkeys(ledger.notes))} if ledger.notes else {}
    return _beside_own(made, ledger)


def _beside_own(made: dict[str, Any], ledger: ImportLedger) -> dict[str, Any]:
    """Return the head of a file of ours with what others have added to its lists."""
    own_head: dict[str, Any] = ledger.head.get("own", {})
    if made.get("lupus_type") and own_head.get("lupus_type", made["lupus_type"]) != made["lupus_type"]:
        both_types = f"{own_head['lupus_type']} and {made['lupus_type']}"
        ledger.tell(
            "warned",
            "lupus_type",
            both_types,
            "conflict: a diagnosis differs from the patient file; the file's is kept",
        )
    lists = {
        name: [*own_head.get(name, ()), *(one for one in made.get(name, ()) if one not in own_head.get(name, ()))]
        for name in ("organs_involved", "notes")
        if name in own_head or name in made
    }
    return made | own_head | lists


def _age(ledger: ImportLedger, zero: date | None) -> dict[str, Any]:
    born = ledger.head.get("born")
    place = "Patient.birthDate"
    if born is None or "age_years" in ledger.head.get("own", {}):
        return {}
    if zero is None:
        ledger.tell("left_out", place, born.in_words(), "no day 0 from which an age could be told")
        return {}
    least, most = ages_on(born, zero)
    if least != most or not 0 <= least <= 120:
        ledger.tell("left_out", place, born.in_words(), f"the age on day 0 is {least} or {most}: left unknown")
        return {}
    ledger.tell("used", place, born.in_words(), "", f"age_years {least}")
    return {"age_years": float(least)}


def _type(ledger: ImportLedger) -> dict[str, Any]:
    kinds = ledger.head.get("lupus_types", {})
    if len(kinds) == 1:
        return {"lupus_type": next(iter(kinds))}
    systemic = {"systemic", "discoid", "subacute_cutaneous"}
    if len(kinds) > 1 and set(kinds) <= systemic and "systemic" in kinds:
        return {"lupus_type": "systemic"}
    if kinds:
        types = ", ".join(f"{kind} ({place})" for kind, place in kinds.items())
        ledger.tell("warned", "lupus_type", types, "conflict: diagnoses of several types; the type is left unknown")
    return {}


def day_zero_findings(ledger: ImportLedger, zero: date | None) -> Iterator[FoundValue]:
    """Yield the findings that hold on day 0: what active diagnoses state, and live vaccines of the last weeks."""
    if zero is None:
        return
    now = DateInterval(zero, zero)
    for flag, place in ledger.head.get("flags_on_day_0", {}).items():
        yield FoundValue(ledger.place(), place, f"active diagnosis: {flag}", flag, flag_value(True), now)
    days = system_table()["live_vaccine_days"]
    for order, place, shown, when in ledger.head.get("live_vaccines", ()):
        if when.high < zero - timedelta(days=days) or when.low > zero:
            ledger.tell_at(order, "left_out", place, shown, f"not within {days} days before day 0, {zero}")
        else:
            yield FoundValue(order, place, shown, "live_vaccine_4_weeks", flag_value(True), now)


def checked_patient(document: dict[str, Any], ledger: ImportLedger, today: date, origin: object) -> Patient:
    """Return the patient a document describes; a line of treatment that the reader refuses is told and left out.

    Raises
    ------
    InputError
        If the rest of the document is refused.
    """
    lines = list(ledger.treatments)
    while True:
        document["treatments"] = [one.row for one in lines]
        try:
            patient = patient_from(document, origin, today)
        except InputError as error:
            if not _mended(document, lines, error, ledger):
                raise
            continue
        for one in lines:
            _tell_treatment(one, ledger)
        return patient


def _mended(document: dict[str, Any], lines: list[FoundTreatment], error: InputError, ledger: ImportLedger) -> bool:
    """Take away what a fault names; return whether there was something to take."""
    for k in treatment_faults(error):
        line = lines[k]
        reason = f"found {shown_text(error.value)}; expected {error.expected}"
        if line.row.get("status") == "current" and line.row.get("stop_date") is None:
            del line.row["status"]
            line.warns.append(f"its status is left open: {reason}")
        else:
            del lines[k]
            ledger.tell_at(line.order, "refused", line.place, line.found, reason)
        return True
    for key in ("diagnosis_year", "age_years"):
        if error.field == key and key in document:
            ledger.tell("refused", key, shown_text(document.pop(key)), f"expected {error.expected}")
            return True
    return False


def _tell_treatment(one: FoundTreatment, ledger: ImportLedger) -> None:
    row = one.row
    amount = f" {row['amount']:g} {row['unit']}" if row.get("amount") is not None else ""
    became = f"treatment {row['drug']}{amount}, {row.get('status', 'status not stated')}"
    ledger.tell_at(one.order, "warned" if one.warns else "used", one.place, one.found, "; ".join(one.warns), became)


def dates_into_notes(ledger: ImportLedger) -> None:
    """Move dates of treatment into notes where there is no day 0 from which days could be counted."""
    for one in ledger.treatments:
        for key, verb in (("start_date", "begun"), ("stop_date", "ended")):
            if key in one.row:
                one.row["note"] = "; ".join(filter(None, (one.row.get("note", ""), f"{verb} {one.row.pop(key)}")))
