"""Instruments that trials ask for and no public text lets one compute: by name, with what to do instead."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument
from lupercal.instruments.result import Score
from lupercal.instruments.tables import instrument_document
from lupercal.instruments.three_valued import Interval


def without_rule(name: str, columns: Columns) -> Score:
    """Return no value: every row is "not evaluable", with the reason as a warning.

    Parameters
    ----------
    name
        A key of ``data/not_available.yaml``.
    columns
        Any columns; only their shape matters.
    """
    shape = View(columns).shape
    everywhere = np.ones(shape, bool)
    return LISTED[name].result(
        Interval(np.zeros(shape), np.full(shape, np.inf)),
        columns=columns,
        not_evaluable=everywhere,
        warnings={"not_available": everywhere},
    )


def _instrument(name: str, row: dict[str, Any]) -> Instrument:
    return Instrument(
        name=name,
        title=row["title"],
        version=row["version"],
        kind=row["kind"],
        inputs=(),
        unit="1",
        range=(0.0, np.inf),
        items=(),
        missing_rule="Never computed here.",
        source=row["source"],
        licence="Terms not found.",
        definition=row["reason"],
        score=partial(without_rule, name),
        standing="not available",
        labels=("not computed",) if row["kind"] == "grade" else (),
    )


LISTED = {name: _instrument(name, row) for name, row in instrument_document("not_available").items()}
INSTRUMENTS = tuple(LISTED.values())
