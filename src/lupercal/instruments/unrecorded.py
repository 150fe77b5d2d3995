"""Registries that write down only what is present: an empty flag then means absent, if whoever asks says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lupercal.instruments.contract import Instrument
from lupercal.instruments.inputs import describe
from lupercal.instruments.sledai_items import DERIVED_FROM
from lupercal.instruments.three_valued import Bools


def absent_where_unrecorded(columns: Mapping[str, Any], instruments: Iterable[Instrument], rows: int) -> dict[str, Any]:
    """Return the columns with every flag that is not recorded taken as absent.

    Parameters
    ----------
    columns
        As instruments read them, shape (rows,).
    instruments
        Whose flags are meant, also those that the table has no column for.
    rows
        Number of rows.

    Returns
    -------
    dict
        New columns. A descriptor that a laboratory value of the same row can settle stays open for that value.
    """
    filled = dict(columns)
    names = dict.fromkeys(name for one in instruments for name in one.inputs if "@" not in name)
    for name in names:
        if describe(name).kind == "flag":
            flag = np.asarray(columns.get(name, np.full(rows, np.nan)), np.float64)
            filled[name] = np.where(np.isnan(flag) & ~_measured(name, columns, rows), 0.0, flag)
    return filled


def _measured(name: str, columns: Mapping[str, Any], rows: int) -> Bools:
    """Return where a value is known from which the descriptor follows."""
    measured = np.zeros(rows, np.bool_)
    for source in DERIVED_FROM.get(name, ()):
        for column in (source, f"{source}@low", f"{source}@high"):
            if column in columns:
                measured |= ~np.isnan(np.asarray(columns[column], np.float64))
    return measured
