"""Comparing measurements that may be bounds: true, false, or None where the bound leaves it open."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.patient.variables import variables

Truth = bool | None
_NO_UNIT = {"1", "{score}", ""}


def measured_at_most(found: Measurement, limit: float) -> Truth:
    """Return whether the value is at most ``limit``."""
    if found.value <= limit and found.comparator in ("=", "<", "<="):
        return True
    return False if above(found, limit) else None


def above(found: Measurement, limit: float) -> bool:
    """Return whether the value is certainly above ``limit``."""
    beyond = found.value > limit and found.comparator in ("=", ">", ">=")
    return beyond or (found.value == limit and found.comparator == ">")


def below(found: Measurement, limit: float) -> Truth:
    """Return whether the value is below ``limit``."""
    if (found.value < limit and found.comparator in ("=", "<", "<=")) or (
        found.value == limit and found.comparator == "<"
    ):
        return True
    return False if found.value >= limit and found.comparator in ("=", ">", ">=") else None


def not_(truth: Truth) -> Truth:
    """Return the opposite; open stays open."""
    return None if truth is None else not truth


def any_measured(truths: Iterable[Truth]) -> Truth:
    """Return whether one holds: true as soon as one does, open where the rest is open."""
    answers = list(truths)
    return True if True in answers else None if None in answers or not answers else False


def all_measured(truths: Iterable[Truth]) -> Truth:
    """Return whether all hold: false as soon as one does not, open where one is open or there is none."""
    answers = list(truths)
    return False if False in answers else None if None in answers or not answers else True


def newest_measured(visits: Iterable[Visit], name: str) -> tuple[int, Measurement] | None:
    """Return day and value of the last of these visits that has the variable."""
    measurements = [(visit.day, visit.values[name]) for visit in visits if name in visit.values]
    return measurements[-1] if measurements else None


def before(patient: Patient, name: str, day: int = 1) -> Measurement | None:
    """Return the last value of a variable before a day; by default the one on or before day 0."""
    newest = newest_measured((visit for visit in patient.visits if visit.day < day), name)
    return newest[1] if newest else None


def limit_of(patient: Patient, visit: Visit, name: str, end: str) -> float | None:
    """Return the laboratory's limit (``end``: low or high) of a variable, from the visit or last stated before it."""
    definition = variables().get(name)
    limit = getattr(definition, f"limit_{end}") if definition else None
    if limit is None:
        return None
    measurement = visit.values.get(limit) or before(patient, limit, visit.day + 1)
    return measurement.value if measurement and not measurement.censored else None


def told(name: str, found: Measurement) -> str:
    """Return a value in words: label, comparator, number and unit of the data dictionary."""
    definition = variables()[name]
    sign = "" if found.comparator == "=" else f"{found.comparator} "
    if definition.kind == "flag":
        return f"{definition.label} {'present' if found.value else 'absent'}"
    unit = "" if definition.unit in _NO_UNIT else " " + re.sub(r"[][{}]", "", definition.unit)
    return f"{definition.label} {sign}{found.value:g}{unit}"
