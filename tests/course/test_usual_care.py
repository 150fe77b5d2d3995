"""Usual care: active lupus may be answered with steroid or an immunosuppressant, calm lupus by giving less."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.care.records import Deed
from lupercal.care.registry import protocol
from lupercal.course.burn_in import Latest, Lived, live
from lupercal.course.care import CareDecisions, CareOf
from lupercal.course.deeds import Doing, done
from lupercal.course.dose_book import DoseBook
from lupercal.course.plan import DrugPlan
from lupercal.evidence.parameters import values
from lupercal.instruments.bilag_2004 import GRADE_COLUMNS
from lupercal.instruments.registry import score
from lupercal.population.draw import draw
from lupercal.therapy.body import Person

PEOPLE = 48
DRUGS = {"gc": 7.5, "hq": 400.0}
QUARTERS = tuple(range(-1004, -90, 91))
COURSES_ALONE = {"tapered": 0.0, "begun_is": 0.0, "ended_is": 0.0}
UNANSWERED = {"answered_a": 0.0, "answered_b": 0.0} | COURSES_ALONE
ANSWERED = {"answered_a": 1.0, "answered_b": 1.0} | COURSES_ALONE
STEPPED = {"answered_a": 0.0, "answered_b": 0.0, "tapered": 1.0, "begun_is": 1.0, "ended_is": 1.0}


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


def begin_with(drugs: dict[str, float], latest: Latest | None = None) -> Lived:
    return live(draw(2, 0, PEOPLE, STEPPED), 2, drugs, history_days=QUARTERS, latest=latest)


def test_what_usual_care_changed_for_good_is_what_people_take_on_day_0() -> None:
    stepped = begin_with({"gc": 20.0, "hq": 400.0})
    taken, p = stepped.drawn.background, draw(2, 0, PEOPLE, STEPPED).parameters
    assert set(taken["gc"].tolist()) >= {20.0, p["taper_to"]}
    assert (taken["gc"] <= 20.0).all()
    assert set(taken["ap"].tolist()) == {0.0, p["begun_ap"]}
    assert np.array_equal(stepped.columns["prednisone"], taken["gc"])
    assert np.array_equal(stepped.columns["on_immunosuppressant"] > 0, taken["ap"] > 0)


def test_an_immunosuppressant_is_begun_on_lasting_activity_alone() -> None:
    stepped = begin_with({"gc": 5.0, "hq": 400.0})
    grades = np.stack([stepped.history.columns[name] for name in GRADE_COLUMNS]).max(axis=0)
    active = grades >= 3
    begun, lasting = stepped.drawn.background["ap"] > 0, (active[2:] & active[1:-1] & active[:-2]).any(axis=0)
    assert begun.any()
    assert not lasting.all()
    assert not (begun & ~lasting).any()


def test_ones_own_drugs_of_the_last_weeks_hold_whatever_usual_care_changed() -> None:
    own = begin_with({"gc": 20.0, "hq": 400.0}, Latest({"gc": 2.5, "hq": 400.0}, 60))
    assert (own.columns["prednisone"] == 2.5).all()
    assert (own.columns["on_immunosuppressant"] == 0).all()


def book_of(usual: list[float], first: list[float], days: int = 84, steps: int = 4) -> DoseBook:
    """Return the doses of people who begin a course on day 10."""
    book = DoseBook(DrugPlan({"gc": np.array(usual)}), 0, 400, len(usual))
    deed = Deed(do="course", drug="prednisone", dose="course_a", unit="mg/d", over=days, steps=steps)
    done(book, Doing(deed, 10, np.arange(len(usual)), {"course_a": np.array(first)}, Person()))
    return book


def doses_of(book: DoseBook) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the steroid of every day, by the plan that the book makes."""
    return book.plan_from(book.first, book.last + 1).level("gc", book.days, book.size)


def test_who_takes_steroid_takes_as_much_as_a_course_asks_for_at_least() -> None:
    level = doses_of(book_of([0.0, 7.5, 50.0], [40.0, 15.0, 40.0]))
    at = level[[9, 10, 31, 52, 73, 94, 400]]
    assert at[:, 0].tolist() == [0, 40, 30, 20, 10, 0, 0]
    assert at[:, 1].tolist() == [7.5, 15, 11.25, 7.5, 7.5, 7.5, 7.5]
    assert (level[:, 2] == 50).all()


@given(st.floats(0, 60), st.floats(0, 60), st.integers(28, 168), st.integers(1, 12))
def test_a_course_falls_and_ends_at_the_usual_dose(dose: float, usual: float, days: int, steps: int) -> None:
    level = doses_of(book_of([usual], [dose], days, steps))[:, 0]
    assert (np.diff(level[10:]) <= 0).all()
    assert (level[10 + days :] == usual).all()
    assert (level >= usual).all()


def test_standing_doses_last_beyond_the_care_that_set_them_only_where_they_are_lasting() -> None:
    for lasting, after in ((True, [5.0, 7.5]), (False, [20.0, 7.5])):
        book = DoseBook(DrugPlan({"gc": np.array([20.0, 7.5])}), 0, 200, 2, until=150, lasting=lasting)
        taper = Deed(do="taper", drug="prednisone", dose=5.0, unit="mg/d", over=84, steps=4)
        course = Deed(do="course", drug="prednisone", dose=40.0, unit="mg/d", over=84, steps=4)
        done(book, Doing(taper, 10, np.array([0]), {}, Person()))
        done(book, Doing(course, 120, np.array([1]), {}, Person()))
        assert doses_of(book)[149].tolist() == [5.0, 30.0]
        assert doses_of(book)[200].tolist() == after


def test_the_share_that_is_answered_is_the_parameter_and_does_not_depend_on_company() -> None:
    given = values() | {"answered_a": 1.0, "answered_b": 0.45, "course_a": 40.0, "course_b": 15.0} | COURSES_ALONE

    def doses(who: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
        grades = {name: np.zeros(len(who)) for name in GRADE_COLUMNS} | {"bilag_renal": np.full(len(who), 3.0)}
        care = CareDecisions(CareOf(protocol("usual_care"), 1, who, given, Person(), -1095))
        day = care.days(-1095, 0)[-1]
        return np.asarray(care.decide(day, grades, DrugPlan()).level("gc", np.array([day]), len(who))[0])

    many = np.arange(20_000)
    all_doses = doses(many)
    assert np.mean(all_doses == 15) == pytest.approx(0.45, abs=0.015)
    assert set(all_doses.tolist()) == {0.0, 15.0}
    assert np.array_equal(doses(many[7:9]), all_doses[7:9])
