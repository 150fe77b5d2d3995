"""From a regimen to the doses one person is given, with dates counted from day 0."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import final

from lupercal.errors import InputError
from lupercal.therapy.body import Body, Person, body_of, horizon
from lupercal.therapy.doses import Dose, Prescribed, Stop
from lupercal.therapy.ranges import range_warnings
from lupercal.therapy.records import Product
from lupercal.therapy.regimen_records import DoseLine, Procedure, Regimen
from lupercal.therapy.registry import product, regimen
from lupercal.therapy.units import dose_unit
from lupercal.therapy.words import in_words


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """A regimen written out for one person.

    ``start_day`` is minus the regimen's lead; daily doses that reach ``end_day`` go on after it.
    """

    regimen: Regimen
    body: Body
    start_day: int
    end_day: int
    doses: tuple[Dose, ...]
    stops: tuple[Stop, ...]
    procedures: tuple[Procedure, ...]
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]

    @property
    def efficacy_withheld(self) -> str | None:
        """None, or why no efficacy can be forecast for this regimen."""
        reasons = [product(p).withheld for p in self.regimen.principal if not product(p).efficacy_forecast]
        return " ".join(dict.fromkeys(reasons)) or None

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the sources of the regimen and of its products in these units, each once; see `citations`."""
        keys = [*self.regimen.sources, *self.regimen.evidence.sources, *(r.source for r in self.regimen.reported)]
        keys += [stay.source for stay in self.regimen.away]
        given = dict.fromkeys((dose.product, dose.unit) for dose in self.doses)
        of_products = (key for name, unit in given for key in product(name).sources_in(unit))
        return tuple(dict.fromkeys([*keys, *of_products]))

    def totals(self) -> Mapping[str, float]:
        """Return the sum given of each product up to ``end_day``, in mg, cells, courses or sessions."""
        by_product: dict[str, float] = {}
        for dose in self.doses:
            by_product[dose.product] = by_product.get(dose.product, 0.0) + dose.total
        return by_product

    def doses_in_words(self) -> tuple[str, ...]:
        """Return the doses as a clinician writes them, one line per product and amount, in order of time."""
        return in_words(self.doses, self.stops, self.procedures, self.end_day)

    def shifted(self, days: int) -> Expansion:
        """Return the same doses ``days`` later."""
        return replace(
            self,
            start_day=self.start_day + days,
            end_day=self.end_day + days,
            doses=tuple(_later(dose, days) for dose in self.doses),
            stops=tuple(replace(stop, day=stop.day + days) for stop in self.stops),
            procedures=tuple(replace(done, day=done.day + days) for done in self.procedures),
        )


@final
@dataclass(frozen=True, slots=True, eq=False)
class ByItself:
    """A regimen as a key, which is equal to no other one; regimens hold tables and have no hash of their own."""

    regimen: Regimen

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByItself) and self.regimen is other.regimen

    def __hash__(self) -> int:
        return id(self.regimen)


def expand(treatment: Regimen | str, patient: Person, current: Mapping[str, float], months: float) -> Expansion:
    """Write a regimen out for one person.

    Parameters
    ----------
    treatment
        A regimen or its name.
    patient
        Who is dosed; an unknown weight or height is filled in and told among the assumptions.
    current
        Doses the patient takes now, by product, in the product's ``current_unit`` (the data dictionary's unit).
    months
        Horizon after day 0 (a twelfth of a year each).

    Returns
    -------
    Expansion
        Doses from ``-lead_days`` to the horizon. A dose outside what was published is told among the warnings and kept.

    Raises
    ------
    InputError
        If a name is unknown, a current dose is negative or not finite, or a product is not one taken continuously.
    """
    chosen = regimen(treatment) if isinstance(treatment, str) else treatment
    body, end = body_of(patient), horizon(months)
    taken_drugs = _current_doses(current)
    background = [dose for taken in taken_drugs for dose in _background(chosen, taken, end, body)]
    lines = _as_ordered(ByItself(chosen), end, body)
    doses = tuple(sorted([*background, *_tapers(chosen, taken_drugs, end, body), *lines], key=lambda dose: dose.day))
    return Expansion(
        regimen=chosen,
        body=body,
        start_day=-chosen.lead_days,
        end_day=end,
        doses=doses,
        stops=tuple(_stops(chosen, taken_drugs)),
        procedures=tuple(done for done in chosen.procedures if done.day < end),
        warnings=(*body.warnings, *range_warnings(doses, body)),
        assumptions=(*body.assumptions, *chosen.assumed, *_without_effect(taken_drugs)),
    )


