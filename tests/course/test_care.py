"""Decisions on the way: the same in any company, cut or thread; two protocols part only where a decision does."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lupercal.care.records import CareProtocol
from lupercal.care.registry import protocol
from lupercal.course.burn_in import live
from lupercal.course.care import CareDecisions, CareOf
from lupercal.course.care_fit import fit
from lupercal.course.decided import Decided, joined_decided
from lupercal.course.dose_book import DoseBook
from lupercal.course.follow import Followed, follow
from lupercal.course.luck import SlotLuck
from lupercal.course.plan import DrugPlan
from lupercal.course.stay import look_back, stay
from lupercal.population.cohort import Cohort
from lupercal.population.draw import draw
from lupercal.therapy.body import Person
from lupercal.therapy.registry import regimen

SIZE, END = 24, 280
VISITS = (0, 84, 168, 280)
DRUGS = {"gc": 10.0, "hq": 0.0}
Whole = NDArray[np.int64]


@pytest.fixture(scope="module")
def people() -> Cohort:
    return live(draw(11, 0, SIZE), 11, DRUGS).cohort()


def lived(
    people: Cohort, care: CareProtocol, who: Whole | None = None, threads: int | None = None
) -> tuple[Followed, Decided]:
    slots = np.arange(people.size) if who is None else who
    part = people.take(slots)
    baseline = {
        **part.columns,
        **{name: column[0] for name, column in DrugPlan(DRUGS).drugs(slots[:1], part.size).items()},
    }
    decides = CareDecisions(CareOf(care, 11, slots, part.parameters, Person(), baseline=baseline))
    plan = fit(care, None).prepared(DrugPlan(DRUGS, decisions=decides))
    days = stay(0, END, VISITS, look_back(VISITS, 5) & set(range(END + 1)))
    return follow(part, plan, days, SlotLuck(11, part, slots, 0), threads=threads), decides.decided()


@pytest.fixture(scope="module")
def treated(people: Cohort) -> tuple[Followed, Decided]:
    return lived(people, protocol("treat_to_target"))


def test_somebody_is_treated_and_somebody_is_not(treated: tuple[Followed, Decided]) -> None:
    done = treated[1].fired.any(axis=(0, 1))
    assert done.any()
    assert treated[1].people("prednisone_to_target").any()


@pytest.mark.parametrize("batch", [1, 7])
def test_decisions_and_bytes_do_not_depend_on_company_or_order(
    people: Cohort, treated: tuple[Followed, Decided], batch: int
) -> None:
    whole, decided = treated
    for who in (np.arange(batch), np.arange(SIZE)[::-1][:batch].copy()):
        part, own = lived(people, protocol("treat_to_target"), who)
        assert np.array_equal(part.course.end, whole.course.end[:, who], equal_nan=True)
        assert np.array_equal(own.fired, decided.fired[:, :, who])
        for name, column in part.visits().columns.items():
            assert np.array_equal(column, whole.visits().columns[name][:, who], equal_nan=True), name


def test_threads_change_nothing(people: Cohort, treated: tuple[Followed, Decided]) -> None:
    again, decided = lived(people, protocol("treat_to_target"), threads=1)
    assert np.array_equal(again.course.end, treated[0].course.end, equal_nan=True)
    assert np.array_equal(decided.fired, treated[1].fired)


def test_two_protocols_differ_for_a_person_only_after_the_first_decision_that_differs(
    people: Cohort, treated: tuple[Followed, Decided]
) -> None:
    given = protocol("treat_to_target")
    without = replace(given, rules=tuple(rule for rule in given.rules if rule.id != "moderate_flare"))
    other, decided = lived(people, without)
    known = [treated[1].rules.index(rule) for rule in decided.rules]
    dropped = treated[1].rules.index("moderate_flare")
    differs = (treated[1].fired[:, known] != decided.fired).any(axis=1) | treated[1].fired[:, dropped]
    days = np.append(decided.days, END + 1)
    first = days[np.where(differs.any(axis=0), differs.argmax(axis=0), len(days) - 1)]
    assert (first <= END).any()
    assert (first > END).any()
    recorded = treated[0].course.days
    for name, states in treated[0].course.states.items():
        same = (states == other.course.states[name]) | np.isnan(states)
        assert same[recorded[:, None] <= first].all(), name
    gc = [one.plan.level("gc", np.arange(END), SIZE) for one in (treated[0], other)]
    assert (gc[0] == gc[1])[np.arange(END)[:, None] < first].all()
    assert not (gc[0] == gc[1]).all()


def test_each_decision_can_be_read_with_its_rule_and_what_was_seen(treated: tuple[Followed, Decided]) -> None:
    decided = treated[1]
    person = int(np.flatnonzero(decided.people("prednisone_to_target"))[0])
    reasons = decided.why(person)
    assert [one.day for one in reasons] == sorted(one.day for one in reasons)
    taper = next(one for one in reasons if one.rule == "prednisone_to_target")
    assert taper.seen["prednisone"] > 5
    assert taper.seen["clinical_sledai"] <= 4
    assert "tapered to 5" in taper.what[0]


def test_rules_that_an_arm_cannot_have_are_left_out_with_the_reason() -> None:
    given = protocol("treat_to_target")
    left = fit(given, regimen("telitacicept")).left_out
    assert set(left) == {"add_belimumab"}
    assert "cannot be combined" in left["add_belimumab"]
    assert set(fit(given, regimen("obinutuzumab")).left_out) == {"add_rituximab"}
    assert not fit(given, regimen("cd19_car_t")).left_out
    assert set(fit(protocol("retreatment"), regimen("standard_care")).left_out) == {"relapse_retreated"}


def test_nobody_decides_as_is(people: Cohort) -> None:
    care = CareDecisions(CareOf(protocol("as_is"), 1, np.arange(SIZE), people.parameters, Person()))
    assert list(care.days(0, 700)) == []


def test_groups_that_could_not_have_a_rule_are_joined_with_those_that_could() -> None:
    care = protocol("treat_to_target")

    def part(rules: tuple[str, ...], seen: dict[str, float], people: int) -> Decided:
        fired = np.ones((2, len(rules), people), bool)
        return Decided(
            care, np.array([0, 28]), rules, fired, ~fired,
            {name: np.full((2, people), value) for name, value in seen.items()},
            {"c": "no such drug"} if "c" not in rules else {},
        )  # fmt: skip

    whole = joined_decided([part(("a", "b"), {"x": 1.0}, 3), part(("b", "c"), {"y": 2.0}, 2)])
    assert whole.rules == ("a", "b", "c")
    assert whole.times("a").tolist() == [2, 2, 2, 0, 0]
    assert whole.times("b").tolist() == [2] * 5
    assert whole.times("c").tolist() == [0, 0, 0, 2, 2]
    assert whole.left_out == {}
    assert np.isnan(whole.seen["x"][:, 3:]).all()
    assert (whole.seen["y"][:, 3:] == 2.0).all()


def test_doses_of_every_day_go_with_the_people_they_were_written_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A book that led back to itself would stay until cycles are looked for: many megabytes for each chunk."""
    books = list[weakref.ref[DoseBook]]()

    def recorded(*of: Any) -> DoseBook:
        book = DoseBook(*of)
        books.append(weakref.ref(book))
        return book

    monkeypatch.setattr("lupercal.course.care.DoseBook", recorded)
    gc.disable()
    try:
        live(draw(11, 0, 3), 11, DRUGS)
        assert len(books) == 1
        assert books[0]() is None
    finally:
        gc.enable()
