"""Who waits how long: since when, for what, until which week the slots and beds will have room, and what it costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from lupercal.registry.capacity import Capacity, Slotted, monday
from lupercal.registry.opened import Registry
from lupercal.registry.product_records import ProductRecord
from lupercal.registry.records import RegisteredPatient, State
from lupercal.registry.waiting_cost import Group, PerWeek, WaitingCost, group_of

WAITING: tuple[State, ...] = ("criteria_met", "planned", "collected", "released", "prepared")
"""States in which somebody waits for the cells."""
DAYS_PER_WEEK = 7


@final
@dataclass(frozen=True, slots=True)
class InHouse:
    """Somebody who has a bed: being prepared, or infused; ``admitted`` is when the preparation began."""

    patient: str
    programme: str
    state: State
    admitted: dt.date

    def until(self, today: dt.date) -> dt.date:
        """Return the day up to which the bed is taken in any case: today before the infusion."""
        return today if self.state == "prepared" else self.admitted


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One patient who waits.

    Parameters
    ----------
    since, weeks
        When the criteria were met, and how many weeks ago that is.
    collection, release, infusion
        Mondays of the weeks that the slots allow; None for what is done or not needed, and where the programme's
        capacity is not known.
    group
        Whose simulated loss stands for the patient's.
    nephrons, damage
        Simulated loss from today to the infusion, in percentage points of nephrons and items of damage; None without
        costs or date.
    """

    patient: str
    programme: str
    state: State
    since: dt.date
    weeks: float
    collection: dt.date | None = None
    release: dt.date | None = None
    infusion: dt.date | None = None
    group: Group = "all"
    nephrons: PerWeek | None = None
    damage: PerWeek | None = None


def waiting_list(
    registry: Registry,
    capacity: Capacity,
    today: dt.date,
    costs: Mapping[Group, WaitingCost] | None = None,
    programme: str | None = None,
) -> tuple[Waiting, ...]:
    """Return who waits, the longest first, with the weeks that the programmes' capacity allows.

    Parameters
    ----------
    capacity
        See `lupercal.registry.capacity.read_capacity`.
    costs
        See `lupercal.registry.waiting_cost.waiting_costs`; without them no cost is told.
    """
    with registry.reading():
        heads = registry.patients.select(states=WAITING, programme=programme)
        queue = sorted(((_since(registry, head), head.id, head) for head in heads), key=lambda one: one[:2])
        weeks: dict[str, Slotted] = {}
        for one in in_house(registry):  # whoever has a bed keeps it, however long others have waited
            room = capacity.of(one.programme)
            if room is not None:
                weeks.setdefault(one.programme, Slotted(room, today)).stays(one.admitted, one.until(today))
        return tuple(_placed(registry, head, since, capacity, weeks, today, costs) for since, _, head in queue)


def in_house(registry: Registry) -> tuple[InHouse, ...]:
    """Return who is being prepared or was infused, each with the programme and the day of admission."""
    staying = []
    for head in registry.patients.select(states=("prepared", "infused")):
        days = [one.on for one in registry.journey.moves(head.id) if one.after == "prepared"]
        admitted = days[-1] if days else head.state_since
        if admitted is not None:
            staying.append(InHouse(head.id, head.programme or "", head.state, admitted))
    return tuple(staying)


def _since(registry: Registry, head: RegisteredPatient) -> dt.date:
    """Return the day on which the criteria were met for the last time before all that followed."""
    met = [
        one.on for one in registry.journey.moves(head.id) if one.after == "criteria_met" and one.before == "screened"
    ]
    return met[-1] if met else head.state_since or dt.date.min


def _placed(
    registry: Registry,
    head: RegisteredPatient,
    since: dt.date,
    capacity: Capacity,
    weeks: dict[str, Slotted],
    today: dt.date,
    costs: Mapping[Group, WaitingCost] | None,
) -> Waiting:
    programme = head.programme or ""
    collection, release, infusion = _stages(registry, head, capacity, weeks, today)
    group = group_of(_newest_upcr(registry, head.id)) if costs is not None else "all"
    ahead = None if infusion is None else max(0, (infusion - today).days) / DAYS_PER_WEEK
    cost = costs[group] if costs is not None and ahead is not None else None
    return Waiting(
        patient=head.id, programme=programme, state=head.state, since=since,
        weeks=(today - since).days / DAYS_PER_WEEK, collection=collection, release=release, infusion=infusion,
        group=group,
        nephrons=None if cost is None or ahead is None else cost.nephrons.times(ahead),
        damage=None if cost is None or ahead is None else cost.damage.times(ahead),
    )  # fmt: skip


def _stages(
    registry: Registry, head: RegisteredPatient, capacity: Capacity, weeks: dict[str, Slotted], today: dt.date
) -> tuple[dt.date | None, dt.date | None, dt.date | None]:
    """Return the weeks of collection, release and infusion that are still to come, each as early as there is room."""
    plan, room = registry.plans.current(head.id), capacity.of(head.programme or "")
    if plan is None or room is None:
        return None, None, None
    if head.state == "prepared":
        return None, None, monday(today)
    slotted = weeks.setdefault(plan.programme, Slotted(room, today))
    mine = [one for one in registry.products.of_patient(head.id) if one.state not in {"discarded", "infused"}]
    collection = release = None
    ready = today
    if not _at_least(mine, "collected") and set(plan.families) & set(capacity.families_collected):
        ready = collection = slotted.collection(ready)
    made = [one.made_on for one in mine if one.state == "made" and one.made_on is not None]
    if not _at_least(mine, "released") and set(plan.families) & set(capacity.families_made):
        waits = dt.timedelta(weeks=room.release_weeks)
        ready = release = monday(max(today, min(made) + waits)) if made else slotted.manufacture(ready)
    return collection, release, slotted.bed(ready)


def _at_least(products: list[ProductRecord], state: str) -> bool:
    order = ("ordered", "collected", "made", "released", "presented")
    return any(order.index(one.state) >= order.index(state) for one in products)


def _newest_upcr(registry: Registry, patient: str) -> float | None:
    for record in reversed(registry.visits.of_patient(patient)):
        upcr = record.visit.values.get("upcr")
        if upcr is not None and not upcr.censored:
            return upcr.value
    return None