def _current_doses(current: Mapping[str, float]) -> tuple[Prescribed, ...]:
    """Return the drugs taken, each once (prednisone and prednisolone add up), without those at zero."""
    prescribed: dict[str, Prescribed] = {}
    for name, amount in current.items():
        taken = product(name)
        if not taken.current_unit:
            raise InputError("current drugs", name, amount, "a drug taken continuously; give this one as a regimen")
        if not (math.isfinite(amount) and amount >= 0):
            raise InputError("current drugs", name, amount, f"a finite number of at least 0 ({taken.current_unit})")
        before = prescribed[taken.id].amount if taken.id in prescribed else 0.0
        prescribed[taken.id] = Prescribed(taken, before + amount, taken.current_unit)
    return tuple(taken for taken in prescribed.values() if taken.amount > 0)


def _background(chosen: Regimen, taken: Prescribed, end: int, body: Body) -> Iterator[Dose]:
    changed = chosen.current_drugs.fate(taken.given.family).day
    until = end if changed is None else min(changed, end)
    if until > -chosen.lead_days:
        yield taken.dose(body, day=-chosen.lead_days, until=until)


def _tapers(chosen: Regimen, taken_drugs: tuple[Prescribed, ...], end: int, body: Body) -> Iterator[Dose]:
    """Yield the tapering steps, in prednisone; equal neighbours are one step."""
    fate = chosen.current_drugs.glucocorticoid
    taken = sum(drug.amount for drug in taken_drugs if drug.given.family == "glucocorticoid")
    limit = taken if fate.at_most_current else math.inf
    steps: dict[int, float] = {}
    for day in sorted(fate.taper):
        amount = min(fate.taper[day], limit)
        if day < end and amount != next(reversed(steps.values()), None):
            steps[day] = amount
    for day, until in pairwise([*steps, end]):
        if steps[day] > 0:
            yield Prescribed(product("prednisone"), steps[day], "mg/d").dose(body, day=day, until=until)


def _stops(chosen: Regimen, prescribed: tuple[Prescribed, ...]) -> Iterator[Stop]:
    """Yield what ends for good; a drug given again from the same day by the regimen itself does not."""
    for taken in prescribed:
        day = chosen.current_drugs.fate(taken.given.family).stop
        again = any(line.product == taken.given.id and line.start == day for line in chosen.doses)
        if day is not None and not again:
            yield Stop(day, taken.given.id, taken.amount, taken.unit)


@lru_cache(maxsize=256)
def _as_ordered(one: ByItself, end: int, body: Body) -> tuple[Dose, ...]:
    """Return the doses of a regimen's own lines: the same whatever a person takes besides, so they are kept."""
    return tuple(dose for line in one.regimen.doses for dose in _line(line, end, body))


def _line(line: DoseLine, end: int, body: Body) -> Iterator[Dose]:
    prescribed = Prescribed(product(line.product), line.amount, line.unit)
    if dose_unit(line.unit).daily and line.start is not None:
        until = end if line.end is None else min(line.end, end)
        if until > line.start:
            yield _as_written(prescribed.dose(body, day=line.start, until=until), line)
        return
    for day in _days(line, end):
        dose = _as_written(prescribed.dose(body, day=day), line)
        yield dose
        yield from _components(prescribed.given, dose, body)


def _as_written(dose: Dose, line: DoseLine) -> Dose:
    return replace(dose, route=line.route or dose.route, origin=line.origin, note=line.note)


def _days(line: DoseLine, end: int) -> Iterator[int]:
    if line.every is None or line.start is None:
        yield from (day for day in line.days if day < end)
        return
    yield from range(line.start, end if line.end is None else min(line.end, end), line.every)


def _components(course: Product, dose: Dose, body: Body) -> Iterator[Dose]:
    for part in course.components:
        prescribed = Prescribed(product(part.product), part.amount * dose.amount, part.unit)
        for day in part.days:
            yield replace(prescribed.dose(body, day=dose.day + day), part_of=course.id, note=part.note)


def _without_effect(taken_drugs: tuple[Prescribed, ...]) -> Iterator[str]:
    for drug in taken_drugs:
        if not drug.given.efficacy_forecast:
            yield f"{drug.given.name} {drug.amount:g} {drug.unit}: {drug.given.withheld}"


def _later(dose: Dose, days: int) -> Dose:
    return replace(dose, day=dose.day + days, until=None if dose.until is None else dose.until + days)
