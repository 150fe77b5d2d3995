"""Dose-limiting toxicity after a cell product, by a definition that is data: one per protocol.

The definitions of ``data/dose_limiting_toxicities.yaml`` are the project's; a trial's own is a file of the same form.
Events that are clearly due to another cause than the product are left out by whoever enters the grades.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lupercal.errors import InputError
from lupercal.files.checked import read_as
from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.contradictions import COMPARE
from lupercal.instruments.result import Score
from lupercal.instruments.tables import DltProtocol, instrument_document
from lupercal.instruments.three_valued import Truth, all_of, any_known, any_of

PROTOCOLS: Mapping[str, DltProtocol] = instrument_document("dose_limiting_toxicities")
DEFAULT = "dlt_28_days"
READABLE = (
    "crs_grade_worst",
    "crs_days_grade_3",
    "icans_grade_worst",
    "icans_days_grade_3",
    "organ_toxicity_grade_worst",
    "organ_toxicity_days_grade_3",
    "infection_grade_worst",
    "iec_hs_grade_worst",
    "days_anc_le_500",
    "days_anc_le_100",
    "days_platelets_lt_50",
    "days_platelets_lt_20",
    "death_in_dlt_window",
)
"""Columns a definition can read, besides the days since infusion."""


def read_dlt_protocols(path: Path) -> dict[str, DltProtocol]:
    """Return the definitions of a file in the form of ``data/dose_limiting_toxicities.yaml``, checked.

    Raises
    ------
    InputError
        For another form, and for a column that is none of `READABLE`.
    """
    protocols: dict[str, DltProtocol] = read_as(path, dict[str, DltProtocol])
    for name, protocol in protocols.items():
        for column in columns_of(protocol):
            if column not in READABLE:
                raise InputError(str(path), f"{name}.criteria", column, f"one of {', '.join(READABLE)}")
    return protocols


def columns_of(protocol: DltProtocol) -> tuple[str, ...]:
    """Return the columns a definition reads, besides the days since infusion."""
    return tuple(dict.fromkeys(column for one in protocol["criteria"] for column, _, _ in one["when"]))


def dose_limiting_toxicity(columns: Columns, *, protocol: str | DltProtocol = DEFAULT) -> Score:
    """Return whether a patient had a dose-limiting toxicity in the window of the protocol.

    Parameters
    ----------
    columns
        What the definition reads, each the worst of the window so far; ``days_since_infusion``: how many days of the
        window are over. Before its end no toxicity so far is open, not "none".
    protocol
        A key of `PROTOCOLS`, or a definition of one's own (`read_dlt_protocols`).

    Raises
    ------
    InputError
        For a name that is none of `PROTOCOLS`.
    """
    name, rule = _protocol(protocol)
    view = View(columns)
    parts = {one["id"]: _met(view, one["when"]) for one in rule["criteria"]}
    met = any_of(parts.values())
    over = view.number("days_since_infusion").at_least(rule["window_days"]).low
    return DOSE_LIMITING_TOXICITY.result(
        Truth(met.low, met.high | ~over),
        known=any_known(parts.values()),
        items={item: truth.state for item, truth in parts.items()},
        columns=columns,
        settings={"protocol": name},
        warnings={"window_not_over": ~over & ~met.low, "assumed_protocol": np.full(view.shape, name in PROTOCOLS)},
    )


def _protocol(protocol: str | DltProtocol) -> tuple[str, DltProtocol]:
    if not isinstance(protocol, str):
        return protocol["title"], protocol
    if protocol not in PROTOCOLS:
        raise InputError("protocol", "", protocol, f"one of {', '.join(PROTOCOLS)}, or a definition of one's own")
    return protocol, PROTOCOLS[protocol]


def _met(view: View, when: list[tuple[str, Any, float]]) -> Truth:
    return all_of(COMPARE[comparator](view.number(column), limit) for column, comparator, limit in when)


DOSE_LIMITING_TOXICITY = Instrument(
    name="dose_limiting_toxicity",
    title="Dose-limiting toxicity (definition per protocol)",
    version="1",
    kind="state",
    inputs=(*READABLE, "days_since_infusion"),
    unit="1",
    range=(0.0, 1.0),
    items=tuple(
        Item(one["id"], one["text"], inputs=tuple(column for column, _, _ in one["when"]))
        for one in PROTOCOLS[DEFAULT]["criteria"]
    ),
    missing_rule="True as soon as one criterion is met; none is certain only with all known and the window over.",
    source="project rule; grades by doi:10.1016/j.bbmt.2018.12.758 and CTCAE",
    licence="Free; a trial's definition belongs to its protocol.",
    definition="Any criterion of the chosen protocol within its window after infusion; by default grade 4, or grade 3 "
    "that lasts, within 28 days.",
    score=dose_limiting_toxicity,
    standing="project rule",
    settings={"protocol": DEFAULT},
)
INSTRUMENTS = (DOSE_LIMITING_TOXICITY,)
