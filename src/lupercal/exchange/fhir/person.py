"""The Patient resource: sex and date of birth. Names, addresses and numbers are never carried over."""

from __future__ import annotations

from datetime import date
from typing import Any

from lupercal.exchange.fhir.dates import DateInterval, date_interval
from lupercal.exchange.fhir.entries import FhirEntry
from lupercal.exchange.fhir.ledger import ImportLedger
from lupercal.exchange.fhir.wording import shown_text

_PRIVATE = ("name", "identifier", "telecom", "address", "photo", "contact")


def read_person(entry: FhirEntry, ledger: ImportLedger) -> None:
    """Read sex and birth into the head of the patient file; age follows once day 0 is known."""
    resource, place = entry.resource, entry.place
    sex = resource.get("gender")
    if sex in ("female", "male"):
        ledger.head["sex"] = sex
        ledger.tell("used", f"{place}.gender", shown_text(sex), "", f"sex {sex}")
    else:
        ledger.tell("left_out", f"{place}.gender", shown_text(sex), "sex is left unknown")
    _read_birth(resource.get("birthDate"), f"{place}.birthDate", ledger)
    private = [name for name in _PRIVATE if name in resource]
    if private:
        ledger.tell("left_out", place, ", ".join(private), "names, addresses and numbers are not carried over")
    _look_at(resource, place, ledger)


def _read_birth(raw: Any, place: str, ledger: ImportLedger) -> None:
    born = date_interval(raw) if isinstance(raw, str) else None
    if born is not None and born.low <= date.today():
        ledger.head["born"] = born
    elif raw is not None:
        ledger.tell("refused", place, shown_text(raw), "no date of birth that exists")


def _look_at(resource: dict[str, Any], place: str, ledger: ImportLedger) -> None:
    """Tell what changes how the whole file is to be read."""
    if resource.get("active") is False:
        ledger.tell("warned", f"{place}.active", "false", "the record is not in use any more")
    for key in ("deceasedBoolean", "deceasedDateTime"):
        if resource.get(key):
            ledger.tell("warned", f"{place}.{key}", shown_text(resource[key]), "the patient has died")
    links = resource.get("link")
    for k, link in enumerate(links if isinstance(links, list) else ()):
        kind = shown_text(link.get("type")) if isinstance(link, dict) else "no type"
        ledger.tell(
            "warned", f"{place}.link[{k}]", kind, "another record of this person: what stands there is missing here"
        )


def ages_on(born: DateInterval, day: date) -> tuple[int, int]:
    """Return the least and the greatest age in completed years that a birth allows on a day."""
    return _years(born.high, day), _years(born.low, day)


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
