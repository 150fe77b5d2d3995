"""What rows of a table of patients say twice in different ways; it is told, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from lupercal.instruments.three_valued import Array
from lupercal.patient.cells import read_cells, read_sexes
from lupercal.patient.contradictions import OF_WOMEN, ROUNDED_YEARS
from lupercal.patient.variables import variables
from lupercal.rules.record_notes import value_conflicts

if TYPE_CHECKING:
    import polars as pl


def table_conflicts(frame: pl.DataFrame, columns: Mapping[str, Array]) -> tuple[tuple[int, str], ...]:
    """Return row, counted from 1, and sentence for each contradiction between cells of one row.

    Parameters
    ----------
    frame
        The table as it was read.
    columns
        Its numbers in the dictionary's units, each (rows,).
    """
    conflicts = [*_sex(frame, columns), *_age(frame, columns), *value_conflicts(columns)]
    return tuple((row + 1, text) for row, text in sorted(conflicts))


def _sex(frame: pl.DataFrame, columns: Mapping[str, Array]) -> Iterator[tuple[int, str]]:
    female = columns.get("sex_female", np.full(frame.height, np.nan))
    if "sex" in frame.columns:
        named = read_sexes(frame["sex"]).value
        for row in np.flatnonzero((female != named) & ~np.isnan(female) & ~np.isnan(named)):
            yield int(row), "sex and sex_female differ; sex_female counts."
        female = np.where(np.isnan(female), named, female)
    for name in OF_WOMEN:
        for row in np.flatnonzero((columns.get(name, female) == 1) & (female == 0)):
            yield int(row), f"{name} is recorded as present, but the sex as male."


def _age(frame: pl.DataFrame, columns: Mapping[str, Array]) -> Iterator[tuple[int, str]]:
    if not {"age", "age_years"} <= set(frame.columns):
        return
    stated, age = read_cells(frame["age_years"], variables()["age"]).value, columns["age"]
    with np.errstate(invalid="ignore"):
        apart = np.flatnonzero(np.abs(stated - age) > ROUNDED_YEARS)
    for row in apart:
        yield int(row), f"age is {age[row]:g} years, but age_years {stated[row]:g}; age counts."
