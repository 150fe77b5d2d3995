"""What a record leaves in doubt or says twice in different ways; every command that uses a patient tells it.

Totals are compared with their items, flags with the laboratory values they follow from, doses with one another. Nothing
is changed here: who reads the record decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from lupercal.instruments.registry import instrument, score
from lupercal.instruments.sledai_items import DERIVED_FROM
from lupercal.instruments.three_valued import Array
from lupercal.patient.record import Patient
from lupercal.patient.table import patient_columns
from lupercal.patient.variables import variables
from lupercal.rules.measured import told
from lupercal.therapy.current import drugs_of, size_notes
from lupercal.visits.of_patient import with_limits_kept

TOTALS = ("sledai_2k", "clinical_sledai")
"""Scores that a visit may record as a total beside the items they are made of."""


def record_notes(patient: Patient) -> tuple[str, ...]:
    """Return one sentence for each doubt or contradiction of a record, those about drugs first."""
    return (*drugs_of(patient).notes, *size_notes(patient), *contradictions(patient), *undated_notes(patient))


def undated_notes(patient: Patient) -> tuple[str, ...]:
    """Return each value whose day is not known, in words: it is shown, and counts for no visit."""
    return tuple(
        f"Between {one.first_date} and {one.last_date}, day not known, so that it counts for no visit: "
        f"{told(one.variable, one.measurement)}."
        for one in patient.undated
    )


def contradictions(patient: Patient) -> tuple[str, ...]:
    """Return where a visit's total does not fit its items, or its flag not the value it follows from."""
    if not patient.visits:
        return ()
    columns = with_limits_kept(patient_columns(patient))
    days = columns["day"]
    return tuple(f"Day {days[row]:g}: {text}" for row, text in value_conflicts(columns))


def value_conflicts(columns: Mapping[str, Array]) -> list[tuple[int, str]]:
    """Return row and sentence where a total does not fit its items, or a flag not the value it follows from.

    Columns have shape (rows,), in the data dictionary's units.
    """
    return sorted([*_totals(columns), *_flags(columns)])


def _totals(columns: Mapping[str, Array]) -> Iterator[tuple[int, str]]:
    for name in TOTALS:
        if name not in columns:
            continue
        total, computed = columns[name], score(name, columns)
        low, high = (columns.get(f"{name}@{end}", total) for end in ("low", "high"))
        beside = ~np.isnan(total) & ((high < computed.low) | (low > computed.high))
        for row in np.flatnonzero(beside):
            items = _span(float(computed.low[row]), float(computed.high[row]))
            yield int(row), f"{instrument(name).title} is recorded as {total[row]:g}, but its items come to {items}."


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _flags(columns: Mapping[str, Array]) -> Iterator[tuple[int, str]]:
    """Yield descriptors recorded as absent or present against the laboratory values of the same visit."""
    stated = {name: columns[name] for name in DERIVED_FROM if name in columns}
    measured = {name: column for name, column in columns.items() if name not in DERIVED_FROM}
    if not stated or not set(measured) & {source for name in stated for source in DERIVED_FROM[name]}:
        return
    points = score("sledai_2k", measured).items
    for name, flag in stated.items():
        derived = np.where(np.isnan(points[name]), np.nan, points[name] > 0)
        for row in map(int, np.flatnonzero((flag != derived) & ~np.isnan(flag) & ~np.isnan(derived))):
            yield (
                int(row),
                f"{variables()[name].label} is recorded as {_word(flag[row])}, but {_values(name, columns, row)}.",
            )


def _word(flag: float) -> str:
    return "present" if flag else "absent"


def _values(name: str, columns: Mapping[str, Array], row: int | np.integer) -> str:
    sources = [one for one in DERIVED_FROM[name] if one in columns and not np.isnan(columns[one][row])]
    measurements = (f"{variables()[one].label} is {columns[one][row]:g} {variables()[one].unit}" for one in sources)
    return " and ".join(measurements)
