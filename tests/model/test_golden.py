"""The dossier's regression values: the compiled engine always, the reference engine with the slow tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from lupercal.course.start import start_states
from lupercal.engine.choose import EngineName, integrate
from lupercal.engine.task import Course, Task
from lupercal.evidence.parameters import values
from lupercal.files.documents import read_document
from lupercal.model.schedule import Schedule
from lupercal.model.system import system
from tests.model.single import CD19_CAR_T, DOSSIER, ON_DRUGS

GOLDEN: Mapping[str, Mapping[str, float]] = read_document(Path(__file__).with_name("golden_steady_and_car_t.yaml"))


@pytest.fixture(scope="module", params=["compiled", pytest.param("reference", marks=pytest.mark.slow)])
def run(request: pytest.FixtureRequest) -> Callable[[Task], Course]:
    engine: EngineName = request.param
    return lambda task: integrate(task, engine)


@pytest.fixture(scope="module")
def steady(run: Callable[[Task], Course]) -> Course:
    begin = start_states(1, 1.0, GC=7.5, HQ=1000.0)
    return run(Task(begin, dict(values()) | DOSSIER, ON_DRUGS, Schedule(), 0, 2000, (2000,), system().states))


@pytest.fixture(scope="module")
def car_t(run: Callable[[Task], Course], steady: Course) -> Course:
    begin = steady.end.copy()
    rows = {name: row for row, name in enumerate(system().states)}
    for name, value in {"NF": 0.88, "DM": 0.3, "TX": 0.0, "LP": 0.7, "PV": 1.0}.items():
        begin[rows[name]] = value
    begin[rows["LA"]] = begin[rows["PB"]]
    return run(Task(begin, dict(values()) | DOSSIER, ON_DRUGS, CD19_CAR_T, -20, 180, (180,), system().states))


def difference(course: Course, golden: Mapping[str, float]) -> dict[str, float]:
    return {name: abs(float(course.states[name][-1, 0]) / value - 1) for name, value in golden.items()}


def test_steady_state_agrees_with_the_prototype_to_1e_4(steady: Course) -> None:
    assert max(difference(steady, GOLDEN["soc"]).values()) < 1e-4


def test_car_t_course_agrees_with_the_prototype_to_1e_4(car_t: Course) -> None:
    assert max(difference(car_t, GOLDEN["cd19_day_180"]).values()) < 1e-4


@pytest.mark.parametrize(("printed", "precise"), [("printed_soc", "soc"), ("printed_cd19_day_180", "cd19_day_180")])
def test_precise_values_round_to_the_printed_ones(printed: str, precise: str) -> None:
    for name, value in GOLDEN[printed].items():
        digits = 4 if printed == "printed_soc" or name in {"BN", "BM", "IG"} else 3
        assert np.isclose(float(f"{GOLDEN[precise][name]:.{digits}g}"), value, rtol=1e-9), name
