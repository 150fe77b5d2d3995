"""Who waits how long: slots fill in order of waiting, and what waiting costs is the model's, with interval."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lupercal as lp
from lupercal.errors import InputError, LupercalError
from lupercal.registry.capacity import ProgrammeCapacity, Slotted, monday, read_capacity, weeks_in_house
from lupercal.registry.opened import Registry
from lupercal.registry.records import State
from lupercal.registry.states import journey_states
from lupercal.registry.waiting import WAITING, in_house, waiting_list
from lupercal.registry.waiting_cost import PerWeek, group_of, waiting_costs
from tests.registry.ways import ready_for

DAY = dt.date(2026, 3, 2)  # a Monday
ONE = ProgrammeCapacity(
    collections_per_week=1, manufacturing_starts_per_week=1, manufacturing_weeks=3, release_weeks=1, beds=1, bed_weeks=2
)


def criteria_met(registry: Registry, count: int, on: dt.date, programme: str = "erlangen") -> str:
    given_patient = replace(lp.read_patient("example-nephritis"), id=f"case-{count}")
    patient = registry.patients.enrol(given_patient, by="clerk", on=on).id
    for state in ("screened", "criteria_met"):
        ready_for(registry, patient, state, on)
        registry.journey.move(patient, state, by="doctor", why="now", on=on)
    registry.plans.make(patient, programme, "2026-06-01", by="doctor")
    return patient


def test_whoever_waits_longest_comes_first(on_file: Registry) -> None:
    late = criteria_met(on_file, 1, DAY - dt.timedelta(days=7))
    early = criteria_met(on_file, 2, DAY - dt.timedelta(days=28))
    capacity = replace(read_capacity(), programmes={"default": ONE})
    first, second = waiting_list(on_file, capacity, DAY)
    assert (first.patient, second.patient) == (early, late)
    assert (first.weeks, second.weeks) == (4, 1)
    weeks = [(one.collection, one.release, one.infusion) for one in (first, second)]
    assert weeks[0] == (DAY, DAY + dt.timedelta(weeks=4), DAY + dt.timedelta(weeks=4))
    assert weeks[1] == (DAY + dt.timedelta(weeks=1), DAY + dt.timedelta(weeks=5), DAY + dt.timedelta(weeks=6))
    costs = waiting_costs(400, 1)
    told = waiting_list(on_file, capacity, DAY, costs)
    assert told[0].group == "with nephritis"
    assert told[0].nephrons == costs["with nephritis"].nephrons.times(4)
    on_file.journey.move(early, "closed", by="doctor", why="moved away", on=DAY)
    assert [one.patient for one in waiting_list(on_file, capacity, DAY)] == [late]


def test_cells_of_a_donor_wait_for_a_bed_only(on_file: Registry) -> None:
    criteria_met(on_file, 1, DAY, "ozek.msc")
    (one,) = waiting_list(on_file, replace(read_capacity(), programmes={"default": ONE}), DAY)
    assert (one.collection, one.release, one.infusion) == (None, None, DAY)


def test_without_known_capacity_no_date_is_told(on_file: Registry) -> None:
    criteria_met(on_file, 1, DAY)
    (one,) = waiting_list(on_file, replace(read_capacity(), programmes={}), DAY, waiting_costs(400, 1))
    assert (one.collection, one.infusion, one.nephrons) == (None, None, None)


WAY = tuple(journey_states())


def clinic(registry: Registry, people: int) -> dict[str, State]:
    """Return made-up people, as many in every state of the way, whose steps lay a week apart."""
    found: dict[str, State] = {}
    for count in range(people):
        upto = WAY[count % len(WAY)]
        begun = DAY - dt.timedelta(days=40 + 7 * count % 260)
        patient = replace(lp.read_patient("example-nephritis"), id=f"case-{count}")
        name = registry.patients.enrol(patient, by="clerk", on=begun).id
        for step, state in enumerate(WAY[1 : WAY.index(upto) + 1], 1):
            on = min(DAY, begun + dt.timedelta(weeks=step))
            ready_for(registry, name, state, on)
            registry.journey.move(name, state, by="doctor", why="now", on=on)
        found[name] = upto
    return found


def test_a_full_queue_keeps_beds_for_those_who_lie_in_them(on_file: Registry) -> None:
    with on_file.writing():
        people = clinic(on_file, 30)
    capacity = replace(read_capacity(), programmes={"default": replace(ONE, collections_per_week=2, beds=2)})
    waiting = waiting_list(on_file, capacity, DAY)
    assert {one.patient for one in waiting} == {name for name, state in people.items() if state in WAITING}
    assert [one.since for one in waiting] == sorted(one.since for one in waiting)
    by_state = {state: [one for one in waiting if one.state == state] for state in WAITING}
    assert all(one.infusion is None for one in by_state["criteria_met"]), "without a plan no week is told"
    assert {one.infusion for one in by_state["prepared"]} == {DAY}
    assert all(one.collection is None and one.release is None for one in by_state["released"])
    assert all(one.collection is None and one.release is not None for one in by_state["collected"])
    assert all(one.collection is not None for one in by_state["planned"])
    beds: Counter[dt.date] = Counter()
    for guest in in_house(on_file):
        beds.update(weeks_in_house(capacity.programmes["default"], guest.admitted, guest.until(DAY)))
    lying = max(beds[DAY], 2)
    assert beds[DAY] >= len(by_state["prepared"])
    for one in waiting:
        if one.infusion is not None and one.state != "prepared":
            beds.update(one.infusion + dt.timedelta(weeks=count) for count in range(ONE.bed_weeks))
    assert max(count for week, count in beds.items() if week > DAY + dt.timedelta(weeks=2)) <= 2
    assert beds[DAY] == lying, "nobody is admitted into a house that is full"
    collections = Counter(one.collection for one in waiting if one.collection is not None)
    assert max(collections.values()) <= 2
    for some in by_state.values():
        dates = [one.infusion for one in some if one.infusion is not None]
        assert dates == sorted(dates), "of those who are equally far the longest waiting comes first"
    costs = waiting_costs(400, 1)
    told = waiting_list(on_file, capacity, DAY, costs)
    assert [one.nephrons is None for one in told] == [one.infusion is None for one in told]
    for one in told:
        if one.nephrons is not None and one.infusion is not None:
            weeks = (one.infusion - DAY).days / 7
            assert one.nephrons == costs[one.group].nephrons.times(weeks)
            assert one.nephrons.low <= one.nephrons.mean <= one.nephrons.high


def test_a_product_that_is_made_waits_for_its_release_alone(on_file: Registry) -> None:
    patient = criteria_met(on_file, 1, DAY - dt.timedelta(days=20))
    ready_for(on_file, patient, "collected", DAY - dt.timedelta(days=10))
    product = on_file.products.by_code(f"BAG-{patient}").id
    on_file.products.make(product, by="maker", manufacturer="M", batch="B", gmp_certificate="G", on=DAY)
    (one,) = waiting_list(on_file, replace(read_capacity(), programmes={"default": ONE}), DAY)
    assert (one.collection, one.release) == (None, DAY + dt.timedelta(weeks=ONE.release_weeks))


@given(
    slots=st.integers(1, 3), beds=st.integers(1, 3), stay=st.integers(1, 4),
    asked=st.lists(st.integers(0, 60), min_size=1, max_size=25), closed=st.sets(st.integers(0, 8), max_size=4),
)  # fmt: skip
def test_no_week_is_given_away_twice(slots: int, beds: int, stay: int, asked: list[int], closed: set[int]) -> None:
    shut = tuple(DAY + dt.timedelta(weeks=week) for week in closed)
    capacity = replace(ONE, collections_per_week=slots, beds=beds, bed_weeks=stay, closed_weeks=shut)
    weeks = Slotted(capacity, DAY)
    collections = [weeks.collection(DAY + dt.timedelta(days=day)) for day in asked]
    admissions = [weeks.bed(DAY + dt.timedelta(days=day)) for day in asked]
    assert all(collections.count(week) <= slots for week in collections)
    occupied = [week + dt.timedelta(weeks=count) for week in admissions for count in range(stay)]
    assert all(occupied.count(week) <= beds for week in occupied)
    assert not {*collections, *admissions} & set(shut)
    assert all(week.weekday() == 0 for week in collections)
    assert all(week >= monday(DAY + dt.timedelta(days=day)) for week, day in zip(collections, asked, strict=True))


def test_the_cost_of_a_week_is_more_with_nephritis() -> None:
    costs = waiting_costs(400, 1)
    sick, well, everybody = (costs[name] for name in ("with nephritis", "without nephritis", "all"))
    assert sick.nephrons.mean > everybody.nephrons.mean > well.nephrons.mean > 0
    for cost in costs.values():
        for loss in (cost.nephrons, cost.damage):
            assert loss.low <= loss.mean <= loss.high
            assert loss.standard_error > 0
    assert sick.virtual_patients + well.virtual_patients == everybody.virtual_patients
    assert waiting_costs(400, 1) == costs


def test_too_few_virtual_patients_give_no_interval() -> None:
    with pytest.raises(LupercalError, match="too few"):
        waiting_costs(5, 1)


def test_groups_and_sums() -> None:
    assert [group_of(value) for value in (None, 0.49, 0.5)] == ["all", "without nephritis", "with nephritis"]
    assert PerWeek(mean=1, standard_error=2, low=0, high=3).times(2) == PerWeek(mean=2, standard_error=4, low=0, high=6)


@pytest.mark.parametrize("line", ["beds: 0", "beds: many", "rooms: 2", "closed_weeks: [yesterday]"])
def test_a_capacity_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    shipped = Path(lp.__file__).parent / "registry" / "data" / "capacity.yaml"
    name = line.partition(":")[0]
    kept = [row for row in shipped.read_text(encoding="utf-8").splitlines() if not row.strip().startswith(f"{name}:")]
    path = tmp_path / "capacity.yaml"
    path.write_text("\n".join([*kept, f"    {line}"]), encoding="utf-8")
    with pytest.raises(InputError, match=r"capacity\.yaml"):
        read_capacity(path)
