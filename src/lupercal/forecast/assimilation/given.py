"""What a patient was really given between visits, as the model's schedule; what the record leaves silent is said.

Daily drugs are steps: the list of treatments with its days, and doses that visits record. Everything else is a dose on
a day, or a biologic's regimen from the day it began to the day it ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import final

import numpy as np

from lupercal.course.background import Background, of_doses, own_drugs
from lupercal.course.drugs import biologic_at
from lupercal.course.plan import DrugPlan
from lupercal.errors import LupercalError
from lupercal.forecast.biologics import own_dose
from lupercal.model.inputs import effects, schedule
from lupercal.model.schedule import InputChange, Schedule
from lupercal.patient.record import Patient, Treatment
from lupercal.patient.table import DAYS_PER_YEAR
from lupercal.population.cohort import Cohort
from lupercal.therapy.body import Person
from lupercal.therapy.current import person_of
from lupercal.therapy.dosing import Expansion, expand
from lupercal.therapy.regimen_records import DoseLine, Regimen
from lupercal.therapy.registry import product, products, regimen, regimens
from lupercal.therapy.since import drugs_since
from lupercal.therapy.units import UNITS, dose_unit

INPUTS = ("gc", "hq", "ap", "cn")


@final
@dataclass(frozen=True, slots=True)
class Given:
    """Doses of one patient from day ``first`` of the record on, days counted from it.

    ``steps`` are daily drugs from each day on; ``single`` everything else, None where there is nothing; ``notes`` say
    what the record leaves silent or the model cannot represent.
    """

    steps: tuple[tuple[int, Background], ...]
    single: Expansion | None
    person: Person
    notes: tuple[str, ...]

    def plan(self, people: Cohort) -> DrugPlan:
        """Return the plan of virtual patients; of families of which no dose is known each takes its own drawn drugs."""
        changes = list[InputChange]()
        for day, taken in self.steps:
            doses = own_drugs(taken, people.background, people.size, self.person)
            changes += [InputChange(day, name, doses.get(name, np.zeros(people.size))) for name in INPUTS]
        alone = Schedule() if self.single is None else schedule(self.single)
        # the background of an expansion is empty, so its own steps of daily drugs are those of single products only
        more = tuple(change for change in alone.inputs if change.name not in INPUTS)
        both = Schedule(
            tuple(sorted((*changes, *more), key=lambda one: one.day)), alone.boluses, alone.factors, alone.switches,
            alone.scales,
        )  # fmt: skip
        single = self.single
        return DrugPlan({}, both, None if single is None else lambda days: biologic_at(single, days))


def given_to(
    patient: Patient, first: int, until: int, planned: Regimen | None = None, known_to: int | None = None
) -> Given:
    """Return what a patient was given from day ``first`` to day ``until`` of the record; days count from ``first``.

    ``planned`` is what was meant to be given about day 0: of products the record does not list from then on. Daily
    drugs are as the record has them on day ``known_to``, the last where not given.
    """
    person, notes = person_of(patient), list[str]()
    steps = tuple(
        (day - first, of_doses(doses)) for day, doses in _daily(patient, first, until if known_to is None else known_to)
    )
    silent = sorted({family for _, taken in steps for family in taken.unknown})
    if silent:
        listed = ", ".join(name.replace("_", " ") for name in silent)
        notes.append(
            f"Between visits the record is silent on {listed}: each virtual patient goes on with its own drugs."
        )
    lines, words_told = _single(patient, first, until)
    for line, words in _planned(patient, planned, first, until):
        lines.append(line)
        words_told.append(words)
    single, more = _expanded(lines, person, until - first)
    return Given(steps, single, person, (*notes, *words_told, *more))


def _daily(patient: Patient, first: int, until: int) -> Iterator[tuple[int, Mapping[str, float]]]:
    """Yield daily doses by product from each day on on which any changes."""
    # steps end before the day a record stands on: the day after, so that what a visit changed on its day counts
    until_then = as_of(as_of(patient, until), 1)
    steps = [(day + until + 1, dict(doses)) for day, doses in drugs_since(until_then, first - until - 1)]
    recorded = {
        (visit.day, name): found.value
        for visit in patient.visits
        if first <= visit.day <= until
        for name, found in visit.values.items()
        if name in products() and product(name).current_unit and not found.censored
    }
    listed = {one.drug for one in patient.treatments if one.start_day is not None}
    ended = dict.fromkeys(sorted(name for name in listed if name in products() and product(name).current_unit), 0.0)
    steps = steps or [(first, {})]
    # from its first dated line on the list is taken as whole: what it does not say is taken is not
    whole = min((one.start_day for one in patient.treatments if one.start_day is not None), default=until)
    changes = {day for day, _ in steps} | {day for day, name in recorded if name not in listed}
    for day in sorted(changes | ({whole} if first < whole < until else set())):
        now = next(doses for began, doses in reversed(steps) if began <= day)
        recorded_now = {
            name: dose for (when, name), dose in sorted(recorded.items()) if when <= day and name not in listed
        }
        yield day, (ended if day >= whole else {}) | now | recorded_now


def as_of(patient: Patient, day: int) -> Patient:
    """Return the record as it stands on a day, that day as day 0."""
    visits = tuple(replace(visit, day=visit.day - day) for visit in patient.visits if visit.day <= day)
    treatments = tuple(
        replace(one, start_day=_less(one.start_day, day), stop_day=_less(one.stop_day, day))
        for one in patient.treatments
        if one.start_day is None or one.start_day <= day
    )
    zero = patient.reference_date
    dated = None if zero is None else str(date.fromisoformat(zero) + timedelta(days=day))
    age = None if patient.age_years is None else patient.age_years + day / DAYS_PER_YEAR
    return replace(patient, visits=visits, treatments=treatments, reference_date=dated, age_years=age)


def _less(day: int | None, by: int) -> int | None:
    return None if day is None else day - by


def _single(patient: Patient, first: int, until: int) -> tuple[list[DoseLine], list[str]]:
    """Return what was given not daily, as lines of a prescription from ``first`` on, and what cannot be given."""
    lines, notes = list[DoseLine](), list[str]()
    several = [one.drug for one in patient.treatments]
    for line in patient.treatments:
        if line.drug not in products() or product(line.drug).current_unit or line.start_day is None:
            continue
        if not first <= line.start_day < until or not effects(line.drug):
            continue
        dose_lines = _lines(line, first, until, alone=several.count(line.drug) == 1)
        lines += dose_lines
        if not dose_lines:
            notes.append(
                f"{product(line.drug).name} from day {line.start_day} is not represented: no dose can be told."
            )
    return lines, notes


def _planned(patient: Patient, planned: Regimen | None, first: int, until: int) -> Iterator[tuple[DoseLine, str]]:
    """Yield the lines of a plan that the record does not list from day 0 on, with a sentence for each."""
    if planned is None:
        return
    listed = {
        one.drug for one in patient.treatments if one.start_day is not None and one.start_day >= -planned.lead_days
    }
    for line in planned.doses:
        shifted = _later(line, -first, until - first)
        if line.product not in listed and not product(line.product).current_unit and shifted is not None:
            yield shifted, f"{product(line.product).name} is taken to have been given as {planned.name} plans."


def _lines(one: Treatment, first: int, until: int, *, alone: bool) -> list[DoseLine]:
    start = (one.start_day or 0) - first
    usual = next((each for each in regimens().values() if each.principal == (one.drug,)), None)
    if usual is not None and alone and one.stop_day != one.start_day:
        end = (until if one.stop_day is None else min(one.stop_day, until)) - first
        in_own_dose = own_dose(usual, one)
        return [shifted for line in in_own_dose.doses if (shifted := _later(line, start, end)) is not None]
    if one.amount is None or one.unit not in UNITS or dose_unit(one.unit).daily:
        return (
            []
            if usual is None
            else [shifted for line in usual.doses if (shifted := _later(line, start, until - first))]
        )
    return [DoseLine(product=one.drug, amount=one.amount, unit=one.unit, days=(start,))]


def _later(line: DoseLine, by: int, end: int) -> DoseLine | None:
    """Return a line of a regimen begun ``by`` days later, cut at a day; None where nothing is left of it."""
    if line.days:
        days = tuple(day + by for day in line.days if 0 <= day + by < end)
        return replace(line, days=days) if days else None
    start = (line.start or 0) + by
    stop = end if line.end is None else min(line.end + by, end)
    return replace(line, start=start, end=stop) if start < stop else None


def _expanded(lines: Sequence[DoseLine], person: Person, days: int) -> tuple[Expansion | None, list[str]]:
    """Return the doses written out; of products that cannot be combined the earlier are left out, and told."""
    remaining, notes = list(lines), list[str]()
    while remaining:
        whole = expand(_regimen(remaining), person, {}, days / 30 + 1)
        try:
            schedule(whole)
        except LupercalError as failure:
            left = remaining.pop(0)
            notes.append(f"{product(left.product).name} is left out of the past: {failure}")
        else:
            return whole, notes
    return None, notes


def _regimen(lines: Sequence[DoseLine]) -> Regimen:
    bare = regimen("standard_care")
    return replace(bare, id="given", name="What was given", doses=tuple(lines), principal=(), assumed=(), lead_days=0)
