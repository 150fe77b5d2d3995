"""B-cell aplasia and return, and hypogammaglobulinaemia.

No single definition of aplasia or return exists, so the thresholds are settings; an assay that cannot resolve the
threshold leaves the answer open. Thresholds of IgG (7, 4 and 2 g/L) are usual ones and no grading. A rule of this
project; the setting is that of Mueller 2024, doi:10.1056/NEJMoa2308917 (CD19 CAR-T in autoimmune disease).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval, grade

IVIG_WINDOW_DAYS = 56.0


def b_cell_aplasia(columns: Columns, *, aplasia_below: float = 1.0) -> Score:
    """Return whether B cells are below the threshold.

    Parameters
    ----------
    columns
        ``cd19`` (cells/uL); ``cd19_lloq`` is the lower limit of quantification of the assay: a count below it, or a
        count entered as censored, is known only as lying between 0 and it.
    aplasia_below
        Cells/uL.
    """
    view = View(columns)
    count = view.number("cd19").within(0.0, np.inf)
    limit = view.value("cd19_lloq")
    below = count.high < limit
    resolved = Interval(np.where(below, 0.0, count.low), np.where(below, limit, count.high))
    return B_CELL_APLASIA.result(
        resolved.below(aplasia_below),
        known=np.isfinite(resolved.high) | (resolved.low > 0.0),
        items={"cd19": resolved.value},
        columns=columns,
        settings={"aplasia_below": aplasia_below},
    )


def b_cell_return(counts: Mapping[float, float], return_at: float = 1.0, *, confirmed: bool = True) -> float:
    """Return the day on which B cells came back.

    Parameters
    ----------
    counts
        Day to CD19+ cells/uL of one patient; NaN for a day without a value.
    return_at
        Cells/uL from which they count as back.
    confirmed
        Ask that the next sample is at or above the threshold too.

    Returns
    -------
    float
        The first such day after the first day below the threshold; NaN where there is none.
    """
    samples = [(day, count) for day, count in sorted(counts.items()) if not np.isnan(count)]
    gone = next((n for n, (_, count) in enumerate(samples) if count < return_at), None)
    if gone is None:
        return float("nan")
    for n in range(gone, len(samples)):
        later = samples[n : n + 2] if confirmed else samples[n : n + 1]
        if len(later) == 1 + confirmed and all(count >= return_at for _, count in later):
            return float(samples[n][0])
    return float("nan")


def aplasia_days(counts: Mapping[float, float], return_at: float = 1.0) -> float:
    """Return the days from the first count below the threshold to the confirmed return; NaN where one is missing."""
    below = [day for day, count in sorted(counts.items()) if count < return_at]
    return b_cell_return(counts, return_at) - below[0] if below else float("nan")


def hypogammaglobulinemia(columns: Columns) -> Score:
    """Return the degree of IgG deficiency: 0 none, 1 below 7, 2 below 4, 3 below 2 g/L.

    Parameters
    ----------
    columns
        ``igg`` (g/L), ``days_since_ivig``: within 8 weeks of immunoglobulin the value is not the patient's own.
    """
    view = View(columns)
    igg = view.number("igg").within(0.0, np.inf)
    steps = [(n, igg.below(limit)) for n, limit in enumerate((7.0, 4.0, 2.0), start=1)]
    substituted = view.number("days_since_ivig").at_most(IVIG_WINDOW_DAYS).low
    return HYPOGAMMAGLOBULINEMIA.result(
        grade(steps),
        known=np.isfinite(igg.high) | (igg.low > 0.0),
        items={"igg": igg.value},
        columns=columns,
        warnings={"after_immunoglobulin": substituted},
    )


B_CELL_APLASIA = Instrument(
    name="b_cell_aplasia",
    title="B-cell aplasia",
    version="1",
    kind="state",
    inputs=("cd19", "cd19_lloq"),
    unit="1",
    range=(0.0, 1.0),
    items=(Item("cd19", "below the threshold (1/uL by default)", inputs=("cd19", "cd19_lloq")),),
    missing_rule="Open where the assay cannot resolve the threshold, or no count is known.",
    source="project rule, after doi:10.1056/NEJMoa2308917",
    licence="Free.",
    definition="CD19+ cells below a threshold that the protocol sets.",
    score=b_cell_aplasia,
    standing="project rule",
    settings={"aplasia_below": 1.0},
)
HYPOGAMMAGLOBULINEMIA = Instrument(
    name="hypogammaglobulinemia",
    title="Hypogammaglobulinaemia (IgG)",
    version="1",
    kind="grade",
    inputs=("igg", "days_since_ivig"),
    unit="{degree}",
    range=(0.0, 3.0),
    items=(Item("igg", "below 7: 1; below 4: 2; below 2 g/L: 3", inputs=("igg",)),),
    missing_rule="No IgG, no degree.",
    source="project rule, after doi:10.1056/NEJMoa2308917",
    licence="Free.",
    definition="IgG against 7, 4 (replacement usually considered) and 2 g/L; not a CTCAE grade.",
    score=hypogammaglobulinemia,
    standing="project rule",
    labels=("none", "below 7 g/L", "below 4 g/L", "below 2 g/L"),
)
INSTRUMENTS = (B_CELL_APLASIA, HYPOGAMMAGLOBULINEMIA)
