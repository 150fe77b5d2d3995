"""Observations: numbers, bounds and answers with their day, their unit and the laboratory's limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lupercal.exchange.fhir.code_tables import observation_table, system_table
from lupercal.exchange.fhir.concepts import (
    ConceptKey,
    ObservationMeaning,
    concept_key,
    concept_text,
    known_codes,
    stated_method,
)
from lupercal.exchange.fhir.dates import DateInterval, date_interval, period_interval
from lupercal.exchange.fhir.ledger import FoundValue, ImportLedger
from lupercal.exchange.fhir.limits import read_limits
from lupercal.exchange.fhir.own import own_extension
from lupercal.exchange.fhir.quantities import Amount, UnusableError, finite, measurement_of, quantity_amount, titre_of
from lupercal.exchange.fhir.read_own import as_given, own_place
from lupercal.exchange.fhir.wording import shown_text
from lupercal.exchange.import_report import Verdict
from lupercal.patient.record import Measurement
from lupercal.patient.variables import variables

Meaning = Callable[[ConceptKey], ObservationMeaning]
_DATES = frozenset({"effectiveDateTime", "effectivePeriod", "effectiveTiming", "effectiveInstant"})
_FIRM = {"amended": 1, "corrected": 2}
_NOT_READ = {
    "valueString": "text is not read",
    "valueRange": "a range is no value",
    "valueSampledData": "a series of samples is no value",
    "valueTime": "a time of day is no value",
    "valueDateTime": "a date is no value",
    "valuePeriod": "a period is no value",
}

_VALUES = frozenset({"valueQuantity", "valueCodeableConcept", "valueBoolean", "valueInteger", "valueRatio", *_NOT_READ})


def read_observation(resource: dict[str, Any], place: str, found: str, ledger: ImportLedger, meaning: Meaning) -> None:
    """Read one Observation with its components into the ledger."""
    ours = own_place(resource, ledger) if ledger.visits else None
    try:
        when, rank = ours[1] if ours else _when(resource), firmness(resource.get("status"))
        if resource.get("focus"):
            raise UnusableError("it is about something or somebody else (focus)")
    except UnusableError as error:
        ledger.tell("left_out", place, found, str(error))
        return
    seen = len(ledger.values)
    components = resource.get("component")
    _read_part(resource, place, found, ledger, meaning, when, rank, bool(components))
    for k, part in enumerate(components if isinstance(components, list) else ()):
        where = f"{place}.component[{k}]"
        if isinstance(part, dict) and not part.get("modifierExtension"):
            title = f"{found}: {concept_text(concept_key(part.get('code')))}"
            _read_part(part, where, title, ledger, meaning, when, rank, False)
        else:
            reason = "a modifier extension may change its meaning" if isinstance(part, dict) else "no component"
            ledger.tell("refused", where, shown_text(part), reason)
    if "extension" in resource and own_extension(resource, "undated") is True:
        for one in ledger.values[seen:]:
            one.apart = True
    for one in ledger.values[seen:] if ours else ():
        one.visit = ours[0] if ours else ""
        one.attribution = _attribution(resource)


def _attribution(resource: dict[str, Any]) -> str | None:
    """Return what a finding is put down to, where we wrote that."""
    cause = own_extension(resource, "attribution")
    return cause if isinstance(cause, str) else None


def firmness(status: Any) -> int:
    """Return how firm a result is; raise `UnusableError` for one that does not count."""
    if status == "final":
        return 0
    meaning = system_table()["observation_status"].get(status) if isinstance(status, str) else None
    if meaning is None:
        raise UnusableError(
            "no status: whether it is final is not known" if status is None else f"status {shown_text(status)}"
        )
    if meaning != "used":
        raise UnusableError(f"status {status}: {meaning}" if meaning != status else f"status {status}")
    return _FIRM.get(status, 0)


def _when(resource: dict[str, Any]) -> DateInterval:
    """Return when something was observed; raise `UnusableError` where no date says it."""
    stated = list(_DATES.intersection(resource))
    if len(stated) > 1:
        raise UnusableError("several dates of observation")
    raw = resource[stated[0]] if stated else None
    if isinstance(raw, str):
        when = date_interval(raw)
        if when is None:
            raise UnusableError(f"{shown_text(raw)} is no date that exists")
        return when
    if isinstance(raw, dict) and stated == ["effectivePeriod"]:
        return _of_period(raw)
    if isinstance(raw, dict) and isinstance(raw.get("event"), list) and len(raw["event"]) == 1:
        return _when({"effectiveDateTime": raw["event"][0]})
    raise UnusableError(
        "no date of observation" + (" (issued is the date of its release)" if "issued" in resource else "")
    )


def _of_period(raw: dict[str, Any]) -> DateInterval:
    start, end = period_interval(raw)
    if start is None or end is None or end.high < start.low:
        raise UnusableError("a period without usable start and end")
    return DateInterval(start.low, end.high, end.second)


def _read_part(
    part: dict[str, Any], place: str, text: str, ledger: ImportLedger, meaning: Meaning, when: DateInterval, rank: int,
    grouped: bool,
) -> None:  # fmt: skip
    """Read code and value of an Observation, or of one of its components."""
    key = concept_key(part.get("code"))
    what = meaning(key)
    if what.panel or ((grouped or "hasMember" in part) and not _values(part)):
        ledger.tell("left_out", place, text, "a group of measurements, which are read where they stand")
        return
    try:
        variable, value, warns = _value(part, key, what)
    except UnusableError as error:
        verdict: Verdict = "left_out" if what.skip and not what.warns else "refused"
        ledger.tell(verdict, place, text, _sentence(str(error), what))
        return
    shown = f"{text} {value_shown(value)}".strip()
    odd = (*what.warns, *warns) if warns else what.warns
    value_read = FoundValue(ledger.place(), place, shown, variable, value, when, rank, "", odd)
    ledger.values.append(value_read)
    if "referenceRange" in part:
        read_limits(part["referenceRange"], value_read, ledger)


def value_shown(value: Measurement) -> str:
    """Return a value as it was written, with its bound once."""
    given = value.given or ""
    return given if value.comparator == "=" or given[:1] in {"<", ">"} else f"{value.comparator}{given}"


def _sentence(reason: str, what: ObservationMeaning) -> str:
    return "; ".join(dict.fromkeys((reason, *what.warns)))


def _values(part: dict[str, Any]) -> list[str]:
    return list(_VALUES.intersection(part))


def _value(part: dict[str, Any], key: ConceptKey, what: ObservationMeaning) -> tuple[str, Measurement, tuple[str, ...]]:
    """Return variable and measurement of a part; raise `UnusableError` with the reason where there is none."""
    if what.skip:
        raise UnusableError(what.skip)
    stated = _values(part)
    if "dataAbsentReason" in part:
        absent = concept_text(concept_key(part["dataAbsentReason"]))
        raise UnusableError(f"no value: {absent}" + (", yet a value is stated" if stated else ""))
    if len(stated) != 1:
        raise UnusableError("several values" if stated else "no value")
    form, raw = stated[0], part[stated[0]]
    if _modified(raw) or _modified(part.get("code")):
        raise UnusableError("a modifier extension may change its meaning")
    if form in _NOT_READ:
        raise UnusableError(f"{_NOT_READ[form]}: {shown_text(raw)}")
    if "method" in part:
        _check_method(part, what)
    if what.flag:
        said = _answer(form, raw)
        return what.flag, as_given(part, what.flag, flag_value(said)), ()
    amount = _amount(form, raw, what)
    if not amount.unit and what.unit:
        amount = Amount(amount.number, amount.sign, what.unit, (f"no unit; {what.unit} by the site's map",))
    name, value = measurement_of(what.reads, amount)
    return name, as_given(part, name, value) if "extension" in part else value, amount.warns


def _modified(element: Any) -> bool:
    return type(element) is dict and "modifierExtension" in element


def _check_method(part: dict[str, Any], what: ObservationMeaning) -> None:
    """Refuse a value of anti-dsDNA whose method belongs to another family of assays than its code."""
    if not any(name.startswith("anti_dsdna") for name in what.reads):
        return
    family = stated_method(concept_text(concept_key(part["method"])))
    if family and family not in what.reads:
        raise UnusableError(f"its method is of the family {family}, its code is not: neither is taken")


def _amount(form: str, raw: Any, what: ObservationMeaning) -> Amount:
    if form == "valueQuantity":
        return quantity_amount(raw)
    if form == "valueRatio" and any(variables()[name].unit == "{titer}" for name in what.reads):
        return titre_of(raw)
    if form == "valueInteger":
        return Amount(finite(raw), "", "")
    kinds = {"valueCodeableConcept": "an answer", "valueBoolean": "yes or no", "valueRatio": "a ratio"}
    raise UnusableError(f"{kinds.get(form, shown_text(form))} where a number is needed")


def _answer(form: str, raw: Any) -> bool:
    """Return yes or no from a coded answer; raise `UnusableError` where it is neither."""
    if form == "valueBoolean" and isinstance(raw, bool):
        said: bool | None = raw
    elif form == "valueCodeableConcept":
        said = _coded_answer(concept_key(raw))
    else:
        raise UnusableError(f"{shown_text(raw)} is no coded answer to a question of yes or no")
    if said is None:
        raise UnusableError(f"the answer {shown_text(concept_text(concept_key(raw)))} says neither yes nor no")
    return said


def _coded_answer(key: ConceptKey) -> bool | None:
    """Return what the codes of an answer say; None where they say nothing, or both."""
    answers = observation_table()["answers"]
    said = {
        kind
        for one in known_codes(key)[0]
        for kind in ("positive", "negative", "unknown")
        if one.system in answers and one.code in _coded(answers[one.system], kind)
    }
    return None if len(said) != 1 or said == {"unknown"} else said == {"positive"}


def _coded(answers: Mapping[str, Any], kind: str) -> Sequence[str]:
    codes: Sequence[str] = answers[kind]
    return codes


def flag_value(said: bool) -> Measurement:
    """Return yes or no as a measurement."""
    return Measurement(float(said), "=", str(said).lower())
