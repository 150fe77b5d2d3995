"""From a patient and a programme to a plan: what is prepared, given, watched and followed up, and when.

Doses come from one object, `Plan.expansion`, which is also what `lupercal.model.inputs.schedule` runs. Every other line
says whether the clinic's page, a publication or the project states it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol, final

from lupercal.care.registry import protocol
from lupercal.care.words import protocol_lines
from lupercal.errors import InputError
from lupercal.patient.calendar import EARLIEST, calendar_date
from lupercal.patient.record import Patient
from lupercal.programmes.plan_data import (
    PROJECT,
    SECTIONS,
    Anchor,
    ItemRow,
    PlanData,
    When,
    common,
    plan_data,
    plan_sources,
)
from lupercal.programmes.plan_doses import CELLS, cell_ranges, dose_items
from lupercal.programmes.plan_drugs import drug_items, known_of, steroid_item, unknown_drugs
from lupercal.programmes.plan_items import PlanItem, PlannedTest, belongs_to_giving, day_of_month, other_day_zero
from lupercal.programmes.registry import programme as find_programme
from lupercal.rules.facts import last_day_before
from lupercal.rules.record_notes import record_notes
from lupercal.safety.judge import Safety, safety_of
from lupercal.safety.override import Override
from lupercal.therapy.body import Person
from lupercal.therapy.current import DrugsInUse, drugs_of, person_of
from lupercal.therapy.dosing import Expansion, expand
from lupercal.therapy.registry import product
from lupercal.therapy.words import on


class HasId(Protocol):
    """A programme as the registry has it."""

    @property
    def id(self) -> str:
        """Key of the programme."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A programme written out for one patient.

    Parameters
    ----------
    start
        Date of day 0, the (first) infusion; None where none is set, then items carry days without dates.
    zone
        IANA time zone in which infusions are timed.
    expansion
        The doses, for this plan and for the simulation alike.
    items
        Lines in order of day.
    assumptions
        What was filled in, such as an unknown weight; ``warnings`` are doses outside what was published.
    unstated
        What the clinic's page leaves open.
    variants
        What publications report otherwise about the regimen.
    sources
        Citation of every source used, by key.
    care
        The protocol of care for the time after day 0, rule by rule in words: the file that a forecast runs, too.
    safety
        What the safety rules say of the therapy for this patient; it stands before everything else.
    overrides
        Who goes on in spite of a stop, and why.
    """

    safety: Safety
    overrides: tuple[Override, ...]
    patient: str
    title: str
    programme: str
    start: date | None
    zone: str
    person: Person
    current: Mapping[str, float]
    expansion: Expansion
    items: tuple[PlanItem, ...]
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]
    unstated: str
    variants: tuple[str, ...]
    sources: Mapping[str, str]
    care: tuple[str, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether a danger forbids the therapy and nobody has overridden it: then no dose is among the items."""
        return bool(self.safety.stops) and not self.overrides

    def item(self, name: str) -> PlanItem:
        """Return the item of that id, or raise `KeyError`."""
        return {one.id: one for one in self.items}[name]

    def date_of(self, day: int) -> date | None:
        """Return the date of a day counted from day 0; None where no date of day 0 is set."""
        return None if self.start is None else self.start + timedelta(days=day)


def plan(
    patient: Patient,
    programme: str | HasId,
    start: date | str | None = None,
    *,
    overrides: Sequence[Override] = (),
    day: int | None = None,
) -> Plan:
    """Plan a programme for a patient.

    Where the safety rules say stop and nobody overrides them, the plan holds neither doses nor what belongs to giving
    them (collection, conditioning, cells, drugs that are stopped), and no calendar is made of it.

    Parameters
    ----------
    patient
        Doses follow weight (kg) and height (cm) of the baseline visit; unknown ones are assumed and told.
    programme
        A programme or its name, such as ``erlangen`` or ``ozek.msc``.
    start
        Date of day 0 (the infusion; the first of several), as a date or ``YYYY-MM-DD``; None for a plan in days.
    overrides
        Who goes on in spite of a stop, see `lupercal.safety.override.read_override`.
    day
        Day on which safety is judged, as the record counts. Where it is not given: the last visit before ``start``, so
        that no finding between the baseline visit and the infusion is passed over, and without a date
        `lupercal.rules.facts.decision_day`.

    Raises
    ------
    InputError
        If the programme is not known, or the date does not exist or lies before 1900 or after 2199.
    """
    chosen = find_programme(programme if isinstance(programme, str) else programme.id)
    data = plan_data(chosen.id)
    zero = start_date(start)
    drugs, person = drugs_of(patient), person_of(patient)
    expansion = expand(chosen.therapy, person, drugs.doses, float(common("settings")["horizon_months"]))
    planner = _Planner(data, expansion, zero)
    items = (*planner.items(patient), *planner.current(drugs), *planner.procedures(), *cell_ranges(expansion))
    safety = safety_of(patient, chosen.therapy, last_day_before(patient, zero) if day is None else day)
    dosed = (*items, *dose_items(expansion, data, drugs.doses))
    allowed = dosed if overrides or not safety.stops else tuple(item for item in dosed if not belongs_to_giving(item))
    ordered = tuple(planner.dated(item) for item in sorted(allowed, key=_order))
    return Plan(
        safety=safety,
        overrides=tuple(overrides),
        patient=patient.id,
        title=patient.title,
        programme=data.id,
        start=zero,
        zone=data.zone,
        person=person,
        current=drugs.doses,
        expansion=expansion,
        items=ordered,
        assumptions=(*expansion.assumptions, *unknown_drugs(patient, drugs)),
        warnings=(*safety.later, *expansion.warnings, *other_day_zero(patient, zero), *record_notes(patient)),
        unstated=data.unstated,
        variants=tuple(f"{one.statement} ({one.source})" for one in expansion.regimen.reported),
        sources=_citations(ordered, expansion),
        care=() if safety.stops and not overrides else protocol_lines(protocol(common("settings")["care"])),
    )


