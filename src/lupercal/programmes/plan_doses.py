"""The doses of a regimen as lines of a plan: nothing is computed again, each line points at its dose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lupercal.programmes.plan_data import PROJECT, Basis, PlanData, Section, common
from lupercal.programmes.plan_items import PlanItem
from lupercal.therapy.body import Body
from lupercal.therapy.doses import Dose
from lupercal.therapy.dosing import Expansion
from lupercal.therapy.ranges import dose_text, range_warnings
from lupercal.therapy.records import Product, PublishedDose
from lupercal.therapy.registry import product
from lupercal.therapy.units import convert_dose, convertible_dose, dose_unit
from lupercal.therapy.words import on, quantity_words

SLACK = 1e-9  # of a bound: what multiplying by weight and dividing again can cost
MARKS = {"seen": "read", "memory": "remembered, to be checked"}
CELLS = {"car_t", "graft", "msc", "exosome"}


class _Rests(NamedTuple):
    basis: Basis
    source: str
    where: str


def dose_items(expansion: Expansion, data: PlanData, current: Mapping[str, float]) -> Iterator[PlanItem]:
    """Yield one item per dose of the expansion, in its order; ``item.dose`` is the dose's position there.

    Infusions of one day follow one another from the hour in ``settings.yaml``.
    """
    counts: Counter[str] = Counter()
    busy: dict[int, int] = {}
    for index, dose in enumerate(expansion.doses):
        counts[dose.product] += 1
        minutes = _minutes(dose, data)
        begin = busy.get(dose.day, _clock(str(common("settings")["first_infusion_at"])))
        if minutes is not None:
            busy[dose.day] = begin + minutes
        continued = dose.product in current and dose.until is not None and dose.day == expansion.start_day
        rests = (
            _Rests("project default", PROJECT, "the patient's own dose") if continued else dose_basis(dose, expansion)
        )
        yield PlanItem(
            id=f"dose_{dose.product}_{counts[dose.product]}",
            section=_section(dose),
            title=_title(dose),
            detail=_detail(dose, expansion, minutes, data),
            day=dose.day,
            last_day=_last_day(dose),
            time="" if minutes is None else f"{begin // 60 % 24:02d}:{begin % 60:02d}",
            minutes=minutes,
            flags=_flags(dose, expansion.body),
            dose=index,
            basis=rests.basis,
            source=rests.source,
            where=rests.where,
        )


def dose_basis(dose: Dose, expansion: Expansion) -> _Rests:
    """Return on what the amount of a dose rests: a published dose that covers it, else the project.

    Of several published doses one that is a source of the regimen comes first.
    """
    covering = [known for known in product(dose.product).published_doses if _covers(known, dose, expansion.body)]
    for published in sorted(covering, key=lambda one: one.source not in expansion.regimen.sources):
        return _Rests("published", published.source, f"{published.use}; {MARKS[published.mark]}")
    return _Rests("project default", PROJECT, "no published dose covers this amount")


def cell_ranges(expansion: Expansion) -> Iterator[PlanItem]:
    """Yield one note per cell product with every published dose, also told for this person's size where it can be."""
    for name in dict.fromkeys(dose.product for dose in expansion.doses):
        given = product(name)
        if given.family in CELLS:
            yield _published(given, expansion.body)


def _published(given: Product, body: Body) -> PlanItem:
    """Return the note that lists what was published on a product's dose."""
    ranges = "; ".join(_range(known, body) for known in given.published_doses)
    return PlanItem(
        id=f"range_{given.id}",
        section="cells",
        title=f"Published doses: {given.name}",
        detail=ranges or given.no_published_dose or "none known",
        day=0,
        last_day=0,
        basis="published" if ranges else "project default",
        source=given.published_doses[0].source if ranges else PROJECT,
        where="each dose with its own source" if ranges else "table of products",
        note=True,
    )


def _range(published: PublishedDose, body: Body) -> str:
    """Return a published dose with its source; per kilogram also as cells for this person."""
    text = f"{dose_text(published)} ({published.use}; {published.source}, {MARKS[published.mark]})"
    unit = dose_unit(published.unit)
    if unit.size != "kg":
        return text
    low, high = (convert_dose(amount, unit, dose_unit("{cells}"), body) for amount in (published.low, published.high))
    cells = (
        quantity_words(low, "{cells}")
        if low == high
        else f"{quantity_words(low, '{cells}')} to {quantity_words(high, '{cells}')}"
    )
    return f"{text} = {cells} at {body.weight_kg:g} kg"


def _covers(published: PublishedDose, dose: Dose, body: Body) -> bool:
    if not convertible_dose(dose_unit(dose.unit), dose_unit(published.unit)):
        return False
    value = convert_dose(dose.amount, dose_unit(dose.unit), dose_unit(published.unit), body)
    return published.low * (1 - SLACK) <= value <= published.high * (1 + SLACK)


def _section(dose: Dose) -> Section:
    given = product(dose.product)
    if given.family in CELLS:
        return "cells"
    return "conditioning" if dose.part_of or given.components else "drugs"


def _title(dose: Dose) -> str:
    in_given_unit = "" if dose.unit == dose.given_unit else f" = {quantity_words(dose.given, dose.given_unit)}"
    return f"{product(dose.product).name} {quantity_words(dose.amount, dose.unit)}{in_given_unit}, {dose.route}"


def _detail(dose: Dose, expansion: Expansion, minutes: int | None, data: PlanData) -> str:
    goes_on = dose.until is not None and dose.until >= expansion.end_day
    course = f"part of {product(dose.part_of).name}" if dose.part_of else ""
    end = f"goes on after {on(expansion.end_day)}, the end of the plan" if goes_on else ""
    return "; ".join(filter(None, [dose.origin, course, dose.note, end, _duration(dose, minutes, data)]))


def _duration(dose: Dose, minutes: int | None, data: PlanData) -> str:
    if minutes is None:
        return ""
    stated = data.infusion
    if stated and product(dose.product).family in stated.families:
        low, high = stated.minutes
        return f"infusion of {low} to {high} min ({stated.basis}: {stated.where})"
    return f"infusion of {minutes} min (project default)"


def _minutes(dose: Dose, data: PlanData) -> int | None:
    """Return how long the infusion takes; None for what is not one: daily doses, tablets, the bracket of a course."""
    given = product(dose.product)
    if dose.until is not None or given.components or "i.v." not in dose.route:
        return None
    if data.infusion and given.family in data.infusion.families:
        return data.infusion.minutes[1]
    table = common("settings")
    return int(table["infusion_minutes"].get(given.family, table["other_minutes"]))


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)


def _last_day(dose: Dose) -> int:
    if dose.until is not None:
        return dose.until - 1
    return dose.day + max((day for part in product(dose.product).components for day in part.days), default=0)


def _flags(dose: Dose, body: Body) -> tuple[str, ...]:
    size = dose_unit(dose.unit).size
    assumed = [text for text in body.assumptions if size == "m2" or (size == "kg" and "weight" in text)]
    return (*range_warnings([dose], body), *assumed)
