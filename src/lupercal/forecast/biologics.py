"""Biologics a patient has been given: in the twins' past, and in every arm that does not give one of the same family.

A biologic is no daily dose, so it is no background drug. What its regimen gives at intervals goes on; a course
(anti-CD20 antibodies) acts as long as it lasts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

from lupercal.course.burn_in import BURN_IN_DAYS
from lupercal.errors import LupercalError
from lupercal.evidence import units
from lupercal.forecast.settings import settings
from lupercal.model.inputs import schedule
from lupercal.model.schedule import Schedule
from lupercal.patient.drugs import drug_classes
from lupercal.patient.record import Patient, Treatment
from lupercal.therapy.body import Person
from lupercal.therapy.current import taken_on
from lupercal.therapy.dosing import expand
from lupercal.therapy.regimen_records import DoseLine, Regimen
from lupercal.therapy.registry import product, regimens

UNREPRESENTED = "not represented among the doses"


@final
@dataclass(frozen=True, slots=True)
class Biologic:
    """One biologic: its regimen in the patient's own dose, the days on which it began and ended, whether it goes on."""

    regimen: Regimen
    start: int
    stop: int
    current: bool

    @property
    def family(self) -> str:
        """The product's family."""
        return product(self.regimen.principal[0]).family


def biologics_of(patient: Patient) -> tuple[Biologic, ...]:
    """Return the biologics given before day 0 whose regimen is known, in the order of the record."""
    return tuple(one for line in patient.treatments if (one := _biologic(line)) is not None)


def going_on(chosen: Regimen, given: tuple[Biologic, ...]) -> Regimen:
    """Return a regimen with the current biologics going on, beside what it gives itself."""
    families: set[str] = {product(line.product).family for line in chosen.doses}
    for biologic in given:
        lines = [line for line in biologic.regimen.doses if line.every is not None]
        if biologic.current and lines and biologic.family not in families:
            families.add(biologic.family)
            chosen = _with(chosen, lines[-1])
    return chosen


def given_before(given: tuple[Biologic, ...], person: Person) -> Schedule:
    """Return what biologics did to the model before day 0: doses from the day each began, up to its end."""
    parts, families = list[Schedule](), set[str]()
    for one in given:
        if one.family not in families:
            families.add(one.family)
            parts.append(_doses(one, person))
    return Schedule(
        boluses=tuple(event for part in parts for event in part.boluses),
        factors=tuple(event for part in parts for event in part.factors),
        switches={name: value for part in parts for name, value in part.switches.items()},
        scales={name: value for part in parts for name, value in part.scales.items()},
    )


def biologics_in_words(given: tuple[Biologic, ...], notes: tuple[str, ...]) -> Iterator[str]:
    """Yield the notes on a patient's drugs, with what happens to biologics in place of that they are no daily dose."""
    names = {product(one.regimen.principal[0]).name: one for one in given if one.current}
    for note in notes:
        biologic = next(
            (one for name, one in names.items() if note.startswith(f"{name} ") and UNREPRESENTED in note), None
        )
        yield note if biologic is None else _words(biologic)


def _words(one: Biologic) -> str:
    name = product(one.regimen.principal[0]).name
    if any(line.every is not None for line in one.regimen.doses):
        return f"{name} was given to the twins as to the patient and goes on in every arm that gives none of its kind."
    return f"{name} was given to the twins from day {one.start} on as to the patient; the course is not repeated."


def _biologic(line: Treatment) -> Biologic | None:
    chosen = next((one for one in regimens().values() if one.principal == (line.drug,)), None)
    begun = line.start_day if line.start_day is not None else -settings().candidates.own_drugs_days
    current = taken_on(line, 0)
    placed = current or line.start_day is not None
    if chosen is None or drug_classes().get(line.drug) != "biologic" or begun >= 0 or not placed:
        return None
    in_own_dose = own_dose(chosen, line)
    return Biologic(in_own_dose, max(begun, -BURN_IN_DAYS), 0 if line.stop_day is None else line.stop_day, current)


def own_dose(chosen: Regimen, line: Treatment) -> Regimen:
    """Return the regimen in the patient's dose where it is stated in the regimen's unit."""
    given = next(iter(chosen.doses))
    if line.amount is None or line.unit is None:
        return chosen
    try:
        return chosen.with_dose(line.drug, units.convert(line.amount, line.unit, given.unit))
    except LupercalError:
        return chosen


def _doses(one: Biologic, person: Person) -> Schedule:
    months = max(1, -(one.start // 28))
    given = schedule(expand(one.regimen, person, {}, months).shifted(one.start))
    until = min(one.stop, 0)
    return Schedule(
        boluses=tuple(event for event in given.boluses if event.day < until),
        factors=tuple(event for event in given.factors if event.day < until),
        switches=given.switches,
        scales=given.scales,
    )


def _with(chosen: Regimen, line: DoseLine) -> Regimen:
    on = replace(line, start=-chosen.lead_days, end=None)
    name = product(line.product).name
    words = f"{name} {line.amount:g} {line.unit} every {line.every} days goes on, as the patient takes it now."
    return replace(chosen, doses=(*chosen.doses, on), assumed=(*chosen.assumed, words))
