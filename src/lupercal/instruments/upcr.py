"""Protein-creatinine ratio and its units.

1 g/g equals 113.12 mg/mmol (1000 / 8.84). Guidelines equate 0.5 g/g with 50 mg/mmol although the exact value is 56.6: a
threshold is applied in the unit measured. Source: KDIGO 2024, doi:10.1016/j.kint.2023.09.002.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Bools, Interval

MG_PER_MMOL = 1000.0 / 8.84
"""1 g/g in mg/mmol."""


def upcr(columns: Columns) -> Score:
    """Return the ratio of urine protein to urine creatinine, g/g.

    Parameters
    ----------
    columns
        ``urine_protein`` and ``urine_creatinine``, both mg/dL; a censored protein gives a censored ratio.
    """
    view = View(columns)
    protein, creatinine = view.number("urine_protein"), view.number("urine_creatinine")
    nonsense = ~creatinine.is_unknown & (creatinine.high <= 0.0)
    return UPCR.result(
        protein.over(creatinine).within(0.0, np.inf),
        known=~(protein.is_unknown & creatinine.is_unknown),
        items={"urine_protein": protein.value, "urine_creatinine": creatinine.value},
        columns=columns,
        error=nonsense,
        warnings={"non_positive_creatinine": nonsense},
    )


def to_mg_per_mmol(ratio: float) -> float:
    """Return a ratio in g/g as mg/mmol, exactly."""
    return ratio * MG_PER_MMOL


def from_mg_per_mmol(ratio: float) -> float:
    """Return a ratio in mg/mmol as g/g, exactly."""
    return ratio / MG_PER_MMOL


def guideline_mg_per_mmol(ratio: float) -> float:
    """Return the rounded equivalent that guidelines print: 100 mg/mmol for 1 g/g."""
    return ratio * 100.0


def grey_zone(ratio_mg_per_mmol: Interval) -> Bools:
    """Return where a ratio lies between the rounded and the exact equivalent of 0.5 g/g."""
    return (ratio_mg_per_mmol.at_least(50.0) & ratio_mg_per_mmol.at_most(0.5 * MG_PER_MMOL)).low


UPCR = Instrument(
    name="upcr",
    title="Urine protein-creatinine ratio",
    version="KDIGO 2024",
    kind="measure",
    inputs=("urine_protein", "urine_creatinine"),
    unit="g/g",
    range=(0.0, np.inf),
    items=(Item("urine_protein", inputs=("urine_protein",)), Item("urine_creatinine", inputs=("urine_creatinine",))),
    missing_rule="Either part missing leaves the ratio missing; below the limit of quantification it has an upper "
    "bound.",
    source="doi:10.1016/j.kint.2023.09.002",
    licence="Arithmetic; free.",
    definition="Protein over creatinine of one urine sample; 1 g/g is 113.1 mg/mmol.",
    score=upcr,
)
INSTRUMENTS = (UPCR,)
