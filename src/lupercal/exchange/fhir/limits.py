"""The laboratory's limits beside a value: read where one usual range holds for the person, told where not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lupercal.exchange.fhir.concepts import concept_key
from lupercal.exchange.fhir.ledger import FoundValue, ImportLedger
from lupercal.exchange.fhir.quantities import Amount, UnusableError, measurement_of, quantity_amount
from lupercal.exchange.fhir.read_own import as_given
from lupercal.exchange.fhir.wording import shown_text
from lupercal.patient.variables import Variable, variables


def limit_names(variable: Variable) -> dict[str, str]:
    """Return the variables that hold the laboratory's limits of another, by the end of a reference range."""
    ends = {
        "low": variable.limit_low or f"{variable.name}_lln",
        "high": variable.limit_high or f"{variable.name}_uln",
    }
    return {end: name for end, name in ends.items() if name in variables()}


def read_limits(ranges: Any, one: FoundValue, ledger: ImportLedger) -> None:
    """Read the laboratory's limits beside a value; two ranges, or one in words only, are told and not read."""
    names = limit_names(variables()[one.variable])
    rows = [row for row in ranges if _usual(row)] if isinstance(ranges, list) else []
    place = f"{one.place}.referenceRange"
    reason = _no_limits(rows)
    if reason:
        ledger.tell("left_out", place, f"{len(rows)} ranges", reason)
        return
    for end, raw in _ends(rows[0]):
        if end in names:
            _read_limit(names[end], raw, end, place, one, ledger)
    if not any(True for _ in _ends(rows[0])):
        ledger.tell("left_out", place, shown_text(rows[0].get("text")), "a range in words is not read")


def _no_limits(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return why usual ranges tell no limits, empty where they do."""
    if not rows:
        return "stated for a treatment, a risk or some people only"
    if len(rows) > 1:
        return "which of the ranges holds is not known"
    low, high = (raw.get("value") if isinstance(raw := rows[0].get(end), dict) else None for end in ("low", "high"))
    numbers = type(low) in {int, float} and type(high) in {int, float}
    return "the lower limit lies above the upper one" if numbers and low > high else ""  # type: ignore[operator]


def _usual(row: Any) -> bool:
    """Return whether a range is the usual one, and not that of a treatment, a risk, an age or a group of people."""
    if not isinstance(row, dict) or row.keys() & {"age", "appliesTo", "modifierExtension"}:
        return False
    kinds = [code for _, code, _ in concept_key(row.get("type"))[0]]
    return not kinds or "normal" in kinds


def _ends(row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((end, row[end]) for end in ("low", "high") if end in row)


def _read_limit(name: str, raw: Any, end: str, place: str, one: FoundValue, ledger: ImportLedger) -> None:
    try:
        amount = quantity_amount(raw)
        if amount.sign:
            raise UnusableError("a limit is a number, no bound")
        _, value = measurement_of((name,), amount if amount.unit else Amount(amount.number, "", _unit_of(one)))
        value = as_given(raw, name, value)
    except UnusableError as error:
        ledger.tell("refused", f"{place}[0].{end}", shown_text(raw), str(error))
        return
    title = f"{end} limit {value.given}"
    ledger.values.append(FoundValue(ledger.place(), f"{place}[0].{end}", title, name, value, one.when, one.rank))


def _unit_of(one: FoundValue) -> str:
    """Return the unit that a value was written in, which is that of its range where that names none."""
    return (one.value.given or "").partition(" ")[2]
