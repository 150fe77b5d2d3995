"""People are followed in one place: decisions on the way, drugs as given, the same life however it is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from lupercal.course.burn_in import live
from lupercal.course.follow import Followed, follow
from lupercal.course.luck import SlotLuck
from lupercal.course.plan import DrugPlan
from lupercal.course.stay import look_back, stay
from lupercal.errors import LupercalError
from lupercal.model.schedule import InputChange, Schedule
from lupercal.population.cohort import Cohort
from lupercal.population.draw import draw
from lupercal.visits.visits import OneVisit

SIZE = 24
VISITS = (0, 28, 56, 84)


@pytest.fixture(scope="module")
def people() -> Cohort:
    return live(draw(3, 0, SIZE), 3, {"gc": 7.5, "hq": 300.0}).cohort()


@dataclass(frozen=True)
class Answer:
    """Steroid for those whose lupus is active at a visit; nothing for the others."""

    when: tuple[int, ...]
    dose: float = 40.0
    more: Schedule | None = None
    grades: bool = True

    def days(self, first: int, last: int) -> Sequence[int]:
        return [day for day in self.when if first < day < last]

    def decide(self, day: int, seen: OneVisit, plan: DrugPlan) -> DrugPlan:
        now = plan.level("gc", np.array([day]), len(seen["pga"]))[0]
        more = Schedule(inputs=(InputChange(day, "gc", np.where(seen["pga"] > 1, self.dose, now)),))
        return plan.with_more(self.more or more)


def lived(people: Cohort, answer: Answer | None = None, size: int | None = None) -> Followed:
    part = people if size is None else people.take(np.arange(size))
    luck = SlotLuck(3, part, np.arange(part.size), 0)
    days = stay(0, 84, VISITS, look_back(VISITS, 5) & set(range(85)))
    return follow(part, DrugPlan({"gc": 7.5, "hq": 300.0}, decisions=answer), days, luck)


def test_who_is_active_at_a_decision_takes_more_from_then_on(people: Cohort) -> None:
    done = lived(people, Answer((28,)))
    seen = done.visits()
    active = seen.at(28)["pga"] > 1
    assert active.any()
    assert not active.all()
    assert (seen.at(0)["prednisone"] == 7.5).all()
    assert np.array_equal(seen.at(56)["prednisone"], np.where(active, 40.0, 7.5))
    alone = lived(people).visits()
    np.testing.assert_allclose(alone.at(28)["upcr"], seen.at(28)["upcr"], rtol=1e-6)
    assert (done.at("GC", np.array([84]))[0, active] > 20).all()


def test_a_decision_that_changes_nothing_is_only_a_cut(people: Cohort) -> None:
    cut, whole = lived(people, Answer((14, 28, 56), 7.5)).visits(), lived(people).visits()
    for name, column in whole.columns.items():
        np.testing.assert_allclose(cut.columns[name], column, rtol=2e-3, atol=1e-6, err_msg=name)


def test_a_life_does_not_depend_on_company(people: Cohort) -> None:
    many, few = lived(people, Answer((28, 56))), lived(people, Answer((28, 56)), 5)
    assert np.array_equal(many.course.end[:, :5], few.course.end)
    assert np.array_equal(many.first_infection(0)[:5], few.first_infection(0))
    for name, column in few.visits().columns.items():
        assert np.array_equal(many.visits().columns[name][:, :5], column, equal_nan=True), name


def test_decisions_fall_on_whole_weeks_and_change_no_property_of_a_drug(people: Cohort) -> None:
    with pytest.raises(LupercalError, match="whole weeks"):
        lived(people, Answer((30,)))
    with pytest.raises(LupercalError, match="properties of a drug"):
        lived(people, Answer((28,), more=Schedule(switches={"e19": 1.0})))


def test_the_newer_of_two_doses_on_one_day_holds() -> None:
    plan = DrugPlan(
        {"gc": 5.0}, Schedule(inputs=(InputChange(10, "gc", 20.0), InputChange(30, "gc", np.array([0.0, 2.0]))))
    )
    later = plan.with_more(Schedule(inputs=(InputChange(30, "gc", 9.0),)))
    days = np.array([0, 10, 29, 30])
    assert plan.level("gc", days, 2).tolist() == [[5, 5], [20, 20], [20, 20], [0, 2]]
    assert later.level("gc", days, 2)[-1].tolist() == [9, 9]


def test_a_visit_shows_the_drugs_in_force() -> None:
    plan = DrugPlan({"hq": 200.0, "ap": np.array([0.0, 1.0])}, biologic=lambda days: np.where(days > 5, 1.0, 0.0))
    seen = plan.drugs(np.array([0, 10]), 2)
    assert seen["hydroxychloroquine"].tolist() == [[200, 200]] * 2
    assert seen["on_immunosuppressant"].tolist() == [[0, 1]] * 2
    assert seen["on_biologic"].tolist() == [[0, 0], [1, 1]]
    assert not seen["prednisone"].any()
    assert replace(plan, biologic=None).drugs(np.array([0]), 2)["on_biologic"].tolist() == [[0, 0]]
