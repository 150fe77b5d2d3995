"""Physician global assessment on a 0-3 scale, with the bands of the PISCOS consensus.

Source: Piga 2022, Lancet Rheumatol, doi:10.1016/S2665-9913(22)00107-2.
"""

from __future__ import annotations

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Bools, Interval, grade

BANDS = ("none", "mild", "moderate", "severe")
LONG_NAME = "Physician global assessment (PGA)"


def pga(columns: Columns) -> Score:
    """Return the assessment as entered; a value outside 0 to 3 is an error, never clipped or rescaled.

    Parameters
    ----------
    columns
        ``pga`` (0-3), any shape.
    """
    entered, wrong = checked(View(columns))
    return PGA.result(
        entered, items={"pga": entered.value}, columns=columns, error=wrong, warnings={"out_of_range": wrong}
    )


def pga_band(columns: Columns) -> Score:
    """Return the band of the assessment: mild from 0.5, moderate above 1, severe above 2.

    Parameters
    ----------
    columns
        ``pga`` (0-3), any shape.
    """
    entered, wrong = checked(View(columns))
    band = grade([(1, entered.at_least(0.5)), (2, entered.above(1.0)), (3, entered.above(2.0))])
    return PGA_BAND.result(
        band, items={"pga": entered.value}, columns=columns, error=wrong, warnings={"out_of_range": wrong}
    )


def from_ten(value: float) -> float:
    """Return an assessment on a 0-10 scale as one on 0-3; say so where it is stored (warning ``rescaled``)."""
    return 0.3 * value


def checked(view: View, name: str = "pga") -> tuple[Interval, Bools]:
    """Return the assessment between 0 and 3 and the rows where an impossible number was entered (unknown there)."""
    return view.scaled(name, 3.0)


PGA = Instrument(
    name="pga",
    title=LONG_NAME,
    version="PISCOS 2022",
    kind="measure",
    inputs=("pga",),
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
    inputs=("pga",),
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
