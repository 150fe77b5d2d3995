"""Weights bring clinics and those who enter trials nearer to published figures; a person has one weight everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.course.features.weighted import Weighted
from lupercal.errors import LupercalError
from lupercal.trial.pool import Pool, pool, pool_of
from lupercal.trial.weighting import weighted, with_nephritis
from lupercal.validation.natural import nephritis_table
from tests.trial.conftest import SEED


def test_clinic_and_entrants_look_more_like_published_ones(people: Pool) -> None:
    found = weighted(people, nephritis_table(), at_least_ess=15.0)
    assert people.clinic is not None
    assert abs(found.clinic.mean("sledai") - 4.7) < abs(people.clinic.mean("sledai") - 4.7)
    before = people.screening["selena_sledai"][found.who].mean()
    assert abs(found.entry.mean("sledai") - 9.7) < abs(before - 9.7)
    assert np.isclose(found.pool.weights.sum(), 1.0)


def test_the_two_lives_of_a_person_weigh_alike_where_they_do_not_enter(people: Pool) -> None:
    found = weighted(people, nephritis_table(), at_least_ess=15.0)
    outside = np.setdiff1d(np.flatnonzero(people.role != "nephritis"), found.who)
    of_person: dict[int, set[float]] = {}
    for k in outside:
        of_person.setdefault(int(people.cohort.patients[k]), set()).add(round(float(found.pool.weights[k]), 12))
    assert all(len(own) == 1 for own in of_person.values())


def test_a_pool_without_a_natural_course_is_refused(people: Pool) -> None:
    with pytest.raises(LupercalError, match="natural course"):
        weighted(pool_of(people.cohort))


def test_those_who_enter_trials_of_nephritis_look_like_published_ones(people: Pool) -> None:
    found = weighted(people, nephritis_table(), at_least_ess=15.0)
    before, _ = with_nephritis(people)
    assert before is not None
    assert found.nephritis is not None

    def far(one: Weighted) -> float:
        """Return how many tolerances of T14 the median and the spread lie off together."""
        return abs(float(np.exp(one.median("log_upcr"))) - 2.4) / 0.3 + abs(one.sample_sd("log_upcr") - 0.8) / 0.1

    assert far(found.nephritis) < far(before)
    assert set(found.nephritis.features["active_nephritis"]) == {1.0}


def test_people_are_drawn_for_trials_of_nephritis_alone(people: Pool) -> None:
    """Few of a clinic's patients would enter; the clinic itself does not change by those drawn besides."""
    kidneys = np.asarray(people.cohort.parameters["pi_ki"])
    assert (kidneys[people.role == "nephritis"] > 0).all()
    assert (people.role == "nephritis").sum() > (kidneys[people.role == "entering"] > 0).sum()
    numbers = people.cohort.patients
    assert numbers[people.role == "stable"].max() < 240 <= numbers[people.role == "nephritis"].max()


def test_a_pool_without_them_is_otherwise_the_same(people: Pool) -> None:
    without = pool(None, SEED, 240, nephritis=False)
    others = people.role != "nephritis"
    assert set(without.role) == {"entering", "stable"}
    for name, column in without.screening.items():
        np.testing.assert_array_equal(column, people.screening[name][others], err_msg=name)
