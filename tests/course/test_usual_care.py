"""Usual care: who is active at a check-up may begin a course of steroid; nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.course.burn_in import Latest, Lived, live
from lupercal.course.flare_care import FlareCare, first_doses, flare_care, tapered
from lupercal.evidence.parameters import values
from lupercal.instruments.bilag_2004 import GRADE_COLUMNS
from lupercal.instruments.registry import score
from lupercal.population.draw import draw

PEOPLE = 48
DRUGS = {"gc": 7.5, "hq": 400.0}
QUARTERS = tuple(range(-1004, -90, 91))
UNANSWERED = {"answered_a": 0.0, "answered_b": 0.0}
ANSWERED = {"answered_a": 1.0, "answered_b": 1.0}


def lived(care: dict[str, float], latest: Latest | None = None) -> Lived:
    return live(draw(2, 0, PEOPLE, care), 2, DRUGS, history_days=QUARTERS, latest=latest)


@pytest.fixture(scope="module")
def unanswered() -> Lived:
    return lived(UNANSWERED)


@pytest.fixture(scope="module")
def answered() -> Lived:
    return lived(ANSWERED)


def test_without_answers_the_dose_never_changes(unanswered: Lived) -> None:
    assert (unanswered.history.columns["prednisone"] == 7.5).all()
    assert (unanswered.columns["prednisone"] == 7.5).all()


def test_check_ups_alone_change_nothing_but_rounding(unanswered: Lived) -> None:
    looked_at = lived(ANSWERED | {"course_a": 0.0, "course_b": 0.0})
    assert (looked_at.history.columns["prednisone"] == 7.5).all()
    assert np.allclose(looked_at.history.columns["upcr"], unanswered.history.columns["upcr"], rtol=2e-3)


def test_courses_begin_where_the_visit_is_active_and_only_there(answered: Lived) -> None:
    p = draw(2, 0, PEOPLE).parameters
    worst = np.max([answered.history.columns[name] for name in GRADE_COLUMNS], axis=0)
    dose = answered.history.columns[
        "prednisone"
    ]  # quarterly visits are the check-ups, and courses last less than a quarter
    assert (dose[worst >= 4] == p["course_a"]).all()
    assert (dose[worst == 3] == p["course_b"]).all()
    assert (dose[worst < 3] == 7.5).all()
    assert (worst >= 4).any()
    assert (worst < 3).any()


def test_answering_activity_makes_it_less(answered: Lived, unanswered: Lived) -> None:
    on_care, without = (score("sledai_2k", one.history.columns).value.mean() for one in (answered, unanswered))
    assert on_care < without - 0.2


def test_drugs_of_ones_own_end_all_courses() -> None:
    own = Latest({"gc": 2.5, "hq": 400.0}, 60)
    one = lived(ANSWERED, own)
    assert (one.columns["prednisone"] == 2.5).all()


def test_who_takes_steroid_takes_as_much_as_a_course_asks_for_at_least() -> None:
    care = FlareCare(1.0, 1.0, 40.0, 15.0, 84, 4, 91)
    usual = np.array([0.0, 7.5, 50.0])
    found = tapered(10, np.array([40.0, 15.0, 40.0]), usual, care)
    assert [change.day for change in found] == [10, 31, 52, 73, 94]
    doses = np.array([change.value for change in found])
    assert doses[:, 0].tolist() == [40, 30, 20, 10, 0]
    assert doses[:, 1].tolist() == [15, 11.25, 7.5, 7.5, 7.5]
    assert (doses[:, 2] == 50).all()


@given(st.floats(0, 60), st.floats(0, 60), st.integers(28, 168), st.integers(1, 12))
def test_a_course_falls_and_ends_at_the_usual_dose(dose: float, usual: float, days: int, steps: int) -> None:
    found = tapered(0, np.array([dose]), np.array([usual]), FlareCare(1.0, 1.0, 40.0, 15.0, days, steps, 91))
    doses = [float(np.asarray(change.value)[0]) for change in found]
    assert len(found) == steps + 1
    assert doses == sorted(doses, reverse=True)
    assert doses[-1] == usual
    assert found[-1].day == days


def test_the_share_that_is_answered_is_the_parameter_and_does_not_depend_on_company() -> None:
    many = np.arange(20_000)
    columns = {name: np.zeros(len(many)) for name in GRADE_COLUMNS} | {"bilag_renal": np.full(len(many), 3.0)}
    care = flare_care(values() | {"answered_a": 1.0, "answered_b": 0.45, "course_a": 40.0, "course_b": 15.0})
    doses = first_doses(columns, care, 1, many, -94)
    assert np.mean(doses == 15) == pytest.approx(0.45, abs=0.015)
    assert set(doses.tolist()) == {0.0, 15.0}
    alone = first_doses({name: column[7:9] for name, column in columns.items()}, care, 1, many[7:9], -94)
    assert np.array_equal(alone, doses[7:9])
