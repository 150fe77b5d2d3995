"""Death rates of the general population by age and sex, from a public life table.

``data/life_table.csv`` holds the probability of death within a year at each age of the period life table 2017 of the US
Social Security area (source `ssa_2017`), the last before the pandemic that could be read.
"""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.sources import DATA

Array = NDArray[np.float64]
FILE = DATA / "life_table.csv"


def death_rate(age: Array, female: Array) -> Array:
    """Return deaths per person-year in the general population.

    Parameters
    ----------
    age
        Years, any shape; beyond the table's ends the rate is that of the end.
    female
        1 for women, 0 for men; same shape or one that broadcasts.

    Notes
    -----
    A probability q between two birthdays is a rate of -ln(1 - q) half-way between them; between these points the
    logarithm of the rate is linear.
    """
    ages, rates = _table()
    men, women = (np.exp(np.interp(age, ages + 0.5, np.log(column))) for column in rates)
    return np.asarray(np.where(np.asarray(female) > 0, women, men), np.float64)


@cache
def _table() -> tuple[Array, Array]:
    """Return ages (A,) and the rates of men and women (2, A)."""
    with FILE.open(newline="", encoding="utf-8") as file:
        rows = np.array([[float(row[name]) for name in ("age", "male", "female")] for row in csv.DictReader(file)])
    return rows[:, 0], -np.log1p(-rows[:, 1:].T)