def start_date(start: date | str | None, field: str = "--start") -> date | None:
    """Return a date of day 0 within 1900 to 2199; see `plan`."""
    if start is None:
        return None
    day = calendar_date(start, field, "") if isinstance(start, str) else start
    last = date.fromisoformat(str(common("settings")["latest_start"]))
    if not EARLIEST <= day <= last:
        raise InputError(field, "", str(day), f"a date from {EARLIEST} to {last}")
    return day


@final
@dataclass(frozen=True, slots=True)
class _Planner:
    data: PlanData
    expansion: Expansion
    start: date | None

    def items(self, patient: Patient) -> Iterator[PlanItem]:
        """Yield the items of the programme's file and of the sets it includes."""
        for row in self.data.items:
            for item in self._placed(row):
                yield replace(item, detail=f"{item.detail}. {known_of(patient, row)}") if row.factors else item

    def current(self, drugs: DrugsInUse) -> Iterator[PlanItem]:
        """Yield what happens to the drugs taken now."""
        collected = self.anchor("collection") if self._cells("car_t") else None
        yield steroid_item(self.expansion)
        yield from drug_items(drugs, self.expansion, collected)

    def procedures(self) -> Iterator[PlanItem]:
        """Yield what the regimen does besides doses."""
        for index, done in enumerate(self.expansion.procedures, 1):
            yield PlanItem(
                id=f"procedure_{index}", section="collection", title=done.name, detail=done.note, day=done.day,
                last_day=done.day, basis="project default", source=PROJECT, where="regimen as written",
            )  # fmt: skip

    def anchor(self, name: Anchor) -> int:
        """Return the day an item is counted from; what the regimen lacks is counted from day 0."""
        if name == "collection":
            return min((done.day for done in self.expansion.procedures), default=0)
        if name == "conditioning":
            courses = (d.day for d in self.expansion.doses if product(d.product).components)
            return min(courses, default=0)
        return max(self._infusions()) if name == "last infusion" else 0

    def dated(self, item: PlanItem) -> PlanItem:
        """Return the item with its dates, where day 0 has one."""
        if self.start is None:
            return item
        first, last = (self.start + timedelta(days=day) for day in (item.day, item.last_day))
        return replace(item, date=first, last_date=last)

    def _placed(self, row: ItemRow) -> Iterator[PlanItem]:
        """Yield the item a row means, once a year or at each infusion where it says so."""
        when = row.when
        if when.years:
            for year in range(when.years[0], when.years[1] + 1):
                base = replace(row, id=f"{row.id}_year_{year}", title=f"{row.title}, year {year}")
                yield self._item(base, *self._span(replace(when, years=None, month=12 * year)), 12 * year)
        elif row.each_infusion and when.day is not None:
            for count, day in enumerate(self._infusions(), 1):
                last = day + (when.last_day or when.day)
                yield self._item(replace(row, id=f"{row.id}_{count}"), day + when.day, last, None)
        else:
            yield self._item(row, *self._span(when), when.month)

    def _span(self, when: When) -> tuple[int, int]:
        base = self.anchor(when.after)
        day = base + when.day if when.day is not None else day_of_month(self.start, base, when.month or 0)
        end = self.anchor(when.last_after)
        if when.last_month is not None:
            return day, day_of_month(self.start, end, when.last_month)
        return day, day if when.last_day is None else end + when.last_day

    def _item(self, row: ItemRow, day: int, last: int, month: int | None) -> PlanItem:
        return PlanItem(
            id=row.id,
            section=row.section,
            title=row.title,
            detail=row.detail,
            day=day,
            last_day=max(day, last),
            month=month,
            basis=row.basis,
            source=self.data.source_of(row),
            where=row.where or "the project's own choice",
            tests=tuple(self._tests(row)),
            window_days=row.window_days,
            note=row.note,
        )

    def _tests(self, row: ItemRow) -> Iterator[PlannedTest]:
        of_basis = {"page": self.data.page, "published": row.source or PROJECT, "project default": PROJECT}
        for basis, names in row.tests.items():
            for name in names:
                yield PlannedTest(name, common("tests")[name]["name"], basis, of_basis[basis])

    def _infusions(self) -> list[int]:
        days = {d.day for d in self.expansion.doses if product(d.product).family in CELLS}
        return sorted(days) or [0]

    def _cells(self, family: str) -> bool:
        return any(product(dose.product).family == family for dose in self.expansion.doses)


def _order(item: PlanItem) -> tuple[int, int, str, int]:
    return item.day, SECTIONS.index(item.section), item.time, item.dose if item.dose is not None else -1


def _citations(items: tuple[PlanItem, ...], expansion: Expansion) -> Mapping[str, str]:
    used = [key for item in items for key in (item.source, *(test.source for test in item.tests))]
    keys = dict.fromkeys([*used, *expansion.sources])
    return {key: plan_sources()[key].citation for key in keys if key}


def told_days(item: PlanItem) -> str:
    """Return the day or days of an item in words."""
    return on(item.day) if item.day == item.last_day else f"{on(item.day)} to {on(item.last_day)[4:]}"
