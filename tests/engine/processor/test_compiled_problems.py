"""The integrator on problems of the literature whose solution is known: DETEST, pharmacokinetics, and stiff chemistry.

The engine is made for states that are never negative and for whole days; problems of that kind are used. What it
cannot integrate must end with an outcome, never with a wrong number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest

from lupercal.engine.processor import compiled
from lupercal.engine.task import Outcome, Task
from lupercal.model.schedule import Schedule
from lupercal.model.system import System

_UNUSED = ("NU", "IG", "T4", "GC", "Z")  # states that the engine asks of a model


@dataclass(frozen=True)
class Problem:
    """A model of its own, integrated from ``start`` to each day of ``known``."""

    rates_of: Callable[[Mapping[str, Any]], dict[str, Any]]
    start: tuple[float, ...]
    known: tuple[tuple[int, str, float], ...]

    @property
    def states(self) -> tuple[str, ...]:
        return (*(f"y{k}" for k in range(1, len(self.start) + 1)), *_UNUSED)

    parameters: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ("uv", "ld", "ms", "gc", "ap", "hq", "cn")

    def rates(self, y: Mapping[str, Any], p: Mapping[str, Any], u: Mapping[str, Any]) -> dict[str, Any]:
        return self.rates_of(y) | dict.fromkeys(_UNUSED, 0.0)


def _a1(y: Mapping[str, Any]) -> dict[str, Any]:
    return {"y1": -y["y1"]}


def _a2(y: Mapping[str, Any]) -> dict[str, Any]:
    return {"y1": -y["y1"] * y["y1"] * y["y1"] / 2}


def _a4(y: Mapping[str, Any]) -> dict[str, Any]:
    return {"y1": y["y1"] / 4 * (1 - y["y1"] / 20)}


def _b1(y: Mapping[str, Any]) -> dict[str, Any]:
    return {"y1": 2 * (y["y1"] - y["y1"] * y["y2"]), "y2": -(y["y2"] - y["y1"] * y["y2"])}


def _b2(y: Mapping[str, Any]) -> dict[str, Any]:
    return {"y1": -y["y1"] + y["y2"], "y2": y["y1"] - 2 * y["y2"] + y["y3"], "y3": y["y2"] - y["y3"]}


def _pk1(y: Mapping[str, Any]) -> dict[str, Any]:
    return {"y1": -1.2 * y["y1"], "y2": 1.2 * y["y1"] / 20 - 0.15 * y["y2"]}


def _robertson(y: Mapping[str, Any]) -> dict[str, Any]:
    made, used, kept = 0.04 * y["y1"], 1e4 * y["y2"] * y["y3"], 3e7 * y["y2"] * y["y2"]
    return {"y1": used - made, "y2": made - used - kept, "y3": kept}


def _oregonator(y: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "y1": 77.27 * (y["y2"] + y["y1"] * (1 - 8.375e-6 * y["y1"] - y["y2"])),
        "y2": (y["y3"] - (1 + y["y1"]) * y["y2"]) / 77.27,
        "y3": 0.161 * (y["y1"] - y["y3"]),
    }


def _oral(hour: float) -> float:
    """Return the concentration (mg/L) after 100 mg by mouth: the Bateman function."""
    return 100 * 1.2 / (20 * (1.2 - 0.15)) * float(np.exp(-0.15 * hour) - np.exp(-1.2 * hour))


# values: Hull, Enright, Fellen, Sedgwick 1972 (DETEST) and Mazzia, Magherini 2008 (test set for initial value problems)
EASY = {
    "DETEST A1": Problem(_a1, (1.0,), ((5, "y1", float(np.exp(-5))), (20, "y1", 2.0611536224385578e-9))),
    "DETEST A2": Problem(_a2, (1.0,), ((20, "y1", 0.21821789023599238),)),
    "DETEST A4": Problem(_a4, (1.0,), ((20, "y1", 17.73016648131484),)),
    "DETEST B1": Problem(_b1, (1.0, 3.0), ((20, "y1", 0.67618760085766066), (20, "y2", 0.18608160996400298))),
    "DETEST B2": Problem(_b2, (2.0, 0.0, 1.0), ((20, "y1", 1.0000000010305), (20, "y2", 1.0), (20, "y3",
    0.9999999989694))), "oral dose": Problem(_pk1, (100.0, 0.0), tuple((hour, "y2", _oral(hour)) for hour in (1, 4,
    12, 24))),
}  # fmt: skip
STIFF = {
    "Robertson, 40 s": Problem(_robertson, (1.0, 0.0, 0.0), ((40, "y1", 0.7158270687), (40, "y3", 0.2841637457))),
    "Oregonator": Problem(
        _oregonator, (1.0, 2.0, 3.0), ((360, "y1", 1.000814870318523), (360, "y2", 1228.178521549917))
    ),
}


def _solved(problem: Problem, rtol: float) -> tuple[Outcome, float]:
    """Return the outcome and the largest relative error (relative to 1 for values below, as a starting value is)."""
    days = tuple(sorted({day for day, _, _ in problem.known}))
    start = np.array([*problem.start, *[0.0] * len(_UNUSED)])[:, None]
    task = Task(start, {}, {}, Schedule(), 0, days[-1], days, problem.states)
    found = compiled.run(task, cast(System, problem), rtol)
    errors = [
        abs(found.states[name][days.index(day), 0] - value) / max(value, 1.0) for day, name, value in problem.known
    ]
    return Outcome(found.outcome[0]), max(errors)


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
@pytest.mark.parametrize("name", EASY)
def test_known_solutions_are_met(name: str, rtol: float) -> None:
    outcome, error = _solved(EASY[name], rtol)
    assert outcome is Outcome.DONE
    assert error <= 100 * rtol


@pytest.mark.parametrize("rtol", [1e-4, 1e-6])
@pytest.mark.parametrize("name", STIFF)
def test_stiff_problems_are_right_or_end_with_an_outcome(name: str, rtol: float) -> None:
    outcome, error = _solved(STIFF[name], rtol)
    assert error <= 100 * rtol if outcome is Outcome.DONE else outcome is Outcome.STEP_LIMIT
