"""Dosage as an amount per day, or why no single amount per day can be told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, final

from lupercal.evidence.units import UnitError, parse
from lupercal.exchange.fhir.code_tables import medication_table
from lupercal.exchange.fhir.concepts import concept_key, words_in
from lupercal.exchange.fhir.dates import DateInterval, period_interval
from lupercal.exchange.fhir.quantities import Amount, UnusableError, finite, in_unit, quantity_amount
from lupercal.exchange.fhir.wording import shown_text


@final
@dataclass(frozen=True, slots=True)
class StatedDose:
    """What is taken.

    Parameters
    ----------
    amount, unit
        Per ``per`` days where ``per`` is known, else per administration; None where no single amount can be told.
    per
        Days from one dose to the next, as doses spread evenly; None where the timing is not stated.
    hours
        When in the day, as far as stated.
    notes
        Why the amount is open, and instructions in words, which are shown and not read.
    """

    amount: float | None = None
    unit: str | None = None
    per: float | None = None
    hours: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def daily(self) -> float | None:
        """Amount per day, None where it cannot be told."""
        return None if self.amount is None or self.per is None else self.amount / self.per


def dose_of(rows: Any, day: date | None) -> StatedDose:
    """Return the dose that a list of Dosage elements states on a day.

    Parameters
    ----------
    rows
        ``dosage`` or ``dosageInstruction``. Steps of a sequence follow one another; others are taken side by side.
    day
        The day on which a step of a taper is looked for.
    """
    steps = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    texts = tuple(f"as written: {shown_text(row['text'])}" for row in steps if isinstance(row.get("text"), str))
    texts += tuple(said for row in steps if (said := _contradiction(row)))
    if not steps:
        return StatedDose()
    try:
        chosen = _chosen(steps, day)
        parts = [_part(row) for row in chosen]
        made = parts[0] if len(parts) == 1 else _together(parts)
    except UnusableError as error:
        return StatedDose(notes=(f"dose unknown: {error}", *texts))
    return StatedDose(made.amount, made.unit, made.per, made.hours, texts)


def _contradiction(row: Mapping[str, Any]) -> str:
    """Return how the words of a Dosage element contradict its numbers; empty where they do not, or say nothing."""
    text = row.get("text")
    if not isinstance(text, str) or not row.get("doseAndRate"):
        return ""
    if any(words_in(text, {"as needed": medication_table()["as_needed"]})) and not _as_needed(row):
        return f"{DIFFERS}: taken as needed"
    in_words = {float(number.replace(",", ".")) for number in _IN_MG.findall(text)}
    try:
        amount = quantity_amount(_quantity([one for one in row["doseAndRate"] if isinstance(one, dict)]))
        stated = in_unit(amount, "mg")
    except (UnusableError, TypeError):
        return ""
    return "" if not in_words or any(abs(one - stated) < 1e-9 for one in in_words) else f"{DIFFERS}: {shown_text(text)}"


DIFFERS = "the words beside the dose say something else"
_IN_MG = re.compile(r"(?<![\d.,/])(\d{1,5}(?:[.,]\d{1,3})?)\s*mg(?![/\w])", re.IGNORECASE)


def _as_needed(row: Mapping[str, Any]) -> bool:
    return row.get("asNeededBoolean") is True or bool(row.get("asNeededCodeableConcept"))


def _chosen(steps: Sequence[Mapping[str, Any]], day: date | None) -> list[Mapping[str, Any]]:
    """Return the steps that hold: all where they are side by side, the one of the day where they follow one another."""
    same = all(row.get("sequence") == steps[0].get("sequence") for row in steps)
    if same:
        bounded = [row for row in steps if _bounds(row)]
        return [row for row in bounded if _holds(row, day)] or list(steps) if len(bounded) > 1 else list(steps)
    now = [row for row in steps if _bounds(row) and _holds(row, day)]
    if len(now) != 1:
        raise UnusableError("a sequence of steps, and none is dated so that it is the one of day 0")
    return now


def _bounds(row: Mapping[str, Any]) -> tuple[DateInterval | None, DateInterval | None] | None:
    repeat = _repeat(row)
    return period_interval(repeat["boundsPeriod"]) if "boundsPeriod" in repeat else None


def _holds(row: Mapping[str, Any], day: date | None) -> bool:
    start, end = _bounds(row) or (None, None)
    if day is None or start is None:
        return False
    return start.high <= day and (end is None or day <= end.low)


def _repeat(row: Mapping[str, Any]) -> Mapping[str, Any]:
    timing = row.get("timing")
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    return repeat if isinstance(repeat, dict) else {}


def _part(row: Mapping[str, Any]) -> StatedDose:
    """Return the dose of one Dosage element."""
    if row.get("modifierExtension"):
        raise UnusableError("a modifier extension may change its meaning")
    if _as_needed(row):
        raise UnusableError("taken as needed")
    amount, per = _amount_of(row)
    if amount.sign:
        raise UnusableError("a bound instead of a dose")
    if amount.number < 0:
        raise UnusableError("a dose below zero")
    _check_mass(amount.unit)
    return StatedDose(amount.number, amount.unit, per, _hours(row))


def _amount_of(row: Mapping[str, Any]) -> tuple[Amount, float | None]:
    """Return the amount of a Dosage element, and the days from one such amount to the next."""
    rows = row.get("doseAndRate")
    amounts = [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []
    rates = [one["rateRatio"] for one in amounts if isinstance(one.get("rateRatio"), dict)]
    if len(rates) != 1 or len(amounts) != 1 or {"doseQuantity", "doseRange"} & amounts[0].keys():
        return quantity_amount(_quantity(amounts)), _days_between(row)
    within = quantity_amount(rates[0].get("denominator"))
    days = medication_table()["days_of_period"].get(within.unit, 0.0) * within.number
    if days < 1 or within.sign:
        raise UnusableError("a rate of infusion, which is no dose")
    return quantity_amount(rates[0].get("numerator")), days


def _quantity(amounts: Sequence[Mapping[str, Any]]) -> Any:
    if any("doseRange" in row for row in amounts):
        raise UnusableError("a range of doses")
    doses = [row["doseQuantity"] for row in amounts if "doseQuantity" in row]
    if not doses:
        raise UnusableError("no dose as a quantity")
    if any(one != doses[0] for one in doses):
        raise UnusableError("several doses side by side that differ")
    return doses[0]


def _check_mass(unit: str) -> None:
    """Refuse tablets and puffs: a dose is a mass, or a mass for the body's weight or surface."""
    if not unit:
        raise UnusableError("a dose without a unit")
    try:
        grams = dict(parse(unit).dimension).get("g", 0) != 0 or "kg" in unit
    except UnitError:
        grams = False
    if not grams:
        raise UnusableError(f"counted in {shown_text(unit)}, which is no mass")


