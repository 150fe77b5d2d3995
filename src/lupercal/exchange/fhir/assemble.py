"""From what was gathered to one patient: visits by day, conflicts shown, day 0, age; checked by the reader of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from lupercal.errors import InputError
from lupercal.exchange.fhir.code_tables import system_table
from lupercal.exchange.fhir.dates import DateInterval
from lupercal.exchange.fhir.drug_names import is_cell_product
from lupercal.exchange.fhir.ledger import FoundTreatment, FoundValue, Ledger
from lupercal.exchange.fhir.observations import flag_value
from lupercal.exchange.fhir.orders import treatment_faults
from lupercal.exchange.fhir.person import age_on
from lupercal.patient.calendar import EARLIEST
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient


def usable_values(ledger: Ledger, today: date) -> list[FoundValue]:
    """Return the values that belong to a day in the past; others are told with their reason."""
    kept = []
    for one in ledger.values:
        reason = _unplaced(one.when, today)
        if reason:
            ledger.tell_at(one.order, "refused", one.place, one.found, reason)
        else:
            kept.append(one)
    return kept


def _unplaced(when: DateInterval, today: date) -> str:
    if not when.exact:
        return f"dated {when.in_words()} only: a visit needs its day, and none is made up"
    if when.low > today:
        return f"dated {when.in_words()}, which is to come"
    return f"dated {when.in_words()}" if when.low < EARLIEST else ""


def day_zero(ledger: Ledger, values: Sequence[FoundValue], today: date, stated: date | None) -> date | None:
    """Return the date of day 0: as stated, else of the last infusion of cells, else of the last visit or treatment."""
    if stated is not None:
        return stated
    infused = [one.row["start_date"] for one in ledger.treatments if is_cell_product(one.row["drug"]) and "start_date" in one.row]
    past = sorted(text for text in infused if text <= today.isoformat())
    if past:
        return date.fromisoformat(past[-1])
    seen = [one.when.low for one in values]
    if not seen:
        begun = [one.row.get(key) for one in ledger.treatments for key in ("start_date", "stop_date")]
        seen = [date.fromisoformat(text) for text in begun if text and text <= today.isoformat()]
    return max(seen, default=None)


def one_of_each(values: Sequence[FoundValue], ledger: Ledger) -> list[FoundValue]:
    """Return at most one value per day and variable: the corrected, else the last of the day; a tie is a conflict."""
    groups: dict[tuple[date, str], list[FoundValue]] = {}
    for one in values:
        groups.setdefault((one.when.low, one.variable), []).append(one)
    kept = []
    for group in groups.values():
        kept += group if len(group) == 1 else _best(group, ledger)
    return kept


def _best(group: list[FoundValue], ledger: Ledger) -> list[FoundValue]:
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
    shown = ", ".join(f"{one.value.comparator if one.value.censored else ''}{one.value.given}" for one in last)
    _tell_losers(last, f"conflict: values of one day that differ ({shown}); which one holds is not known", ledger, "refused")
    return []


def _equal(one: FoundValue, other: FoundValue) -> bool:
    near = abs(one.value.value - other.value.value) <= 1e-9 * max(abs(one.value.value), abs(other.value.value))
    return near and one.value.comparator == other.value.comparator


def _tell_losers(group: Sequence[FoundValue], reason: str, ledger: Ledger, verdict: Any = "left_out") -> None:
    for one in group:
        ledger.tell_at(one.order, verdict, one.place, one.found, reason)


def visits_of_values(values: Sequence[FoundValue], ledger: Ledger) -> list[dict[str, Any]]:
    """Return visits as a patient file writes them, in order of date, and tell what each value became."""
    by_day: dict[date, dict[str, Any]] = {}
    for one in values:
        by_day.setdefault(one.when.low, {})[one.variable] = _raw(one)
        became = f"visits {one.when.low}: {one.variable}{_shown(one)}"
        verdict = "warned" if one.warns else "used"
        ledger.tell_at(one.order, verdict, one.place, one.found, "; ".join(one.warns), became)
    return [{"date": day.isoformat(), "values": by_day[day]} for day in sorted(by_day)]


def _raw(one: FoundValue) -> Any:
    """Return a value as a patient file writes it, so that it reads back to the same measurement."""
    given = one.value.given or ""
    if given in {"true", "false"}:
        return given == "true"
    return float(given) if given.replace(".", "", 1).isdigit() else given


def _shown(one: FoundValue) -> str:
    sign = one.value.comparator if one.value.censored else ""
    return f" {sign}{one.value.value:g}"


def head_of(ledger: Ledger, name: str, zero: date | None) -> dict[str, Any]:
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
    return made | ({"notes": list(dict.fromkeys(ledger.notes))} if ledger.notes else {})


def _age(ledger: Ledger, zero: date | None) -> dict[str, Any]:
    born = ledger.head.get("born")
    place = "Patient.birthDate"
    if born is None:
        return {}
    if zero is None:
        ledger.tell("left_out", place, born.in_words(), "no day 0 from which an age could be told")
        return {}
    least, most = age_on(born, zero)
    if least != most or not 0 <= least <= 120:
        ledger.tell("left_out", place, born.in_words(), f"the age on day 0 is {least} or {most}: left unknown")
        return {}
    ledger.tell("used", place, born.in_words(), "", f"age_years {least}")
    return {"age_years": float(least)}


def _type(ledger: Ledger) -> dict[str, Any]:
    kinds = ledger.head.get("lupus_types", {})
    if len(kinds) == 1:
        return {"lupus_type": next(iter(kinds))}
    systemic = {"systemic", "discoid", "subacute_cutaneous"}
    if len(kinds) > 1 and set(kinds) <= systemic and "systemic" in kinds:
        return {"lupus_type": "systemic"}
    if kinds:
        found = ", ".join(f"{kind} ({place})" for kind, place in kinds.items())
        ledger.tell("warned", "lupus_type", found, "conflict: diagnoses of several types; the type is left unknown")
    return {}


def day_zero_findings(ledger: Ledger, zero: date | None) -> Iterator[FoundValue]:
    """Yield the findings that hold on day 0: what active diagnoses state, and live vaccines of the last weeks."""
    if zero is None:
        return
    now = DateInterval(zero, zero)
    for flag, place in ledger.head.get("flags_on_day_0", {}).items():
        yield FoundValue(ledger.place(), place, f"active diagnosis: {flag}", flag, flag_value(True), now)
    days = system_table()["live_vaccine_days"]
    for order, place, found, when in ledger.head.get("live_vaccines", ()):
        if when.high < zero - timedelta(days=days) or when.low > zero:
            ledger.tell_at(order, "left_out", place, found, f"not within {days} days before day 0, {zero}")
        else:
            yield FoundValue(order, place, found, "live_vaccine_4_weeks", flag_value(True), now)


def checked_patient(document: dict[str, Any], ledger: Ledger, today: date, origin: object) -> Patient:
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


def _mended(document: dict[str, Any], lines: list[FoundTreatment], error: InputError, ledger: Ledger) -> bool:
    """Take away what a fault names; return whether there was something to take."""
    for k in treatment_faults(error):
        one = lines[k]
        reason = f"found {error.value}; expected {error.expected}"
        if one.row.get("status") == "current" and one.row.get("stop_date") is None:
            del one.row["status"]
            one.warns.append(f"its status is left open: {reason}")
        else:
            del lines[k]
            ledger.tell_at(one.order, "refused", one.place, one.found, reason)
        return True
    for key in ("diagnosis_year", "age_years"):
        if error.field == key and key in document:
            ledger.tell("refused", key, str(document.pop(key)), f"expected {error.expected}")
            return True
    return False


def _tell_treatment(one: FoundTreatment, ledger: Ledger) -> None:
    row = one.row
    amount = f" {row['amount']:g} {row['unit']}" if row.get("amount") is not None else ""
    became = f"treatment {row['drug']}{amount}, {row.get('status', 'status not stated')}"
    ledger.tell_at(one.order, "warned" if one.warns else "used", one.place, one.found, "; ".join(one.warns), became)
