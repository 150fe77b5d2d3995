"""Days in hospital and near the clinic: counted once each, by regimen, infection, cytokine release, until death."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.care.registry import protocol
from lupercal.course.away import RegimenGiven, Struck, days_away, regimens_given
from lupercal.evidence.limits import clinical_limit
from lupercal.therapy.regimen_records import DaysAway
from lupercal.therapy.registry import regimen, regimens
from tests.care.hand import decisions

LIVING = np.array([np.inf])
VISITS = np.array([-20, 0, 30, 365])
NOBODY_ILL = Struck(np.zeros((60, 1)), -20)
STAY = int(clinical_limit("infection_stay"))


def away(place: str, first: int, last: int) -> DaysAway:
    return DaysAway(place=place, first=first, last=last, basis="assumed", source="lupercal", says="a test")  # type: ignore[arg-type]


def one(*stays: DaysAway, day_zero: float = 0.0) -> tuple[RegimenGiven, ...]:
    return (RegimenGiven(stays, np.array([day_zero])),)


def test_car_t_cells_ask_for_hospital_then_for_the_neighbourhood() -> None:
    found = days_away(VISITS, regimens_given(regimen("cd19_car_t"), None, 1), NOBODY_ILL, LIVING)
    assert found["days_in_hospital"][:, 0].tolist() == [0, 6, 16, 16]
    assert found["days_near_clinic"][:, 0].tolist() == [0, 0, 4, 4]


def test_transplantation_asks_for_three_weeks_and_tablets_for_none() -> None:
    lead = regimen("ahsct").lead_days
    struck = Struck(np.zeros((60, 1)), -lead)
    stayed = days_away(VISITS[1:], regimens_given(regimen("ahsct"), None, 1), struck, LIVING)
    assert 14 <= stayed["days_in_hospital"][-1, 0] <= 23
    none = days_away(VISITS, regimens_given(regimen("mmf_induction"), None, 1), NOBODY_ILL, LIVING)
    assert not none["days_in_hospital"].any()
    assert not none["days_near_clinic"].any()


def test_a_serious_infection_adds_its_stay_once_where_it_falls_into_another() -> None:
    infections = np.zeros((60, 1))
    infections[[5, 6], 0] = 1  # days 15 and 22: the second begins while the first is treated
    found = days_away(VISITS, (), Struck(infections, -20), LIVING)
    assert found["days_in_hospital"][:, 0].tolist() == [0, 0, 16, 7 + STAY]


def test_cytokine_release_keeps_a_patient_in_hospital() -> None:
    fever = np.zeros((366, 1), bool)
    fever[[10, 11, 12], 0] = True
    struck = Struck(np.zeros((60, 1)), -20, np.arange(366), fever)
    found = days_away(VISITS, one(away("near the clinic", 0, 14)), struck, LIVING)
    assert found["days_in_hospital"][-1, 0] == 3 + clinical_limit("crs_stay_after")
    assert found["days_near_clinic"][-1, 0] == 15 - found["days_in_hospital"][-1, 0]


def test_nobody_is_in_hospital_after_death() -> None:
    found = days_away(VISITS, one(away("hospital", 0, 100)), NOBODY_ILL, np.array([10.5]))
    assert found["days_in_hospital"][-1, 0] == 11  # days 0 to 10


def test_what_care_repeats_is_stayed_for_again() -> None:
    care = decisions(protocol("gencell_repeats"), [{}] * 40, {})
    arm = regimen("gencell_three_sessions_45_days")
    repeated = care.decided().people("repeated_within_the_year")
    days = np.array([0, 1400])
    found = days_away(
        days, regimens_given(arm, care.decided(), 40), Struck(np.zeros((200, 40)), 0), np.full(40, np.inf)
    )
    assert repeated.any()
    assert not repeated.all()
    assert (found["days_near_clinic"][-1] == np.where(repeated, 12, 6)).all()


stays = st.builds(
    lambda place, first, length: away(place, first, first + length),
    st.sampled_from(["hospital", "near the clinic"]), st.integers(-20, 300), st.integers(0, 60),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(stays, max_size=5), st.lists(st.integers(0, 59), max_size=5), st.floats(-20, 400))
def test_no_day_counts_twice_and_sums_never_fall(asked: list[DaysAway], weeks: list[int], death: float) -> None:
    infections = np.zeros((60, 1))
    infections[weeks, 0] = 1
    found = days_away(VISITS, one(*asked), Struck(infections, -20), np.array([death]))
    both = found["days_in_hospital"] + found["days_near_clinic"]
    assert (np.diff(found["days_in_hospital"], axis=0) >= 0).all()
    assert (np.diff(found["days_near_clinic"], axis=0) >= 0).all()
    assert (both[:, 0] <= VISITS - VISITS[0] + 1).all()
    assert (both[:, 0] <= np.ceil(max(death - VISITS[0], 0))).all()


@pytest.mark.parametrize("name", [one.id for one in regimens().values() if one.away])
def test_days_away_lie_within_the_regimen(name: str) -> None:
    given_ = regimen(name)
    last = max(day for line in given_.doses for day in line.days)
    assert all(stay.first >= -given_.lead_days and stay.first <= last + 30 for stay in given_.away)
