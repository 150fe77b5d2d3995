"""Death rates of the general population."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from lupercal.evidence.life_table import FILE, death_rate

PUBLISHED_EXPECTANCY = {"male": 75.97, "female": 80.96}


def rows() -> list[dict[str, float]]:
    with FILE.open(newline="", encoding="utf-8") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


@pytest.mark.parametrize("sex", ["male", "female"])
def test_life_expectancy_is_the_published_one(sex: str) -> None:
    alive, years = 1.0, 0.0
    for row in rows():
        years += alive * (1 - row[sex] / 2)
        alive *= 1 - row[sex]
    assert years == pytest.approx(PUBLISHED_EXPECTANCY[sex], abs=0.01)


@pytest.mark.parametrize(("sex", "female"), [("male", 0.0), ("female", 1.0)])
def test_the_rate_over_a_year_gives_the_probability_of_the_table(sex: str, female: float) -> None:
    for row in rows()[15:100:7]:
        ages = row["age"] + np.linspace(0, 1, 101)
        died = 1 - np.exp(-np.trapezoid(death_rate(ages, np.array(female)), ages))
        assert died == pytest.approx(row[sex], rel=0.02)


def test_women_die_later_than_men_and_the_old_before_the_young() -> None:
    ages = np.arange(35.0, 100.0)
    women, men = death_rate(ages, np.ones(65)), death_rate(ages, np.zeros(65))
    assert np.all(women < men)
    assert np.all(np.diff(women) > 0)


def test_ages_and_sexes_broadcast_and_ends_are_held() -> None:
    assert death_rate(np.full((3, 2), 50.0), np.array([1.0, 0.0])).shape == (3, 2)
    assert death_rate(np.array([-3.0]), np.ones(1)) == death_rate(np.array([0.0]), np.ones(1))
