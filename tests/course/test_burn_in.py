"""The burn-in: who lived it is an active lupus patient with a baseline visit like a real one's."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.course import burn_in
from lupercal.course.burn_in import Lived, live
from lupercal.engine.choose import EngineName
from lupercal.errors import LupercalError
from lupercal.instruments.registry import score
from lupercal.patient.variables import variables
from lupercal.population.draw import draw

ENGINES: tuple[EngineName, ...] = ("reference", "compiled")
HISTORY = (-720, -660, -60, 0)
DRUGS = {"gc": 7.5, "hq": 400.0}


@pytest.fixture(scope="module")
def lived() -> Lived:
    return live(draw(2, 0, 48), 2, DRUGS)


def test_a_visit_is_complete_and_within_plausible_ranges(lived: Lived) -> None:
    assert not np.isnan(score("sledai_2k", lived.columns).value).any()
    assert lived.usable.all()
    for name in ("anti_dsdna", "c3", "upcr", "egfr", "cd19", "igg", "pga"):
        assert (lived.columns[name] >= variables()[name].low).all()


def test_disease_is_active_and_differs_between_patients(lived: Lived) -> None:
    activity = score("sledai_2k", lived.columns).value
    assert 6 < activity.mean() < 20
    assert activity.std() > 3


def test_a_patient_does_not_depend_on_the_others(lived: Lived) -> None:
    few = live(draw(2, 30, 3), 2, DRUGS)
    assert np.array_equal(few.states, lived.states[:, 30:33])
    assert np.array_equal(few.columns["upcr"], lived.columns["upcr"][30:33])
    assert np.array_equal(few.noise["SK"], lived.noise["SK"][30:33])


def test_engines_agree_on_the_baseline_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burn_in, "BURN_IN_DAYS", 65)  # the reference engine is slow
    one, other = (live(draw(2, 0, 6), 2, DRUGS, engine) for engine in ENGINES)
    for name in ("anti_dsdna", "upcr", "cd19", "egfr"):
        assert np.allclose(one.columns[name], other.columns[name], rtol=2e-4), name


@pytest.fixture(scope="module")
def remembered() -> Lived:
    return live(draw(2, 0, 48), 2, DRUGS, history_days=HISTORY)


def test_recording_a_history_changes_nothing_else(lived: Lived, remembered: Lived) -> None:
    assert np.array_equal(remembered.states, lived.states)
    for name, column in lived.columns.items():
        assert np.array_equal(remembered.columns[name], column, equal_nan=True), name
    assert all(np.array_equal(remembered.noise[name], lived.noise[name]) for name in lived.noise)
    assert lived.history.days.size == 0


def test_a_history_kept_apart_is_seen_by_nobody_on_the_way() -> None:
    """Visits in the window of a check-up show it more days, on which people may look worse, and it answers."""
    drawn, weekly = draw(2, 0, 200), range(-1022, 1, 7)
    without, aside = live(drawn, 2, DRUGS), live(drawn, 2, DRUGS, history_days=weekly, apart=True)
    assert np.array_equal(aside.states, without.states)
    assert np.array_equal(aside.judged.reason, without.judged.reason)
    for name, column in without.columns.items():
        assert np.array_equal(aside.columns[name], column, equal_nan=True), name
    assert not np.array_equal(live(drawn, 2, DRUGS, history_days=weekly).states, without.states)


def test_a_history_leads_to_the_baseline_visit(remembered: Lived) -> None:
    assert remembered.history.days.tolist() == list(HISTORY)
    for name, column in remembered.columns.items():
        assert remembered.history.columns[name].shape == (4, 48)
        if name != "new_activity":  # judged against the visit before, which lies further back here
            assert np.array_equal(remembered.history.columns[name][-1], column, equal_nan=True), name
    assert np.isnan(remembered.history.columns["new_activity"][0]).all()
    assert not np.isnan(remembered.history.columns["new_activity"][1:]).any()


def test_a_visit_of_the_history_does_not_depend_on_the_other_visits(remembered: Lived) -> None:
    alone = live(draw(2, 30, 3), 2, DRUGS, history_days=(-660,))
    for name in ("anti_dsdna", "upcr", "rash", "arthritis", "pga"):
        assert np.array_equal(alone.history.columns[name][0], remembered.history.columns[name][1, 30:33]), name


@pytest.mark.parametrize("days", [(0, -30), (-30, -30), (-1095,), (-30, 10)])
def test_days_of_a_history_ascend_within_the_burn_in(days: tuple[int, ...]) -> None:
    with pytest.raises(LupercalError, match="ascend"):
        live(draw(2, 0, 2), 2, DRUGS, history_days=days)


def test_parameters_decide_on_rate_and_size_of_triggers(lived: Lived) -> None:
    calm = live(draw(2, 0, 48, {"z_rate": 1.0, "z_size": 0.3}), 2, DRUGS)
    activity = [score("sledai_2k", one.columns).value.mean() for one in (calm, lived)]
    assert activity[0] < activity[1]
