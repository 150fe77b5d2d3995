"""Weights bring clinics and those who enter trials nearer to published figures; a person has one weight everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.errors import LupercalError
from lupercal.trial.pool import Pool, pool_of
from lupercal.trial.weighting import weighted


def test_clinic_and_entrants_look_more_like_published_ones(people: Pool) -> None:
    found = weighted(people, at_least_ess=15.0)
    assert people.clinic is not None
    assert abs(found.clinic.mean("sledai") - 4.7) < abs(people.clinic.mean("sledai") - 4.7)
    before = people.screening["selena_sledai"][found.who].mean()
    assert abs(found.entry.mean("sledai") - 9.7) < abs(before - 9.7)
    assert np.isclose(found.pool.weights.sum(), 1.0)


def test_the_two_lives_of_a_person_weigh_alike_where_they_do_not_enter(people: Pool) -> None:
    found = weighted(people, at_least_ess=15.0)
    outside = np.setdiff1d(np.arange(people.size), found.who)
    of_person: dict[int, set[float]] = {}
    for k in outside:
        of_person.setdefault(int(people.cohort.patients[k]), set()).add(round(float(found.pool.weights[k]), 12))
    assert all(len(own) == 1 for own in of_person.values())


def test_a_pool_without_a_natural_course_is_refused(people: Pool) -> None:
    with pytest.raises(LupercalError, match="natural course"):
        weighted(pool_of(people.cohort))
