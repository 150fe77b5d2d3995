"""Doses against closed forms: what is given, when, to whom, in which order.

The compartments tested obey y' = gain × input - k y, so between events y relaxes exponentially; triggers decay in the
same way; the cumulative steroid dose is the integral of the steroid compartment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from lupercal.course.start import start_states
from lupercal.engine import reference
from lupercal.engine.processor import compiled
from lupercal.engine.task import Array, Course, Task
from lupercal.errors import LupercalError
from lupercal.evidence.parameters import values
from lupercal.model.schedule import Bolus, Factor, InputChange, Schedule
from lupercal.model.system import system

SIZE = 3
RATES = {"LD": "k_ld", "ME": "k_me", "GC": "k_gc", "AP": "k_ap", "HQ": "k_hq", "R2": "k_r2", "BE": "k_be", "Z": "k_z"}
DRIVEN_BY = {"LD": "ld", "ME": "ms", "GC": "gc", "AP": "ap", "HQ": "hq"}
DAYS = (-10, -5, -1, 0, 1, 2, 3, 7, 8, 14, 15, 28, 29, 42)

ONE = np.ones(SIZE)
SINGLY = np.array([0.5, 1.0, 2.0])


def _gain(state: str, p: dict[str, float]) -> float:
    """Return how much of the state a unit of its input brings per day."""
    return {"LD": 1.0, "ME": 1.0, "GC": p["k_gc"], "AP": p["k_ap"], "HQ": p["k_hq"] * p["hq_gain"]}[state]


@dataclass(frozen=True)
class Case:
    """A state under a schedule, and the same events as (day, kind, amount) for the closed form."""

    state: str
    events: Sequence[tuple[int, str, float | Array]]
    start: float = 0.0
    first_day: int = -10
    before: float = 0.0  # the input in force when the task begins
    extra: Sequence[object] = field(default=())

    def schedule(self) -> Schedule:
        inputs = [InputChange(day, DRIVEN_BY[self.state], x) for day, kind, x in self.events if kind == "input"]
        boluses = [Bolus(day, self.state, x) for day, kind, x in self.events if kind == "bolus"]
        factors = [Factor(day, self.state, x) for day, kind, x in self.events if kind == "factor"]
        return Schedule(tuple(inputs), tuple(boluses), tuple(factors))

    def closed_form(self, day: int, p: dict[str, float]) -> Array:
        """Return the state at the start of ``day``, before its events, shape (N,)."""
        k = p[RATES[self.state]]
        steady = _gain(self.state, p) / k if self.state in DRIVEN_BY else 0.0
        value, level, now = self.start * ONE, self.before * ONE, self.first_day
        order = {"input": 0, "factor": 1, "bolus": 2}
        for when, kind, x in sorted(self.events, key=lambda event: (event[0], order[event[1]])):
            if when >= day or when >= DAYS[-1]:
                break
            if when >= now:
                value, now = _relax(value, steady * level, k, when - now), when
                value = value * x if kind == "factor" else value + x if kind == "bolus" else value
            level = x * ONE if kind == "input" else level
        return _relax(value, steady * level, k, day - now)


def _relax(value: Array, towards: Array, k: float, days: float) -> Array:
    relaxed: Array = towards + (value - towards) * np.exp(-k * days)
    return relaxed


CASES = {
    # one bolus
    "a bolus on day 0": Case("R2", [(0, "bolus", 200.0)]),
    "a bolus on the first day": Case("R2", [(-10, "bolus", 200.0)]),
    "a bolus on the day before the last": Case("R2", [(41, "bolus", 200.0)]),
    "a bolus on the last day is not given": Case("R2", [(42, "bolus", 200.0)]),
    "a bolus after the end is not given": Case("R2", [(60, "bolus", 200.0)]),
    "a bolus before the start is not given": Case("R2", [(-11, "bolus", 200.0)]),
    "a bolus on a visit comes after its record": Case("BE", [(14, "bolus", 50.0)]),
    "a bolus between visits": Case("BE", [(20, "bolus", 50.0)]),
    "a bolus on a negative day": Case("LD", [(-5, "bolus", 1.0)]),
    "a bolus of nothing": Case("R2", [(0, "bolus", 0.0)], start=50.0),
    "a tiny bolus": Case("R2", [(0, "bolus", 1e-3)]),
    "a huge bolus": Case("HQ", [(0, "bolus", 1e6)]),
    "a bolus onto what is there": Case("R2", [(0, "bolus", 100.0)], start=80.0),
    "a bolus to a fast compartment": Case("LD", [(3, "bolus", 5.0)], start=1.0),
    "a bolus for each patient his own": Case("R2", [(0, "bolus", 100.0 * SINGLY)]),
    "a bolus for one patient only": Case("R2", [(0, "bolus", np.array([0.0, 150.0, 0.0]))]),
    # several boluses
    "two boluses on one day": Case("R2", [(0, "bolus", 100.0), (0, "bolus", 50.0)]),
    "two boluses on following days": Case("R2", [(0, "bolus", 100.0), (1, "bolus", 100.0)]),
    "two boluses a fortnight apart": Case("R2", [(0, "bolus", 200.0), (14, "bolus", 200.0)]),
    "a bolus every day": Case("BE", [(day, "bolus", 10.0) for day in range(-10, 42)]),
    "a bolus every week": Case("BE", [(day, "bolus", 30.0) for day in range(0, 42, 7)]),
    "boluses listed backwards": Case("R2", [(14, "bolus", 70.0), (0, "bolus", 200.0)]),
    "own boluses on own days": Case(
        "R2", [(0, "bolus", np.array([9.0, 0.0, 0.0])), (5, "bolus", np.array([0.0, 9.0, 0.0])), (9, "bolus", 9 *
        SINGLY)]
    ),
    # factors
    "a factor": Case("BE", [(3, "factor", 0.4)], start=90.0),
    "a factor of one": Case("BE", [(3, "factor", 1.0)], start=90.0),
    "a factor of zero": Case("BE", [(3, "factor", 0.0)], start=90.0),
    "a factor above one": Case("BE", [(3, "factor", 2.0)], start=90.0),
    "a factor for each patient his own": Case("BE", [(3, "factor", SINGLY)], start=90.0),
    "two factors on one day": Case("BE", [(3, "factor", 0.5), (3, "factor", 0.4)], start=90.0),
    "a factor comes before a bolus": Case("BE", [(3, "bolus", 50.0), (3, "factor", 0.5)], start=90.0),
    "a factor on an empty compartment": Case("BE", [(3, "factor", 0.5)]),
    "factors every other day": Case("BE", [(day, "factor", 0.7) for day in range(0, 10, 2)], start=90.0),
    # inputs
    "an input from day 0": Case("AP", [(0, "input", 2.0)]),
    "an input in force from the start": Case("AP", [], before=2.0),
    "an input that stops": Case("AP", [(7, "input", 0.0)], before=2.0, start=2.0),
    "an input for one day": Case("ME", [(0, "input", 1.0), (1, "input", 0.0)]),
    "an infusion over a week": Case("LD", [(-8, "input", 1.3), (-1, "input", 0.0)]),
    "an input set before the start holds": Case("AP", [(-40, "input", 3.0)], before=1.0),
    "the latest input before the start holds": Case("AP", [(-40, "input", 3.0), (-20, "input", 1.5)], before=1.0),
    "an input set twice on one day": Case("AP", [(0, "input", 9.0), (0, "input", 2.0)]),
    "an input set to what it is": Case("AP", [(0, "input", 2.0)], before=2.0),
    "an input for each patient his own": Case("AP", [(0, "input", SINGLY)]),
    "an input changed on a visit": Case("GC", [(14, "input", 20.0)], before=7.5, start=7.5),
    "an input changed on the last day": Case("GC", [(42, "input", 20.0)], before=7.5, start=7.5),
    "a taper by the week": Case("GC", [(7 * k, "input", 60.0 - 10 * k) for k in range(6)], before=7.5, start=7.5),
    "a taper by the day": Case("GC", [(k, "input", 60.0 - 2 * k) for k in range(30)]),
    "a pulse of three days": Case("GC", [(0, "input", 600.0), (3, "input", 40.0)], before=7.5, start=7.5),
    # all at once
    "an input and a bolus on one day": Case("HQ", [(3, "input", 300.0), (3, "bolus", 500.0)]),
    "all three on one day": Case("HQ", [(3, "input", 300.0), (3, "bolus", 500.0), (3, "factor", 0.5)], start=400.0),
}  # fmt: skip


def _task(case: Case) -> Task:
    start = start_states(SIZE)
    start[system().states.index(case.state)] = case.start
    given = {DRIVEN_BY[case.state]: case.before} if case.state in DRIVEN_BY else {}
    return Task(start, dict(values()), given, case.schedule(), case.first_day, DAYS[-1], DAYS, (case.state, "TX"))


@pytest.mark.parametrize("name", CASES)
def test_doses_follow_their_closed_form(name: str) -> None:
    case, p = CASES[name], values()
    expected = np.array([case.closed_form(day, p) for day in DAYS])
    size = np.maximum(np.abs(expected), 1e-3 * np.abs(expected).max() + 1e-9)
    for rtol, allowed in ((compiled.RTOL, 1e-4), (1e-8, 1e-6)):
        found = compiled.run(_task(case), rtol=rtol)
        assert (np.abs(found.states[case.state] - expected) / size).max() < allowed


def test_there_are_more_than_forty_cases() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize(
    "name", ["a factor comes before a bolus", "all three on one day", "an input set twice on one day"]
)
def test_the_reference_engine_keeps_the_same_order(name: str) -> None:
    task = _task(CASES[name])
    assert np.allclose(
        reference.run(task).states[CASES[name].state],
        compiled.run(task).states[CASES[name].state],
        rtol=2e-4,
        atol=1e-6,
    )


def test_the_cumulative_dose_is_the_integral_of_the_steroid() -> None:
    k, level = values()["k_gc"], 20.0
    found = compiled.run(_task(Case("GC", [(0, "input", level)]))).states["TX"][:, 0]
    days = np.maximum(np.array(DAYS, np.float64), 0.0)
    begins = start_states(1)[system().states.index("TX"), 0]
    assert found == pytest.approx(begins + level * (days - (1 - np.exp(-k * days)) / k) / 1000, rel=1e-4, abs=1e-8)


def _with_triggers(on: dict[int, float], luck: float | None = None) -> Course:
    base = _task(Case("Z", []))
    triggers = np.zeros((52, SIZE))
    for day, size in on.items():
        triggers[day + 10, 1] = size
    drawn = None if luck is None else np.full((8, SIZE), luck)
    return compiled.run(replace(base, triggers=triggers, luck=drawn))


@pytest.mark.parametrize("day", [-10, -3, 0, 14, 41])
def test_a_trigger_decays_in_its_patient_only(day: int) -> None:
    found, k = _with_triggers({day: 0.8}).states["Z"], values()["k_z"]
    expected = np.array([0.8 * np.exp(-k * (d - day)) if d > day else 0.0 for d in DAYS])
    assert found[:, 1] == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert not found[:, [0, 2]].any()


def test_triggers_add_up() -> None:
    found, k = _with_triggers({0: 0.8, 1: 0.4}).states["Z"], values()["k_z"]
    assert found[DAYS.index(3), 1] == pytest.approx(0.8 * np.exp(-3 * k) + 0.4 * np.exp(-2 * k), rel=1e-4)


def test_certain_infections_strike_every_week() -> None:
    found, p = _with_triggers({}, luck=0.0), values()
    assert (found.infections == 1).all()
    expected = [sum(p["z_inf"] * np.exp(-p["k_z"] * (d - w)) for w in range(-10, 42, 7) if w < d) for d in DAYS]
    assert found.states["Z"][:, 0] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_impossible_infections_never_strike() -> None:
    found = _with_triggers({}, luck=1.0)
    assert not found.infections.any()
    assert not found.states["Z"].any()


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(boluses=(Bolus(0, "R2", -1.0),)),
        Schedule(boluses=(Bolus(0, "R2", np.array([1.0, np.nan, 1.0])),)),
        Schedule(factors=(Factor(0, "DN", -0.5),)),
        Schedule(inputs=(InputChange(0, "gc", -5.0),)),
    ],
)
def test_negative_amounts_are_refused(schedule: Schedule) -> None:
    with pytest.raises(LupercalError, match="negative or not a number"):
        compiled.run(replace(_task(Case("R2", [])), schedule=schedule))


def test_unknown_targets_are_refused() -> None:
    with pytest.raises(LupercalError, match="XX"):
        compiled.run(replace(_task(Case("R2", [])), schedule=Schedule(boluses=(Bolus(0, "XX", 1.0),))))
