"""A baseline table as goals of weights: virtual patients who enter are to look like those who entered.

What stands in a table is read as ``baseline_table.yaml`` says. The table is part of a study's design, not of its
results: a figure after entry is never a goal. Tables are met as far as the patients who meet the entry rules allow, see
`lupercal.population.weights`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from lupercal.evidence.study_records import Row
from lupercal.evidence.units import UnitError, convert
from lupercal.files.checked import read_as
from lupercal.patient.variables import variables
from lupercal.population.goals import Goal

Array = NDArray[np.float64]
Columns = Mapping[str, Array]
FILE = Path(__file__).with_name("baseline_table.yaml")


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@final
class Reading(_Rule):
    """Which column of the visit a figure stands for and, for a share, which of its values count."""

    column: str
    spread: bool = False
    at_least: float | None = None
    above: float | None = None
    above_column: str | None = None
    below_column: str | None = None


@final
class Choices(_Rule):
    """What may be given up for a table, and how closely a figure is to be met."""

    kept: float
    fewest: float
    share: float
    relative: float
    unstated: float


@final
class BaselineTable(_Rule):
    """The whole file."""

    choices: Choices
    measures: Mapping[str, Reading]


@cache
def baseline_table() -> BaselineTable:
    """Return the file, read and checked once."""
    return read_as(FILE, BaselineTable)


def goals_of(table: Sequence[Row], columns: Columns) -> tuple[tuple[Goal, ...], dict[str, Array]]:
    """Return the goals of a baseline table and the features they are about, each (N,).

    Parameters
    ----------
    table
        Figures of a study at entry; a figure given by arm counts as the mean of the arms.
    columns
        Baseline visit of the patients, each (N,), with scores and `lupercal.course.features.entry.entry_features`.
    """
    goals, features = list[Goal](), dict[str, Array]()
    for rows in _figures(table):
        reading = baseline_table().measures[rows[0].measure]
        column = columns.get(reading.column.format(item=rows[0].item))
        if column is None or not np.isfinite(column).all():
            continue
        name = "_".join(part for part in (rows[0].measure, rows[0].item, rows[0].statistic) if part)
        features[name] = _feature(rows[0], reading, column, columns)
        goals += _goals(name, rows, reading)
    return tuple(goals), features


def _figures(table: Sequence[Row]) -> list[list[Row]]:
    """Return the figures that can be read, the rows of one figure together; of both, those of all arms count."""
    by_figure: dict[tuple[str, str, str], list[Row]] = {}
    for row in table:
        if _is_read(row):
            by_figure.setdefault((row.measure, row.item, row.statistic), []).append(row)
    return [[row for row in rows if row.arm == "all"] or rows for rows in by_figure.values() if not rows[0].subgroup]


def _is_read(row: Row) -> bool:
    """Return whether a figure is one that can be read, in a unit that converts to that of its column."""
    reading = baseline_table().measures.get(row.measure)
    if reading is None or row.value is None or row.statistic not in ("mean", "median", "share"):
        return False
    return row.statistic == "share" or _factor(row, reading) is not None


def unread_figures(table: Sequence[Row]) -> tuple[str, ...]:
    """Return the measures of a baseline table that patients are not matched by, each once."""
    return tuple(dict.fromkeys(row.measure for row in table if row.subgroup or not _is_read(row)))


def _feature(row: Row, reading: Reading, column: Array, columns: Columns) -> Array:
    if row.statistic == "mean":
        return column
    if row.statistic == "median":
        return np.asarray(column <= _value(row, reading), np.float64)
    if reading.above_column is not None:
        return np.asarray(column > columns[reading.above_column], np.float64)
    if reading.below_column is not None:
        return np.asarray(column < columns[reading.below_column], np.float64)
    if reading.at_least is not None:
        return np.asarray(column >= reading.at_least, np.float64)
    return np.asarray(column > (reading.above or 0.0), np.float64)


def _goals(name: str, rows: Sequence[Row], reading: Reading) -> list[Goal]:
    choices = baseline_table().choices
    if rows[0].statistic != "mean":
        median = rows[0].statistic == "median"
        value = 0.5 if median else float(np.mean([row.value for row in rows])) / 100
        meant = "share up to the median of the study" if median else ""
        return [Goal(name, name, value, choices.share / 100, meant=meant)]
    mean = float(np.mean([_value(row, reading) for row in rows]))
    spreads = [_value(row, reading, row.sd) for row in rows if row.sd is not None]
    least = choices.relative if spreads else choices.unstated
    goals = [Goal(name, name, mean, least * abs(mean))]
    if spreads and reading.spread:
        sd = float(np.mean(spreads))
        goals.append(Goal(f"{name}_sd", name, sd * sd, 2 * choices.unstated * sd * sd, mean))
    return goals


def _value(row: Row, reading: Reading, value: Any = None) -> float:
    """Return a figure in the unit of its column."""
    figure = float(row.value if value is None and row.value is not None else value)
    variable = variables().get(reading.column)
    if variable is None or variable.kind != "quantity" or not row.unit:
        return figure
    try:
        return convert(figure, row.unit, variable.unit, variable.substance)
    except UnitError:
        return figure * _NEARLY.get(row.unit, 1.0)


_NEARLY = {"mg/(24.h)": 1e-3, "g/(24.h)": 1.0, "mg/d": 1e-3, "g/d": 1.0, "mL/min": 1.0}
"""Factors of units that are not those of their columns: about 1 g of creatinine a day, filtration without a body."""


def _factor(row: Row, reading: Reading) -> float | None:
    """Return the factor from a figure's unit to that of its column, None where there is none."""
    variable = variables().get(reading.column)
    if variable is None or variable.kind != "quantity" or not row.unit:
        return 1.0
    try:
        return convert(1.0, row.unit, variable.unit, variable.substance)
    except UnitError:
        return _NEARLY.get(row.unit)
