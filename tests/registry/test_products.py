"""No product is ever recorded as infused into another patient, without release, or without a second person."""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from lupercal.registry import tables
from lupercal.registry.making import make_registry
from lupercal.registry.opened import Registry
from lupercal.registry.product_records import ProductRecord
from lupercal.registry.product_steps import take_step
from lupercal.registry.records import RegisteredPatient
from lupercal.registry.refusals import ConflictError, RefusedError
from tests.registry.ways import DAY, enrolled, released_product

PEOPLE = ("nurse", "doctor", " Nurse", "DOCTOR", "pharmacist")
DAYS = (DAY, DAY + dt.timedelta(days=10), DAY + dt.timedelta(days=400))
WHO = st.sampled_from(PEOPLE)
WHEN = st.sampled_from(DAYS)
PICK = st.integers(0, 1)
RELEASE = st.sampled_from(({}, {"viability": "92 %"}))


class ChainOfIdentity(RuleBasedStateMachine):
    """Two patients, two products, five people, any event in any order; an own record says what was really allowed."""

    registry: Registry
    patients: tuple[str, ...]
    count = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self.held = ExitStack()
        self.held.enter_context(self.registry.writing())  # one transaction per sequence: every event is a part of it
        turn = next(self.count)
        self.codes = [f"BAG-{turn}-{number}" for number in range(2)]
        self.released: dict[str, dt.date] = {}
        self.presented: dict[str, str] = {}
        self.names = [
            self.registry.products.order(owner, "cd19_car_t", code, by="doctor").id
            for owner, code in zip(self.patients, self.codes, strict=True)
        ]

    def tried(self, step: str, *given: Any, **more: Any) -> ProductRecord | None:
        try:
            made: ProductRecord = getattr(self.registry.products, step)(*given, **more)
        except RefusedError:
            return None
        return made

    @rule(bag=PICK, person=PICK, who=WHO, on=WHEN)
    def collect(self, bag: int, person: int, who: str, on: dt.date) -> None:
        made = self.tried("collect", self.names[bag], self.patients[person], by=who, at="apheresis", on=on)
        assert made is None or person == bag

    @rule(bag=PICK, who=WHO, certificate=st.sampled_from(("", "GMP-1")), late=st.booleans())
    def make(self, bag: int, who: str, certificate: str, late: bool) -> None:
        made = self.tried(
            "make", self.names[bag], by=who, manufacturer="M", batch="B", gmp_certificate=certificate,
            expires_on=DAYS[1] if late else None, on=DAY,
        )  # fmt: skip
        assert made is None or (certificate and made.collected_on is not None)

    @rule(bag=PICK, who=WHO, values=RELEASE, on=WHEN)
    def release(self, bag: int, who: str, values: dict[str, str], on: dt.date) -> None:
        made = self.tried("release", self.names[bag], by=who, values=values, on=on)
        if made is not None:
            assert values
            self.released[made.id] = on

    @rule(bag=PICK, person=PICK, code=PICK, who=WHO, on=WHEN)
    def present(self, bag: int, person: int, code: int, who: str, on: dt.date) -> None:
        made = self.tried("present", self.names[bag], self.patients[person], self.codes[code], by=who, on=on)
        if made is not None:
            assert person == bag == code
            self.presented[made.id] = who

    @rule(bag=PICK, person=PICK, code=PICK, who=WHO, giver=st.sampled_from((None, *PEOPLE)), on=WHEN)
    def infuse(self, bag: int, person: int, code: int, who: str, giver: str | None, on: dt.date) -> None:
        at = dt.datetime.combine(on, dt.time(9), dt.UTC)
        made = self.tried(
            "infuse", self.names[bag], self.patients[person], self.codes[code], by=who, given_by=giver, at=at
        )
        if made is not None:
            assert person == bag == code
            assert made.id in self.released
            assert made.expires_on is None or on <= made.expires_on
            same = {name.strip().casefold() for name in (self.presented[made.id], giver or self.presented[made.id])}
            assert who.strip().casefold() not in same

    @rule(bag=PICK, who=WHO)
    def put_back(self, bag: int, who: str) -> None:
        self.tried("put_back", self.names[bag], by=who, why="the patient has a fever")

    @rule(bag=PICK, who=WHO, why=st.sampled_from(("", "thawed")))
    def discard(self, bag: int, who: str, why: str) -> None:
        made = self.tried("discard", self.names[bag], by=who, why=why)
        assert made is None or why

    def teardown(self) -> None:
        self.held.close()

    @invariant()
    def nothing_wrong_is_recorded(self) -> None:
        for bag, name in enumerate(self.names):
            one = self.registry.products.get(name)
            if one.infused_at is not None:
                assert one.infused_into == one.patient == self.patients[bag]
                assert one.released_on is not None
                assert one.confirmed_by
                assert one.confirmed_by.strip().casefold() != one.infused_by.strip().casefold()
                assert one.state == "infused"
            assert (one.state == "infused") == (one.infused_at is not None)


