"""Doses as a clinician writes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from itertools import pairwise

from lupercal.therapy.doses import Dose, Stop
from lupercal.therapy.regimen_records import Change, CurrentDrugs, Procedure
from lupercal.therapy.registry import product

FEW = 8  # so many dates are listed one by one; more are told as a rhythm where they have one


def in_words(
    doses: Iterable[Dose], stops: Iterable[Stop], procedures: Iterable[Procedure], end_day: int
) -> tuple[str, ...]:
    """Return one line per product and amount, in order of the first day; what stops is said too."""
    groups = _groups(doses)
    lines = [(group[0].day, _single(group)) for group in groups if group[0].until is None]
    lines += [(group[0].day, _daily(group, end_day)) for group in groups if group[0].until is not None]
    daily = {group[0].product for group in groups if group[0].until is not None}
    lines += [(stop.day, _stopped(stop)) for stop in stops if stop.product not in daily]
    lines += [(p.day, f"{p.name} on {on(p.day)}{f' ({p.note})' if p.note else ''}") for p in procedures]
    return tuple(text for _, text in sorted(lines, key=lambda line: line[0]))


def on(day: int) -> str:
    """Return a day with a real minus sign."""
    return f"day {_signed(day)}"


def number_words(value: float) -> str:
    """Return a number as written in a prescription: millions as powers of ten, else at most four figures."""
    if value >= 1e6:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{float(mantissa):g} × 10^{int(exponent)}"
    return f"{value:.1f}".rstrip("0").rstrip(".") if value >= 100 else f"{value:.3g}"


def quantity_words(amount: float, unit: str) -> str:
    """Return an amount with its unit as a clinician writes them."""
    return f"{number_words(amount)}{'' if unit.startswith('/') else ' '}{_unit(unit, amount)}"


def _groups(doses: Iterable[Dose]) -> list[list[Dose]]:
    """Put together what is told in one line: daily doses of a product; single ones of one amount and course."""
    groups: dict[tuple[object, ...], list[Dose]] = {}
    for dose in doses:
        single = (dose.part_of, dose.amount, dose.unit, dose.origin)
        key = (dose.product, *(single if dose.until is None else ()))
        groups.setdefault(key, []).append(dose)
    return list(groups.values())


def _single(group: list[Dose]) -> str:
    first = group[0]
    name = product(first.product).name + (f" ({first.origin})" if first.origin else "")
    note = f" ({first.note})" if first.note and not first.part_of else ""
    course = f"; part of: {product(first.part_of).name}" if first.part_of else ""
    return f"{name} {_amount(first)} {first.route}, {_dates([dose.day for dose in group])}{note}{course}"


def _daily(group: list[Dose], end_day: int) -> str:
    first, last = group[0], group[-1]
    steps = ", ".join(f"{_amount(dose)} from {on(dose.day)}" for dose in group)
    note = f" ({first.note})" if first.note else ""
    stop = f", stopped on {on(last.until)}" if last.until is not None and last.until < end_day else " onwards"
    return f"{product(first.product).name} {first.route} {steps}{stop}{note}"


def _stopped(stop: Stop) -> str:
    return f"{product(stop.product).name} ({quantity_words(stop.amount, stop.unit)}) stopped on {on(stop.day)}"


def _amount(dose: Dose) -> str:
    written = quantity_words(dose.amount, dose.unit)
    return written if dose.unit == dose.given_unit else f"{written} ({quantity_words(dose.given, dose.given_unit)})"


def _unit(unit: str, amount: float) -> str:
    if not unit.startswith("{"):
        return unit.replace("m2", "m²")
    word = unit[1:-1].removesuffix("s")
    return word if amount == 1 else f"{word}s"


def _dates(days: list[int]) -> str:
    """Return days one by one, or as a rhythm with up to two odd days before it."""
    for odd in range(3 if len(days) > FEW else 0):
        rest = days[odd:]
        if len({b - a for a, b in pairwise(rest)}) == 1:
            rhythm = f"every {rest[1] - rest[0]} days from {on(rest[0])} to {on(rest[-1])} ({len(rest)} times)"
            return f"{_list(days[:odd])}, then {rhythm}" if odd else rhythm
    return _list(days)


def _list(days: list[int]) -> str:
    return f"{'days' if len(days) > 1 else 'day'} {', '.join(map(_signed, days))}"


def _signed(day: int) -> str:
    return str(day).replace("-", "−")


def current_drugs_in_words(drugs: CurrentDrugs) -> tuple[str, ...]:
    """Return one line per family on what happens to drugs the patient already takes."""
    families = [field.name for field in fields(drugs)]
    return tuple(f"{family.replace('_', ' ')}s: {_fate(drugs.fate(family))}" for family in families)


def _fate(fate: Change) -> str:
    if fate.day is None:
        return "go on"
    if fate.stop is not None:
        return f"stop on {on(fate.stop)}"
    steps = ", ".join(f"{number_words(amount)} mg/d from {on(day)}" for day, amount in sorted(fate.taper.items()))
    limit = ", no step above the current dose" if fate.at_most_current else ""
    return f"prednisone {steps}{limit}"
