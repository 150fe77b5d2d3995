"""Conditions: type of lupus, organs, year of diagnosis. What is refuted, considered or over never counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lupercal.exchange.fhir.code_tables import ConditionCode, condition_table
from lupercal.exchange.fhir.concepts import ConceptKey, KnownCode, concept_key, concept_text, known_codes, words_in
from lupercal.exchange.fhir.dates import DateInterval, date_interval, period_interval
from lupercal.exchange.fhir.ledger import FoundValue, ImportLedger
from lupercal.exchange.fhir.observations import flag_value
from lupercal.exchange.fhir.wording import shown_text

_PARTLY_CUTANEOUS = {"discoid", "subacute_cutaneous"}


def read_condition(resource: dict[str, Any], place: str, ledger: ImportLedger) -> None:
    """Read one Condition into the ledger."""
    key = concept_key(resource.get("code"))
    shown = f"{_reference(resource)} {concept_text(key)}".strip()
    codes, warns = known_codes(key)
    if "own" in ledger.head and any(one.system == "lupus" for one in codes):
        ledger.tell("used", place, shown, "", "the type of lupus in the head of the patient file")
        return
    rows = [row for one in codes if (row := code_row(one))]
    reason = _not_counted(resource) or _no_meaning(key, codes, rows)
    if reason:
        ledger.tell("left_out", place, shown, reason)
        return
    warns += [row["warn"] for row in rows if "warn" in row] + _status_warnings(resource)
    doubt = _doubt(key, rows) or _still_and_over(resource)
    if doubt:
        ledger.tell("refused", place, shown, "; ".join((doubt, *warns)))
        return
    became = _take(rows, resource, place, shown, ledger)
    unstated = all(row["type"] == "unstated" for row in rows)
    warns += ["lupus, but the code does not say of which type"] if unstated else []
    ledger.tell("warned" if warns else "used", place, shown, "; ".join(warns), became)


def _reference(resource: Mapping[str, Any]) -> str:
    name = resource.get("id")
    return shown_text(f"Condition/{name}") if isinstance(name, str) else "Condition"


def code_row(one: KnownCode) -> ConditionCode | None:
    """Return what a code of a diagnosis is here, None where it is not in the table."""
    table = condition_table()
    if one.system == "icd10":
        return _icd10(one.code)
    rows = {"snomed": table["snomed"], "icd9": table["icd9"], "icd11": table["icd11"]}.get(one.system, {})
    return rows.get(one.code.strip())


def _icd10(code: str) -> ConditionCode | None:
    """Return the row of an ICD-10 code; national editions add signs, and some leave the dot out."""
    tidy = code.strip().upper().rstrip("+*!†-").rstrip(".")
    if len(tidy) > 3 and "." not in tidy:
        tidy = f"{tidy[:3]}.{tidy[3:]}"
    return condition_table()["icd10"].get(tidy)


def _not_counted(resource: Mapping[str, Any]) -> str:
    """Return why a diagnosis does not count, empty where it does."""
    verification = _status(resource.get("verificationStatus"), condition_table()["verification"], "verification status")
    clinical = _status(resource.get("clinicalStatus"), condition_table()["clinical"], "clinical status")
    if verification not in {"used", ""}:
        return verification
    if clinical == "over" or (_ended(resource) and clinical != "used"):
        return "over: the diagnosis has ended"
    return "" if clinical in {"used", "quiet", ""} else clinical


def _status(concept: Any, table: Mapping[str, str], what: str) -> str:
    """Return what a status means; empty where none is stated, words where it is not known."""
    if concept is None:
        return ""
    codes = [code for _, code, _ in concept_key(concept)[0]] or [concept_key(concept)[1]]
    meanings = [table.get(code, f"{what} {shown_text(code)} is not known") for code in codes]
    return next((one for one in meanings if one != "used"), "used")


def _ended(resource: Mapping[str, Any]) -> bool:
    return resource.get("abatementBoolean") is True or any(
        key.startswith("abatement") and key != "abatementBoolean" for key in resource
    )


def _still_and_over(resource: Mapping[str, Any]) -> str:
    """Return that a diagnosis is called active and yet has an end; empty where it does not contradict itself."""
    return "its status is active, yet an end is stated: neither is taken" if _ended(resource) else ""


def _status_warnings(resource: Mapping[str, Any]) -> list[str]:
    warns = []
    if "verificationStatus" not in resource:
        warns.append("whether the diagnosis is confirmed is not stated")
    clinical = _status(resource.get("clinicalStatus"), condition_table()["clinical"], "")
    return [*warns, "not active at present"] if clinical == "quiet" else warns


def _no_meaning(key: ConceptKey, codes: Sequence[KnownCode], rows: Sequence[ConditionCode]) -> str:
    if not rows:
        return "no code: a text alone is not read" if not key[0] else "a diagnosis that no variable holds"
    return next((row["skip"] for row in rows if "skip" in row), "")


def _doubt(key: ConceptKey, rows: Sequence[ConditionCode]) -> str:
    """Return how codes contradict each other or their text, empty where they agree."""
    kinds = {row["type"] for row in rows if row["type"] != "unstated"}
    if len(kinds) > 1:
        return f"its codes contradict each other: {', '.join(sorted(kinds))}"
    text = " ; ".join((key[1], *(display for _, _, display in key[0])))
    taken_back = next(words_in(text, condition_table()["doubts"]), "")
    if taken_back:
        return f"the code says {rows[0]['label']}, the text {taken_back}: neither is taken"
    named = set(words_in(text, condition_table()["words"]))
    stated = next(iter(kinds), "unstated")
    if _agree(stated, named):
        return ""
    return f"the code says {rows[0]['label']}, the text names {_in_words(named)}: neither is taken"


def _agree(stated: str, named: set[str]) -> bool:
    """Return whether a type of lupus and the types that a text names may both be true."""
    if not named or stated in named or (stated == "unstated" and named == {"systemic"}):
        return not (named & {"drug_induced"} and stated != "drug_induced")
    return stated in _PARTLY_CUTANEOUS and named <= {*_PARTLY_CUTANEOUS, "systemic"}


def _in_words(named: set[str]) -> str:
    return ", ".join("another disease" if one == "other" else one.replace("_", " ") for one in sorted(named))


def _take(
    rows: Sequence[ConditionCode], resource: Mapping[str, Any], place: str, shown: str, ledger: ImportLedger
) -> str:
    """Put a diagnosis into the head of the patient file; return what it became."""
    kinds = dict.fromkeys(row["type"] for row in rows if row["type"] != "unstated")
    ledger.head.setdefault("lupus_types", {}).update(dict.fromkeys(kinds, place))
    organs = dict.fromkeys(organ for row in rows for organ in row.get("organs", ()))
    ledger.organs |= organs
    became = [*(f"lupus_type {kind}" for kind in kinds), *(f"organ {organ}" for organ in organs)]
    onset = _onset(resource)
    if onset is not None and onset.low.year == onset.high.year:
        ledger.head.setdefault("onsets", []).append(onset.low.year)
        became.append(f"onset {onset.in_words()}")
    for flag in dict.fromkeys(flag for row in rows for flag in row.get("flags", ())):
        became += _flag(flag, onset, place, shown, ledger)
    return ", ".join(became) or "nothing but that lupus is on record"


def _flag(flag: str, onset: DateInterval | None, place: str, shown: str, ledger: ImportLedger) -> list[str]:
    """Put a finding that a diagnosis states where it began, or, where that is not known to the day, on day 0."""
    if onset is not None and onset.exact:
        ledger.values.append(FoundValue(ledger.place(), place, shown, flag, flag_value(True), onset))
    else:
        ledger.head.setdefault("flags_on_day_0", {})[flag] = place
    return [f"{flag} true"]


def _onset(resource: Mapping[str, Any]) -> DateInterval | None:
    raw = resource.get("onsetDateTime")
    if isinstance(raw, str):
        return date_interval(raw)
    return period_interval(resource.get("onsetPeriod"))[0]