def sequences(many: int) -> None:
    """Run so many sequences of events against one registry."""
    with tempfile.TemporaryDirectory() as folder, make_registry(Path(folder) / "registry.db") as registry:
        patients = tuple(enrolled(registry, case) for case in ("example-nephritis", "erlangen-first-car-t"))
        machine = type("Chain", (ChainOfIdentity,), {"registry": registry, "patients": patients})
        run_state_machine_as_test(
            machine,
            settings=hypothesis.settings(
                max_examples=many, stateful_step_count=12, deadline=None,
                suppress_health_check=list(hypothesis.HealthCheck),
            ),
        )  # fmt: skip
        assert registry.verify().whole


def test_no_sequence_of_events_infuses_wrongly() -> None:
    sequences(10)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_sequence_of_10000_infuses_wrongly() -> None:
    sequences(10_000)


def infused(registry: Registry) -> ProductRecord:
    """Take a product the whole way."""
    patient = enrolled(registry)
    name = released_product(registry, patient, "BAG-7").id
    registry.products.present(name, patient, "BAG-7", by="nurse")
    return registry.products.infuse(name, patient, "BAG-7", by="doctor")


def test_the_whole_way_is_told_step_by_step(registry: Registry) -> None:
    made = infused(registry)
    assert (made.presented_by, made.infused_by, made.confirmed_by) == ("nurse", "nurse", "doctor")
    events = registry.products.events(made.id)
    assert [one.step for one in events] == ["order", "collect", "make", "release", "present", "infuse"]
    assert [one.by for one in events] == ["doctor", "nurse", "maker", "qualified person", "nurse", "doctor"]
    assert events[2].said["gmp_certificate"] == "GMP-1"


WRONG: tuple[dict[str, Any], ...] = (
    {"infused_into": "another"},
    {"released_on": None},
    {"released_by": ""},
    {"confirmed_by": ""},
    {"confirmed_by": "nurse"},
    {"discarded_on": DAY},
    {"state": "released"},
)


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_the_table_itself_refuses_a_wrong_infusion(registry: Registry, wrong: dict[str, Any]) -> None:
    made = infused(registry)
    changed = update(tables.product).where(tables.product.c.id == made.id).values(**wrong)
    with registry.memory.database.engine.connect() as connection:
        with pytest.raises(DBAPIError, match=r"(?i)check"):
            connection.execute(changed)
        connection.rollback()
        row = dict(connection.execute(select(tables.product)).mappings().one())
        with pytest.raises(DBAPIError, match=r"(?i)check"):
            connection.execute(insert(tables.product).values(row | {"id": "c-x", "code": "X"} | wrong))


def test_donor_cells_need_a_donor_and_no_collection(registry: Registry) -> None:
    patient = enrolled(registry)
    with pytest.raises(RefusedError, match="donor"):
        registry.products.order(patient, "msc_umbilical", "MSC-1", by="doctor", autologous=False)
    name = registry.products.order(patient, "msc_umbilical", "MSC-1", by="doctor", autologous=False, donor="D-9").id
    made = registry.products.make(name, by="maker", manufacturer="M", batch="B", gmp_certificate="G")
    assert made.state == "made"
    with pytest.raises(RefusedError, match="in use"):
        registry.products.order(patient, "msc_umbilical", "MSC-1", by="doctor", autologous=False, donor="D-9")


def test_two_people_at_one_product_do_not_overwrite_each_other(registry: Registry) -> None:
    patient = enrolled(registry)
    seen = released_product(registry, patient, "BAG-1")
    registry.products.discard(seen.id, by="pharmacist", why="bag leaks", version=seen.version)
    with pytest.raises(ConflictError):
        registry.products.present(seen.id, patient, "BAG-1", by="nurse", version=seen.version)


def test_steps_by_name_ask_for_what_they_need(on_file: Registry) -> None:
    from lupercal.errors import InputError

    patient = enrolled(on_file)
    with pytest.raises(InputError, match="--patient"):
        take_step(on_file, "B", "order", fields={"product": "cd19_car_t"}, by="doctor")
    with pytest.raises(InputError, match="product"):
        take_step(on_file, "B", "order", patient=patient, fields={}, by="doctor")
    take_step(on_file, "B", "order", patient="example-nephritis", fields={"product": "cd19_car_t"}, by="doctor")
    with pytest.raises(InputError, match="known key"):
        take_step(on_file, "B", "collect", patient=patient, fields={"att": "x"}, by="doctor")
    take_step(on_file, "B", "collect", patient=patient, fields={"at": "apheresis"}, by="nurse")
    with pytest.raises(InputError, match="one of"):
        take_step(on_file, "B", "sell", by="nurse")
    head: RegisteredPatient = on_file.patients.find(patient)
    assert on_file.products.of_patient(head.id)[0].state == "collected"
    with on_file.memory.reading() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM product")).scalar() == 1
