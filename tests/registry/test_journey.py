"""The way of a patient: what is needed is asked for, what does not follow is refused, and each step says why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import yaml

import lupercal as lp
from lupercal.registry.care_records import ConsentRecord
from lupercal.registry.opened import Registry
from lupercal.registry.records import State
from lupercal.registry.refusals import ConflictError, RefusedError
from lupercal.registry.states import journey_states
from tests.registry.ways import DAY, enrolled, ready_for
from tests.safety.cases import HARMLESS, document

WAY: tuple[State, ...] = (
    "screened", "criteria_met", "planned", "collected", "released", "prepared", "infused", "follow_up", "closed",
)  # fmt: skip
STATES: tuple[State, ...] = get_args(State)


def moved(registry: Registry, patient: str, until: State) -> None:
    """Take a patient the whole way to a state."""
    for state in WAY[: WAY.index(until) + 1]:
        ready_for(registry, patient, state)
        registry.journey.move(patient, state, by="doctor", why=f"now {state}", on=DAY)


def test_the_whole_way(registry: Registry) -> None:
    patient = enrolled(registry)
    moved(registry, patient, "closed")
    moves = registry.journey.moves(patient)
    assert [one.after for one in moves] == ["candidate", *WAY]
    assert [one.before for one in moves] == [None, "candidate", *WAY[:-1]]
    assert {(one.on, one.by) for one in moves[1:]} == {(DAY, "doctor")}
    assert moves[3].why == "now planned"
    assert registry.verify().whole


def test_no_step_comes_before_what_it_needs(on_file: Registry) -> None:
    patient = enrolled(on_file)
    for state in WAY:
        needed = bool(journey_states()[state].needs)
        if needed and state not in {"prepared"}:
            with pytest.raises(RefusedError, match=r"no |not "):
                on_file.journey.move(patient, state, by="doctor", why="now", on=DAY)
        ready_for(on_file, patient, state)
        steps = {one.to: one.refused for one in on_file.journey.steps(patient, DAY)}
        assert steps[state] == ""
        on_file.journey.move(patient, state, by="doctor", why="now", on=DAY)


def test_every_step_that_does_not_follow_is_refused(on_file: Registry) -> None:
    patient, refused = enrolled(on_file), 0
    for state in ("candidate", *WAY):
        if state != "candidate":
            ready_for(on_file, patient, state)
            on_file.journey.move(patient, state, by="doctor", why="now", on=DAY)
        before = on_file.audit.head()
        for to in set(STATES) - set(journey_states()[state].may_follow):
            with pytest.raises(RefusedError, match=r"after .* comes"):
                on_file.journey.move(patient, to, by="doctor", why="because", on=DAY)
            refused += 1
        assert on_file.audit.head() == before
        assert on_file.patients.find(patient).state == state
    assert refused >= 60


def test_a_step_asks_for_a_reason_and_a_possible_day(on_file: Registry) -> None:
    patient = enrolled(on_file)
    ready_for(on_file, patient, "screened")
    move = on_file.journey.move
    with pytest.raises(RefusedError, match="reason"):
        move(patient, "screened", by="doctor", why=" ", on=DAY)
    with pytest.raises(RefusedError, match="before"):
        move(patient, "screened", by="doctor", why="now", on=DAY - dt.timedelta(days=1))
    with pytest.raises(RefusedError, match="future"):
        move(patient, "screened", by="doctor", why="now", on=dt.date(2190, 1, 1))


def test_the_second_who_moves_learns_of_the_first(on_file: Registry) -> None:
    patient = enrolled(on_file)
    ready_for(on_file, patient, "screened")
    seen = on_file.patients.find(patient)
    on_file.journey.move(patient, "screened", by="first", why="now", version=seen.version, on=DAY)
    with pytest.raises(ConflictError) as caught:
        on_file.journey.move(patient, "closed", by="second", why="now", version=seen.version, on=DAY)
    assert (caught.value.yours.state, caught.value.theirs.state) == ("closed", "screened")


def test_a_withdrawn_consent_and_an_expired_product_stop_preparation(on_file: Registry) -> None:
    patient = enrolled(on_file)
    moved(on_file, patient, "released")
    (consent,) = on_file.consents.of_patient(patient)
    withdrawn = on_file.consents.change(replace(consent, withdrawn_on=DAY), by="doctor", why="asked")
    with pytest.raises(RefusedError, match="consent"):
        on_file.journey.move(patient, "prepared", by="doctor", why="now", on=DAY)
    on_file.consents.add(ConsentRecord(patient=patient, purpose="treatment", document="v2", given_on=DAY), by="doctor")
    (bag,) = on_file.products.of_patient(patient)
    on_file.products.change(replace(bag, expires_on=DAY - dt.timedelta(days=1)), by="maker", why="shorter than thought")
    with pytest.raises(RefusedError, match="expired"):
        on_file.journey.move(patient, "prepared", by="doctor", why="now", on=DAY)
    assert withdrawn.withdrawn_on == DAY


def test_check_ups_go_on_to_the_fifteenth_year(on_file: Registry) -> None:
    """What the states call follow-up: at 1, 3, 6, 12 months, then yearly to 15 years for gene-modified cells."""
    patient = enrolled(on_file)
    plan = on_file.plans.make(patient, "erlangen", DAY, by="doctor")
    visits = {one.item: one.date for one in on_file.plans.tasks_of(plan.id) if one.visit_window}
    months = [f"visit_month_{count}" for count in (1, 3, 6, 12)]
    years = [f"long_term_year_{count}" for count in range(2, 16)]
    assert set(months + years) <= set(visits)
    assert visits["long_term_year_15"] == DAY.replace(year=DAY.year + 15)
    cells = on_file.plans.make(patient, "ozek.msc", DAY, by="doctor")
    assert not [one for one in on_file.plans.tasks_of(cells.id) if one.item in years]
    assert on_file.plans.get(plan.id).state == "replaced"


@pytest.mark.parametrize("found_later", [False, True])
def test_a_stop_found_last_blocks_a_plan_though_the_record_has_no_date(
    registry: Registry, tmp_path: Path, found_later: bool
) -> None:
    """Without a date nothing tells whether a visit comes before the infusion, and a registry looks ahead."""
    later = [{"day": 3, "values": {"pregnant": True}}] if found_later else []
    written = document(HARMLESS)
    path = tmp_path / "undated.yaml"
    path.write_text(yaml.safe_dump({**written, "visits": [{"day": 0, "values": HARMLESS}, *later]}))
    name = registry.patients.enrol(lp.read_patient(path), by="clerk", on=DAY).id
    if found_later:
        with pytest.raises(RefusedError, match="stop"):
            registry.plans.make(name, "erlangen", DAY, by="doctor")
    else:
        registry.plans.make(name, "erlangen", DAY, by="doctor")
