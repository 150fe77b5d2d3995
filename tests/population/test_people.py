"""Who virtual patients are: the published shares and ages, and how they go together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.evidence.natural_history import targets
from lupercal.evidence.parameters import values
from lupercal.population.draw import draw
from lupercal.population.people import LUPUS_TYPES, People, age_at_onset, disease_duration, joined_people, nobody


@pytest.fixture(scope="module")
def people() -> People:
    return draw(9, 0, 8192, care="population").people


def test_targets_of_sex_onset_and_antibodies_are_met(people: People) -> None:
    onset = people.age_at_onset
    found = {
        "T01": {"value": people.female.mean()},
        "T02": {"mean": onset.mean(), "sd": onset.std()},
        "T03": {"before_16": (onset < 16).mean(), "after_55": (onset > 55).mean()},
        "T16": {"value": people.ever_nephritis.mean()},
        "T17": {"any_apl": people.any_apl.mean(), "lac": people.lupus_anticoagulant.mean()},
    }
    for target, simulated in found.items():
        assert targets()[target].hit({name: float(value) for name, value in simulated.items()}), target


def test_ages_belong_together(people: People) -> None:
    assert np.allclose(people.age, people.age_at_onset + people.disease_duration)
    assert people.age_at_onset.min() >= 5
    assert people.age.max() <= 95
    assert (people.any_apl >= people.lupus_anticoagulant).all()
    assert {LUPUS_TYPES[k].value for k in people.lupus_type} == {"systemic"}


def test_nephritis_is_more_frequent_the_earlier_the_onset(people: People) -> None:
    onset = people.age_at_onset
    shares = [people.ever_nephritis[band].mean() for band in (onset < 16, (onset >= 16) & (onset < 50), onset >= 50)]
    assert shares[0] > shares[1] + 0.05 > shares[2] + 0.1


def test_men_are_older_at_onset(people: People) -> None:
    men = people.female == 0
    difference = people.age_at_onset[men].mean() - people.age_at_onset[~men].mean()
    assert difference == pytest.approx(5, abs=2)


def test_care_has_its_duration_of_disease() -> None:
    assert draw(9, 0, 4096, care="trial").people.disease_duration.mean() == pytest.approx(6.4, abs=0.3)
    assert draw(9, 0, 4096, care="clinic").people.disease_duration.mean() == pytest.approx(14.7, abs=2)


def test_age_at_onset_rises_without_a_gap_in_its_probabilities() -> None:
    u = np.linspace(1e-9, 1 - 1e-9, 4001)
    onset = age_at_onset(u, values())
    assert (np.diff(onset) >= 0).all()
    assert onset[0] == pytest.approx(5, abs=0.5)
    assert onset[-1] <= 85


@given(st.floats(0.0, 1.0), st.floats(0.5, 30.0), st.floats(0.1, 80.0))
def test_a_duration_never_exceeds_what_the_age_allows(u: float, mean: float, most: float) -> None:
    assert -1e-9 <= disease_duration(np.array([u]), mean, most)[0] <= most * (1 + 1e-6)


def test_groups_of_people_join_and_nobody_stays_nobody(people: People) -> None:
    few = people.take(np.arange(4))
    assert joined_people([few, people.take(np.array([9]))]).size == 5
    assert joined_people([nobody(), nobody()]).size == nobody().take(np.arange(3)).size == 0