def _days_between(row: Mapping[str, Any]) -> float | None:
    """Return the days from one dose to the next as doses spread evenly; None where no timing is stated."""
    repeat, timing = _repeat(row), row.get("timing")
    if "frequencyMax" in repeat or "periodMax" in repeat:
        raise UnusableError("a range of times")
    times = _times(repeat)
    if times is not None and ("period" in repeat or "frequency" not in repeat):
        return _period(repeat) / times
    code = next((code for _, code, _ in concept_key(timing.get("code"))[0]), "") if isinstance(timing, dict) else ""
    per_day = medication_table()["timing_codes"].get(code.upper())
    return None if per_day is None else 1 / per_day


def _times(repeat: Mapping[str, Any]) -> float | None:
    """Return how often per period: as stated, or counted from the hours and days of the week."""
    listed = next((repeat[key] for key in ("timeOfDay", "when") if isinstance(repeat.get(key), list)), None)
    days = repeat.get("dayOfWeek")
    if "frequency" in repeat:
        times = finite(repeat["frequency"])
    elif listed or isinstance(days, list):
        times = float(len(listed) if listed else 1)
    elif "period" in repeat:
        times = 1.0
    else:
        return None
    if times <= 0:
        raise UnusableError("a frequency of zero")
    return times * len(days) if isinstance(days, list) and days and "period" not in repeat else times


def _period(repeat: Mapping[str, Any]) -> float:
    if "period" not in repeat:
        return 7.0 if isinstance(repeat.get("dayOfWeek"), list) else 1.0
    length, unit = finite(repeat["period"]), repeat.get("periodUnit")
    days = medication_table()["days_of_period"].get(unit if isinstance(unit, str) else "")
    if days is None or length <= 0:
        raise UnusableError(f"a period of {shown_text(length)} {shown_text(unit)}")
    return length * days


def _hours(row: Mapping[str, Any]) -> tuple[str, ...]:
    repeat = _repeat(row)
    listed: list[Any] = next((repeat[key] for key in ("timeOfDay", "when") if isinstance(repeat.get(key), list)), [])
    return tuple(sorted(str(one) for one in listed))


def _together(parts: Sequence[StatedDose]) -> StatedDose:
    """Return doses taken side by side as one daily dose."""
    unit = parts[0].unit or ""
    days = [one.daily for one in parts]
    if any(one is None for one in days):
        raise UnusableError("several doses, not all with their times")
    total = sum(in_unit_of(one, unit) for one in parts)
    return StatedDose(total, unit, 1.0, tuple(sorted(hour for one in parts for hour in one.hours)))


def in_unit_of(one: StatedDose, unit: str) -> float:
    """Return the daily amount of a dose in another unit; 0 where it has none."""
    return in_unit(Amount(one.daily or 0.0, "", one.unit or ""), unit)
