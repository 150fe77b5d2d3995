"""Renal flare and good renal outcome of AURORA 2: proteinuria that comes back, or stays away.

Source: abstract A85.1, Lupus Sci Med 11 Suppl 2 (AURORA 2); trial doi:10.1016/S0140-6736(21)00578-X.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.renal_response import kidney_no_failure
from lupercal.instruments.response import FAILURE, NO_FAILURE
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Truth, all_of, any_known


def renal_flare_aurora(columns: Columns) -> Score:
    """Return whether proteinuria came back: above 1 g/g after less than 0.2, or above 2 g/g after 0.2 to 1.0.

    Parameters
    ----------
    columns
        ``upcr`` (g/g) now and ``upcr@response``, the value after response. The rise must be reproduced in a second
        sample. Above 1.0 g/g there was no response to flare from: not evaluable.
    """
    view = View(columns)
    now, after = view.number("upcr"), view.number("upcr@response")
    return RENAL_FLARE_AURORA.result(
        came_back(view),
        known=~now.is_unknown,
        items={"upcr": now.value, "upcr@response": after.value},
        columns=columns,
        not_evaluable=after.above(1.0).low,
    )


def came_back(view: View) -> Truth:
    """Return whether proteinuria meets the flare of AURORA 2; see `renal_flare_aurora`."""
    now, after = view.number("upcr"), view.number("upcr@response")
    low, middle = after.below(0.2), after.at_least(0.2) & after.at_most(1.0)
    return (now.above(1.0) & low) | (now.above(2.0) & middle)


def good_renal_outcome_aurora(columns: Columns, *, over_visits: bool = False) -> Score:
    """Return whether UPCR stays at most 0.7 g/g without a flare: good renal outcome of AURORA 2.

    Parameters
    ----------
    columns
        ``upcr`` (g/g), ``upcr@response`` (the value after response) or ``renal_flare`` (flag), ``treatment_failure``
        (or ``rescue_medication``, ``dropped_out``), ``dialysis``.
    over_visits
        The last axis is one patient's visits in order: from the first visit at 0.7 g/g or less every later one must be
        so too, and a visit without a value leaves it open.
    """
    view = View(columns)
    low = view.number("upcr").at_most(0.7)
    parts = {
        "proteinuria": _sustained(low) if over_visits and view.shape else low,
        "no_flare": ~view.flag("renal_flare").or_else(came_back(view)),
        "no_failure": kidney_no_failure(view),
    }
    return GOOD_RENAL_OUTCOME_AURORA.result(
        all_of(parts.values()),
        known=any_known(parts.values()),
        items={item: truth.state for item, truth in parts.items()},
        columns=columns,
        settings={"over_visits": over_visits},
    )


def _sustained(low: Truth) -> Truth:
    """Return what holds now and has held at every visit since it first did."""
    begun = np.logical_or.accumulate(low.low, axis=-1)
    lost = np.logical_or.accumulate(begun & ~low.high, axis=-1)
    doubtful = np.logical_or.accumulate(begun & ~low.low, axis=-1)
    return Truth(low.low & ~doubtful, low.high & ~lost)


RENAL_FLARE_AURORA = Instrument(
    name="renal_flare_aurora",
    title="Renal flare (AURORA 2)",
    version="AURORA 2",
    kind="state",
    inputs=("upcr", "upcr@response"),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("upcr", "above 1 or 2 g/g", inputs=("upcr",)),
        Item("upcr@response", "below 0.2, or 0.2 to 1.0 g/g", inputs=("upcr@response",)),
    ),
    missing_rule="Open where either ratio is missing and could decide; not evaluable after a response above 1.0 g/g.",
    source="Abstract A85.1, Lupus Sci Med 11 Suppl 2 (AURORA 2); trial doi:10.1016/S0140-6736(21)00578-X",
    licence="Published definition.",
    definition="UPCR above 1 g/g after a response below 0.2 g/g, or above 2 g/g after 0.2 to 1.0 g/g, reproduced.",
    score=renal_flare_aurora,
)
GOOD_RENAL_OUTCOME_AURORA = Instrument(
    name="good_renal_outcome_aurora",
    title="Good renal outcome (AURORA 2)",
    version="AURORA 2",
    kind="state",
    inputs=("upcr", "upcr@response", "renal_flare", *FAILURE, "dialysis"),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("proteinuria", "UPCR at most 0.7 g/g and staying so", inputs=("upcr",)),
        Item("no_flare", "no renal flare", inputs=("renal_flare", "upcr@response")),
        NO_FAILURE,
    ),
    missing_rule="False as soon as one condition fails; a visit without a ratio leaves it open.",
    source="Abstract A85.1, Lupus Sci Med 11 Suppl 2 (AURORA 2); trial doi:10.1016/S0140-6736(21)00578-X",
    licence="Published definition.",
    definition="Sustained UPCR of 0.7 g/g or less without a renal flare.",
    score=good_renal_outcome_aurora,
    settings={"over_visits": False},
)
INSTRUMENTS = (RENAL_FLARE_AURORA, GOOD_RENAL_OUTCOME_AURORA)
