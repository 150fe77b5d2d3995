"""Physician global assessment on a 0-3 scale, with the bands of the PISCOS consensus.

Source: Piga 2022, Lancet Rheumatol, doi:10.1016/S2665-9913(22)00107-2.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Bools, Interval, grade

BANDS = ("none", "mild", "moderate", "severe")
LONG_NAME = "Physician global assessment (PGA)"


def pga(columns: Columns) -> Score:
    """Return the assessment as entered; a value outside its scale is an error, never clipped.

    Parameters
    ----------
    columns
        ``pga`` (0-3), any shape; or ``pga_10``, an assessment on a 0-10 scale, which counts 0.3 times with a warning.
    """
    view = View(columns)
    entered, wrong = checked_pga(view)
    return PGA.result(
        entered, items={"pga": entered.value}, columns=columns, error=wrong, warnings=_warned(view, wrong)
    )


def pga_band(columns: Columns) -> Score:
    """Return the band of the assessment: mild from 0.5, moderate above 1, severe above 2.

    Parameters
    ----------
    columns
        As for `pga`.
    """
    view = View(columns)
    entered, wrong = checked_pga(view)
    band = grade([(1, entered.at_least(0.5)), (2, entered.above(1.0)), (3, entered.above(2.0))])
    return PGA_BAND.result(
        band,
        known=(entered.low > 0.0) | (entered.high < 3.0),
        items={"pga": entered.value},
        columns=columns,
        error=wrong,
        warnings=_warned(view, wrong),
    )


def checked_pga(view: View) -> tuple[Interval, Bools]:
    """Return the assessment between 0 and 3 and the rows where an impossible number was entered (unknown there)."""
    entered, wrong = view.scaled("pga", 3.0)
    if "pga_10" not in view:
        return entered, wrong
    other, impossible = view.scaled("pga_10", 10.0)
    missing = view.number("pga").is_unknown
    low, high = np.where(missing, other.low * 0.3, entered.low), np.where(missing, other.high * 0.3, entered.high)
    return Interval(low, high), np.where(missing, impossible, wrong)


def _warned(view: View, wrong: Bools) -> dict[str, Bools]:
    rescaled = view.number("pga").is_unknown & ~view.number("pga_10").is_unknown
    return {"out_of_range": wrong, "rescaled": rescaled}


PGA = Instrument(
    name="pga",
    title=LONG_NAME,
    version="PISCOS 2022",
    kind="measure",
    inputs=("pga", "pga_10"),
    unit="1",
    range=(0.0, 3.0),
    items=(Item("pga", "0 none, 1 mild, 2 moderate, 3 severe; over the last month", inputs=("pga",)),),
    missing_rule="Not entered is missing; nothing is imputed.",
    source="doi:10.1016/S2665-9913(22)00107-2",
    licence="Published consensus; no fee notice found.",
    definition="Activity of lupus in the last month as the physician judges it; not damage, not serology alone.",
    score=pga,
)
PGA_BAND = Instrument(
    name="pga_band",
    title=f"{LONG_NAME}, band",
    version="PISCOS 2022",
    kind="grade",
    inputs=("pga", "pga_10"),
    unit="{band}",
    range=(0.0, 3.0),
    items=PGA.items,
    missing_rule="Not entered is missing.",
    source=PGA.source,
    licence=PGA.licence,
    definition="None below 0.5, mild 0.5 to 1, moderate above 1 to 2, severe above 2.",
    score=pga_band,
    labels=BANDS,
)
INSTRUMENTS = (PGA, PGA_BAND)
